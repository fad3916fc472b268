"""Seed files from an editor's own machine, and held runs let through: first what would happen, then, once, the import.

    files → one safe zip, kept in the database → dry run, kept beside it → confirmed → import

The zip is in the database and not on a disk, so that any worker on any machine can go on with it.
"""

import os
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import BinaryIO

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from articles.importing import NotAFolder, Report, import_paths
from articles.importing.foreseeing import Foresight, differing_stories
from articles.importing.packing import UploadRefused, pack_uploads, unpacked
from articles.importing.runs import require_permission
from articles.locks import SourceBusy, source_lock
from articles.models import ImportRun, Upload
from articles.seeds import MissingPath
from articles.seeds.problems import printable

SOURCE = re.compile(r"[a-z0-9-]{1,40}")
WAIT = 10  # seconds for another import of the source: somebody is looking at a page that loads
KEPT_FOR = timedelta(days=7)  # an upload that nobody confirms
# One at a time is confirmed, so that a second press of the button finds the first one's run. No source has this name.
CONFIRMING = "_confirming"


class NotHeld(ValueError):
    """A run that cannot be let through; the message says why."""


def receive(files: Sequence[tuple[str, BinaryIO]], source: str, *, by: AbstractBaseUser) -> Upload:
    """Keep what was uploaded (names and open files), with its dry run. Nothing is imported yet.

    Raises `UploadRefused` (in which nothing is kept), `NotAllowed` and `SourceBusy`.
    """
    require_permission(by)
    if not SOURCE.fullmatch(source):
        raise UploadRefused(f"“{printable(source)}” is no source: 1 to 40 of a-z, 0-9 and hyphens.")
    upload = Upload(
        name=_name([name for name, _ in files]),
        source=source,
        data=pack_uploads(files),
        user=by,
        username=by.get_username(),
        created_at=timezone.now(),
    )
    upload.report = foresee(upload)
    if not upload.report["counts"]["files"]:
        raise UploadRefused(
            "There is no seed file in it: a file whose name ends in .md, .markdown, .yml, .yaml or .txt and does not "
            "begin with a dot, and whose first line is ---."
        )
    Upload.objects.filter(run=None, created_at__lt=upload.created_at - KEPT_FOR).delete()
    upload.save()
    return upload


def foresee(upload: Upload) -> dict:
    """What importing it would do at this moment (see `foreseeing`); nothing is written."""
    foresight = Foresight()
    return foresight.as_json(_import(upload, foresight, dry_run=True))


def confirm(key: int, *, by: AbstractBaseUser) -> Upload:
    """Import an upload, if it still does what its dry run said; the upload, with its `run`.

    Where an import has come between, nothing is imported: the upload has no run, and a new dry run whose `since` names
    the stories that would now change otherwise. An upload that was imported already keeps the run that it has. Raises
    `Upload.DoesNotExist` where it was discarded, `NotAllowed` and `SourceBusy`.
    """
    require_permission(by)
    with source_lock(CONFIRMING, WAIT):
        upload = Upload.objects.get(pk=key)
        if upload.run_id:
            return upload
        foresight = Foresight()
        before = upload.report

        def agreed(report: Report) -> bool:
            upload.report = foresight.as_json(report)
            return upload.report["fingerprint"] == before.get("fingerprint")

        report = _import(upload, foresight, agreed=agreed, username=by.get_username())
        if report.run:
            upload.run_id, upload.data = report.run, b""  # the versions keep each file's bytes
            upload.save(update_fields=["run", "data", "report"])
        else:
            upload.report["since"] = differing_stories(before, upload.report)
            upload.save(update_fields=["report"])
        return upload


def discard(key: int, *, by: AbstractBaseUser) -> bool:
    """Forget an upload that was not imported; whether there was one."""
    require_permission(by)
    with source_lock(CONFIRMING, WAIT):
        return bool(Upload.objects.filter(pk=key, run=None).delete()[0])


def _import(upload: Upload, observe: Callable, **options) -> Report:
    with unpacked(bytes(upload.data)) as folder:
        return import_paths(
            [folder], upload.source, jobs=1, wait=WAIT, explain=True, observe=observe, shown_as=upload.name, **options
        )


def _name(names: list[str]) -> str:
    first = printable(names[0])
    return first if len(names) == 1 else f"{first} and {len(names) - 1:,} more"


# -- a run that the guard held


def readable_paths(run: ImportRun) -> list[str]:
    """Where on this machine the files of a run are. Raises `NotHeld` where they are not here.

    Paths are kept as they were typed: one that does not begin at the root is looked for from the project's folder, from
    which imports by the clock are started.
    """
    paths = [os.path.join(settings.BASE_DIR, path) for path in run.paths]
    missing = [path for path in paths if not os.path.exists(path)]
    if missing or not paths:
        there = f"{', '.join(missing)} is not on this machine" if missing else "it names no files"
        raise NotHeld(f"Its files cannot be read from here: {there}. Import them where they are, without --max-change.")
    return paths


def let_through(key: int, *, by: AbstractBaseUser) -> ImportRun:
    """Import the files of a held run without the guard, as they are now; the new run.

    Raises `NotHeld` where it is not held, something was imported since, or its files are not on this machine;
    `NotAllowed` and `SourceBusy`.
    """
    require_permission(by)
    with source_lock(CONFIRMING, WAIT):
        held = ImportRun.objects.waiting().light().filter(pk=key).first()
        if held is None:
            raise NotHeld(f"Run {key} is not held, or a newer run of its source came: there is nothing to let through.")
        # Whether it was to withdraw is not kept; where that matters, it counted what it would have withdrawn.
        prune = held.withdrawn > 0
        try:
            report = import_paths(
                readable_paths(held), held.source, prune=prune, jobs=1, wait=WAIT, username=by.get_username()
            )
        except (MissingPath, NotAFolder) as error:
            raise NotHeld(f"Its files cannot be imported: {error}") from error
        if report.run is None:
            raise NotHeld("No seed file is there any more: nothing was imported.")
        return ImportRun.objects.light().get(pk=report.run)


__all__ = [
    "NotHeld",
    "SourceBusy",
    "UploadRefused",
    "confirm",
    "discard",
    "foresee",
    "let_through",
    "readable_paths",
    "receive",
]
