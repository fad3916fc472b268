from django.core.management.base import CommandError

from articles.importing import problem_as_line
from articles.importing.taxonomy import import_taxonomy
from articles.management.base import DatabaseCommand
from articles.seeds import MissingPath


class Command(DatabaseCommand):
    help = "Import upstream's taxonomy: names and logos of providers, and topics with their addresses and parents."

    def add_arguments(self, parser):
        parser.add_argument(
            "paths", nargs="+", metavar="PATH", help="a file, or a folder: organizations are .md files, topics .yaml"
        )

    def run(self, *, paths, verbosity, **options) -> int:
        try:
            report = import_taxonomy(paths)
        except MissingPath as error:
            raise CommandError(str(error), returncode=2) from error
        for problem in report.warnings if verbosity else ():
            self.stderr.write(self.style.WARNING(f"warning: {problem_as_line(problem)}"))
        for problem in report.errors:
            self.stderr.write(self.style.ERROR(problem_as_line(problem)))
        if not report.files:
            raise CommandError(f"No file of a taxonomy found under {', '.join(paths)}.", returncode=2)
        if verbosity:
            names = ("created", "updated", "unchanged", "rejected")
            counts = ", ".join(f"{report.counts[name]:,} {name}" for name in names)
            self.stdout.write(f"{report.files:,} files: {counts}")
        return 1 if report.counts["rejected"] else 0
