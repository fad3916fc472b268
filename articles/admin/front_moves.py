"""How the front page would move: its ranked places of now beside those after a bulk action, before anything is done."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from articles.bulk import Row
from articles.models import Article, Provider
from articles.ranking import BURIED, PLACES
from articles.site.front import at_their_places

SHOWN = ("pk", "title", "rank", "published_at", "slug")


@dataclass(frozen=True, slots=True)
class Standing:
    """A story on the front page, or that may come there."""

    key: int
    title: str
    rank: float
    published_at: datetime
    slug: str

    @property
    def order(self) -> tuple:
        return -self.rank, -self.published_at.timestamp(), self.slug


@dataclass(frozen=True, slots=True)
class Place:
    """A ranked place of the front page, and the stories that stand there before and after (None: nobody)."""

    number: int
    before: Standing | None
    after: Standing | None


def front_moves(rows: Collection[Row], now: datetime) -> list[Place]:
    """The places of the front page that these rows of a plan would change, in three queries."""
    listed = Article.objects.listed(now)
    pinned = [
        (place, Standing(*values))
        for place, *values in Article.objects.pinned(now).values_list("pinned_place", *SHOWN)[:PLACES]
    ]
    # All that stands before the last place could be taken away, and what follows comes up.
    best = [Standing(*values) for values in listed.ranked().values_list(*SHOWN)[: 2 * PLACES + len(rows)]]
    before = _front(best, pinned)
    after = _front(*_afterwards(best, pinned, rows, now))
    return [
        Place(number, was, comes)
        for number, (was, comes) in enumerate(zip_longest(before, after), start=1)
        if (was and was.key) != (comes and comes.key)
    ]


def _afterwards(best: list[Standing], pinned: list, rows: Collection[Row], now: datetime) -> tuple[list, list]:
    moved = {row.article.pk for row in rows}
    muted = set(Provider.objects.filter(muted=True).values_list("pk", flat=True))
    coming = [(row, _standing(row)) for row in rows if _is_listed(row, now) and row.article.provider_id not in muted]
    ranked = [each for each in best if each.key not in moved] + [standing for _, standing in coming]
    pins = [(place, each) for place, each in pinned if each.key not in moved]
    pins += [(row.columns["pinned_place"], standing) for row, standing in coming if _is_pinned(row, now)]
    return sorted(ranked, key=lambda each: each.order), sorted(pins, key=lambda pin: (pin[0], pin[1].order))


def _standing(row: Row) -> Standing:
    columns = row.columns
    return Standing(row.article.pk, columns["title"], columns["rank"], columns["published_at"], row.article.slug)


def _is_listed(row: Row, now: datetime) -> bool:
    """As `listed()` says it of what is stored."""
    columns, until = row.columns, row.columns["publish_until"]
    public = columns["published"] and not row.article.withdrawn and columns["visible_from"] <= now
    return public and (until is None or until > now) and columns["heat"] != BURIED


def _is_pinned(row: Row, now: datetime) -> bool:
    until = row.columns["pinned_until"]
    return row.columns["pinned_place"] is not None and (until is None or until > now)


def _front(best: Iterable[Standing], pinned: list[tuple[int, Standing]]) -> list[Standing]:
    pinned = pinned[:PLACES]
    keys = {each.key for _, each in pinned}
    rest = [each for each in best if each.key not in keys]
    return at_their_places(rest[: PLACES - len(pinned)], pinned)
