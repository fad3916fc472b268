"""A run's row: what happened is said honestly, whatever happened."""

from collections.abc import Sequence
from contextlib import contextmanager

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Max
from django.utils import timezone

from articles.importing.report import Report, problem_as_kept
from articles.models import ImportRun
from articles.seeds.problems import printable
from articles.writing import one_writer

KEPT_DIFFERENCES = 1000
PERMISSION = "articles.run_import"


class NotAllowed(PermissionError):
    """Who wants to import or to undo an import from the desk has not been given the right to."""


def require_permission(by: AbstractBaseUser) -> None:
    if not by.has_perm(PERMISSION):
        raise NotAllowed(f"{by.get_username()} may not run imports; chief editors may.")


@contextmanager
def recorded(source: str, paths: Sequence[str], report: Report, **facts):
    """A run that begins when the block calls what it is given (never, no row), and is closed with what came of it."""
    run = new_run(source, paths, **facts)

    def start() -> ImportRun:
        if run.pk is None:
            begin(run, report)
        return run

    try:
        yield start
    except KeyboardInterrupt:
        close(run, report, ImportRun.Status.INTERRUPTED)
        raise
    except BaseException:
        close(run, report, ImportRun.Status.FAILED)
        raise
    close(run, report, ImportRun.Status.FINISHED)


def new_run(source: str, paths: Sequence[str], **facts) -> ImportRun:
    return ImportRun(source=source, paths=[printable(path) for path in paths], started_at=timezone.now(), **facts)


def begin(run: ImportRun, report: Report) -> None:
    with one_writer():
        # Whoever holds the lock and finds a run still running knows that its process is gone.
        died = ImportRun.objects.filter(source=run.source, status=ImportRun.Status.RUNNING)
        died.update(status=ImportRun.Status.DIED, finished_at=run.started_at)
        # Versions are ordered by their run's time: a clock that was put back must not lay the new ones under the old.
        # Nor may a commit, whose committer's time may be any, lie over what is imported after it was read.
        last = ImportRun.objects.filter(source=run.source).aggregate(last=Max("started_at"))["last"]
        run.started_at = max(run.started_at, last or run.started_at)
        run.save()
    report.run = run.pk


def close(run: ImportRun, report: Report, status: str) -> None:
    if run.pk is None:
        return
    for name, count in report.as_counts().items():
        setattr(run, name, count)
    run.errors = [problem_as_kept(problem) for problem in report.errors]
    run.warnings = [problem_as_kept(problem) for problem in report.warnings]
    run.status, run.finished_at = status, timezone.now()
    with one_writer():  # readers are told when the last import ended
        run.save()


def keep_unapplied(source: str, paths: Sequence[str], report: Report, status: str, **facts) -> None:
    """The row of a run that was judged and not applied: refused, or held with what it would have changed."""
    run = new_run(source, paths, differences=report.differences[:KEPT_DIFFERENCES], **facts)
    begin(run, report)
    close(run, report, status)
