"""One article's two logs as one story: what was said and decided, in the order in which it took effect.

`walk` is pure. It goes through the moments as the site lived them: what a run brought is there until that run is
undone, and a decision holds until it is undone. So its steps are at once the entries of the article's timeline and the
curve of its two numbers, and what the site showed at any moment can be read off them.

An import that was at work while an editor decided wrote after the decision, though its run began before: its versions
stand after it here. What was read later from history stands at its own time, where it would have been.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from articles.merge import NUMBERS, Said, Standing, hear
from articles.models import Article, Decision, Version
from articles.projection import Entry, counting, decided, meant_by, undoing_runs


class Numbers(NamedTuple):
    """Heat and quality, as upstream says them or as the site shows them."""

    heat: int
    quality: int


@dataclass(frozen=True, slots=True)
class Moment:
    """The logs after one entry of either: `said` or `decision` is that entry, the other None.

    `shown` is the entry of upstream's log whose file the article shows from then on, `before` the one of until then
    (None where there is none); `withdrawn` and `was_withdrawn` say so of the file. `upstream` and `effective` are the
    two numbers from then on, None while the article shows no file.
    """

    at: datetime
    said: Entry | None
    decision: Decision | None
    before: Entry | None
    shown: Entry | None
    was_withdrawn: bool
    withdrawn: bool
    upstream: Numbers | None
    effective: Numbers | None


@dataclass(frozen=True, slots=True)
class Logs:
    """Both logs of an article: upstream's `entries` with the rows they are of and what their files say of the two
    `numbers`, by key; and all `decisions`. No file is read."""

    entries: list[Entry]
    rows: Mapping[int, Version]
    numbers: Mapping[int, Numbers]
    decisions: list[Decision]

    @classmethod
    def of(cls, article: Article) -> "Logs":
        """Three queries, whatever the logs hold."""
        undoes = undoing_runs()
        versions = article.versions.select_related("run").only(*LIGHT).order_by("pk")
        rows = {version.pk: version for version in versions}
        numbers = {key: Numbers(row.heat, row.quality) for key, row in rows.items() if row.kind == Version.Kind.FILE}
        decisions = list(article.decisions.order_by("pk"))
        for decision in decisions:
            decision.article = article
        return cls([_entry(row, undoes) for row in rows.values()], rows, numbers, decisions)

    def walk(self) -> list[Moment]:
        return walk(self.entries, self.decisions, self.numbers)


LIGHT = (  # all that a timeline needs of a version before it is known which page of it is asked for
    "article kind at path heat quality undone_by run__commit run__username run__undoes run__undone_by"
).split()


def _entry(version: Version, undoes: Mapping[int, int]) -> Entry:
    target, stops = meant_by(version.run_id, undoes)
    return Entry(version.pk, version.at, version.kind, version.run_id, target, stops, bool(version.run.commit))


def walk(entries: Iterable[Entry], decisions: Collection[Decision], numbers: Mapping[int, Numbers]) -> list[Moment]:
    """Both logs of an article as moments, oldest first; `numbers` has those of each entry that is a file, by key."""
    site, moments = _Site(numbers), []
    for at, event in _in_order(entries, decisions):
        before, was_withdrawn = site.shown, site.withdrawn
        site.live(at, event)
        said, decision = (event, None) if isinstance(event, Entry) else (None, event)
        moments.append(
            Moment(at, said, decision, before, site.shown, was_withdrawn, site.withdrawn, site.upstream, site.effective)
        )
    return moments


def _in_order(entries: Iterable[Entry], decisions: Collection[Decision]) -> list[tuple[datetime, Entry | Decision]]:
    """The entries of both logs, each with the time at which it took effect."""
    waiting = sorted(decisions, key=lambda decision: decision.pk)
    timed, latest, last = [], None, None
    for entry in sorted(entries, key=lambda entry: entry.key):
        while waiting and last is not None and waiting[0].version_id <= last.key:
            latest = _later(waiting[0].at, latest)
            timed.append((latest, waiting.pop(0)))
        timed.append((entry.at if entry.quiet else (latest := _later(entry.at, latest)), entry))
        last = entry
    for decision in waiting:
        latest = _later(decision.at, latest)
        timed.append((latest, decision))
    return sorted(timed, key=lambda each: each[0])  # of the same time: as they were written


def _later(one: datetime, other: datetime | None) -> datetime:
    """Clocks are put back now and then; the order in which the logs were written is not."""
    return one if other is None else max(one, other)


class _Site:
    """What the logs so far come to."""

    def __init__(self, numbers: Mapping[int, Numbers]):
        self.numbers = numbers
        self.past: list[tuple[datetime, Entry | Decision]] = []
        self.undone_runs: set[int] = set()
        self._forget()

    def _forget(self) -> None:
        self.newest: Entry | None = None
        self.shown: Entry | None = None
        self.standings: dict[str, Standing] = {}

    def live(self, at: datetime, event: Entry | Decision) -> None:
        self.past.append((at, event))
        if event.kind == "undo":
            if isinstance(event, Entry):
                (self.undone_runs.add if event.stops else self.undone_runs.discard)(event.target)
            self._live_again()
        else:
            self._add(at, event)

    def _live_again(self) -> None:
        """What is undone was never said: the past without it. Undoing is rare, so this costs little."""
        self._forget()
        made = [event for _, event in self.past if isinstance(event, Decision)]
        count = {decision.pk for decision in counting(made)}
        for at, event in self.past:
            if event.kind != "undo" and (isinstance(event, Entry) or event.pk in count):
                self._add(at, event)

    def _add(self, at: datetime, event: Entry | Decision) -> None:
        if isinstance(event, Decision):
            self._decide(at, event)
        elif event.run not in self.undone_runs:
            if self.newest is None or _age(self.newest) < _age(event):
                self.newest = event
            if event.kind == Version.Kind.FILE and (self.shown is None or _age(self.shown) < _age(event)):
                self.shown = event
                self._hear(at)

    def _decide(self, at: datetime, decision: Decision) -> None:
        if decision.field in NUMBERS:
            before = self.standings.pop(decision.field, None)
            if (standing := decided(decision, before)) is not None:
                self.standings[decision.field] = standing
                self._hear(at)  # it was made against what counted then, which may be undone by now

    def _hear(self, at: datetime) -> None:
        if self.shown is None:
            return
        values = self.numbers[self.shown.key]._asdict()
        for field, standing in self.standings.items():
            # Links decide on conflicts and not on numbers, and would have to be read from the file.
            self.standings[field] = hear(standing, Said(values, standing.link), at)

    @property
    def withdrawn(self) -> bool:
        return self.newest is not None and self.newest.kind == Version.Kind.WITHDRAWAL

    @property
    def upstream(self) -> Numbers | None:
        return self.numbers[self.shown.key] if self.shown else None

    @property
    def effective(self) -> Numbers | None:
        if self.upstream is None:
            return None
        return self.upstream._replace(**{field: each.effective for field, each in self.standings.items()})


def _age(entry: Entry) -> tuple[datetime, int]:
    return entry.at, entry.key
