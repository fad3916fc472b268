"""What came of an import: computed from the outcomes, for a person, for a program and for the run's row."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain

from articles.seeds import FoundFile, Problem, Story
from articles.seeds.problems import printable

COUNTS = ("files", "created", "updated", "unchanged", "rejected", "skipped", "conflicts", "withdrawn")


class Verdict(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"
    SKIPPED = "skipped"


@dataclass(slots=True)
class Outcome:
    """What became of one file. `packed` and `story` are there where they are still to be written; `was_there` says
    whether its article was stored and not withdrawn; `changes` has the old and new value of each field, where asked."""

    found: FoundFile
    verdict: Verdict
    article_id: int | None = None
    was_there: bool = False
    packed: bytes = b""  # the file's bytes, compressed
    file_digest: bytes = b""
    story: Story | None = None
    content_digest: bytes = b""
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    conflicts: int = 0
    changes: dict[str, tuple] = field(default_factory=dict)


@dataclass(slots=True)
class Report:
    """The counts of a run (each file once in created, updated, unchanged or rejected), its errors and its warnings."""

    run: int | None = None
    seconds: float = 0.0
    refused: bool = False
    held: bool = False
    counts: Counter = field(default_factory=Counter)
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)  # articles that were there and are updated, withdrawn or rejected
    differences: list[dict] = field(default_factory=list)

    def add(self, outcomes: list[Outcome]) -> None:
        self.counts.update(outcome.verdict for outcome in outcomes)
        self.counts["files"] += sum(outcome.verdict != Verdict.SKIPPED for outcome in outcomes)
        self.counts["conflicts"] += sum(outcome.conflicts for outcome in outcomes)
        self.errors.extend(chain.from_iterable(outcome.problems for outcome in outcomes))
        self.warnings.extend(chain.from_iterable(outcome.warnings for outcome in outcomes))
        self.touched |= touched_by(outcomes)
        self.differences.extend(difference(outcome) for outcome in outcomes if outcome.changes or outcome.problems)

    @property
    def exit_code(self) -> int:
        """2 where there was nothing to judge, 3 where the run was held, 1 where a file was rejected, else 0."""
        if not self.counts["files"]:
            return 2
        if self.held:
            return 3
        return 1 if self.counts["rejected"] else 0

    def as_counts(self) -> dict[str, int]:
        return {name: self.counts[name] for name in COUNTS}

    def as_json(self) -> dict:
        return {
            **self.as_counts(),
            "errors": [problem_as_json(problem) for problem in self.errors],
            "warnings": [problem_as_json(problem) for problem in self.warnings],
            "seconds": round(self.seconds, 3),
            "run": self.run,
        }


def touched_by(outcomes: list[Outcome]) -> set[int]:
    """The articles that were there and not withdrawn, and whose files changed or are rejected."""
    changed = (o for o in outcomes if o.was_there and o.verdict in (Verdict.UPDATED, Verdict.REJECTED))
    return {outcome.article_id for outcome in changed}


def difference(outcome: Outcome) -> dict:
    """What a file changes, as a held run keeps it."""
    return {
        "stem": outcome.found.stem,
        "verdict": str(outcome.verdict),
        "fields": {name: [old, new] for name, (old, new) in outcome.changes.items()},
    }


def problem_as_json(problem: Problem) -> dict:
    return {name: getattr(problem, name) for name in ("file", "line", "column", "field", "message")}


def problem_as_kept(problem: Problem) -> dict:
    """As `problem_as_json`, for a database: one that takes no file name as it is."""
    return problem_as_json(problem) | {"file": printable(problem.file)}


def problem_as_line(problem: Problem) -> str:
    """`path:line:column: key: sentence`, as compilers say it, so that editors jump to the place."""
    place = f"{printable(problem.file)}:{problem.line}:{problem.column}: "
    return place + (f"{problem.field}: " if problem.field else "") + problem.message
