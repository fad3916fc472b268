"""The engine of the public pages: Jinja2, which compiles a template to Python once and renders a page of stories in a
fraction of the time that Django's own language takes. The desk stays with Django's, as its admin does."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.core.signals import setting_changed
from django.templatetags.static import static
from jinja2 import ChainableUndefined, Environment

from articles.site import pictures, presentation, words
from articles.site.cards import Card
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

MOST_KEPT = 2_000  # cards, in some 5 MB a process


def environment(**options) -> Environment:
    """What Django's Jinja2 backend asks for: escaping on, and what the templates may call."""
    # Chainable: a page that is rendered without a context, where all is broken, has the frame without its masthead.
    options |= {"undefined": ChainableUndefined, "trim_blocks": True, "lstrip_blocks": True}
    made = Environment(**options)  # noqa: S701  (Django asks for escaping)
    made.filters |= {function.__name__: function for function in FILTERS}
    made.filters["hours"] = words.duration
    made.globals |= {
        "age": presentation.age,
        "aged": presentation.aged,
        "how_old": words.age,
        "card": _cards(made),
        "heat": presentation.heat,
        "when": presentation.when,
        "why": why,
        "told_by": told_by,
        "day_name": presentation.day_name,
        "static": _kept(static),
        "site_name": settings.SITE_NAME,
    }
    return made


def _cards(environment: Environment) -> Callable:
    """The macro `card` of a story, a moment and a place in a list, which renders it once for all pages and minutes in
    which it says the same: after an import or a decision only the stories are rendered that it changed."""

    @_kept
    def rendered(*what) -> str:
        return environment.get_template("_card.html").module.card(*what)

    def card(article: Card, now: datetime, size: str, level: int, eager=False, order="rank", place="") -> str:
        how_old = words.age(article.published_at, now)
        return rendered(article, how_old, article.is_pinned(now), size, level, eager, order, place)

    return card


def _kept(function: Callable) -> Callable:
    """The function, which goes by its arguments alone, and by settings: they stand still, but in tests."""
    keeping = lru_cache(maxsize=MOST_KEPT)(function)
    setting_changed.connect(lambda **_: keeping.cache_clear(), weak=False)
    return keeping
