"""What a seed file says, as values. None and () mean that the key is absent; whoever reads it applies
defaults.

All times are aware and in UTC. All values are immutable, so that a Story can be compared and hashed; tuples with names
are made, hashed and sent to another process in half the time of dataclasses, and an import does that for each file.
"""

import hashlib
import json
from datetime import datetime
from typing import NamedTuple


class Image(NamedTuple):
    """A picture of an article, a related story or a provider. `url` is absolute, or begins with one `/`."""

    url: str
    width: int | None = None
    height: int | None = None
    is_cached: bool | None = None
    title: str | None = None
    attribution: str | None = None
    extra: str = ""


class Provider(NamedTuple):
    """Who published a story. `domain` is a bare host name, lower case, in ASCII (IDNA)."""

    domain: str
    name: str | None = None
    images: tuple[Image, ...] = ()
    extra: str = ""


class Related(NamedTuple):
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


class Story(NamedTuple):
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

        The digests are stored: to add, take away or move a field of these classes, or to change how a value is
        written here, makes every stored article look changed at its next import.
        """
        return hashlib.sha256(_canonical(self._replace(secured=None)).encode()).digest()

    def facts_digest(self) -> bytes:
        """32 bytes that are the same exactly when the facts are that upstream alone says and programs are told: no
        number that ticks, nothing that an editor may decide over, no coverage by others. Stored, as the other is."""
        return hashlib.sha256(_canonical(self._replace(**_NO_FACTS)).encode()).digest()


_NO_FACTS = {
    **dict.fromkeys(("title", "excerpt", "published_at", "published", "heat", "quality", "secured")),
    **dict.fromkeys(("topics", "related"), ()),
    "extra": "",
}

# These classes are tuples: JSON has their values in order, as lists. None, false and 0 stay apart.
_canonical = json.JSONEncoder(separators=(",", ":"), check_circular=False, default=datetime.isoformat).encode
