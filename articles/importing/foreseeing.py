"""What an import would do, as JSON that is kept until somebody confirms it: bounded, however much was uploaded.

    {counts, errors, warnings, stories, more, seconds, fingerprint, since}

`errors` and `warnings` are problems with the line of the file; `stories` are {stem, title, verdict, fields, conflicts},
one for each file that changes something; `more` says of each list how much was left out; `fingerprint` is of all of it.
"""

import hashlib
import json
from typing import Any

from articles.importing.report import Outcome, Report, Verdict, problem_as_kept
from articles.seeds import FoundFile, Problem
from articles.seeds.problems import printable
from articles.seeds.schema import as_said

KEPT_STORIES, KEPT_PROBLEMS = 5_000, 1_000
KEPT_FIELDS = 40  # of a story; a file may have a hundred thousand keys
KEPT_CHARACTERS = 400  # of a value
KEPT_IN_ALL = 4_000_000  # characters of values and lines
AROUND = (70, 110)  # characters of a line before and after the place of a problem
TOLD = (
    "provider",
    "published",
    "heat",
    "quality",
    "publishedDateTime",
    "webUrl",
    "topics",
)  # of a new one, beside its title


class Foresight:
    """Gathers what a dry run (with `explain`) judges; an instance is what `import_paths` takes as `observe`."""

    def __init__(self):
        self.stories: list[dict] = []
        self.errors: list[dict] = []
        self.warnings: list[dict] = []
        self.left_out = {"stories": 0, "errors": 0, "warnings": 0}
        self.room = KEPT_IN_ALL
        self.digest = hashlib.sha256()

    def __call__(self, outcomes: list[Outcome], total: int) -> None:
        for outcome in outcomes:
            if outcome.verdict in (Verdict.CREATED, Verdict.UPDATED):
                self._add("stories", KEPT_STORIES, _story(outcome))
            self._add_problems("errors", outcome.found, outcome.problems)
            self._add_problems("warnings", outcome.found, outcome.warnings)
            self.digest.update(_essence(outcome))

    def as_json(self, report: Report) -> dict:
        return {
            "counts": report.as_counts(),
            "stories": self.stories,
            "errors": self.errors,
            "warnings": self.warnings,
            "more": self.left_out,
            "seconds": round(report.seconds, 1),
            "fingerprint": self.digest.hexdigest(),
        }

    def _add_problems(self, kind: str, found: FoundFile, problems: tuple[Problem, ...]) -> None:
        if not problems:
            return
        lines = _lines(found) if len(getattr(self, kind)) < KEPT_PROBLEMS else []
        for problem in problems:
            self._add(kind, KEPT_PROBLEMS, problem_as_kept(problem) | {"line_of_file": _excerpt(lines, problem)})

    def _add(self, kind: str, limit: int, entry: dict) -> None:
        kept = getattr(self, kind)
        size = len(json.dumps(entry, ensure_ascii=False))
        if len(kept) >= limit or size > self.room:
            self.left_out[kind] += 1
            return
        kept.append(entry)
        self.room -= size


def differing_stories(before: dict, after: dict) -> list[str]:
    """The stems of stories of which two dry runs of the same files say something else."""
    then = {story["stem"]: story for story in before.get("stories", ())}
    now = {story["stem"]: story for story in after["stories"]}
    return [stem for stem in {**then, **now} if _told(then.get(stem)) != _told(now.get(stem))]


def _told(story: dict | None) -> Any:
    return story and (story["verdict"], story["fields"])


def _essence(outcome: Outcome) -> bytes:
    problems = [(problem.line, problem.column, problem.message) for problem in outcome.problems]
    said = [outcome.found.name, outcome.verdict, outcome.content_digest.hex(), outcome.changes, problems]
    return json.dumps(said, default=str).encode() + b"\n"


def _story(outcome: Outcome) -> dict:
    changes = outcome.changes
    if outcome.verdict == Verdict.CREATED:
        said = as_said(outcome.story)
        changes = {name: (None, said[name]) for name in TOLD if name in said}
    fields = {name: list(bounded(*pair)) for name, pair in list(changes.items())[:KEPT_FIELDS]}
    return {
        "stem": printable(outcome.found.stem),
        "title": outcome.story.title,
        "verdict": str(outcome.verdict),
        "fields": fields,
        "fields_left_out": len(changes) - len(fields),
        "conflicts": outcome.conflicts,
    }


# -- bounds


def bounded(old: Any, new: Any) -> tuple[Any, Any]:
    """Both values, cut to what is worth keeping: of long texts the part in which they differ."""
    if isinstance(old, str) and isinstance(new, str) and max(len(old), len(new)) > KEPT_CHARACTERS:
        start = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
        start = max(start - 60, 0)
        old, new = (("…" if start else "") + text[start:] for text in (old, new))
    return _cut(old), _cut(new)


def _cut(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= KEPT_CHARACTERS else value[: KEPT_CHARACTERS - 1] + "…"
    if isinstance(value, list | dict):
        text = json.dumps(value, ensure_ascii=False)
        return value if len(text) <= KEPT_CHARACTERS * 4 else _cut(text)
    return value


def _lines(found: FoundFile) -> list[str]:
    """A file's lines as problems count them; none where it cannot be read."""
    try:
        with open(found.path, "rb") as file:
            return file.read().decode("utf-8", "replace").removeprefix("\ufeff").split("\n")
    except OSError:
        return []


def _excerpt(lines: list[str], problem: Problem) -> list[str]:
    """The line before, at and after the place of a problem, fit to print; empty where there is nothing to show."""
    line = lines[problem.line - 1].rstrip("\r") if 0 < problem.line <= len(lines) else ""
    at, (before, after) = problem.column - 1, AROUND
    start, end = max(at - before, 0), at + 1 + after
    parts = [line[start:at], line[at : at + 1], line[at + 1 : end]]
    if not any(parts):
        return []
    parts = [printable(part) for part in parts]
    return [("…" if start else "") + parts[0], parts[1], parts[2] + ("…" if end < len(line) else "")]
