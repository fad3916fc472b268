"""Uploaded files into one zip that is safe to keep and to unpack, or a sentence why not.

Nothing of an upload is believed: neither its name, nor the sizes and names in its directory. What leaves here has
plain relative names, each once, regular files only, and bounded size; files that are no seeds keep their name, so that
they are counted as passed over, and not their bytes.
"""

import io
import os
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

from articles.seeds.files import SEED_EXTENSIONS, SIZE_LIMIT
from articles.seeds.frontmatter import has_front_matter
from articles.seeds.problems import printable, shortened

PACKED_LIMIT = 32 << 20
UNPACKED_LIMIT = 256 << 20
KEPT_LIMIT = 96 << 20  # packed again, for quickness and not for size
FILES_LIMIT = 20_000
LONGEST_NAME, LONGEST_PATH, DEEPEST = 255, 1_000, 20  # what file systems take; bytes and folders

_ZIP_BEGINS = (b"PK\x03\x04", b"PK\x05\x06")
_ENTRY_BEGINS = b"PK\x01\x02"
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, NotImplementedError)


class UploadRefused(ValueError):
    """What was uploaded cannot be taken as it is; the message is for whoever uploaded it. Nothing was kept."""


def pack_uploads(files: Sequence[tuple[str, BinaryIO]]) -> bytes:
    """One zip of all that was uploaded: seed files under their own names, zips as they are within.

    `files` are names as the browser told them, and the open files. Raises `UploadRefused`.
    """
    kept, taken = io.BytesIO(), _Taken()
    left = PACKED_LIMIT
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, file in files:
            data = file.read(left + 1)
            left -= len(data)
            if left < 0:
                raise UploadRefused(TOO_LARGE)
            for path, content in _contents(name, data):
                taken.add(path, content)
                archive.writestr(zipfile.ZipInfo(path), content, zipfile.ZIP_DEFLATED)
                if kept.tell() > KEPT_LIMIT:
                    raise UploadRefused(TOO_MUCH)
    return kept.getvalue()


@contextmanager
def unpacked(data: bytes):
    """The path of a folder with the files of a zip that `pack_uploads` made; it is gone after the block."""
    with tempfile.TemporaryDirectory(prefix="newsdesk-upload-") as folder:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                path = os.path.join(folder, info.filename)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "xb") as file:
                    file.write(archive.read(info))
        yield folder


class _Taken:
    """What is in the zip so far: each path once, none a file here and a folder there, and not too much of it."""

    def __init__(self):
        self.files: set[str] = set()
        self.folders: set[str] = set()
        self.size = 0

    def add(self, path: str, content: bytes) -> None:
        parts = path.split("/")
        folders = {"/".join(parts[:depth]) for depth in range(1, len(parts))}
        if path in self.files or path in self.folders or not folders.isdisjoint(self.files):
            raise UploadRefused(f"{_quoted(path)} is there twice. Each file's name may come once; rename one of them.")
        self.files.add(path)
        self.folders |= folders
        self.size += len(content)
        if len(self.files) > FILES_LIMIT:
            raise UploadRefused(TOO_MANY)
        if self.size > UNPACKED_LIMIT:
            raise UploadRefused(TOO_MUCH)


def _contents(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    extension = os.path.splitext(name)[1].lower()
    if extension == ".zip" or data.startswith(_ZIP_BEGINS):
        yield from _of_zip(name, data)
        return
    if extension not in SEED_EXTENSIONS:
        raise UploadRefused(f"{_quoted(name)} is neither a zip nor a seed file ({', '.join(sorted(SEED_EXTENSIONS))}).")
    if not has_front_matter(data):
        raise UploadRefused(f"{_quoted(name)} has no front matter: the first line of a seed file must be ---.")
    _require_plain(name, name)
    yield name, data[: SIZE_LIMIT + 1]


def _of_zip(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    # Counted before they are read: each would be an object of half a kilobyte, and the directory's own count may lie.
    if data.count(_ENTRY_BEGINS) > FILES_LIMIT * 2:
        raise UploadRefused(TOO_MANY)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except _BROKEN as error:
        raise UploadRefused(f"{_quoted(name)} is not a zip that can be read; pack it again.") from error
    infos = archive.infolist()
    if len(infos) > FILES_LIMIT * 2:
        raise UploadRefused(TOO_MANY)
    for info in infos:
        _require_harmless(name, info)
    if sum(info.file_size for info in infos if _is_seed(info.filename)) > UNPACKED_LIMIT:
        raise UploadRefused(TOO_MUCH)
    for info in infos:
        if not info.is_dir():
            yield info.filename, _read(name, archive, info) if _is_seed(info.filename) else b""


def _is_seed(path: str) -> bool:
    """Whether the import would look into it: hidden files and folders, and other extensions, are passed over."""
    hidden = any(part.startswith(".") for part in path.split("/"))
    return not hidden and os.path.splitext(path)[1].lower() in SEED_EXTENSIONS


def _read(name: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """The bytes of an entry, one more than a seed file may have at most: whatever size it claims, no more comes out."""
    try:
        with archive.open(info) as file:
            return file.read(SIZE_LIMIT + 1)
    except (*_BROKEN, RuntimeError) as error:
        message = f"{_quoted(info.filename)} in {_quoted(name)} cannot be unpacked: it is damaged, or packed in a way "
        raise UploadRefused(message + "that is not known here. Pack it again, as a plain zip.") from error


def _require_harmless(name: str, info: zipfile.ZipInfo) -> None:
    what = f"{_quoted(info.orig_filename)} in {_quoted(name)}"
    if info.flag_bits & 0x1:
        raise UploadRefused(f"{what} is encrypted. Pack it again without a password.")
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise UploadRefused(f"{what} is a link or no regular file. Pack the file itself.")
    # Two names: the directory's own, and the one that is read, which an extra field may have put in its place.
    for path in (info.orig_filename, info.filename):
        _require_plain(path.removesuffix("/"), what)


def _require_plain(path: str, what: str) -> None:
    """A relative path of folders and a file: nothing that leads out of the folder, or that no disk takes."""
    what = what if what.startswith("“") else _quoted(what)
    parts = path.split("/")
    if "\\" in path or "\0" in path or path[1:2] == ":" or any(part in ("", ".", "..") for part in parts):
        raise UploadRefused(f"{what} has a path that could lead out of its folder: only plain folders and files.")
    try:
        longest, length = max(len(part.encode()) for part in parts), len(path.encode())
    except UnicodeEncodeError:
        raise UploadRefused(f"{what} has a name that is not valid Unicode; rename it.") from None
    if longest > LONGEST_NAME or length > LONGEST_PATH or len(parts) > DEEPEST:
        message = f"a name has at most {LONGEST_NAME} bytes, a path {LONGEST_PATH:,} and {DEEPEST} folders"
        raise UploadRefused(f"{what} is too long or too deep: {message}.")


def _quoted(name: str) -> str:
    return f"“{shortened(printable(name), 120)}”"


TOO_LARGE = f"That is too much for one upload: at most {PACKED_LIMIT >> 20} MiB. Pack it, or upload it in parts."
TOO_MUCH = f"Unpacked, that is too much for one upload: at most {UNPACKED_LIMIT >> 20} MiB. Upload it in parts."
TOO_MANY = f"Those are too many files for one upload: at most {FILES_LIMIT:,}. Upload them in parts."
