"""What stands at the head of every page: the line beside the site's name, and its sections."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import (
    BigIntegerField,
    CharField,
    Count,
    DateTimeField,
    F,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce

from articles.models import Article, ArticleTopic, Edition, ImportRun, Topic, topic_address
from articles.statements import Statement

DAY = timedelta(hours=24)
SECTIONS = 8
ABOVE_ALL = 1_000_000  # more stories than a section has


class Section(NamedTuple):
    """A topic at the head of a page, and under its ranked list."""

    pk: int
    name: str
    slug: str

    def get_absolute_url(self) -> str:
        return topic_address(self.slug)


@dataclass(frozen=True, slots=True)
class Masthead:
    """Something true about the site: how many stories came in 24 hours, when the last import ended (or None), and the
    topics that most of its newest stories are about."""

    stories: int
    imported_at: datetime | None
    sections: list[Section]


def masthead(now: datetime) -> Masthead:
    """The masthead at `now` (aware), in one query that counts no more than a day's stories."""
    rows = DATELINE_AND_SECTIONS.rows(now)
    if not rows:  # nothing was ever written
        return Masthead(0, None, [])
    (*_, stories, imported_at), *sections = rows
    return Masthead(stories, imported_at, [Section(*row[:3]) for row in sections])


def _dateline_and_sections(now: datetime) -> QuerySet:
    """The line's figures as the first row, then the sections."""
    columns = ("key", "called", "word", "stories", "today", "imported_at")
    topic = Topic.objects.filter(pk=OuterRef("topic")).order_by()
    line = Edition.objects.annotate(
        key=Value(0, BigIntegerField()),
        called=Value("", CharField()),
        word=Value("", CharField()),
        stories=Value(ABOVE_ALL),
        today=_stories(now),
        imported_at=_imported(),
    )
    sections = ArticleTopic.objects.leading(now).annotate(
        key=F("topic"),
        called=Subquery(topic.values("name")),
        word=Subquery(topic.values("slug")),
        today=Value(0),
        imported_at=Value(None, DateTimeField()),
    )
    both = line.values_list(*columns).union(sections.values_list(*columns), all=True)
    return both.order_by("-stories", "called")[: 1 + SECTIONS]


def _stories(now: datetime) -> Coalesce:
    recent = Article.objects.listed(now).filter(published_at__gt=now - DAY).order_by()
    count = recent.values("published").annotate(stories=Count("pk")).values("stories")
    return Coalesce(Subquery(count, IntegerField()), Value(0))


def _imported() -> Subquery:
    finished = ImportRun.objects.filter(status=ImportRun.Status.FINISHED, finished_at__isnull=False)
    return Subquery(finished.order_by("-finished_at").values("finished_at")[:1])


DATELINE_AND_SECTIONS = Statement(_dateline_and_sections)
