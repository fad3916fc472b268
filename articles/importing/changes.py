"""What a run changed: of which stories it spoke, and which of their fields went from what to what.

Computed from the versions, so that it is true of any run, however old; a page at a time.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value

from articles.importing.foreseeing import TOLD, bounded
from articles.models import Article, ImportRun, Version
from articles.projection import meant_by, story_of, undoing_runs
from articles.seeds.schema import as_said

FILE, WITHDRAWAL, UNDO = Version.Kind.FILE, Version.Kind.WITHDRAWAL, Version.Kind.UNDO


class What(StrEnum):
    """What became of a story by a run."""

    CREATED = "created"
    UPDATED = "updated"
    WITHDRAWN = "withdrawn"
    RETURNED = "came back"
    GONE = "gone"
    OVERTAKEN = "not changed, as a later run speaks of it"
    UNREADABLE = "not known: what is stored of its file is damaged"


@dataclass(frozen=True, slots=True)
class StoryChange:
    """What became of one story, and the old and new value of each field that upstream says otherwise."""

    article: Article
    what: What
    fields: dict[str, tuple]


def changes_of(run: ImportRun, start: int = 0, count: int = 50) -> tuple[list[StoryChange], bool]:
    """`count` of the run's changes from the one at `start` on, in the order of their articles; whether more follow.

    Three queries, however large the run is.
    """
    target, stops = meant_by(run.pk, undoing_runs()) if run.undoes_id else (run.pk, False)
    rows = list(_entries(run, target).order_by("article_id")[start : start + count + 1])
    before = Version.objects.in_bulk({row.before for row in rows[:count] if row.before})
    return [_change(row, before.get(row.before), forwards=not stops) for row in rows[:count]], len(rows) > count


def _entries(run: ImportRun, target: int) -> QuerySet[Version]:
    """The entries that a run added, or, of an undo, those that it makes stop counting or count again. With each the
    file that counted before it, whether the story was withdrawn then, and whether a later one has overtaken it."""
    # What a later run undid did count at the time of this one.
    counting = Q(undone_by=None) | Q(undone_by__gt=run.pk)
    others = Version.objects.filter(counting, article=OuterRef("article")).exclude(kind=UNDO).exclude(run=target)
    earlier = others.filter(Q(at__lt=OuterRef("at")) | Q(at=OuterRef("at"), pk__lt=OuterRef("pk")))
    later = others.filter(at__gte=OuterRef("at"), pk__gt=OuterRef("pk"), run__lt=run.pk)
    newest = earlier.order_by("-at", "-pk")
    entries = Version.objects.filter(run=target).exclude(kind=UNDO).select_related("article")
    return entries.annotate(
        before=Subquery(newest.filter(kind=FILE).values("pk")[:1]),
        before_kind=Subquery(newest.values("kind")[:1]),
        overtaken=Exists(later) if run.undoes_id else Value(False),
    ).defer("article__body", "article__featured_content")


def _change(row: Version, before: Version | None, forwards: bool) -> StoryChange:
    if row.overtaken:
        return StoryChange(row.article, What.OVERTAKEN, {})
    if before is not None:
        before.article = row.article
    try:
        then, now = _said(before), _said(row if row.kind == FILE else before)
    except ValueError:  # told in full by `rebuild_articles --check`
        return StoryChange(row.article, What.UNREADABLE, {})
    was_withdrawn, is_withdrawn = row.before_kind == WITHDRAWAL, row.kind == WITHDRAWAL
    if not forwards:
        then, now, was_withdrawn, is_withdrawn = now, then, is_withdrawn, was_withdrawn
    return StoryChange(row.article, _what(then, now, was_withdrawn, is_withdrawn), _fields(then, now))


def _what(then: dict | None, now: dict | None, was_withdrawn: bool, is_withdrawn: bool) -> What:
    if now is None:
        return What.GONE
    if is_withdrawn:
        return What.WITHDRAWN
    if then is None:
        return What.CREATED
    return What.RETURNED if was_withdrawn else What.UPDATED


def _said(version: Version | None) -> dict | None:
    return None if version is None else as_said(story_of(version))


def _fields(then: dict | None, now: dict | None) -> dict[str, tuple]:
    if now is None:
        return {}
    if then is None:
        return {name: bounded(None, now[name]) for name in TOLD if name in now}
    changed = [name for name in {**now, **then} if name != "secured" and then.get(name) != now.get(name)]
    return {name: bounded(then.get(name), now.get(name)) for name in changed}
