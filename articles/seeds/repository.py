"""A git checkout as upstream's history: its commits, what each changed, and the bytes of its blobs. Needs `git` only.

One `git log` tells every change of every commit, and one `git cat-file --batch` gives every blob, so that thousands of
commits cost two processes.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .files import SIZE_LIMIT

# Nothing of the operator's own git settings may change what is read here.
_SETTINGS = ("log.showSignature=false", "diff.renames=false", "diff.relative=false")
_GIT = ("git", "--no-replace-objects", *(word for setting in _SETTINGS for word in ("-c", setting)))
_LOG = ("log", "--first-parent", "--reverse", "-z", "--no-color", "--format=%x01%H %ct")
_CHANGES = ("--raw", "--diff-merges=first-parent", "--no-renames", "--no-abbrev", "--root", "--ignore-submodules=none")
_LATEST = 253_370_764_800  # the year 9999: git takes times that no calendar has
_LINK = "120000"
_FILES = ("100644", "100755", "100664")


class NoRepository(ValueError):
    """The folder is not a git checkout, or has no commit, or git itself is missing; the message says which."""


@dataclass(frozen=True, slots=True)
class Change:
    """A file in a commit: its path in the repository, and its blob; None where the commit deletes it. The blob of a
    link is the path that it leads to."""

    path: str
    blob: str | None
    is_link: bool = False


@dataclass(frozen=True, slots=True)
class Commit:
    """`at` is the committer's time, aware, in UTC."""

    sha: str
    at: datetime
    changes: tuple[Change, ...] = ()


def folder_in(repository: Path, folder: str = "") -> str:
    """The folder of the repository, "" for its root, that `folder` of this (part of a) checkout is, which may be gone
    by now. Raises `NoRepository`, and ValueError where it leads out of the repository."""
    process = _git(repository, ["rev-parse", "--show-prefix"])
    answer, message = process.communicate()
    if process.returncode:
        raise _failed(repository, message)
    path = os.path.normpath(os.path.join("/", os.fsdecode(answer).removesuffix("\n"), folder))
    depth = os.path.normpath(os.path.join(os.fsdecode(answer).removesuffix("\n"), folder))
    if folder.startswith("/") or depth == ".." or depth.startswith("../"):
        raise ValueError(f"{folder} is not a folder inside the repository")
    return path.strip("/")


def outline(repository: Path, folder: str) -> list[Commit]:
    """The first-parent commits that change anything under `folder`, oldest first, without their changes."""
    return list(_read(repository, [*_LOG, "HEAD", "--", *_only(folder)]))


def commits(repository: Path, folder: str = "") -> Iterator[Commit]:
    """The same commits with what each changed under `folder`. Raises `NoRepository`."""
    return _read(repository, [*_LOG, *_CHANGES, "HEAD", "--", *_only(folder)])


def _only(folder: str) -> list[str]:
    return [f":(top,literal){folder}"] if folder else []


def _read(repository: Path, arguments: list[str]) -> Iterator[Commit]:
    process = _git(repository, arguments)
    try:
        yield from _commits(_fields(process.stdout))
        if process.wait():
            raise _failed(repository, process.stderr.read())
    finally:
        process.kill()
        process.communicate()


def _git(repository: Path, arguments: list[str]) -> subprocess.Popen:
    command = [*_GIT, "-C", str(repository), *arguments]
    settings = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | {"LC_ALL": "C"}
    pipe = subprocess.PIPE
    try:
        return subprocess.Popen(command, stdout=pipe, stderr=pipe, stdin=pipe, env=settings)  # noqa: S603
    except OSError as error:
        raise NoRepository(f"git cannot be run: {error.strerror}") from None


def _failed(repository: Path, message: bytes) -> NoRepository:
    lines = message.decode("utf-8", "replace").strip().splitlines()
    return NoRepository(f"{repository} has no history to read: {lines[0] if lines else 'git failed'}")


def _fields(stream) -> Iterator[bytes]:
    """The fields before NUL bytes, read a piece at a time."""
    rest = b""
    while piece := stream.read(1 << 16):
        *whole, rest = (rest + piece).split(b"\0")
        yield from whole


def _commits(fields: Iterator[bytes]) -> Iterator[Commit]:
    """`\\x01sha time`, then for each change `:mode mode blob blob letter` and its path, which may hold anything."""
    head, changes = None, []
    for field in fields:
        field = field.removeprefix(b"\n")
        if field.startswith(b":"):
            changes.append(_change(field.decode(), next(fields)))
        elif field:
            if head:
                yield _commit(head, changes)
            head, changes = field, []
    if head:
        yield _commit(head, changes)


def _change(about: str, path: bytes) -> Change:
    _, mode, _, blob, _ = about.split(" ")
    known = mode in _FILES or mode == _LINK  # neither gone nor a submodule
    return Change(path.decode("utf-8", "surrogateescape"), blob if known else None, mode == _LINK)


def _commit(head: bytes, changes: list[Change]) -> Commit:
    sha, seconds = head[1:].decode().split()
    return Commit(sha, datetime.fromtimestamp(min(int(seconds), _LATEST), UTC), tuple(changes))


class Blobs:
    """The blobs of a repository, through one process: `with Blobs(repository) as blobs: blobs.read(name)`."""

    def __init__(self, repository: Path):
        self.repository = repository
        self.process = _git(repository, ["cat-file", "--batch"])

    def __enter__(self):
        return self

    def __exit__(self, *error):
        with suppress(OSError):
            self.process.stdin.close()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    def read(self, name: str) -> bytes | None:
        """The blob's bytes, the first SIZE_LIMIT + 1 of them; None where the repository has no such blob. Raises
        `NoRepository` where git has ended."""
        try:
            self.process.stdin.write(f"{name}\n".encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            raise NoRepository(f"{self.repository} cannot be read any more: git has ended") from None
        about = self.process.stdout.readline().split()
        if not about:
            raise NoRepository(f"{self.repository} cannot be read any more: git has ended")
        if len(about) < 3 or about[1] != b"blob":
            return None
        size = int(about[2])
        data = self.process.stdout.read(min(size, SIZE_LIMIT + 1))
        remaining = size + 1 - len(data)
        while remaining > 0 and (rest := self.process.stdout.read(min(remaining, 1 << 20))):
            remaining -= len(rest)
        return data
