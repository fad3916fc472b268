import json
import re
from argparse import ArgumentTypeError
from pathlib import Path

from django.core.management.base import CommandError

from articles.importing import FilesChanged, NotAFolder, Report, SourceBusy, Verdict, import_paths, problem_as_line
from articles.management.base import FIRST_ERRORS, DatabaseCommand, seconds, source_name, terminated_as_interrupted
from articles.management.outfiles import require_writable, write_whole
from articles.management.progress import Progress
from articles.models import ImportRun
from articles.seeds import MissingPath
from articles.seeds.problems import printable


class Command(DatabaseCommand):
    help = "Import seed files: new and changed stories are taken in, editors' decisions stay."

    def add_arguments(self, parser):
        parser.add_argument("paths", nargs="+", metavar="PATH", help="a seed file, or a folder to walk")
        parser.add_argument(
            "--source", type=source_name, default="default", help="whose files they are (a-z, 0-9, hyphens)"
        )
        parser.add_argument("--dry-run", action="store_true", help="tell what would change, write nothing")
        parser.add_argument("--strict", action="store_true", help="write nothing at all where one file is bad")
        parser.add_argument("--prune", action="store_true", help="withdraw articles whose file is gone (folders only)")
        parser.add_argument(
            "--max-change",
            type=_percent,
            metavar="PERCENT",
            help="apply nothing where more of the source's articles change",
        )
        parser.add_argument("--jobs", type=_jobs, default=0, metavar="N", help="processes that read (one a processor)")
        parser.add_argument("--report", type=Path, metavar="FILE.json", help="write the outcome there, as JSON")
        parser.add_argument(
            "--wait", type=seconds, default=60, metavar="SECONDS", help="how long to wait for another import (60)"
        )

    def run(
        self, *, paths, source, dry_run, strict, prune, max_change, jobs, report, wait, verbosity, **options
    ) -> int:
        require_writable(report, "The report")
        progress = Progress(self.stderr, quiet=verbosity == 0)
        try:
            with terminated_as_interrupted():
                outcome = import_paths(
                    paths,
                    source,
                    dry_run=dry_run,
                    strict=strict,
                    prune=prune,
                    max_change=max_change,
                    explain=verbosity > 2,
                    jobs=jobs,
                    wait=wait,
                    observe=lambda outcomes, total: self._observe(progress, outcomes, total, verbosity),
                )
        except (MissingPath, NotAFolder, FilesChanged) as error:
            raise CommandError(str(error), returncode=2) from error
        except SourceBusy as error:
            raise CommandError(_busy(source, wait), returncode=2) from error
        finally:
            progress.clear()
        if report and outcome.exit_code != 2:
            text = json.dumps(outcome.as_json(), ensure_ascii=False, indent=1) + "\n"
            write_whole(report, text.encode("utf-8", "backslashreplace"), "The report")  # \\udcff: JSON's own escape
        self._tell(outcome, dry_run, verbosity)
        if outcome.exit_code == 2:
            raise CommandError(f"No seed file found under {', '.join(paths)}.", returncode=2)
        return outcome.exit_code

    def _observe(self, progress, outcomes, total, verbosity) -> None:
        if verbosity > 1:
            for outcome in outcomes:
                if outcome.verdict != Verdict.SKIPPED:
                    self.stdout.write(f"{outcome.verdict.value:9} {printable(outcome.found.path)}")
                for name, (old, new) in outcome.changes.items():
                    self.stdout.write(f"    {name}: {_short(old)} → {_short(new)}")
        progress.advance(len(outcomes), total)

    def _tell(self, report: Report, dry_run: bool, verbosity: int) -> None:
        if verbosity:
            shown = report.warnings if verbosity > 1 else ()
            for problem in shown:
                self.stderr.write(self.style.WARNING(f"warning: {problem_as_line(problem)}"))
        errors = report.errors if verbosity > 1 else report.errors[:FIRST_ERRORS]
        for problem in errors:
            self.stderr.write(self.style.ERROR(problem_as_line(problem)))
        if len(errors) < len(report.errors):
            self.stderr.write(
                f"… and {len(report.errors) - len(errors)} more errors: --verbosity 2 or --report shows all."
            )
        if verbosity and report.counts["files"]:
            self.stdout.write(_summary(report, dry_run))


def _summary(report: Report, dry_run: bool) -> str:
    counts = report.as_counts()
    parts = [f"{counts[name]:,} {name}" for name in ("created", "updated", "unchanged", "rejected")]
    parts += [f"{counts[name]:,} {name}" for name in ("skipped", "conflicts", "withdrawn") if counts[name]]
    if report.warnings:
        parts.append(f"{len(report.warnings):,} warnings")
    name = "Dry run, nothing written" if dry_run else f"Run {report.run}"
    stopped = "held (--max-change)" if report.held else "refused (--strict)" if report.refused else ""
    if stopped:
        name += f"; it would be {stopped}" if dry_run else f", {stopped}: nothing written; it would have been"
    return f"{name}: {counts['files']:,} files: {', '.join(parts)}; {report.seconds:.1f} s"


def _jobs(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= 256:
        raise ArgumentTypeError(f"{text!r} is not a number of processes from 1 to 256")
    return int(text)


def _percent(text: str) -> float:
    try:
        percent = float(text.removesuffix("%"))
    except ValueError:
        percent = -1
    if not 0 <= percent <= 100:
        raise ArgumentTypeError(f"{text!r} is not a percentage from 0 to 100")
    return percent


def _short(value) -> str:
    text = printable(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= 80 else text[:79] + "…"


def _busy(source: str, wait: float) -> str:
    run = ImportRun.objects.filter(source=source, status=ImportRun.Status.RUNNING).first()
    which = f"run {run.pk}, since {run.started_at:%Y-%m-%d %H:%M:%S} UTC" if run else "no run of it is written yet"
    return f"Another import of the source {source} is at work ({which}); waited {wait:g} s for it."
