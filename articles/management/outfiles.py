"""Files that a command writes beside its work: whether they can be written is known before the work begins."""

import os
import tempfile
from contextlib import contextmanager, suppress
from errno import EISDIR
from pathlib import Path

from django.core.management.base import CommandError

from articles.seeds.problems import printable

DRAFT = ".newsdesk-"  # and some letters: beside the file until it is whole


def require_writable(path: Path | None, what: str) -> None:
    """Exit with 2, saying so, where `path` cannot be written to (None: nothing is to be written)."""
    if path is None:
        return
    with _told(path, what):
        if is_stream(path):
            return
        path = path.resolve()  # a link stays one
        if path.is_dir():
            raise IsADirectoryError(EISDIR, "it is a folder")
        descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=DRAFT)
        os.close(descriptor)
        os.unlink(draft)


def write_whole(path: Path, data: bytes, what: str) -> None:
    """Whole or not at all: whoever reads it never sees half a file. Exits with 2 where it cannot be written."""
    with _told(path, what):
        if is_stream(path):
            path.write_bytes(data)
        else:
            _write_whole(path.resolve(), data)


@contextmanager
def _told(path: Path, what: str):
    try:
        yield
    except (OSError, RuntimeError) as error:  # resolve() calls a circle of links a RuntimeError
        reason = getattr(error, "strerror", None) or "its links lead in a circle"
        raise CommandError(f"{what} cannot be written to {printable(str(path))}: {reason}.", returncode=2) from None


def _write_whole(path: Path, data: bytes) -> None:
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=DRAFT)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
        os.chmod(draft, 0o666 & ~_umask())
        os.replace(draft, path)
    except OSError:
        with suppress(OSError):
            os.unlink(draft)
        raise


def is_stream(path: Path) -> bool:
    """A device, a pipe, one's own output: written into, as to put a file in its place would break it for everybody."""
    own = path.is_relative_to("/dev/fd") or path in (Path("/dev/stdout"), Path("/dev/stderr"))
    return own or (path.exists() and not path.is_file() and not path.is_dir())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
