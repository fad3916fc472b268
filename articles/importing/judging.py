"""What each file is to the site: created, updated, unchanged, rejected or passed over. Nothing is written here."""

from array import array
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from articles.importing.report import Outcome, Verdict
from articles.models import Article
from articles.rows import select
from articles.seeds import FoundFile, FoundFiles, Problem
from articles.seeds.problems import printable
from articles.seeds.workers import Read, Task, read_files, work_through

AT_ONCE = 200  # files in one task of a worker process


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored of an article that a file may change."""

    key: int
    path: str
    file_digest: bytes
    content_digest: bytes
    withdrawn: bool
    undone: bool


STORED_COLUMNS = "stem id path file_digest content_digest withdrawn undone".split()


class Judge:
    """Judges the files of one run in the order of their paths, a batch at a time, reading a little ahead."""

    def __init__(self, source: str, files: FoundFiles, *, jobs: int, batch: int):
        self.source = source
        self.files = files
        self.jobs = jobs
        self.batch = batch
        self.repeated = _repeated(files.stems())
        self.taken: dict[str, FoundFile] = {}  # of those stems, the first file of this run that has it
        self.asked: deque[tuple] = deque()  # the files of each task that is being read, and what is stored of them

    def outcomes(self) -> Iterator[list[Outcome]]:
        batch = []
        for reads in work_through(read_files, self._tasks(), self.jobs):
            files, stored = self.asked.popleft()
            batch += [
                self._outcome(found, read, stored.get(found.stem)) for found, read in zip(files, reads, strict=True)
            ]
            if len(batch) >= self.batch:
                yield batch
                batch = []
        if batch:
            yield batch

    def _tasks(self) -> Iterator[Task]:
        at_once = min(AT_ONCE, self.batch)
        for start in range(0, len(self.files), at_once):
            files = self.files[start : start + at_once]
            stored = self._lookup(files)
            self.asked.append((files, stored))
            yield [(found, _known(stored.get(found.stem))) for found in files]

    def _lookup(self, files: Sequence[FoundFile]) -> dict[str, Stored]:
        rows = select(Article, STORED_COLUMNS, "stem", {found.stem for found in files}, source=self.source)
        return {
            stem: Stored(key, path, bytes(file_digest), bytes(content_digest), withdrawn, undone)
            for stem, key, path, file_digest, content_digest, withdrawn, undone in rows
        }

    def _outcome(self, found: FoundFile, read: Read, stored: Stored | None) -> Outcome:
        if not read.is_seed:
            return Outcome(found, Verdict.SKIPPED)
        first = self.taken.setdefault(found.stem, found) if hash(found.stem) in self.repeated else found
        if first is not found:  # nothing of the article: its own file is the first one
            return Outcome(found, Verdict.REJECTED, problems=(doubled(found, first),))
        outcome = self._judged(found, read, stored)
        outcome.was_there = stored is not None and not stored.withdrawn
        if outcome.was_there:
            outcome.article_id = stored.key
        return outcome

    def _judged(self, found: FoundFile, read: Read, stored: Stored | None) -> Outcome:
        if read.problems:
            return Outcome(found, Verdict.REJECTED, problems=read.problems, warnings=read.warnings)
        if read.story is None:  # the bytes are known: at most the file has moved
            moved = stored.path != found.name
            return Outcome(found, Verdict.UNCHANGED, stored.key, file_digest=read.digest if moved else b"")
        outcome = Outcome(
            found,
            Verdict.CREATED,
            packed=read.packed,
            file_digest=read.digest,
            story=read.story,
            content_digest=read.content_digest,
            warnings=read.warnings,
        )
        if stored is None:
            return outcome
        outcome.article_id = stored.key
        if not stored.withdrawn and stored.content_digest == read.content_digest:
            outcome.verdict, outcome.story = Verdict.UNCHANGED, None
        elif not stored.undone:  # one that was undone comes anew, though its slug and decisions have waited for it
            outcome.verdict = Verdict.UPDATED
        return outcome


def _known(stored: Stored | None) -> bytes:
    """A withdrawn article's file is read anew: its return is news, whatever its bytes."""
    return stored.file_digest if stored and not stored.withdrawn else b""


def _repeated(stems: Iterable[str]) -> set[int]:
    """The hashes of the stems that several files have, so that not all stems need be kept for as long as files come."""
    hashes = sorted(array("q", map(hash, stems)))
    return {one for one, other in pairwise(hashes) if one == other}


def doubled(found: FoundFile, first: FoundFile) -> Problem:
    """A file is not taken, for another one of its name was."""
    sentence = (
        f"The same name as {printable(first.path)}, which was taken: an article is known by its file's name, "
        "in any folder."
    )
    return Problem(file=found.path, line=1, column=1, field="", message=sentence)
