from argparse import ArgumentTypeError
from pathlib import Path

from django.core.management.base import CommandError

from articles.exporting import Exported, NoFolder, as_patch, export_files
from articles.management.base import DatabaseCommand, source_name
from articles.management.outfiles import require_writable, write_whole
from articles.models import Article
from articles.seeds.problems import printable


class Command(DatabaseCommand):
    help = "Write the seed files back: upstream's bytes, with the editors' decisions in their place."

    def add_arguments(self, parser):
        parser.add_argument("directory", metavar="DIR", type=_folder, help="where to write them")
        parser.add_argument("--source", type=source_name, help="only this source's files")
        parser.add_argument("--only-curated", action="store_true", help="only files with a decision in force")
        parser.add_argument("--patch", type=Path, metavar="FILE", help="write the changes there, for `git apply`")

    def run(self, *, directory, source, only_curated, patch, verbosity, **options) -> int:
        if source and not Article.objects.filter(source=source).exists():
            raise CommandError(f"There is no source {source}.", returncode=2)
        if directory.exists() and not directory.is_dir():
            raise CommandError(f"{directory} is not a folder.", returncode=2)
        require_writable(patch, "The patch")
        files = changed = errors = 0
        patches = []
        try:
            for exported in export_files(directory, source or "", only_curated=only_curated):
                files += not exported.error
                errors += bool(exported.error)
                changed += exported.changed
                patches.append(as_patch(exported) if patch else "")
                self._tell(exported, verbosity)
        except NoFolder as error:
            raise CommandError(str(error), returncode=2) from None
        if patch:
            write_whole(patch, "".join(patches).encode("utf-8"), "The patch")
        if verbosity:
            self.stdout.write(f"{files:,} files written, {changed:,} of them changed by decisions; {errors:,} errors")
        return 1 if errors else 0

    def _tell(self, exported: Exported, verbosity: int) -> None:
        path = printable(exported.path)
        if exported.error:
            self.stderr.write(self.style.ERROR(f"{path}: {exported.error}"))
        elif verbosity > 1:
            self.stdout.write(f"{'changed' if exported.changed else 'as it was':9} {path}")


def _folder(text: str) -> Path:
    if not text:  # an unset variable of a shell's: the current folder is not meant
        raise ArgumentTypeError("the folder's name is empty")
    return Path(text)
