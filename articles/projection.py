"""From the two logs to the article's columns: the one place that says what the site stores of a story.

`columns()` is pure. The import, the editors' verbs and `rebuild_articles` all write what it returns, so that the
columns are what the logs say however they came to be.
"""

import zlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db.models import Max, OuterRef, Subquery

from articles.merge import Effective, Standing, hear, keep, said
from articles.models import Article, Decision, ImportRun, StandingDecision, Version
from articles.ranking import rank
from articles.seeds import FoundFile, SeedFile, Story, read_story

TEXTS = ("type", "locale", "highlight", "web_url", "original_url", "amp_web_url", "cdn_amp_web_url", "featured_content")
EFFECTIVE = (
    "published quality heat title excerpt published_at visible_from publish_at publish_until pinned_place pinned_until "
    "picture focal_point"
).split()


def columns(story: Story, effective: Effective, half_life: float | None = None) -> dict:
    """The article's columns, by name, as the logs have them: all but identity, path, digests, slug and foreign keys.

    `half_life` is in hours, `settings.HALF_LIFE_HOURS` where it is not given.
    """
    return {
        "category": story.category or "news",
        "updated_at": story.updated_at,
        "link": story.link or "",
        "outlets": other_outlets(story),
        "tags": list(story.tags),
        "body": story.body,
        "facts_digest": story.facts_digest(),
        **{name: getattr(story, name) or "" for name in TEXTS},
        **{name: getattr(effective, name) for name in EFFECTIVE},
        "rank": rank(effective.heat, effective.published_at, half_life or settings.HALF_LIFE_HOURS),
    }


def other_outlets(story: Story) -> int:
    """How many outlets besides its own tell the story, each counted once."""
    domains = {related.provider.domain for related in story.related if related.provider}
    return len(domains - {story.provider.domain}) if story.provider else len(domains)


# -- the logs, read


def unpack(version: Version) -> bytes:
    """The file's bytes. Raises ValueError where those that are stored were damaged."""
    try:
        return zlib.decompress(bytes(version.data))
    except zlib.error as error:
        raise ValueError(f"version {version.pk} of {version.path} is damaged in the database: {error}") from None


def story_of(version: Version) -> Story:
    """What a version says: its bytes, read again by the rules of today."""
    found = FoundFile(path=version.path, name=version.path, stem=version.article.stem, named=True)
    reading = read_story(SeedFile(found=found, data=unpack(version), digest=bytes(version.file_digest)))
    if reading.story is None:
        raise ValueError(f"version {version.pk} of {version.path} can no longer be read: {reading.problems[0].message}")
    return reading.story


def newest_file(article: Article) -> Version:
    """The version that the article shows: the newest that is a file (a withdrawn article shows what it was)."""
    version = article.versions.filter(kind=Version.Kind.FILE, undone_by=None).order_by("-at", "-pk").first()
    version.article = article
    return version


def newest_files(articles: Iterable[int]) -> list[Version]:
    """For each article (by its key) the version that it shows, in one query."""
    files = Version.objects.filter(article=OuterRef("pk"), kind=Version.Kind.FILE, undone_by=None)
    newest = Article.objects.filter(pk__in=articles).annotate(
        file=Subquery(files.order_by("-at", "-pk").values("pk")[:1])
    )
    return list(Version.objects.filter(pk__in=newest.values("file")).select_related("article"))


def newest_entry(article: Article) -> int:
    """The key of the newest entry in upstream's log of the article: decisions are placed after it."""
    return article.versions.aggregate(newest=Max("pk"))["newest"]


STANDING_COLUMNS = "kind value base base_link links upstream link moved_since link_since".split()


def standing_of(row: StandingDecision) -> Standing:
    values = {name: getattr(row, name) for name in STANDING_COLUMNS}
    return Standing(field=row.field, **(values | {"links": tuple(row.links)}))


def standing_row(article_id: int, standing: Standing, decision_id: int) -> StandingDecision:
    values = {name: getattr(standing, name) for name in STANDING_COLUMNS}
    return StandingDecision(
        article_id=article_id,
        decision_id=decision_id,
        field=standing.field,
        **(values | {"links": list(standing.links)}),
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of upstream's log, as `replay` takes it."""

    key: int
    at: datetime
    kind: str
    run: int
    target: int = 0  # of an undo: the run whose entries stop counting, or count again
    stops: bool = False
    quiet: bool = False  # read from history: what it says raises no conflict


@dataclass(frozen=True, slots=True)
class Replayed:
    """What both logs of an article come to: the entry whose file it shows (None where none counts), whether that file
    is gone, and for each field in force its standing with the key of its newest decision."""

    shown: Entry | None
    withdrawn: bool
    standings: dict[str, tuple[Standing, int]]
    undone: frozenset[int]  # the runs whose entries do not count


def replay(entries: Iterable[Entry], decisions: Collection[Decision], read: Callable[[Entry], Story]) -> Replayed:
    """Both logs of one article, in the order in which they were written; `read` gives what an entry's file says.

    Of upstream's entries the newest by its run's time holds: one that was read later, from history, lies under it. A
    decision comes after the entry that was the last one written when it was made. What is undone was never said: a
    decision that was made against it hears, when it is undone, what counts instead.
    """
    entries = sorted(entries, key=lambda entry: entry.key)
    undos = [entry for entry in entries if entry.kind == Version.Kind.UNDO]
    log = _Log(read, _undone_by(undos))
    waiting = counting(decisions)
    for entry in entries:
        if entry.kind != Version.Kind.UNDO:
            log.add(entry)
        else:  # a file that counts as before says nothing new: an undo that is undone itself does no harm
            log.hear(entry)
        while waiting and waiting[0].version_id <= entry.key:
            log.decide(waiting.pop(0))
    return Replayed(log.shown, log.withdrawn, log.standings, frozenset(log.undone))


def undoing_runs() -> dict[int, int]:
    """Of each run that is the undo of another one, of which."""
    return dict(ImportRun.objects.filter(undoes__isnull=False).values_list("pk", "undoes"))


def meant_by(run: int, undoes: Mapping[int, int]) -> tuple[int, bool]:
    """The run that a run's undos are about in the end, and whether its entries stop counting or count again: an undo of
    an undo brings the run back, and so on."""
    stops = False
    while run in undoes:
        run, stops = undoes[run], not stops
    return run, stops


def taken_back(decisions: Iterable[Decision]) -> dict[int, Decision]:
    """For each decision that does not count, by its key, the undo that says so: one that is not undone itself."""
    undone: dict[int, Decision] = {}
    for decision in sorted(decisions, key=lambda each: each.pk, reverse=True):
        if decision.undoes_id and decision.pk not in undone:
            undone[decision.undoes_id] = decision
    return undone


def counting(decisions: Collection[Decision]) -> list[Decision]:
    """Those that no undo has taken back, in their order, and no undos."""
    undone = taken_back(decisions)
    counted = (each for each in decisions if not each.undoes_id and each.pk not in undone)
    return sorted(counted, key=lambda each: each.pk)


def _undone_by(undos: Iterable[Entry]) -> set[int]:
    undone: set[int] = set()
    for undo in undos:
        (undone.add if undo.stops else undone.discard)(undo.target)
    return undone


class _Log:
    def __init__(self, read: Callable[[Entry], Story], undone: set[int]):
        self.read = read
        self.undone = undone
        self.newest: Entry | None = None
        self.shown: Entry | None = None
        self.standings: dict[str, tuple[Standing, int]] = {}

    @property
    def withdrawn(self) -> bool:
        return self.newest is not None and self.newest.kind == Version.Kind.WITHDRAWAL

    def add(self, entry: Entry) -> None:
        if entry.run in self.undone:
            return
        if self.newest is None or _age(self.newest) < _age(entry):
            self.newest = entry
        if entry.kind == Version.Kind.FILE and (self.shown is None or _age(self.shown) < _age(entry)):
            self.shown = entry
            self.hear(entry)

    def hear(self, entry: Entry) -> None:
        """The decisions in force hear what the shown file says, at the time of `entry`."""
        if self.shown is None or not self.standings:
            return
        heard = said(self.read(self.shown))
        for field, (standing, decision) in self.standings.items():
            after = hear(standing, heard, entry.at)
            if entry.quiet and after is not standing and not standing.in_conflict:  # one that is open stays open
                after = keep(after)
            self.standings[field] = (after, decision)

    def decide(self, decision: Decision) -> None:
        before, _ = self.standings.pop(decision.field, (None, None))
        standing = decided(decision, before)
        if standing is not None:
            self.standings[decision.field] = (standing, decision.pk)


def _age(entry: Entry) -> tuple[datetime, int]:
    return entry.at, entry.key


def decided(decision: Decision, before: Standing | None) -> Standing | None:
    """The decision in force after this one, from what its own row says of upstream at the time."""
    base, link = decision.base, decision.base_link
    if decision.kind == Decision.Kind.RELEASE:
        return None
    if decision.kind == Decision.Kind.KEEP:
        return before and keep(replace(before, upstream=base, link=link))
    return Standing(decision.field, decision.kind, decision.value, base, link, (link,), base, link)
