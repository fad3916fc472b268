"""What a seed file says, as values. None and () mean that the key is absent; whoever reads it applies
defaults.

All times are aware and in UTC. All values are immutable, so that a Story can be compared and hashed.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any


class _Quick:
    """Values that go from one process to another: pickled by their fields in order, in a third of the usual time."""

    __slots__ = ()

    def __reduce__(self):
        kind = type(self)
        return kind, _values(kind)(self)


@dataclass(frozen=True, slots=True)
class Image(_Quick):
    """A picture of an article, a related story or a provider. `url` is absolute, or begins with one `/`."""

    url: str
    width: int | None = None
    height: int | None = None
    is_cached: bool | None = None
    title: str | None = None
    attribution: str | None = None
    extra: str = ""


@dataclass(frozen=True, slots=True)
class Provider(_Quick):
    """Who published a story. `domain` is a bare host name, lower case, in ASCII (IDNA)."""

    domain: str
    name: str | None = None
    images: tuple[Image, ...] = ()
    extra: str = ""


@dataclass(frozen=True, slots=True)
class Related(_Quick):
    """Other coverage of the same story."""

    title: str
    excerpt: str | None = None
    published_at: datetime | None = None
    web_url: str | None = None
    original_url: str | None = None
    amp_web_url: str | None = None
    cdn_amp_web_url: str | None = None
    type: str | None = None
    provider: Provider | None = None
    quality: int | None = None
    images: tuple[Image, ...] = ()
    extra: str = ""

    @property
    def link(self) -> str | None:
        """Where a reader goes: `webUrl`, else `originalUrl`, else nowhere."""
        return self.web_url or self.original_url


@dataclass(frozen=True, slots=True)
class Story(_Quick):
    """One seed file. `extra` is the unknown keys as canonical JSON text, "" where there are none, so that
    they count as content whatever their order and quoting; the lines of `body` end with a newline alone."""

    title: str
    published_at: datetime
    category: str | None = None
    type: str | None = None
    locale: str | None = None
    excerpt: str | None = None
    highlight: str | None = None
    updated_at: datetime | None = None
    web_url: str | None = None
    original_url: str | None = None
    amp_web_url: str | None = None
    cdn_amp_web_url: str | None = None
    quality: int | None = None
    heat: int | None = None
    published: bool | None = None
    provider: Provider | None = None
    topics: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    related: tuple[Related, ...] = ()
    featured_content: str | None = None
    secured: str | None = None
    body: str = ""
    extra: str = ""

    @property
    def link(self) -> str | None:
        """The reader's link: `webUrl`, else `originalUrl`, else nowhere."""
        return self.web_url or self.original_url

    def content_digest(self) -> bytes:
        """32 bytes that are the same exactly when the content is: all parsed keys, unknown ones too, and the
        body, but not `secured`, which upstream encrypts anew at every rewrite.

        The digests are stored: to rename a field of these classes, or to change how a value is written here,
        makes every stored article look changed.
        """
        content = _present(self)
        content.pop("secured", None)
        return hashlib.sha256(_canonical(content).encode()).digest()


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@cache
def _values(kind: type) -> Callable[[Any], tuple]:
    return attrgetter(*_names(kind))


def _present(value: Image | Provider | Related | Story | datetime) -> dict | str:
    """The fields that are there, as what JSON can write. False and 0 are there; None, "" and () are not, a
    parsed text never being empty."""
    if isinstance(value, datetime):
        return value.isoformat()
    kind = type(value)
    values = zip(_names(kind), _values(kind)(value), strict=True)
    return {name: field for name, field in values if field or field is False or field == 0}


_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), check_circular=False, default=_present).encode
