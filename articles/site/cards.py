"""A story in a list: what a card shows of it, asked for in one query of narrow rows, however many there are.

Rows and not models: a front page has sixty-five cards, and to make a model of each costs more than to render it.
"""

from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote

from django.db.models import FilteredRelation, Q, QuerySet, TextField, Value

from articles.querysets import KEY_BITS, Chosen, Kept
from articles.ranking import EPOCH
from articles.site.paging import Page, page_of
from articles.site.pictures import Shown, crop


class Card(NamedTuple):
    """A story as lists show it; None for what it has not. `outlet` is its provider's name, `topic` the first of its
    topics, `outlets` how many others tell it, `heat_decided` whether (and how) an editor decided its heat, which would
    be `upstreams_heat` without that."""

    pk: int
    slug: str
    title: str
    excerpt: str
    type: str
    locale: str
    published_at: datetime
    heat: int
    rank: float
    outlets: int
    outlet: str | None
    topic: str | None
    picture_url: str | None
    picture_width: int | None
    picture_height: int | None
    picture_kept: dict | None
    picture_chosen: dict | None
    focal_point: str | None
    images_policy: str | None
    pinned_place: int | None
    pinned_until: datetime | None
    upstreams_heat: int | None
    heat_decided: str | None

    def __hash__(self) -> int:
        return hash((self.pk, self.published_at, self.title))  # its pictures cannot be hashed; they are compared

    def picture_in(self, place: str) -> Shown | None:
        """What it shows in a place ("lead", "second", "small"); in a second's also what only suits a small one's."""
        shown = self._picture()
        return shown if shown and (shown.suits(place) or (place == "second" and shown.suits("small"))) else None

    def _picture(self) -> Shown | None:
        size = self.picture_width, self.picture_height
        return crop(
            self.images_policy, self.picture_url, size, self.picture_kept, self.picture_chosen, self.focal_point
        )

    def is_pinned(self, now: datetime) -> bool:
        return bool(self.pinned_place) and (self.pinned_until is None or self.pinned_until > now)

    @property
    def dated(self) -> int:
        """Its place in the order of `ArticleQuerySet.matching` on SQLite."""
        return ((self.published_at - EPOCH) // timedelta(seconds=1) << KEY_BITS) | self.pk

    def get_absolute_url(self) -> str:
        return f"/articles/{self.slug if self.slug.isascii() else quote(self.slug)}/"


_ELSEWHERE = {  # what a card calls otherwise than the article does
    "outlet": "provider__name",
    "topic": "first_topic__topic__name",
    "picture_url": "first_image__url",
    "picture_width": "first_image__width",
    "picture_height": "first_image__height",
    "images_policy": "provider__images_policy",
    "upstreams_heat": "heat_decision__upstream",
    "heat_decided": "heat_decision__kind",
}


_PICTURE = [name for name in Card._fields if name.startswith("picture_")]


def first_topic() -> FilteredRelation:
    """A new one each time: the query that it is put into makes it its own."""
    return FilteredRelation("article_topics", condition=Q(article_topics__position=0))


def cards(articles: QuerySet, *, pictured: bool = True) -> QuerySet:
    """The articles as rows that `Card._make` takes; not `pictured`, for lists that show no pictures, without them."""
    firsts = {
        "first_topic": first_topic(),
        "heat_decision": FilteredRelation("standing_decisions", condition=Q(standing_decisions__field="heat")),
    }
    if pictured:
        firsts["first_image"] = FilteredRelation("images", condition=Q(images__position=0))
        pictures = {"picture_kept": Kept("first_image__url"), "picture_chosen": Chosen("picture")}
    else:
        pictures = {name: Value(None, TextField()) for name in _PICTURE}
    found = articles.annotate(**firsts).annotate(**pictures)
    columns = _ELSEWHERE if pictured else {name: _ELSEWHERE[name] for name in _ELSEWHERE.keys() - _PICTURE}
    return found.values_list(*(columns.get(name, name) for name in Card._fields))


def page_of_cards(articles: QuerySet, cursor: str) -> Page:
    """The page of an ordered list of articles that starts after `cursor`. One query."""
    return page_of(cards(articles), cursor, make=Card._make)


def lines(articles: QuerySet, count: int) -> list[Card]:
    """The best `count` of the articles, without pictures. One query."""
    return [Card._make(row) for row in cards(articles.ranked(), pictured=False)[:count]]
