"""The front page: the best of now, what editors have pinned at its place among them, then the rest by topic."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from operator import attrgetter, itemgetter
from sys import float_info

from django.db.models import QuerySet

from articles.models import Article
from articles.querysets import AMONG, RANKED
from articles.site.cards import Card, cards, first_topic, page_of_cards
from articles.site.masthead import SECTIONS, Section
from articles.site.paging import PAGE_SIZE, Page, cursor_after
from articles.statements import Statement

BLOCK = 5  # a headline and four lines
COVERED = 5  # stories told by most outlets
BEFORE_ALL = Article(rank=float_info.max, published_at=datetime(9998, 12, 31, tzinfo=UTC), slug="")


@dataclass(frozen=True, slots=True)
class Block:
    """A topic and the best stories filed under it, which stand below the ranked list."""

    topic: Section
    articles: list[Card]


def front_page(now: datetime, cursor: str) -> Page:
    """The page of the ranked list that starts after `cursor`, as cards, in one query. A bad cursor is Http404.

    Pinned stories stand at their places on the first page and are left out of all that is ranked after them, so that
    walking the pages meets each story once.
    """
    if cursor:
        return page_of_cards(_ranked(now), cursor)
    found = [Card._make(row) for row in FIRST_PAGE.rows(now)]
    pinned = sorted((card for card in found if card.is_pinned(now)), key=attrgetter("pinned_place"))
    rest = [card for card in found if not card.is_pinned(now)]
    free = PAGE_SIZE - len(pinned)
    following = ""
    if len(rest) > free:
        last = rest[free - 1] if free else BEFORE_ALL  # 25 pins leave no place to what is ranked
        following = cursor_after(last, RANKED)
    in_order = [(card.pinned_place, card) for card in pinned]  # those of one place stay in the order of rank
    return Page(at_their_places(rest[:free], in_order), following, is_first=True)


def _pinned(now: datetime) -> QuerySet:
    return Article.objects.pinned(now).values("pk")[:PAGE_SIZE]


def _ranked(now: datetime) -> QuerySet:
    return Article.objects.listed(now).exclude(pk__in=_pinned(now)).ranked()


def _first_page(now: datetime) -> QuerySet:
    one_more = _ranked(now).values("pk")[: PAGE_SIZE + 1]  # tells whether there is a next page
    # Two lists that share nothing, not one that is in either: for that PostgreSQL would look at every article.
    parts = [cards(Article.objects.filter(pk__in=keys).order_by()) for keys in (_pinned(now), one_more)]
    return parts[0].union(parts[1], all=True).order_by(*RANKED)


FIRST_PAGE = Statement(_first_page)


def at_their_places(ranked: list, pinned: list[tuple[int, object]]) -> list:
    """`ranked` with each pinned story at its place (from 1), or as near to it as the list is long.

    `pinned` is in order of place; of two pinned to one place, the second stands right behind the first.
    """
    merged = list(ranked)
    first_free = 0
    for place, article in pinned:
        index = min(max(place - 1, first_free), len(merged))
        merged.insert(index, article)
        first_free = index + 1
    return merged


def below(now: datetime, sections: list[Section], shown: list[Card]) -> tuple[list[Card], list[Block]]:
    """What stands below the ranked list, in two queries: the stories that most outlets tell, `shown` above or not; and
    the best of each section that are not.

    A story stands under its first topic alone. Only the newest are looked at, as for the sections themselves: so it
    costs the same however many there are. A part with one story would be a heading without a list: none.
    """
    ranked = sorted(NEWEST.rows(now), key=itemgetter(RANK), reverse=True)  # which keeps the order of date among equals
    told = sorted((row for row in ranked if row[OUTLETS]), key=itemgetter(OUTLETS), reverse=True)
    above = {card.pk for card in shown}
    free = [row for row in ranked if row[KEY] not in above]
    filed = [[row[KEY] for row in free if row[TOPIC] == section.pk][:BLOCK] for section in sections]
    keys = [row[KEY] for row in told[:COVERED]], *filed
    found = {card.pk: card for card in map(Card._make, LINES.rows(now, *chain(*keys)))}
    covered, *blocks = ([found[key] for key in each if key in found] for each in keys)
    blocks = [Block(*both) for both in zip(sections, blocks, strict=True) if len(both[1]) > 1]
    return covered if len(covered) > 1 else [], blocks


KEY, TOPIC, OUTLETS, RANK = range(4)


def _newest(now: datetime) -> QuerySet:
    newest = Article.objects.listed(now).annotate(first_topic=first_topic()).latest()
    return newest.values_list("pk", "first_topic__topic", "outlets", "rank")[:AMONG]


def _lines(now: datetime, *keys: int) -> QuerySet:
    return cards(Article.objects.filter(pk__in=keys).order_by(), pictured=False)


NEWEST = Statement(_newest)
LINES = Statement(_lines, keys=COVERED + SECTIONS * BLOCK)
