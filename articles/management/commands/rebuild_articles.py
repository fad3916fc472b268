import os

from articles import word_index, year_counts
from articles.management.base import DatabaseCommand
from articles.rebuilding import differing


class Command(DatabaseCommand):
    help = "Prove (--check) or restore that articles are what the logs of upstream and of the editors say."

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="write nothing; exit 1 and a list where they are not")

    def run(self, *, check, verbosity, **options) -> int:
        found = 0
        for article, differences in differing(mend=not check, jobs=len(os.sched_getaffinity(0))):
            found += 1
            self.stdout.write(f"{article.source}/{article.stem}: {', '.join(differences)}")
        if verbosity:
            says = "differ from their logs" if check else "mended"
            self.stdout.write(f"{found} articles {says}." if found else "Every article is what its logs say.")
        if not (indexed := word_index.is_true()):
            says = "is another than" if check else "was another than, and is now made from,"
            self.stdout.write(f"The full-text index {says} the titles and excerpts.")
            if not check:
                word_index.make_anew()
        if not (counted := year_counts.are_true()):
            says = "are others than" if check else "were others than, and are now,"
            self.stdout.write(f"The archive's counts {says} the numbers of stories.")
            if not check:
                year_counts.make_anew()
        return 1 if check and (found or not (indexed and counted)) else 0
