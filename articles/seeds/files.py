"""Find seed files and read their bytes, without waiting for a pipe, following a link out or reading
endlessly."""

import errno
import hashlib
import os
import stat
import unicodedata
import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import NamedTuple

from .frontmatter import has_front_matter
from .problems import Problem, printable

SEED_EXTENSIONS = frozenset([".md", ".markdown", ".yml", ".yaml", ".txt"])
SIZE_LIMIT = 4 * 1024 * 1024

_CHUNK = 64 * 1024
_NOT_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)
_NOT_UTF8 = "The file's name is not valid UTF-8; rename the file."
_NO_FRONT_MATTER = "The file has no front matter: its first line must be ---."
_NOT_REGULAR = "This is not a regular file but a folder, pipe, socket or device, and cannot be read as a seed."
_TOO_LARGE = f"The file is too large: a seed file has at most {SIZE_LIMIT >> 20} MiB ({SIZE_LIMIT:,} bytes)."


class MissingPath(ValueError):
    """A PATH that does not exist."""

    def __init__(self, path: str):
        super().__init__(f"There is no file or folder {printable(path) or '(an empty path)'}.")
        self.path = path


class FoundFile(NamedTuple):
    """A file to judge.

    `path` opens it, as walked from the PATH as typed, and may hold bytes that are no UTF-8; `name` is its
    path relative to the PATH folder, "/" between folders, or its own name where the PATH is the file; `stem`
    its name without the last extension, NFC; `named` whether it is itself a PATH; `problem` why it cannot be
    a seed although it has a seed's extension, or was named.
    """

    path: str
    name: str
    stem: str
    named: bool
    problem: str | None = None


class FoundFiles(Sequence[FoundFile]):
    """Found files in their order, each made when it is asked for: there may be a million of them, and nothing is held
    of a usual one but its path, packed with others'. In it stands a NUL, which no path has, where the name begins.
    `unusual` are the other files, by what stands for them among the paths."""

    def __init__(self, paths: Sequence[str] = (), unusual: Mapping[str, FoundFile] = MappingProxyType({})):
        self._length = len(paths)
        self._packed = [_packed(paths[start : start + _TOGETHER]) for start in range(0, len(paths), _TOGETHER)]
        self._unusual = unusual
        self._open: tuple[int, list[str]] = (-1, [])  # those unpacked last, as files are asked for in their order

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index):
        if isinstance(index, slice):
            return [_found(self._path(place), self._unusual) for place in range(*index.indices(self._length))]
        return _found(self._path(range(self._length)[index]), self._unusual)

    def _path(self, place: int) -> str:
        number, within = divmod(place, _TOGETHER)
        if self._open[0] != number:
            self._open = number, _unpacked(self._packed[number])
        return self._open[1][within]

    def stems(self) -> Iterator[str]:
        for path in chain.from_iterable(map(_unpacked, self._packed)):
            yield self._unusual[path].stem if path in self._unusual else _stem(path)


_TOGETHER = 1_000


def _packed(paths: Sequence[str]) -> bytes:
    return zlib.compress(os.fsencode("\0\0".join(paths)), 1)


def _unpacked(packed: bytes) -> list[str]:
    return os.fsdecode(zlib.decompress(packed)).split("\0\0")


def _found(path: str, unusual: Mapping[str, FoundFile]) -> FoundFile:
    if path in unusual:
        return unusual[path]
    root, _, name = path.partition("\0")
    return FoundFile(root + name, name, _stem(name), named=False)


def _without_mark(path: str) -> str:
    return path.replace("\0", "", 1)


def _stem(name: str) -> str:
    name = name[max(name.rfind("/"), name.rfind("\0")) + 1 :]
    return unicodedata.normalize("NFC", os.path.splitext(name)[0])


class Findings(NamedTuple):
    """What a walk found: the files to judge, sorted by path as text, each once; how many files were passed
    over; the folders that could not be listed; the stems of files passed over that have a seed's extension."""

    files: FoundFiles
    skipped: int
    unlistable: tuple[Problem, ...]
    passed_over: frozenset[str] = frozenset()


class SeedFile(NamedTuple):
    """The bytes of a file that has front matter, all from one reading, and their SHA-256."""

    found: FoundFile
    data: bytes
    digest: bytes


class NotASeed(NamedTuple):
    """A file in a folder that has no front matter, or is no regular file any more: passed over."""

    found: FoundFile


class Unreadable(NamedTuple):
    """A file that is rejected before anything in it is judged."""

    found: FoundFile
    problem: Problem


def find_seeds(paths: Sequence[str]) -> Findings:
    """The files under PATHs, which are folders, or files of any extension.

    Raises MissingPath for a PATH that does not exist. A folder that cannot be listed and a link that leads
    nowhere raise nothing: they are in the findings.
    """
    walk = _Walk(alone=len(paths) == 1)
    for path in paths:
        walk.add(path)
    unlistable = sorted(walk.unlistable.values(), key=lambda problem: problem.file)
    passed_over = walk.passed_over - walk.reached.keys()
    stems = frozenset(_stem(path) for path in passed_over if os.path.splitext(path)[1].lower() in SEED_EXTENSIONS)
    return Findings(walk.files(), len(passed_over), tuple(unlistable), stems)


class _Walk:
    """Gathers files, as `FoundFiles` holds them. One that several PATHs reach counts once, by its real folder and name;
    in a PATH that is `alone` there is none."""

    def __init__(self, alone: bool):
        self.paths: list[str] | None = [] if alone else None
        self.reached: dict[str, str] = {}  # the path of each real one
        self.unusual: dict[str, FoundFile] = {}
        self.passed_over: set[str] = set()
        self.unlistable: dict[str, Problem] = {}

    def files(self) -> FoundFiles:
        """Sorted by path as text."""
        if self.paths is None:
            return FoundFiles(sorted(self.reached.values(), key=_without_mark), self.unusual)
        self.paths.sort()  # in all of them the mark stands in the same place
        return FoundFiles(self.paths, self.unusual)

    def add(self, path: str):
        problem = None
        try:
            if stat.S_ISDIR(os.stat(path).st_mode):
                return self.add_folder(path)
        except ValueError:  # a NUL in the path
            raise MissingPath(path) from None
        except OSError as error:
            if error.errno in _NOT_THERE and not os.path.lexists(path):
                raise MissingPath(path) from None
            problem = _why_unreachable(path, error)
        name = os.path.basename(path)
        real = os.path.join(os.path.realpath(os.path.dirname(path)), name)
        self.keep(real, path, found_file(path, name, named=True, problem=problem))

    def add_folder(self, root: str):
        real_root = os.path.realpath(root)
        folders = [""]
        while folders:
            folder = folders.pop()
            for entry in self.listed(root, real_root, folder):
                name = f"{folder}/{entry.name}" if folder else entry.name
                if _is_folder(entry):
                    if not entry.name.startswith("."):
                        folders.append(name)
                elif not _is_link_to_folder(entry):
                    self.judge(entry, os.path.join(root, ""), name, real_root)

    def listed(self, root: str, real_root: str, folder: str) -> list[os.DirEntry]:
        path = os.path.join(root, folder) if folder else root
        try:
            with os.scandir(path) as entries:
                return list(entries)
        except OSError as error:
            message = f"The folder cannot be listed: {_reason(error)}."
            self.unlistable[os.path.join(real_root, folder)] = Problem(path, 1, 1, "", message)
            return []

    def judge(self, entry: os.DirEntry, root: str, name: str, real_root: str):
        """A file in a folder: kept or passed over."""
        path = root + name
        real = "" if self.paths is not None else os.path.join(real_root, name)
        extension = os.path.splitext(entry.name)[1].lower()
        is_seed, problem = False, None
        if not entry.name.startswith(".") and extension in SEED_EXTENSIONS:
            is_seed, problem = _followed(path, real_root) if entry.is_symlink() else (_is_regular(entry), None)
        if not is_seed:
            self.passed_over.add(real or path)
        elif problem is None and _is_utf8(name):
            self.keep(real, f"{root}\0{name}")
        else:
            self.keep(real, f"{root}\0{name}", found_file(path, name, named=False, problem=problem))

    def keep(self, real: str, path: str, unusual: FoundFile | None = None):
        """Of two ways to one file the first by path is kept. The folder that begins further up gives the
        name, as the file is to be written back there; a file that was named as well stays named."""
        if unusual is not None:
            self.unusual[path] = unusual
        if self.paths is not None:
            self.paths.append(path)
            return
        if real in self.reached:
            found, other = _found(path, self.unusual), _found(self.reached[real], self.unusual)
            first = min(other, found, key=lambda each: each.path)
            name = max(other.name, found.name, key=len)
            path = first.path
            self.unusual[path] = first._replace(name=name, named=other.named or found.named)
        self.reached[real] = path


def found_file(path: str, name: str, named: bool, problem: str | None) -> FoundFile:
    """The file at `path`, called `name` in its folder; a name that is no UTF-8 is its problem where it has no other."""
    if not _is_utf8(name):
        name, problem = printable(name), problem or _NOT_UTF8
    return FoundFile(path, name, _stem(name), named, problem)


def _is_utf8(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _is_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _is_link_to_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_symlink() and entry.is_dir()
    except OSError:
        return False


def _is_regular(entry: os.DirEntry) -> bool:
    try:
        return entry.is_file(follow_symlinks=False)
    except OSError:
        return True  # read_seed will say why it cannot be read


def _followed(link: str, real_root: str) -> tuple[bool, str | None]:
    """Whether a link is to be judged, being a file inside of the folder, or broken; and what is wrong with
    it."""
    try:
        is_regular = stat.S_ISREG(os.stat(link).st_mode)
    except OSError as error:
        return True, _why_unreachable(link, error)
    return is_regular and os.path.realpath(link).startswith(os.path.join(real_root, "")), None


def _why_unreachable(path: str, error: OSError) -> str:
    what = "The link leads to nothing that can be read" if os.path.islink(path) else "The file cannot be read"
    return f"{what}: {_reason(error)}."


def _reason(error: OSError) -> str:
    return error.strerror or "unknown error"


def read_seed(found: FoundFile) -> SeedFile | NotASeed | Unreadable:
    """The bytes of a file. A file in a folder that has no front matter is passed over; all else that keeps a
    file from being a seed makes it Unreadable. Never waits for a pipe, never reads more than a byte too
    much."""
    if found.problem is not None:
        return _unreadable(found, found.problem)
    try:
        data = _read(found.path)
    except OSError as error:
        return _unreadable(found, f"The file cannot be read: {_reason(error)}.")
    if data is None:
        return _unreadable(found, _NOT_REGULAR) if found.named else NotASeed(found)
    return seed_of(found, data)


def read_whole(found: FoundFile) -> bytes | Unreadable:
    """The bytes of a file, front matter or not; why it is rejected before anything in it is judged."""
    if found.problem is not None:
        return _unreadable(found, found.problem)
    try:
        data = _read(found.path, whole=True)
    except OSError as error:
        return _unreadable(found, f"The file cannot be read: {_reason(error)}.")
    if data is None:
        return _unreadable(found, _NOT_REGULAR)
    return _unreadable(found, _TOO_LARGE) if len(data) > SIZE_LIMIT else data


def seed_of(found: FoundFile, data: bytes) -> SeedFile | NotASeed | Unreadable:
    """What a file of these bytes is; of a file that is too large they may be the first ones."""
    if not has_front_matter(data):
        return _unreadable(found, _NO_FRONT_MATTER) if found.named else NotASeed(found)
    if len(data) > SIZE_LIMIT:
        return _unreadable(found, _TOO_LARGE)
    return SeedFile(found, data, hashlib.sha256(data).digest())


def _unreadable(found: FoundFile, message: str) -> Unreadable:
    return Unreadable(found, Problem(found.path, 1, 1, "", message))


def _read(path: str, whole: bool = False) -> bytes | None:
    """The bytes; unless `whole`, only the first of a file without front matter; one too many of a file that is too
    large; None where it is no regular file. That is looked at before it is opened, as to open a device can do
    something, and again when it is open, as it may be another by then."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        return None
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        return b"".join(_chunks(descriptor, whole))
    finally:
        os.close(descriptor)


def _chunks(descriptor: int, whole: bool) -> Iterator[bytes]:
    left = SIZE_LIMIT + 1
    while left and (chunk := os.read(descriptor, min(_CHUNK, left))):
        yield chunk
        if not whole and left > SIZE_LIMIT and not has_front_matter(chunk):
            return
        left -= len(chunk)
