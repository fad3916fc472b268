"""What stands at the head of every page: the line beside the site's name, and its sections."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, IntegerField, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from articles.models import Article, ImportRun, Topic
from articles.statements import Statement

DAY = timedelta(hours=24)
SECTIONS = 8


@dataclass(frozen=True, slots=True)
class Masthead:
    """Something true about the site: how many stories came in 24 hours, when the last import ended (or None), and the
    topics that most of its newest stories are about."""

    stories: int
    imported_at: datetime | None
    sections: list[Topic]


def masthead(now: datetime) -> Masthead:
    """The masthead at `now` (aware), in one query that counts no more than a day's stories; in two where there is no
    section yet."""
    rows = SECTIONS_AND_DATELINE.rows(now)
    if rows:
        return Masthead(*rows[0][-2:], [Topic(pk=pk, name=name, slug=slug) for pk, name, slug, *_ in rows])
    found = _finished().values_list("finished_at", _stories(now)).first()
    return Masthead(found[1], found[0], []) if found else Masthead(0, None, [])


def _stories(now: datetime) -> Coalesce:
    recent = Article.objects.listed(now).filter(published_at__gt=now - DAY).order_by()
    count = recent.values("published").annotate(stories=Count("pk")).values("stories")
    return Coalesce(Subquery(count, IntegerField()), Value(0))


def _imported() -> Subquery:
    return Subquery(_finished().values("finished_at")[:1])


def _finished() -> QuerySet:
    finished = ImportRun.objects.filter(status=ImportRun.Status.FINISHED, finished_at__isnull=False)
    return finished.order_by("-finished_at")


def _sections_and_dateline(now: datetime) -> QuerySet:
    leading = Topic.objects.leading(now, SECTIONS).annotate(stories_today=_stories(now), imported_at=_imported())
    return leading.values_list("pk", "name", "slug", "stories_today", "imported_at")


SECTIONS_AND_DATELINE = Statement(_sections_and_dateline)
