"""The archive: public stories by year, month and day of the site's time zone (TIME_ZONE), counted in calendars."""

import calendar
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.utils.timezone import get_current_timezone

from articles import year_counts
from articles.models import Article
from articles.site.words import local_time

MOST_YEARS = 200  # that the first page counts; a site with more has dates that nobody believes
FIRST, LAST = 2, 9997  # years that every time zone can turn into UTC


@dataclass(frozen=True, slots=True)
class Span:
    """A year, a month or a day, with how many stories it has, and how shaded it stands among the others (0 to 4)."""

    date: date
    stories: int
    shade: int = 0


def years(now: datetime) -> list[Span]:
    """The years that have a public story, newest first: from the counts that the database keeps, less the stories whose
    time has not come or has passed. Two queries, and one more where the site's years are not those of UTC."""
    of_utc = year_counts.by_year()
    stories = Counter(of_utc)
    # A year without a midnight in every time zone has no page.
    near = {beside for year in of_utc for beside in (year, year + 1) if FIRST <= beside <= LAST + 1}
    turns = {year: (_midnight(date(year, 1, 1)), datetime(year, 1, 1, tzinfo=UTC)) for year in near}
    apart = {year: sorted(turn) for year, turn in turns.items() if turn[0] != turn[1]}
    for (year, span), count in zip(apart.items(), year_counts.between(list(apart.values())), strict=True):
        sign = 1 if span[0] == turns[year][0] else -1  # where it begins before UTC's, these are its own already
        stories[year] += sign * count
        stories[year - 1] -= sign * count
    hidden = Article.objects.out_of_time(now).order_by().values_list("published_at", flat=True)
    stories.subtract(local_time(at).year for at in hidden.iterator())
    found = [Span(date(year, 1, 1), stories[year]) for year in sorted(stories, reverse=True) if FIRST <= year <= LAST]
    return _shaded([span for span in found if span.stories > 0][:MOST_YEARS])


def months(now: datetime, year: int) -> list[Span]:
    """The twelve months of a year. Raises Http404 for one without a public story."""
    _require(FIRST <= year <= LAST)
    return _counted(now, [date(year, month, 1) for month in range(1, 13)], date(year + 1, 1, 1))


def weeks(now: datetime, year: int, month: int) -> list[list[Span | None]]:
    """A month as a calendar prints it: weeks from Monday, None where a day is another month's. Raises Http404 as
    `months` does."""
    _require(FIRST <= year <= LAST and 1 <= month <= 12)
    days = [date(year, month, 1 + number) for number in range(calendar.monthrange(year, month)[1])]
    spans = [None] * days[0].weekday() + _counted(now, days, days[-1] + timedelta(days=1))
    spans += [None] * (-len(spans) % 7)
    return [spans[start : start + 7] for start in range(0, len(spans), 7)]


def stories_of_day(now: datetime, year: int, month: int, day: int) -> QuerySet:
    """The public stories of a day, newest first. Raises Http404 for a day that no calendar has."""
    try:
        first = date(year, month, day)
    except (ValueError, OverflowError):
        raise Http404("There is no such day.") from None
    _require(FIRST <= year <= LAST)
    start, end = _midnight(first), _midnight(first + timedelta(days=1))
    return Article.objects.public(now).filter(published_at__gte=start, published_at__lt=end).latest()


def day_of(moment: datetime) -> date | None:
    """The day whose page has what was published at a moment (aware); None where that is past all calendars here."""
    day = local_time(moment).date()
    return day if FIRST <= day.year <= LAST else None


def neighbours(now: datetime, first: date, end: date, text: str, address: str) -> list[dict[str, str]]:
    """Where the archive goes on from a span: the newest day with a public story before `first`, and the oldest one from
    `end` on, each as `text` and `address` write it."""
    public = Article.objects.public(now).latest()
    before = public.filter(published_at__lt=_midnight(first)).values_list("published_at", flat=True).first()
    after = public.filter(published_at__gte=_midnight(end)).reverse().values_list("published_at", flat=True).first()
    found = [("prev", before), ("next", after)]
    return [
        {"rel": rel, "href": "/archive/" + address.format(local_time(at)), "text": text.format(local_time(at))}
        for rel, at in found
        if at
    ]


def _counted(now: datetime, starts: list[date], end: date) -> list[Span]:
    """In one query that looks at the stories of the whole span only."""
    ends = [*starts[1:], end]
    within = (
        Article.objects.public(now)
        .order_by()
        .filter(published_at__gte=_midnight(starts[0]), published_at__lt=_midnight(end))
    )
    counts = within.aggregate(
        **{
            f"n{place}": Count("pk", filter=Q(published_at__gte=_midnight(one), published_at__lt=_midnight(other)))
            for place, (one, other) in enumerate(zip(starts, ends, strict=True))
        }
    )
    _require(any(counts.values()))
    return _shaded([Span(start, counts[f"n{place}"]) for place, start in enumerate(starts)])


def _shaded(spans: list[Span]) -> list[Span]:
    most = max((span.stories for span in spans), default=0)
    return [Span(span.date, span.stories, -(-4 * span.stories // most) if most else 0) for span in spans]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=get_current_timezone())


def _require(is_there: bool) -> None:
    if not is_there:
        raise Http404("The archive has no story of that time.")
