"""The import: seed files in, articles and their versions out.

    find → read and parse → compare with what is stored → merge with the editors' decisions → write → report

Files are taken in batches, in the order of their paths; what has not changed is known by its digest and costs no more
than reading it. Parsing needs no lock; each batch is then written whole in one short transaction, so that a killed
import leaves whole articles only, an editor who saves meanwhile waits for one batch at most, and memory does not grow
with the number of files.
"""

import gc
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from django.utils import timezone

from articles.importing.judging import Judge
from articles.importing.report import Outcome, Report, Verdict, problem_as_line, touched_by
from articles.importing.runs import keep_unapplied, recorded
from articles.importing.storing import explain_batch, merge_batch, store_batch
from articles.importing.undoing import take_back
from articles.importing.withdrawing import gone, note_gone, withdraw
from articles.locks import SourceBusy, source_lock
from articles.models import Article, ImportRun
from articles.seeds import Findings, MissingPath, Problem, find_seeds

__all__ = [
    "FilesChanged",
    "NotAFolder",
    "Outcome",
    "Report",
    "SourceBusy",
    "Verdict",
    "import_paths",
    "problem_as_line",
]

TRIALS = 3  # before an import gives up on files that never stay the same
BATCH = 400  # files in one transaction: a tenth of a second, so that no editor waits long
WORTH_A_PROCESS = 500  # files: to start a worker takes as long as to read that many
Observer = Callable[[list[Outcome], int], None]


class FilesChanged(Exception):
    """While they were imported, files became others than those that were looked at: `run` must not stand."""

    def __init__(self, run: ImportRun | None = None):
        super().__init__("The files are being changed all the time; import them when whoever writes them is done.")
        self.run = run


class NotAFolder(ValueError):
    """`prune` with a PATH that is a file: what is not in it tells nothing."""


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked of an import."""

    paths: Sequence[str]
    source: str = "default"
    dry_run: bool = False
    strict: bool = False
    prune: bool = False
    max_change: float | None = None
    explain: bool = False
    jobs: int = 1
    shown_as: str | None = None
    username: str = ""
    agreed: Callable[[Report], bool] | None = None

    @property
    def on_trial(self) -> bool:
        return self.dry_run or self.strict or self.max_change is not None or self.agreed is not None

    @property
    def names(self) -> Sequence[str]:
        """What the run says that it read."""
        return self.paths if self.shown_as is None else [self.shown_as]


def import_paths(
    paths: Sequence[str],
    source: str = "default",
    *,
    dry_run: bool = False,
    strict: bool = False,
    prune: bool = False,
    max_change: float | None = None,
    explain: bool = False,
    jobs: int = 0,
    wait: float = 60,
    observe: Observer = lambda outcomes, total: None,
    shown_as: str | None = None,
    username: str = "",
    agreed: Callable[[Report], bool] | None = None,
) -> Report:
    """Import the seed files under `paths` (files or folders) and tell what came of each.

    `dry_run` writes nothing; `strict` writes nothing where a single file is bad; `max_change` holds a run that would
    change more than that percentage of the source's articles; `prune` withdraws those whose file is gone. `explain` has
    the outcomes say which fields change. `jobs` is how many processes read (0: one for each processor). `wait` is how
    many seconds to wait for another import of the same source. `observe` is called with each batch's outcomes and the
    number of files in all. `shown_as` is what the run is to call its paths, where their own names tell nobody anything
    (a temporary folder): problems then name a file as it is called in its folder. `username` is kept with the run.
    `agreed`, where given, is called with the trial's report while the source is held, and nothing is written unless it
    returns True; the report then has no run. Raises `seeds.MissingPath` for a path that is not there, `NotAFolder`, and
    `SourceBusy` where the source stayed busy.
    """
    started = time.monotonic()
    jobs = jobs or len(os.sched_getaffinity(0))
    order = Order(paths, source, dry_run, strict, prune, max_change, explain, jobs, shown_as, username, agreed)
    _require_folders(order)
    with source_lock(source, wait), _less_garbage_collection():
        findings = find_seeds(paths)
        report = _on_trial(order, findings, observe) if order.on_trial else _import(order, findings, observe)
    report.seconds = time.monotonic() - started
    return report


@contextmanager
def _less_garbage_collection():
    """What is there already is not looked through again and again while thousands of values come and go."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _require_folders(order: Order) -> None:
    for path in order.paths if order.prune else ():
        if not os.path.lexists(path):
            raise MissingPath(path)
        if not os.path.isdir(path):
            raise NotAFolder(f"--prune works on folders only, and {path} is none.")


def _on_trial(order: Order, findings: Findings, observe: Observer) -> Report:
    """Look first, then import; where files have become others in between, take back what is in and look again."""
    for _ in range(TRIALS):
        report = _tried(order, findings, observe)
        if order.dry_run or report.held or report.refused or (order.agreed and not order.agreed(report)):
            return report
        try:
            return _import(order, findings, _seen_already)
        except FilesChanged as changed:
            if changed.run is not None:
                take_back(changed.run)
    raise FilesChanged


def _seen_already(outcomes: list[Outcome], total: int) -> None:
    """Observes nothing: in the trial each outcome was seen."""


def _import(order: Order, findings: Findings, observe: Observer) -> Report:
    report = _new_report(findings)
    with recorded(order.source, order.names, report, username=order.username) as start_run:
        for outcomes in _judged(order, findings):
            if order.explain and not order.on_trial:
                explain_batch(outcomes)
            if order.on_trial and not _may_stand(order, report, outcomes):
                raise FilesChanged(start_run() if report.run else None)
            if any(outcome.verdict != Verdict.SKIPPED for outcome in outcomes):
                store_batch(start_run(), outcomes)
            report.add(outcomes)
            observe(outcomes, len(findings.files))
        if order.prune and report.counts["files"]:
            report.counts["withdrawn"] = withdraw(start_run(), gone(order.source, findings))
    return report


def _tried(order: Order, findings: Findings, observe: Observer) -> Report:
    """What the import would find at this moment, without writing; a held or refused one keeps its run's row."""
    report = _new_report(findings)
    for outcomes in _judged(order, findings):
        if order.explain or order.max_change is not None:
            explain_batch(outcomes)
        merge_batch(outcomes, timezone.now())
        report.add(outcomes)
        observe(outcomes, len(findings.files))
    if order.prune and report.counts["files"]:
        note_gone(report, gone(order.source, findings))
    report.held = _is_too_much(order, report.touched)
    report.refused = order.strict and bool(report.counts["rejected"]) and not report.held
    if report.counts["files"] and not order.dry_run and (report.held or report.refused):
        status = ImportRun.Status.HELD if report.held else ImportRun.Status.REFUSED
        keep_unapplied(order.source, order.names, report, status, username=order.username)
    return report


def _may_stand(order: Order, report: Report, outcomes: list[Outcome]) -> bool:
    """Whether a batch, after all that was stored before it, still leaves the run one that neither option stops."""
    rejected = any(outcome.verdict == Verdict.REJECTED for outcome in outcomes)
    return not (order.strict and rejected) and not _is_too_much(order, report.touched | touched_by(outcomes))


def _is_too_much(order: Order, touched: set[int]) -> bool:
    """Whether more than the given share of what is there would change, be withdrawn, or had its file rejected."""
    if order.max_change is None or not touched:
        return False
    there = Article.objects.filter(source=order.source, withdrawn=False).count()
    return len(touched) * 100 > order.max_change * there


def _judged(order: Order, findings: Findings) -> Iterator[list[Outcome]]:
    jobs = order.jobs if len(findings.files) > order.jobs * WORTH_A_PROCESS else 1
    outcomes = Judge(order.source, findings.files, jobs=jobs, batch=BATCH).outcomes()
    return outcomes if order.shown_as is None else map(_named_as_in_their_folder, outcomes)


def _named_as_in_their_folder(outcomes: list[Outcome]) -> list[Outcome]:
    for outcome in outcomes:
        folder = outcome.found.path.removesuffix(outcome.found.name)
        outcome.problems = tuple(_without(folder, problem) for problem in outcome.problems)
        outcome.warnings = tuple(_without(folder, problem) for problem in outcome.warnings)
    return outcomes


def _without(folder: str, problem: Problem) -> Problem:
    """A sentence may name another file, too: the one of the same name that was taken."""
    return replace(problem, file=problem.file.replace(folder, ""), message=problem.message.replace(folder, ""))


def _new_report(findings: Findings) -> Report:
    report = Report(warnings=list(findings.unlistable))
    report.counts["skipped"] = findings.skipped
    return report
