"""Where pictures are used: what upstream says at their addresses, and which stories and outlets show them.

An address is looked for among all images, which no index does: once for a page, for few addresses together.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from articles.admin.story_picture import said_size
from articles.models import Article, Image, KeptImage, Provider, StandingDecision

ADDRESSES = 100  # of one picture
SHOWN = 50  # stories, and outlets


@dataclass(frozen=True, slots=True)
class Uses:
    """The stories that lead with a picture, the newest first, and the outlets whose logo it is: at most `SHOWN` of
    each; `given` are the keys of the stories that an editor gave it to, `said` upstream's sizes by address."""

    stories: list[Article]
    more: bool
    given: set[int]
    outlets: list[Provider]
    said: dict[str, str]

    @property
    def is_none(self) -> bool:
        return not (self.stories or self.outlets)


def uses_of(urls: Collection[str], picture: KeptImage | None = None) -> Uses:
    """Who uses a picture at these addresses (the first `ADDRESSES` of them), or by a decision for it. Three queries."""
    given = set()
    if picture is not None:
        standing = StandingDecision.objects.filter(field="picture", value=picture.digest).order_by("-article")
        given = set(standing.values_list("article", flat=True)[: SHOWN + 1])
    urls = list(urls)[:ADDRESSES]
    owned = Q(provider__isnull=False) | Q(article__isnull=False, position=0)
    images = list(Image.objects.filter(owned, url__in=urls).order_by("-article", "pk")[:1000]) if urls else []
    keys = given | {image.article_id for image in images if image.article_id}
    stories = Article.objects.existing().filter(pk__in=keys).select_related("provider").latest()
    stories = list(stories.defer("body", "featured_content")[: SHOWN + 1])
    outlets = Provider.objects.filter(pk__in={image.provider_id for image in images if image.provider_id})
    return Uses(stories[:SHOWN], len(stories) > SHOWN, given, list(outlets[:SHOWN]), _sizes(images))


def said_sizes(urls: Collection[str]) -> dict[str, str]:
    """The size that upstream says each of these pictures of stories has, where it says one. One query."""
    return _sizes(Image.objects.filter(article__isnull=False, position=0, url__in=urls)) if urls else {}


def _sizes(images: Collection[Image]) -> dict[str, str]:
    return {image.url: said_size(image) for image in images if said_size(image)}
