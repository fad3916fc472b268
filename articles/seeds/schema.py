"""Nodes to a Story: the keys of the seed file as tables, one for each mapping, and the reader they share."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from . import values
from .frontmatter import Mapping, Node, Refused, Scalar, Sequence
from .problems import AlreadyReported, Report, Wrong, joined, shown
from .story import Image, Provider, Related, Story

_NULLS = frozenset(["", "null", "Null", "NULL", "~"])
_NO_LINK = "There is neither a webUrl nor an originalUrl, so readers get no link to the story."
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


class Key(NamedTuple):
    """A known key: the field it fills and the reader of its text or, where `nested`, of its node."""

    name: str
    read: Callable
    required: bool = False
    nested: bool = False


class Table(dict[str, Key]):
    """The keys that a mapping may have; `required` are those that it must have, each with the field it fills."""

    def __init__(self, keys: dict[str, Key]):
        super().__init__(keys)
        self.required = [(text, key.name) for text, key in keys.items() if key.required]


# Fills the field of a value that is wrong, so that its mapping can be read to its end. No Story is made then.
BAD = object()


def read_article(root: Mapping, report: Report) -> dict:
    """The fields of a Story that the front matter gives, by name. What is wrong goes to the report."""
    fields = read_mapping(root, ARTICLE, "", 0, report)
    if "web_url" not in fields and "original_url" not in fields and None not in root.pairs:
        report.warn(0, "webUrl", _NO_LINK)
    return fields


def read_mapping(node: Mapping, table: Table, field: str, offset: int, report: Report) -> dict:
    """The fields that are present. `field` names the mapping itself; at `offset` a missing key is
    reported."""
    fields = {}
    unknown = {}
    for text, (key_node, child) in node.pairs.items():
        key = table.get(text)
        if key is None:
            if text is None or _is_absent(child):
                continue
            unknown[text] = plain_value(child)
            message = f"The key {shown(text)} is not known here; it is kept for the export and not used."
            report.warn(key_node.start, joined(field, text), message)
            continue
        name, read, required, nested = key
        value = None
        try:
            if nested:
                value = read(child, joined(field, text), key_node.start, report)
            elif type(child) is Scalar and (raw := child.value).isascii() and raw not in _NULLS and not raw.isspace():
                value = read(raw)  # as the other way: nearly all values come this one, which is quicker
            elif (raw := _text(child)) is not None:
                value = read(raw)
            if value is None and required:
                raise Wrong("is required and must not be empty")
        except Wrong as wrong:
            report.wrong(key_node.start, joined(field, text), wrong)
            value = BAD
        if value is not None and value != ():
            fields[name] = value
    if unknown:
        fields["extra"] = _canonical(unknown)
    for text, name in table.required:
        if name not in fields:
            if None not in node.pairs:
                report.problem(offset, joined(field, text), f"{joined(field, text)} is required, and is missing.")
            fields[name] = BAD
    return fields


def _text(node: Node) -> str | None:
    """The text of a key, None where the key counts as absent: null, blank, or an empty list or mapping."""
    if type(node) is Scalar:
        value = node.value
        if (node.plain and value in _NULLS) or values.is_blank(value):
            return None
        return value
    if _is_empty(node):
        return None
    raise _misfit("a single value", node)


def _misfit(expected: str, node: Node) -> Wrong:
    if type(node) is Refused:
        return AlreadyReported()
    found = {Scalar: "a single value", Sequence: "a list", Mapping: "a mapping"}[type(node)]
    return Wrong(f"must be {expected}, not {found}")


def _is_empty(node: Node) -> bool:
    return (type(node) is Sequence and not node.items) or (type(node) is Mapping and not node.pairs)


def _is_absent(node: Node) -> bool:
    return _text(node) is None if type(node) is Scalar else _is_empty(node)


def plain_value(node: Node) -> str | list | dict | None:
    """An unknown value as JSON can write it: texts, lists and mappings, None for a plain null. It nests no
    deeper than the front matter may, so a function that calls itself is safe here."""
    if type(node) is Scalar:
        return None if node.plain and node.value in _NULLS else node.value
    if type(node) is Sequence:
        return [plain_value(item) for item in node.items]
    if type(node) is Mapping:
        return {text: plain_value(child) for text, (_, child) in node.pairs.items() if text is not None}
    return None


def _items(node: Node, field: str, report: Report) -> Iterator[tuple[str, Node]]:
    """The items of a list that are not null or blank, each with its field."""
    if type(node) is not Sequence:
        if _is_absent(node):
            return
        raise _misfit("a list", node)
    for index, item in enumerate(node.items):
        item_field = f"{field}[{index}]"
        if type(item) is Scalar and _text(item) is None:
            report.warn(item.start, item_field, f"{item_field} is empty; it is left out.")
        else:
            yield item_field, item


def texts(read: Callable[[str], str]) -> Callable:
    """The reader of a list of texts: in order, each once."""

    def read_texts(node: Node, field: str, offset: int, report: Report) -> tuple[str, ...]:
        found = {}
        for item_field, item in _items(node, field, report):
            try:
                if type(item) is not Scalar:
                    raise _misfit("text", item)
                found[read(item.value)] = None
            except Wrong as wrong:
                report.wrong(item.start, item_field, wrong)
        return tuple(found)

    return read_texts


def _read_images(node: Node, field: str, offset: int, report: Report) -> tuple[Image, ...]:
    return tuple(
        Image(**read_mapping(item, IMAGE, item_field, item.start, report))
        for item_field, item in _mappings(node, field, report)
    )


def _read_related(node: Node, field: str, offset: int, report: Report) -> tuple[Related, ...]:
    found = []
    for item_field, item in _mappings(node, field, report):
        fields = read_mapping(item, RELATED, item_field, item.start, report)
        if "web_url" not in fields and "original_url" not in fields:
            report.warn(item.start, item_field, _NO_LINK)
        found.append(Related(**fields))
    return tuple(found)


def _mappings(node: Node, field: str, report: Report) -> Iterator[tuple[str, Mapping]]:
    """The items of a list of mappings; what is no mapping goes to the report."""
    for item_field, item in _items(node, field, report):
        if type(item) is Mapping:
            yield item_field, item
        else:
            report.wrong(item.start, item_field, _misfit("a mapping", item))


def _read_provider(node: Node, field: str, offset: int, report: Report) -> Provider | None:
    if _is_absent(node):
        return None
    if type(node) is not Mapping:
        raise _misfit("a mapping with a domain", node)
    return Provider(**read_mapping(node, PROVIDER, field, offset, report))


# The tables, one row for each key of the format. A key that is in none of them is kept with a warning.

_LINKS = {
    "webUrl": Key("web_url", values.url),
    "originalUrl": Key("original_url", values.url),
    "ampWebUrl": Key("amp_web_url", values.url),
    "cdnAmpWebUrl": Key("cdn_amp_web_url", values.url),
}

IMAGE = Table(
    {
        "url": Key("url", values.image_url, required=True),
        "width": Key("width", values.count),
        "height": Key("height", values.count),
        "isCached": Key("is_cached", values.boolean),
        "title": Key("title", values.headline),
        "attribution": Key("attribution", values.as_it_stands),
    }
)

PROVIDER = Table(
    {
        "name": Key("name", values.trimmed),
        "domain": Key("domain", values.domain, required=True),
        "images": Key("images", _read_images, nested=True),
    }
)

RELATED = Table(
    {
        "title": Key("title", values.headline, required=True),
        "excerpt": Key("excerpt", values.as_it_stands),
        "publishedDateTime": Key("published_at", values.timestamp),
        **_LINKS,
        "type": Key("type", values.as_it_stands),
        "provider": Key("provider", _read_provider, nested=True),
        "quality": Key("quality", values.count),
        "images": Key("images", _read_images, nested=True),
    }
)

ARTICLE = Table(
    {
        "title": Key("title", values.title, required=True),
        "publishedDateTime": Key("published_at", values.timestamp, required=True),
        "category": Key("category", values.as_it_stands),
        "type": Key("type", values.as_it_stands),
        "locale": Key("locale", values.as_it_stands),
        "excerpt": Key("excerpt", values.as_it_stands),
        "highlight": Key("highlight", values.as_it_stands),
        "updatedDateTime": Key("updated_at", values.timestamp),
        **_LINKS,
        "quality": Key("quality", values.count),
        "heat": Key("heat", values.heat),
        "published": Key("published", values.boolean),
        "provider": Key("provider", _read_provider, nested=True),
        "topics": Key("topics", texts(values.topic), nested=True),
        "tags": Key("tags", texts(values.tag), nested=True),
        "images": Key("images", _read_images, nested=True),
        "related": Key("related", _read_related, nested=True),
        "featuredContent": Key("featured_content", values.as_it_stands),
        "secured": Key("secured", values.as_it_stands),
    }
)

_TABLES = {Story: ARTICLE, Related: RELATED, Image: IMAGE, Provider: PROVIDER}


def as_said(value: Any) -> Any:
    """A Story, or a value in one, as JSON has it, by the keys of the seed file; absent ones are left out."""
    if isinstance(value, datetime):
        return value.isoformat()
    if type(value) is tuple:
        return [as_said(item) for item in value]
    table = _TABLES.get(type(value))
    if table is None:
        return value
    fields = ((text, getattr(value, key.name)) for text, key in table.items())
    said = {text: as_said(field) for text, field in fields if field not in (None, ())}
    said |= json.loads(value.extra or "{}")
    return said | {"body": value.body} if type(value) is Story and value.body else said
