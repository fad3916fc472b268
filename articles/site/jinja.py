"""The engine of the public pages: Jinja2, which compiles a template to Python once and renders a page of stories in a
fraction of the time that Django's own language takes. The desk stays with Django's, as its admin does."""

from django.conf import settings
from django.templatetags.static import static
from jinja2 import ChainableUndefined, Environment

from articles.site import pictures, presentation, words
from articles.site.why import told_by, why

FILTERS = (
    words.address,
    words.counted,
    words.cut,
    words.heat_step,
    words.heat_word,
    words.monogram,
    words.plain,
    pictures.logo,
    presentation.direction,
    presentation.full_date,
    presentation.img_attributes,
    presentation.is_large,
    presentation.excerpt_marked,
    presentation.language,
    presentation.long_date,
    presentation.marked,
    presentation.month_name,
    presentation.player_name,
    presentation.shape,
    presentation.source_attributes,
    presentation.story_place,
    presentation.weekday,
)


def environment(**options) -> Environment:
    """What Django's Jinja2 backend asks for: escaping on, and what the templates may call."""
    # Chainable: a page that is rendered without a context, where all is broken, has the frame without its masthead.
    options |= {"undefined": ChainableUndefined, "trim_blocks": True, "lstrip_blocks": True}
    made = Environment(**options)  # noqa: S701  (Django asks for escaping)
    made.filters |= {function.__name__: function for function in FILTERS}
    made.filters["hours"] = words.duration
    made.globals |= {
        "age": presentation.age,
        "heat": presentation.heat,
        "when": presentation.when,
        "why": why,
        "told_by": told_by,
        "day_name": presentation.day_name,
        "static": static,
        "site_name": settings.SITE_NAME,
    }
    return made
