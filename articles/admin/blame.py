"""Who gave a field of an article the value that it has now: asked where an editor and somebody else collide."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from articles.merge import DESK_FIELDS, boosted, said, same
from articles.models import Article, Decision, Version
from articles.projection import meant_by, story_of, undoing_runs

LOOKED_AT = 100  # entries of a log: who changed it is nearly always in the newest few


def last_change(article: Article, field: str) -> tuple[str, datetime]:
    """An editor, or an import or its undo, and when. Five queries, however long the logs are.

    The order of the logs decides and not the clock: a decision names the entry of upstream's log that it came after.
    """
    standing = article.standing_decisions.filter(field=field).first()
    decisions = list(article.decisions.filter(field=field).exclude(kind=Decision.Kind.KEEP)[:LOOKED_AT])
    made = next((each for each in decisions if not same(each.old, each.new)), None)
    if field in DESK_FIELDS and made:  # upstream says nothing of them
        return made.username, made.at
    entries = article.versions.select_related("run").defer("data", "run__errors", "run__warnings").order_by("-pk")
    if standing and standing.kind == "set" and decisions:  # what upstream said after a set changed nothing here
        entries = entries.filter(pk__lte=decisions[0].version_id)
    by = standing.value if standing and standing.kind == "boost" else None
    change = _upstreams_last_change(article, field, list(entries[:LOOKED_AT])[::-1], by)
    if made and made.version_id >= change.pk:
        return made.username, made.at
    return _named(change), change.at


def upstreams_last_change(article: Article, field: str | None) -> tuple[str, datetime]:
    """The import, or the undo of one, with which upstream's value of the field became what it is now, and when; without
    a field, the newest. Three queries."""
    entries = article.versions.select_related("run").defer("data", "run__errors", "run__warnings").order_by("-pk")
    found = list(entries[: LOOKED_AT if field else 1])[::-1]
    change = _upstreams_last_change(article, field, found, None) if field else found[0]
    return _named(change), change.at


def newest_decision(article: Article, field: str) -> Decision | None:
    """What an editor did last about the field, undos too."""
    return article.decisions.filter(field=field).first()


def _upstreams_last_change(article: Article, field: str, entries: list[Version], by: int | None) -> Version:
    """The entry, of some in their order, with which upstream's value became what it is after the last of them."""
    shown = list(_shown(entries))
    files = Version.objects.filter(pk__in={file.pk for _, file in shown}).in_bulk()

    def value(file: Version):
        files[file.pk].article = article
        upstream = said(story_of(files[file.pk])).values.get(field)
        return upstream if by is None else boosted(upstream, by)

    for (entry, file), (_, before) in zip(shown[:0:-1], shown[-2::-1], strict=True):
        if file.pk != before.pk and not same(value(file), value(before)):
            return entry
    return shown[0][0] if shown else entries[-1]


def _shown(entries: Iterable[Version]) -> Iterator[tuple[Version, Version]]:
    """After each entry the file that the article showed then: the newest, by its run's time, of a run not undone."""
    undoes = undoing_runs()
    files, undone, shown = [], set(), None
    for entry in entries:
        if entry.kind == Version.Kind.FILE:
            files.append(entry)
        elif entry.kind == Version.Kind.UNDO:
            target, stops = meant_by(entry.run_id, undoes)
            (undone.add if stops else undone.discard)(target)
        shown = max(
            (file for file in files if file.run_id not in undone), key=lambda file: (file.at, file.pk), default=shown
        )
        if shown:
            yield entry, shown


def _named(entry: Version) -> str:
    run = entry.run
    return f"The undo of run {run.undoes_id} (run {run.pk})" if run.undoes_id else f"The import (run {run.pk})"
