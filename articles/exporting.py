"""The seed files back out: what upstream wrote, with what editors decided in its place. Nothing else changes."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from difflib import unified_diff
from pathlib import Path

from django.db.models import Exists, OuterRef, Subquery

from articles.merge import said, same
from articles.models import Article, StandingDecision, Version
from articles.projection import standing_of, story_of, unpack
from articles.seeds import SIZE_LIMIT, FoundFile, SeedFile, Story, read_story
from articles.seeds.patch import Unpatchable, patch
from articles.writing import batched

BATCH = 500
STORY_FIELDS = ("title", "excerpt", "published", "quality", "heat", "topics")


@dataclass(frozen=True, slots=True)
class Exported:
    """One file: where it goes, what upstream wrote, what it is now; or, in `error`, why it was not written."""

    path: str
    before: bytes
    after: bytes
    error: str = ""

    @property
    def changed(self) -> bool:
        return not self.error and self.before != self.after


class NoFolder(ValueError):
    """Nothing can be written there; the message says why."""


def export_files(directory: Path, source: str = "", *, only_curated: bool = False) -> Iterator[Exported]:
    """Write the files of all articles that are there (of one source, or those with a decision in force) under
    `directory`, each at its path; tell of each. Never writes outside of it. Raises `NoFolder`, before anything."""
    root = _writable(directory)
    written: set[Path] = set()
    for exported in exports(source, only_curated=only_curated):
        error = exported.error or _written(root, exported, written)
        yield replace(exported, error=error) if error else exported


def exports(source: str = "", *, only_curated: bool = False) -> Iterator[Exported]:
    """What `export_files` would write, in the order of the paths."""
    several = not source and Article.objects.values("source").distinct().count() > 1
    articles = Article.objects.filter(withdrawn=False).order_by("path", "pk")
    articles = articles.filter(source=source) if source else articles.order_by("source", "path", "pk")
    if only_curated:
        articles = articles.filter(Exists(StandingDecision.objects.filter(article=OuterRef("pk"))))
    for keys in batched(list(articles.values_list("pk", flat=True)), BATCH):
        yield from _exports_of(keys, several)


def _exports_of(keys: list[int], several: bool) -> Iterator[Exported]:
    files = Version.objects.filter(article=OuterRef("pk"), kind=Version.Kind.FILE, undone_by=None)
    newest = files.order_by("-at", "-pk").values("pk")[:1]
    articles = Article.objects.filter(pk__in=keys).annotate(newest=Subquery(newest))
    articles = articles.prefetch_related("standing_decisions")
    found = articles.only("pk", "source", "stem", "path").in_bulk()
    versions = Version.objects.in_bulk([article.newest for article in found.values()])
    for article in (found[key] for key in keys if key in found):
        path = f"{article.source}/{article.path}" if several else article.path
        yield _export(article, versions.get(article.newest), path)


def _export(article: Article, version: Version | None, path: str) -> Exported:
    if version is None:
        return Exported(path, b"", b"", "No file of it is left that counts: run rebuild_articles.")
    version.article = article
    before = unpack(version)
    try:
        return Exported(path, before, _decided(article, version, before))
    except ValueError as error:
        return Exported(path, before, before, f"The decided values cannot be written into it: {error}.")


def _decided(article: Article, version: Version, data: bytes) -> bytes:
    standings = [standing_of(row) for row in article.standing_decisions.all() if row.field in STORY_FIELDS]
    if not standings:
        return data
    story = story_of(version)
    upstream = said(story).values
    changes = {s.field: s.effective for s in standings if not same(s.effective, upstream[s.field])}
    if not changes:
        return data
    after = patch(data, changes)
    if len(after) > SIZE_LIMIT:
        raise Unpatchable("the file would then be too large for an import")
    if _read(version, after) != story._replace(**{field: _as_said(field, value) for field, value in changes.items()}):
        raise Unpatchable("the file would then say something else")
    return after


def _as_said(field: str, value):
    return tuple(value) if field == "topics" else value or None if field == "excerpt" else value


def _read(version: Version, data: bytes) -> Story | None:
    found = FoundFile(path=version.path, name=version.path, stem=version.article.stem, named=True)
    return read_story(SeedFile(found=found, data=data, digest=b"")).story


# -- to the disk


class _Unsafe(ValueError):
    """Nothing may be written to that path; the message says why."""


def _writable(directory: Path) -> Path:
    """The folder, made where it is missing, once it is certain that files can be written there."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            return directory.resolve()
    except (OSError, RuntimeError) as error:
        raise NoFolder(f"Nothing can be written to {directory}: {_reason(error)}.") from None


def _written(root: Path, exported: Exported, written: set[Path]) -> str:
    """Write the file; returns why that cannot be, "" where it is done."""
    try:
        target = _target(root, exported.path)
        if target in written:
            return "Another file was written to this path already."
        written.add(target)
        _write(target, exported.after)
    except _Unsafe as error:
        return str(error)
    except (OSError, ValueError, RuntimeError) as error:  # too long a name, a loop of links, a full disk
        return f"It cannot be written: {_reason(error)}."
    return ""


def _target(root: Path, path: str) -> Path:
    """Where a path is, all links followed but the last. A path is upstream's text, never to be trusted."""
    *folders, name = path.split("/")
    if any(part in ("", ".", "..") or "\0" in part for part in (*folders, name)):
        raise _Unsafe("Its path leads out of the folder.")
    if any(part.lower() == ".git" for part in (*folders, name)):
        raise _Unsafe("Its path leads into git's own folder.")
    folder = root.joinpath(*folders).resolve()
    if not folder.is_relative_to(root):
        raise _Unsafe("Its path leads out of the folder, through a link.")
    above = (each for each in (folder, *folder.parents) if each.is_relative_to(root))
    if (folder / name).is_dir() or any(each.exists() and not each.is_dir() for each in above):
        raise _Unsafe("A folder stands where the file should, or a file where its folder should.")
    return folder / name


def _write(target: Path, data: bytes) -> None:
    """Whole or not at all, and not where it is there already; a link is replaced, not followed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    is_file = target.is_file() and not target.is_symlink()
    if is_file and target.read_bytes() == data:
        return
    descriptor, draft = tempfile.mkstemp(dir=target.parent, prefix=".export-")
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
        os.chmod(draft, target.stat().st_mode & 0o777 if is_file else 0o644)  # git tells of a changed mode as well
        os.replace(draft, target)
    except OSError:
        with suppress(OSError):
            os.unlink(draft)
        raise


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


# -- as a patch


def as_patch(exported: Exported) -> str:
    """The change as `git apply` takes it in upstream's checkout; "" where nothing changed."""
    if not exported.changed:
        return ""
    before, after = (data.decode("utf-8").split("\n") for data in (exported.before, exported.after))
    diff = list(
        unified_diff(_lines(before), _lines(after), _quoted(f"a/{exported.path}"), _quoted(f"b/{exported.path}"))
    )
    head = f"diff --git {_quoted('a/' + exported.path)} {_quoted('b/' + exported.path)}\n"
    return head + "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in diff)


def _lines(parts: list[str]) -> list[str]:
    """Lines with their ends, as git counts them: by newline alone, so that a CRLF is a line's last character."""
    return [f"{part}\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _quoted(path: str) -> str:
    """A path as git writes it: in quotes, with octal escapes, where it has characters that are not plain."""
    data = path.encode()
    if all(0x20 < byte < 0x7F and byte not in b'"\\' for byte in data):
        return path
    plain = {0x22: '\\"', 0x5C: "\\\\"}
    return '"' + "".join(plain.get(b) or (chr(b) if 0x20 <= b < 0x7F else f"\\{b:03o}") for b in data) + '"'
