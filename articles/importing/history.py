"""Upstream's history from git: each commit that changes the content of seed files becomes a run at the commit's time.

    commits → what each left in the folder → judge what it changed → runs and versions → columns

A commit is judged as `import_seeds --prune` would judge the folder as that commit left it, against what history itself
said before: a version is a change between two commits, whatever was imported live. Where a version comes to stand among
those of other runs is the business of their times (`articles.projection.replay`).
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from articles.importing.judging import doubled
from articles.importing.recording import Entry, Judged, record
from articles.locks import source_lock
from articles.models import ImportRun, Version
from articles.seeds import NotASeed, Problem, SeedFile, Unreadable, read_story
from articles.seeds.files import seed_of
from articles.seeds.problems import printable
from articles.seeds.repository import Blobs, Commit, commits, folder_in, outline
from articles.seeds.tree import Leaf, Tree
from articles.seeds.workers import pack

FILES_AT_ONCE = 400  # judged before they are written: whole commits, in one short transaction
COMMITS_AT_ONCE = 100
REMEMBERED = 200_000  # blobs whose digests are kept: a file that comes back is not parsed again
LOST = "The repository has no bytes of this file: it is not a whole clone."


class NothingFound(ValueError):
    """The history has no commit, or no seed file, where it was looked for; the message says so."""


class OtherFolder(ValueError):
    """The source's history was read from another folder of this repository."""


@dataclass(slots=True)
class HistoryReport:
    """What came of it: how many commits there are, and of those that are new as runs the sums of their counts."""

    commits: int = 0
    runs: int = 0
    files: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    withdrawn: int = 0
    errors: list[tuple[str, Problem]] = field(default_factory=list)  # with their commits
    seconds: float = 0.0

    def add(self, judged: Judged) -> None:
        self.runs += not judged.again
        for name, count in judged.counts().items():
            setattr(self, name, getattr(self, name) + count)
        self.errors += [(judged.commit.sha, problem) for problem in judged.errors]


def import_history(
    repository: str,
    folder: str = "",
    source: str = "default",
    *,
    since: datetime | None = None,
    wait: float = 60,
    observe: Callable[[int, int], None] = lambda commits, total: None,
) -> HistoryReport:
    """Import the first-parent commits of a git checkout, of seed files under `folder` in it, oldest first.

    `since` leaves out the commits before the first one of that time or later; that one brings every file as it was
    then. `observe` is called with how many commits are done since its last call, and how many there are. Raises
    `seeds.repository.NoRepository`, ValueError for a folder outside, `NothingFound`, `OtherFolder` and `SourceBusy`.
    """
    started = time.monotonic()
    path = folder_in(Path(repository), folder)
    with source_lock(source, wait):
        listed = outline(Path(repository), path)
        done = _Done(source, path, listed, since)
        report = HistoryReport(commits=len(listed) - done.start)
        if not report.commits:
            raise NothingFound(_nothing(repository, folder, since))
        with Blobs(Path(repository)) as blobs:
            judge = _Judge(blobs, Tree(path, os.path.join(repository, folder), blobs.read), done)
            judged = _watched(judge.judged(commits(Path(repository), path)), observe, report.commits)
            for batch in _batches(judged):
                record(source, _paths(repository, path, since), batch)
                for each in batch:
                    if each.is_news:
                        report.add(each)
        if not report.files and not done.runs:
            raise NothingFound(f"No seed file found in the history of {os.path.join(repository, folder)}.")
    report.seconds = time.monotonic() - started
    return report


def _nothing(repository: str, folder: str, since: datetime | None) -> str:
    later = f" since {since:%Y-%m-%d %H:%M:%S} UTC" if since else ""
    return f"There is no commit of {os.path.join(repository, folder)}{later}."


def _paths(repository: str, folder: str, since: datetime | None) -> list[str]:
    """What a run of history was asked for, as its row keeps it: it says which commits were looked at."""
    return [repository, f"--path={folder}"] + ([f"--since={since.astimezone(UTC).isoformat()}"] if since else [])


def _watched(judged: Iterable[Judged], observe: Callable[[int, int], None], total: int) -> Iterator[Judged]:
    for each in judged:
        observe(0 if each.more else 1, total)
        yield each


def _batches(judged: Iterable[Judged]) -> Iterator[list[Judged]]:
    """Commits that have anything to write, a few hundred files together."""
    batch, files = [], 0
    for each in judged:
        if each.writes or each.is_news:
            batch.append(each)
            files += each.writes
        if files >= FILES_AT_ONCE or len(batch) >= COMMITS_AT_ONCE:
            yield batch
            batch, files = [], 0
    if batch:
        yield batch


class _Done:
    """Which commits were read before, and what they said: their runs and versions are all that is kept of them.

    A commit that changed nothing has no run. It was looked at all the same where a later one has a run, of a pass that
    began before it. A large one that was written in part only has a run that is not finished.
    """

    def __init__(self, source: str, folder: str, listed: Sequence[Commit], since: datetime | None):
        self.commits = [commit.sha for commit in listed]
        self.places = {sha: place for place, sha in enumerate(self.commits)}
        self.times = [commit.at for commit in listed]
        self.start = self._first(since)
        self.runs: set[str] = set()
        self.begun: set[str] = set()
        self.passes: dict[int, int] = {}  # where a pass began → the last commit that has a run of it
        rows = ImportRun.objects.filter(source=source).exclude(commit="").values_list("commit", "paths", "status")
        for sha, paths, status in rows:
            if sha in self.places:
                if paths[1] != printable(f"--path={folder}"):  # as the row keeps it
                    raise OtherFolder(paths[1].removeprefix("--path="))
                if status != ImportRun.Status.FINISHED:
                    self.begun.add(sha)
                    continue
                self.runs.add(sha)
                began = self._first(datetime.fromisoformat(paths[2].removeprefix("--since=")) if paths[2:] else None)
                self.passes[began] = max(self.places[sha], self.passes.get(began, 0))
        self.entries = self._entries(source)

    def _first(self, since: datetime | None) -> int:
        """The place of the first commit at that time or later, how ever clocks went before it."""
        return next((place for place, at in enumerate(self.times) if since is None or at >= since), len(self.times))

    def _entries(self, source: str) -> dict[str, list[Entry]]:
        """What the runs of history said, by commit."""
        found: dict[str, list[Entry]] = {}
        rows = Version.objects.filter(run__source=source, run__commit__gt="").exclude(kind=Version.Kind.UNDO)
        names = ("run__commit", "article__stem", "pk", "kind", "path", "file_digest", "content_digest")
        for sha, stem, key, kind, path, file_digest, content_digest in rows.values_list(*names).iterator():
            if sha in self.places:
                entry = Entry(stem, kind, path, bytes(file_digest), bytes(content_digest), key=key)
                found.setdefault(sha, []).append(entry)
        return found

    def is_done(self, sha: str) -> bool:
        place = self.places[sha]
        looked_at = any(began <= place <= last for began, last in self.passes.items())
        return sha in self.runs or (looked_at and sha not in self.begun)

    def began_at(self, sha: str) -> bool:
        """Whether a pass began with this commit: it could not know what went in it."""
        return self.places[sha] > 0 and self.places[sha] in self.passes

    def begins_here(self, sha: str) -> bool:
        """Whether nothing is known of the commits before this one, so that it brings all files that are there."""
        place = self.places[sha]
        return place == self.start and place > 0 and not self.is_done(self.commits[place - 1])


@dataclass(slots=True)
class _Said:
    """What history said of a file last: the newest version, and whether it is gone since."""

    file: Entry
    gone: bool = False


@dataclass(frozen=True, slots=True)
class _Digests:
    """What is remembered of a good blob."""

    file: bytes
    content: bytes


class _Judge:
    """Judges commit after commit. Nothing is written here."""

    def __init__(self, blobs: Blobs, tree: Tree, done: _Done):
        self.blobs = blobs
        self.tree = tree
        self.done = done
        self.said: dict[str, _Said] = {}  # by stem
        self.remembered: dict[str, _Digests] = {}  # by blob

    def judged(self, history: Iterable[Commit]) -> Iterator[Judged]:
        for commit in history:
            if commit.sha not in self.done.places:  # made while the others were being read: the next pass has it
                return
            stems = self.tree.apply(commit.changes)
            written = self.done.entries.pop(commit.sha, ())
            for entry in written:
                self._note(entry)
            if self.done.places[commit.sha] < self.done.start:
                continue
            if self.done.begins_here(commit.sha):
                stems = stems | self.tree.stems.keys() | self.said.keys()
            if not self.done.is_done(commit.sha):
                begun = commit.sha in self.done.begun
                judged = Judged(commit, again=begun, ends=begun, anew=begun)
                judged.unchanged -= sum(entry.kind == Version.Kind.FILE for entry in written)  # they are seen again
                yield from self._judge(judged, stems)
            else:
                judged = Judged(commit, again=True)
                if self.done.began_at(commit.sha):
                    self._judge_gone(judged, self.said.keys())
                yield judged

    def _judge(self, judged: Judged, stems: Iterable[str]) -> Iterator[Judged]:
        """A commit of very many files comes in parts, so that no transaction keeps an editor waiting."""
        for leaves in sorted(filter(None, map(self.tree.leaves, stems)), key=lambda leaves: leaves[0].found.path):
            self._judge_files(judged, leaves)
            if judged.writes >= FILES_AT_ONCE:
                judged.more = True
                yield judged
                judged = judged.rest()
        self._judge_gone(judged, stems)
        yield judged

    def _judge_gone(self, judged: Judged, stems: Iterable[str]) -> None:
        for stem in sorted(stem for stem in stems if not self.tree.leaves(stem)):
            said = self.said.get(stem)
            if said is not None and not said.gone:
                self._say(judged, Entry(stem, Version.Kind.WITHDRAWAL, said.file.path))

    def _judge_files(self, judged: Judged, leaves: Sequence[Leaf]) -> None:
        """The files of one stem: the first that is a seed file is taken, be it good or bad."""
        taken = None
        for leaf in leaves:
            if taken is not None and self._is_seed(leaf):
                judged.reject((doubled(leaf.found, taken.found),))
            elif taken is None and self._judge_file(judged, leaf):
                taken = leaf

    def _judge_file(self, judged: Judged, leaf: Leaf) -> bool:
        """Whether it is a seed file; what it says goes to `judged`."""
        stem, said = leaf.found.stem, self.said.get(leaf.found.stem)
        known = self.remembered.get(leaf.blob)
        if known is not None and said is not None and not said.gone and known.content == said.file.content_digest:
            self._see_again(judged, leaf, said.file, known.file)
            return True
        seed = self._seed(leaf)
        if isinstance(seed, Unreadable):
            judged.reject((seed.problem,))
        elif isinstance(seed, SeedFile):
            reading = read_story(seed)
            judged.warnings += reading.warnings
            if reading.story is None:
                judged.reject(reading.problems)
                return True
            digest = reading.story.content_digest()
            self._remember(leaf.blob, _Digests(seed.digest, digest))
            if said is not None and not said.gone and said.file.content_digest == digest:
                self._see_again(judged, leaf, said.file, seed.digest, seed.data)
            else:
                packed, kind = pack(seed.data), Version.Kind.FILE
                self._say(judged, Entry(stem, kind, leaf.found.name, seed.digest, digest, packed, reading.story))
        return isinstance(seed, SeedFile | Unreadable)

    def _is_seed(self, leaf: Leaf) -> bool:
        return leaf.blob in self.remembered or isinstance(self._seed(leaf), SeedFile | Unreadable)

    def _seed(self, leaf: Leaf) -> SeedFile | NotASeed | Unreadable:
        if leaf.found.problem is not None:
            return Unreadable(leaf.found, _problem(leaf, leaf.found.problem))
        if leaf.blob is None:
            return NotASeed(leaf.found)
        data = self.blobs.read(leaf.blob)
        return Unreadable(leaf.found, _problem(leaf, LOST)) if data is None else seed_of(leaf.found, data)

    def _remember(self, blob: str, digests: _Digests) -> None:
        if len(self.remembered) >= REMEMBERED:
            self.remembered.clear()
        self.remembered[blob] = digests

    def _say(self, judged: Judged, entry: Entry) -> None:
        judged.entries.append(entry)
        self._note(entry)

    def _note(self, entry: Entry) -> None:
        if entry.kind == Version.Kind.FILE:
            self.said[entry.stem] = _Said(entry)
        elif entry.stem in self.said:
            self.said[entry.stem].gone = True

    def _see_again(self, judged: Judged, leaf: Leaf, entry: Entry, digest: bytes, data: bytes = b"") -> None:
        """The same content in other bytes, or at another path: the version that says it takes them over."""
        judged.unchanged += 1
        if (entry.path, entry.file_digest) == (leaf.found.name, digest):
            return
        if entry.file_digest != digest:
            data = data or self.blobs.read(leaf.blob)
            entry.packed = pack(data)
        entry.path, entry.file_digest = leaf.found.name, digest
        if entry.key is not None:  # else it is still to be written
            judged.replaced.append(entry)


def _problem(leaf: Leaf, message: str) -> Problem:
    return Problem(leaf.found.path, 1, 1, "", message)
