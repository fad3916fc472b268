from argparse import ArgumentTypeError
from datetime import datetime

from django.core.management.base import CommandError

from articles.importing import SourceBusy, problem_as_line
from articles.importing.history import HistoryReport, NothingFound, OtherFolder, import_history
from articles.management.base import FIRST_ERRORS, DatabaseCommand, seconds, source_name, terminated_as_interrupted
from articles.management.progress import Progress
from articles.seeds.repository import NoRepository
from articles.seeds.values import timestamp


class Command(DatabaseCommand):
    help = "Import the history of a git checkout: each commit that changed seed files becomes a run at its time."

    def add_arguments(self, parser):
        parser.add_argument("repository", metavar="REPO", help="a git checkout")
        parser.add_argument("--path", default="", metavar="DIR", help="only the seed files under this folder of it")
        parser.add_argument(
            "--since",
            type=_time,
            metavar="DATE",
            help="only the commits from then on; the first brings every file as it was (a date or a timestamp, UTC)",
        )
        parser.add_argument(
            "--source", type=source_name, default="default", help="whose files they are (a-z, 0-9, hyphens)"
        )
        parser.add_argument(
            "--wait", type=seconds, default=60, metavar="SECONDS", help="how long to wait for another import (60)"
        )

    def run(self, *, repository, path, since, source, wait, verbosity, **options) -> None:
        progress = Progress(self.stderr, quiet=verbosity == 0)
        try:
            with terminated_as_interrupted():
                report = import_history(repository, path, source, since=since, wait=wait, observe=progress.advance)
        except OtherFolder as error:
            other = f"its --path {error}" if str(error) else "all of it"
            message = f"The history of the source {source} was read from {other}; name another --source for this one."
            raise CommandError(message, returncode=2) from None
        except (NoRepository, NothingFound, ValueError) as error:
            raise CommandError(str(error), returncode=2) from None
        except SourceBusy:
            raise CommandError(f"An import of the source {source} is at work; try again later.", returncode=2) from None
        finally:
            progress.clear()
        self._tell(report, verbosity)

    def _tell(self, report: HistoryReport, verbosity: int) -> None:
        errors = report.errors if verbosity > 1 else report.errors[:FIRST_ERRORS]
        for commit, problem in errors:
            self.stderr.write(self.style.ERROR(f"{commit[:12]} {problem_as_line(problem)}"))
        if len(errors) < len(report.errors):
            self.stderr.write(f"… and {len(report.errors) - len(errors):,} more errors; each run has its own.")
        if verbosity:
            names = ("created", "updated", "unchanged", "rejected", "withdrawn")
            counts = ", ".join(f"{getattr(report, name):,} {name}" for name in names)
            self.stdout.write(
                f"{report.commits:,} commits, {report.runs:,} of them new runs: "
                f"{report.files:,} files: {counts}; {report.seconds:.1f} s"
            )


def _time(text: str) -> datetime:
    try:
        return timestamp(text.strip())
    except ValueError as error:
        raise ArgumentTypeError(f"it {error}") from None
