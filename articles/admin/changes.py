"""What an entry of the logs changed, in pieces that a template prints: old → new, or a text with its words marked."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from articles.admin.display import shown, worded
from articles.differences import lists, word_differences
from articles.merge import Value, same
from articles.seeds import Story
from articles.seeds.schema import as_said
from articles.site.words import local_time

NAMES = {  # of the keys of a seed file that say something else to an editor
    "publishedDateTime": "published at",
    "updatedDateTime": "updated at",
    "webUrl": "web URL",
    "originalUrl": "original URL",
    "ampWebUrl": "AMP URL",
    "cdnAmpWebUrl": "AMP URL of the CDN",
    "featuredContent": "embedded player",
    "related": "related stories",
}
DEFAULTS = {"heat": 0, "quality": 0, "published": False, "category": "news"}  # of absent keys
TEXTS = ("title", "excerpt", "highlight", "body", "featuredContent")
TIMES = ("publishedDateTime", "updatedDateTime")
LISTS = ("topics", "tags", "images", "related")
CONTEXT = 60  # characters that are left of what is the same, on either side of a difference
LONGEST = 300  # characters of one value that is shown


@dataclass(frozen=True, slots=True)
class Changed:
    """One field: two values, or the `pieces` of a text or list, each (`same`, `gone` or `new`; text)."""

    name: str
    old: str = ""
    new: str = ""
    pieces: Sequence[tuple[str, str]] = ()
    listed: bool = False  # the pieces are items, to be told apart by commas
    note: str = ""
    is_new: bool = False  # there was no value before: the new one is all there is to say


def decision_change(field: str, old: Value, new: Value, pictures: Mapping[str, str] = {}) -> Changed:
    """What a decision made of its field; its name is said elsewhere. `pictures` is as `worded` takes it."""
    if field in TEXTS and old and new:
        return Changed(field, pieces=_woven(old, new))
    if field == "topics":
        return Changed(field, pieces=_items(old or [], new or []), listed=True)
    return Changed(field, _cut(worded(field, old, pictures)), _cut(worded(field, new, pictures)))


def story_changes(before: Story, after: Story) -> list[Changed]:
    """What upstream says otherwise than before, key by key in the order of the format. `secured` is nobody's to see."""
    old, new = as_said(before), as_said(after)
    return list(_changes(old, new))


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Changed]:
    for key in {**new, **old}:
        one, other = old.get(key, DEFAULTS.get(key)), new.get(key, DEFAULTS.get(key))
        if key == "secured" or same(one, other):
            continue
        yield field_change(key, one, other)


def field_change(key: str, old: Any, new: Any) -> Changed:
    """A key of a seed file with the values that it had and has, as JSON has them; long ones may be cut to a text."""
    name = NAMES.get(key, key)
    if key in TEXTS and old and new:
        return Changed(name, pieces=_woven(old, new))
    if key in LISTS and not isinstance(old, str) and not isinstance(new, str):
        one, other = _labels(old), _labels(new)
        note = f"{name}: details of the same changed" if one == other else ""
        return Changed(name, pieces=_items(one, other), listed=True, note=note)
    return Changed(name, _cut(_said(key, old)), _cut(_said(key, new)))


def new_field(key: str, value: Any) -> Changed:
    """A key that had no value before."""
    told = ", ".join(_labels(value)) if isinstance(value, list) else _said(key, value)
    return Changed(NAMES.get(key, key), new=_cut(told), is_new=True)


def _said(key: str, value: Any) -> str:
    if key in TIMES and value:
        return f"{local_time(datetime.fromisoformat(value)):%Y-%m-%d %H:%M}"
    if key == "provider" and value:
        return f"{value.get('name') or value['domain']} ({value['domain']})"
    if isinstance(value, str | bool | int | None):
        return shown(value)
    return json.dumps(value, ensure_ascii=False)


def _labels(values: Sequence | None) -> list[str]:
    return [value if isinstance(value, str) else _label(value) for value in values or ()]


def _label(value: Mapping[str, Any]) -> str:
    title, url = value.get("title"), value.get("url")
    return _cut(str(title or (url or "").rsplit("/", 1)[-1] or "untitled"), CONTEXT)


def _items(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, str]]:
    gone, kept = lists(old, new)
    pieces = [("gone", part.text) for part in gone if part.differs]
    return pieces + [("new" if part.differs else "same", part.text) for part in kept]


def _woven(old: str, new: str) -> list[tuple[str, str]]:
    pieces = word_differences(old, new)
    last = len(pieces) - 1
    return [(kind, _shortened(kind, text, at == 0, at == last)) for at, (kind, text) in enumerate(pieces)]


def _shortened(kind: str, text: str, first: bool, last: bool) -> str:
    """What is the same, but for its ends that stand beside a difference."""
    if kind != "same":
        return _cut(text)
    start = "" if first else text[:CONTEXT]
    end = "" if last else text[-CONTEXT:]
    return text if len(text) <= 2 * CONTEXT + 20 else f"{start}… {end}" if end else f"{start}…"


def _cut(text: str, longest: int = LONGEST) -> str:
    return text if len(text) <= longest else text[:longest].rstrip() + "…"
