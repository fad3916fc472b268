"""Find a known player in `featuredContent`, the HTML that upstream writes to embed one.

Only a host and an id are taken from that HTML; nothing of it is ever printed. The tags are found by two
regular expressions of linear time: the parser of the standard library takes quadratic time on hostile text in
releases of Python that are still in use (CVE-2025-6069), and one file may bring four megabytes.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from html import unescape

_IFRAME_OR_COMMENT = re.compile(r"<!--|<iframe(?=[\s/>])", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""[\s/]*(?:(>)|([^\s/>=][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]*)))?|=)""")
_SOURCE = re.compile(r"(?:https?:)?//([^/?#@:\s\\]+)(/[^?#\s\\]*)(?:[?#].*)?", re.IGNORECASE | re.DOTALL)
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SAFE_PATH = re.compile(r"(?=.{2,200}\Z)(?:/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)+/?")

_YOUTUBE = "www.youtube-nocookie.com"
_KNOWN = {
    "www.youtube.com": "/embed/",
    "www.youtube-nocookie.com": "/embed/",
    "youtube-nocookie.com": "/embed/",
    "player.vimeo.com": "/video/",
}
# These play what their query names, and a player here has none.
_NOT_AN_ID = {"videoseries", "live_stream"}


@dataclass(frozen=True, slots=True)
class Player:
    """A player that may be framed: the host that the HTML names, and the id of the video there (for a host
    that the settings added, the path)."""

    host: str
    id: str

    @property
    def src(self) -> str:
        """The https URL to frame. YouTube always plays from the host that sets no cookies."""
        if self.host not in _KNOWN:
            return f"https://{self.host}{self.id}"
        host = "player.vimeo.com" if self.host == "player.vimeo.com" else _YOUTUBE
        return f"https://{host}{_KNOWN[self.host]}{self.id}"


def read_player(featured_content: str, extra_hosts: Collection[str] = ()) -> Player | None:
    """The player of the first iframe whose source is exactly at a known host or at one of `extra_hosts`,
    which are in lower case. None where there is none."""
    for source in _iframe_sources(featured_content):
        player = _player(source.strip(), extra_hosts)
        if player is not None:
            return player
    return None


def _player(source: str, extra_hosts: Collection[str]) -> Player | None:
    match = _SOURCE.fullmatch(source)
    if match is None:
        return None
    host, path = match[1].lower(), match[2]
    if host in _KNOWN:
        video = path.removeprefix(_KNOWN[host])
        is_known = _ID.fullmatch(video) and video not in _NOT_AN_ID
        return Player(host, video) if is_known else None
    return Player(host, path) if host in extra_hosts and _SAFE_PATH.fullmatch(path) else None


def _iframe_sources(html: str) -> Iterator[str]:
    """The `src` of each iframe outside of comments, in order. As in a browser, a tag never closed is none."""
    position = 0
    while match := _IFRAME_OR_COMMENT.search(html, position):
        if match[0] == "<!--":
            position = html.find("-->", match.end())
            if position < 0:
                return
            continue
        attributes, position = _attributes(html, match.end())
        if position < 0:
            return
        if "src" in attributes:
            yield unescape(attributes["src"])


def _attributes(html: str, position: int) -> tuple[dict[str, str], int]:
    """The attributes of a tag and where it ends, -1 where it does not. Of two of one name the first
    counts."""
    attributes = {}
    while match := _ATTRIBUTE.match(html, position):
        position = match.end()
        if match[1]:
            return attributes, position
        if match[2]:
            attributes.setdefault(match[2].lower(), match[3] or match[4] or match[5] or "")
    return attributes, -1
