"""Changes of upstream's values as the desk shows them: old → new, and in a text the place that became another."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any

from articles.admin.display import shown
from articles.importing.changes import StoryChange
from articles.models import Article
from articles.site.words import local_time

NAMES = {
    "ampWebUrl": "AMP link",
    "cdnAmpWebUrl": "AMP cache link",
    "featuredContent": "player",
    "originalUrl": "original link",
    "publishedDateTime": "published at",
    "related": "related links",
    "updatedDateTime": "updated at",
    "webUrl": "link",
}
TIMES = ("publishedDateTime", "updatedDateTime")
LONGEST = 300


@dataclass(frozen=True, slots=True)
class ChangedField:
    """A field's old and new value in words; of a text `parts` has what stayed before, what went, what came, and what
    stayed after, where that is easier to read."""

    name: str
    old: str
    new: str
    is_new: bool
    parts: tuple[str, str, str, str] | None = None

    @classmethod
    def of(cls, key: str, old: Any, new: Any) -> "ChangedField":
        parts = _parts(old, new) if isinstance(old, str) and isinstance(new, str) and key not in TIMES else None
        return cls(NAMES.get(key, key), _worded(key, old), _worded(key, new), old is None, parts)


@dataclass(frozen=True, slots=True)
class ChangedStory:
    """One row of a list of changes."""

    title: str
    stem: str
    what: str
    fields: list[ChangedField]
    key: int | None = None  # of the article, where it has a page
    conflicts: int = 0
    left_out: int = 0  # fields that were too many to keep
    since: bool = False  # it came to change otherwise while somebody looked at it

    @classmethod
    def of_run(cls, change: StoryChange) -> "ChangedStory":
        article = change.article
        key = None if article.undone else article.pk
        return cls(article.title, article.stem, str(change.what), changed_fields(change.fields), key)

    @classmethod
    def kept(cls, entry: Mapping, article: Article | None, since: Iterable[str] = ()) -> "ChangedStory":
        """From what a dry run or a held run keeps of a story, and its article where there is one."""
        return cls(
            title=entry.get("title") or (article.title if article else entry["stem"]),
            stem=entry["stem"],
            what=entry["verdict"],
            fields=changed_fields(entry.get("fields", {})),
            key=article.pk if article else None,
            conflicts=entry.get("conflicts", 0),
            left_out=entry.get("fields_left_out", 0),
            since=entry["stem"] in since,
        )


def changed_stories(entries: list[Mapping], source: str, since: Iterable[str] = ()) -> list[ChangedStory]:
    """Rows for what is kept of some stories of a source; one query."""
    stems = [entry["stem"] for entry in entries]
    articles = Article.objects.existing().filter(source=source, stem__in=stems).only("pk", "title", "stem")
    by_stem = {article.stem: article for article in articles} if stems else {}
    return [ChangedStory.kept(entry, by_stem.get(entry["stem"]), since) for entry in entries]


def changed_fields(fields: Mapping[str, Iterable]) -> list[ChangedField]:
    return [ChangedField.of(key, old, new) for key, (old, new) in fields.items()]


def _parts(old: str, new: str) -> tuple[str, str, str, str] | None:
    """What two texts share at their beginning and at their end, by whole words; None where that is little."""
    start = _to_word(_shared(old, new))
    old_rest, new_rest = old[len(start) :], new[len(start) :]
    end = _to_word(_shared(old_rest[::-1], new_rest[::-1]))[::-1]
    if (len(start) + len(end)) * 3 < max(len(old), len(new)):
        return None
    cut = len(end)
    gone, come = (rest[: len(rest) - cut] for rest in (old_rest, new_rest))
    return start[-LONGEST:], gone[:LONGEST], come[:LONGEST], end[:LONGEST]


def _shared(one: str, other: str) -> str:
    """What both begin with."""
    return one[: sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))]


def _to_word(text: str) -> str:
    space = max(text.rfind(" "), text.rfind("\n"), text.rfind("/"))
    return text[: space + 1]


def _worded(key: str, value: Any) -> str:
    if key in TIMES and isinstance(value, str):
        return _moment(value)
    if isinstance(value, dict):
        return str(next((value[name] for name in ("name", "title", "domain", "url") if value.get(name)), "…"))[:LONGEST]
    if isinstance(value, list):
        items = [_worded("", item) if isinstance(item, dict) else shown(item) for item in value]
        return (", ".join(items) or "none")[:LONGEST]
    text = shown(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _moment(text: str) -> str:
    try:
        return f"{local_time(datetime.fromisoformat(text)):%-d %b %Y %H:%M}"
    except (ValueError, OverflowError):
        return text
