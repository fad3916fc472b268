"""Files that a command writes beside its work: whether they can be written is known before the work begins."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from django.core.management.base import CommandError


def require_writable(path: Path | None, what: str) -> None:
    """Exit with 2, saying so, where `path` cannot be written to (None: nothing is to be written)."""
    if path is None:
        return
    written = path if is_stream(path) else path.parent
    if path.is_dir() or not written.exists() or not os.access(written, os.W_OK):
        raise CommandError(
            f"{what} cannot be written to {path}: its folder is not there, or not writable.", returncode=2
        )


def write_whole(path: Path, data: bytes) -> None:
    """Whole or not at all: whoever reads it never sees half a file."""
    if is_stream(path):
        path.write_bytes(data)
        return
    path = path.resolve()  # a link stays one
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=path.name)
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
    """/dev/stdout, a pipe: written into, as to put a file in its place would break it for everybody."""
    return path.is_relative_to("/dev") or (path.exists() and not path.is_file() and not path.is_dir())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
