import time
from argparse import ArgumentTypeError

from django.core.management.base import CommandError
from django.utils import timezone

from articles.images.caching import Report, cache_images
from articles.images.cleaning import clean_up
from articles.images.fetching import NoRoom
from articles.images.needing import is_wanted_anywhere
from articles.images.storing import NotStored
from articles.images.workshop import WorkshopFailed
from articles.locks import SourceBusy, source_lock
from articles.management.base import DatabaseCommand, seconds, terminated_as_interrupted
from articles.management.progress import Progress

LOCK = "_images"  # no source has such a name
REASONS = 10  # told with --verbosity 1


class Command(DatabaseCommand):
    help = (
        "Fetch and keep the pictures that public articles and the triage queue need, the hottest and newest first. "
        "What was done is kept however it ends; run again, it goes on."
    )

    def add_arguments(self, parser):
        parser.add_argument("--jobs", type=_count, default=8, metavar="N", help="at most so many requests at once (8)")
        parser.add_argument(
            "--rate", type=_rate, default=5, metavar="N", help="at most so many requests a second to one host (5)"
        )
        parser.add_argument("--limit", type=_count, metavar="N", help="no more than so many addresses")
        parser.add_argument("--seconds", type=seconds, metavar="N", help="begin nothing after so many seconds")
        parser.add_argument("--clean", action="store_true", help="then delete what nothing has used for 30 days")
        parser.add_argument(
            "--wait", type=seconds, default=0, metavar="SECONDS", help="how long to wait for another run of it (0)"
        )

    def run(self, *, jobs, rate, limit, clean, wait, verbosity, **options) -> None:
        progress = Progress(self.stderr, quiet=verbosity == 0)
        until = None if options["seconds"] is None else time.monotonic() + options["seconds"]
        try:
            with terminated_as_interrupted(), source_lock(LOCK, wait):
                if is_wanted_anywhere():
                    report = cache_images(jobs=jobs, rate=rate, most=limit, until=until, observe=progress.advance)
                    progress.clear()
                    self._tell(report, verbosity)
                elif verbosity:
                    self.stdout.write("IMAGES is off, for the site and for each outlet: no picture is needed.")
                if clean:
                    self._clean(verbosity)
        except SourceBusy:
            raise CommandError(
                "Another cache_images is at work; try again later, or --wait for it.", returncode=2
            ) from None
        except WorkshopFailed as error:
            raise CommandError(f"Pictures cannot be rendered: {error}", returncode=2) from error
        except NoRoom as error:
            raise CommandError(f"{error} TMPDIR names another folder.", returncode=2) from error
        except NotStored as error:
            raise CommandError(f"The storage failed: {error}", returncode=2) from error
        finally:
            progress.clear()

    def _tell(self, report: Report, verbosity: int) -> None:
        if not verbosity:
            return
        for why, count in report.why.most_common(None if verbosity > 1 else REASONS):
            self.stderr.write(f"{count:,} × {why}")
        if verbosity == 1 and len(report.why) > REASONS:
            self.stderr.write("… and others; --verbosity 2 names them, and the desk has each with its address.")
        for host, left in report.stopped.items():
            self.stderr.write(f"{host} failed too often in a row: {left:,} of its addresses wait for the next run.")
        self.stdout.write(
            f"{report.done:,} addresses: {report.kept:,} kept, {report.unchanged:,} unchanged, {report.gone:,} gone, "
            f"{report.refused:,} refused, {report.failed:,} to be tried again; {report.pictures:,} new pictures, "
            f"{_megabytes(report.bytes_fetched)} fetched, {_megabytes(report.bytes_kept)} kept; {report.seconds:.1f} s"
        )

    def _clean(self, verbosity: int) -> None:
        cleaned = clean_up(timezone.now())
        if verbosity:
            self.stdout.write(
                f"Deleted what nothing uses: {cleaned.fetches:,} addresses, {cleaned.pictures:,} pictures, "
                f"{cleaned.files:,} files."
            )


def _megabytes(count: int) -> str:
    return f"{count / 2**20:,.1f} MB"


def _count(text: str) -> int:
    """The type of `--jobs` and `--limit`."""
    if not text.isascii() or not text.isdecimal() or not 0 < int(text) < 10**6:
        raise ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)


def _rate(text: str) -> float:
    """The type of `--rate`."""
    try:
        if 0.001 <= (number := float(text)) < 10**6:
            return number
    except ValueError:
        pass
    raise ArgumentTypeError(f"{text!r} is not a number of requests a second, more than 0")
