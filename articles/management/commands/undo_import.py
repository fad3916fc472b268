from django.core.management.base import CommandError

from articles.importing import SourceBusy
from articles.importing.undoing import CannotUndo, undo_run
from articles.management.base import DatabaseCommand, seconds


class Command(DatabaseCommand):
    help = "Take an import run back. Nothing is deleted: undo the undo's own run to bring it back."

    def add_arguments(self, parser):
        parser.add_argument("run", type=int, metavar="RUN", help="the run's number, as import_seeds printed it")
        parser.add_argument(
            "--wait", type=seconds, default=60, metavar="SECONDS", help="how long to wait for an import (60)"
        )

    def handle(self, *args, run, **options):
        self.number = run  # BaseCommand's own method of that name takes the options
        super().handle(*args, **options)

    def run(self, *, wait, verbosity, **options) -> None:
        try:
            undone = undo_run(self.number, wait)
        except CannotUndo as error:
            raise CommandError(str(error), returncode=2) from None
        except SourceBusy as error:
            raise CommandError(f"An import of the source {error} is at work; try again later.", returncode=2) from None
        self.stdout.write(f"Run {undone.run}: undid run {self.number}, which spoke of {undone.articles:,} articles.")
        if undone.decisions and verbosity:
            self.stdout.write(f"{len(undone.decisions):,} decisions made on them since stand:")
            for decision in undone.decisions:
                self.stdout.write(f"  {decision.article.slug}: {decision}")
