"""The front page's order: the best of now, and what editors have pinned at its place among them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from sys import float_info

from django.db.models import Count, Q, Subquery

from articles.models import Article, ImportRun
from articles.site.cards import cards
from articles.site.paging import PAGE_SIZE, Page, cursor_after, page_of

DAY = timedelta(hours=24)
BEFORE_ALL = Article(rank=float_info.max, published_at=datetime(9998, 12, 31, tzinfo=UTC), slug="")


@dataclass(frozen=True, slots=True)
class Dateline:
    """Something true about the page: how many stories came in 24 hours, and when the last import ended (or None)."""

    stories: int
    imported_at: datetime | None


def front_page(now: datetime, cursor: str) -> Page:
    """The page of the ranked list that starts after `cursor`, as cards, in four queries. A bad cursor is Http404.

    Pinned stories stand at their places on the first page and are left out of all that is ranked after them, so that
    walking the pages meets each story once.
    """
    places = dict(Article.objects.pinned(now).values_list("pk", "pinned_place")[:PAGE_SIZE])
    ranked = Article.objects.listed(now).exclude(pk__in=places).ranked()
    if cursor:
        return page_of(cards(ranked), cursor)
    free = PAGE_SIZE - len(places)
    one_more = ranked.values("pk")[: free + 1]  # tells whether there is a next page
    found = list(cards(Article.objects.filter(Q(pk__in=places) | Q(pk__in=one_more))).ranked())
    rest = [article for article in found if article.pk not in places]
    pinned = {article.pk: article for article in found if article.pk in places}
    in_order = [(place, pinned[pk]) for pk, place in places.items() if pk in pinned]
    following = ""
    if len(rest) > free:
        last = rest[free - 1] if free else BEFORE_ALL  # 25 pins leave no place to what is ranked
        following = cursor_after(last, ranked.query.order_by)
    return Page(at_their_places(rest[:free], in_order), following, is_first=True)


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


def dateline(now: datetime) -> Dateline:
    """What the masthead of `now` says, in one query that counts no more than a day's stories."""
    recent = Article.objects.listed(now).filter(published_at__gt=now - DAY).order_by()
    stories = Subquery(recent.values("published").annotate(stories=Count("pk")).values("stories"))
    last = ImportRun.objects.filter(status=ImportRun.Status.FINISHED, finished_at__isnull=False).order_by(
        "-finished_at"
    )
    found = last.values_list("finished_at", stories).first()
    return Dateline(stories=found[1] or 0, imported_at=found[0]) if found else Dateline(0, None)
