"""The ranking in today's numbers: the first stories of now with all that their place is computed from, and how much of
it was the editors' doing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q

from articles.models import Article, StandingDecision
from articles.site.cards import Card
from articles.site.front import front_page
from articles.site.masthead import DAY
from articles.site.why import head_start

FIRST = 5


@dataclass(frozen=True, slots=True)
class Place:
    """A story at its place of the front page: its head start in hours, and from when a story without heat would stand
    beside it; None for both where editors have pinned it there."""

    card: Card
    head_start: float | None
    as_if_from: datetime | None


@dataclass(frozen=True, slots=True)
class Today:
    """The first places of now, and of how many stories of 24 hours editors decided anything, their heat, and their
    headline or excerpt; `pinned` is how many stories are pinned now."""

    places: list[Place]
    stories: int
    decided: int
    heat: int
    words: int
    pinned: int


def today(now: datetime) -> Today:
    """In three queries that look at a day's stories and one page of the ranked list."""
    found = front_page(now, "").rows
    counts = {
        "decided": Q(_standing()),
        "heat": Q(_standing(field="heat")),
        "words": Q(_standing(field__in=("title", "excerpt"))),
    }
    stories = Article.objects.listed(now).filter(published_at__gt=now - DAY).order_by()
    counted = stories.aggregate(
        stories=Count("pk"), **{name: Count("pk", filter=filtered) for name, filtered in counts.items()}
    )
    pinned = sum(card.is_pinned(now) for card in found)
    return Today([_place(card, now) for card in found[:FIRST]], pinned=pinned, **counted)


def _place(card: Card, now: datetime) -> Place:
    if card.is_pinned(now):
        return Place(card, None, None)
    hours = head_start(card.heat)
    return Place(card, hours, card.published_at + timedelta(hours=hours))


def _standing(**which) -> Exists:
    return Exists(StandingDecision.objects.filter(article=OuterRef("pk"), **which))
