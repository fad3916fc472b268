"""What a folder of a repository held after each commit, file by file: the walk of a folder, told by its changes."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .files import SEED_EXTENSIONS, FoundFile, found_file
from .repository import Change

_HOPS = 40  # as many links as Linux follows before it says that they go round in a circle
_OUT = object()
_NOWHERE = object()


@dataclass(frozen=True, slots=True)
class Leaf:
    """A file with a seed's extension. It has no blob where it is not to be read: a link that leads out of the folder
    or to a folder is passed over, and a broken one has the reason in `found.problem`."""

    found: FoundFile
    blob: str | None


class Tree:
    """The files under one folder of a repository, by the rules by which `find_seeds` walks a folder.

    `root` is the path that the folder's name is put after in reports, `read` gives the bytes of a blob.
    """

    def __init__(self, folder: str, root: str, read: Callable[[str], bytes | None]):
        self.prefix = f"{folder}/" if folder else ""
        self.root = root
        self.read = read
        self.files: dict[str, str] = {}  # path in the folder → blob
        self.links: dict[str, str] = {}  # path in the folder → where it leads
        self.stems: dict[str, dict[str, Leaf]] = {}

    def apply(self, changes: Iterable[Change]) -> set[str]:
        """Take a commit's changes over; the stems of which a file is there, gone or another now."""
        names = {self._take(change) for change in changes if change.path.startswith(self.prefix)}
        # What a link says can change without itself.
        return {stem for name in names | self.links.keys() if (stem := self._placed(name)) is not None}

    def leaves(self, stem: str) -> list[Leaf]:
        """The files of this stem, the first by path first."""
        return [leaf for _, leaf in sorted(self.stems.get(stem, {}).items())]

    def _take(self, change: Change) -> str:
        name = change.path.removeprefix(self.prefix)
        self.files.pop(name, None)
        self.links.pop(name, None)
        if change.is_link and change.blob:
            self.links[name] = os.fsdecode(self.read(change.blob) or b"")
        elif change.blob:
            self.files[name] = change.blob
        return name

    def _placed(self, name: str) -> str | None:
        """Put the file of this name, or none, at its place; its stem where that changes anything."""
        if not _is_seed_name(name):
            return None
        found = found_file(os.path.join(self.root, name), name, named=False, problem=None)
        leaf = self._leaf(found, name)
        of_stem = self.stems.setdefault(found.stem, {})
        before = of_stem.pop(name, None)
        if leaf is not None:
            of_stem[name] = leaf
        if not of_stem:
            del self.stems[found.stem]
        return found.stem if leaf != before else None

    def _leaf(self, found: FoundFile, name: str) -> Leaf | None:
        if name in self.files:
            return Leaf(found, self.files[name])
        if name not in self.links:
            return None
        blob = self._followed(name)
        if blob is _NOWHERE:
            reason = "The link leads to nothing that can be read."
            return Leaf(found_file(found.path, name, named=False, problem=found.problem or reason), None)
        return Leaf(found, None if blob is _OUT else blob)

    def _followed(self, name: str):
        """The blob that a link leads to; `_OUT` where that is a folder or outside of this one."""
        at: list[str] = []
        ahead = name.split("/")[::-1]
        hops = 0
        while ahead:
            part = ahead.pop()
            if part in ("", "."):
                continue
            if part == "..":
                if not at:
                    return _OUT
                at.pop()
                continue
            here = "/".join([*at, part])
            if here not in self.links:
                at.append(part)
                continue
            hops += 1
            target = self.links[here]
            if hops > _HOPS or not target:
                return _NOWHERE
            if target.startswith("/"):
                return _OUT
            ahead += target.split("/")[::-1]
        return self._at("/".join(at))

    def _at(self, name: str):
        if name in self.files:
            return self.files[name]
        return _OUT if not name or any(other.startswith(f"{name}/") for other in self.files) else _NOWHERE


def _is_seed_name(name: str) -> bool:
    is_hidden = name.startswith(".") or "/." in name
    return not is_hidden and os.path.splitext(name)[1].lower() in SEED_EXTENSIONS
