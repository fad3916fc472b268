"""One small reader for each kind of value: text as YAML read it goes in, the value comes out.

Each takes text that is neither null nor blank, and raises Wrong with the rest of a sentence that the key
begins. A scalar is typed by its key and not by YAML's guesses: `title: 1984` is a text and `quality: "57"` a
number.
"""

import re
import unicodedata
from datetime import UTC, date, datetime
from functools import lru_cache
from urllib.parse import urlsplit

from .problems import Wrong, shown

TITLE_LIMIT = 500
NAME_LIMIT = 200
URL_LIMIT = 4_000
NUMBER_LIMIT = 1_000_000
DOMAIN_LIMIT = 253
LABEL_LIMIT = 63

_INTEGER = re.compile(r"-?[0-9]+")
# Week dates, which fromisoformat takes as well, and hour 24, which only newer versions of Python take.
_NOT_A_CALENDAR_TIME = re.compile(r".{4}-?W|(?:[0-9]{8}|[0-9]{4}-[0-9]{2}-[0-9]{2}).24", re.DOTALL)
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(?:[/?#][^\t\n]*)?")
_NOT_IN_A_HOST = re.compile(r"[\s\\<>\"'`^{|}]")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")
_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")
_INVISIBLE = {"Cf", "Zs", "Zl", "Zp"}


def is_blank(text: str) -> bool:
    """Whether there is nothing to see: no character, or only spaces and format (zero-width) characters."""
    if not text or text.isspace():
        return True
    if text.isascii():
        return False
    return all(unicodedata.category(c) in _INVISIBLE or c.isspace() for c in text)


def as_it_stands(text: str) -> str:
    return text


def trimmed(text: str) -> str:
    return text.strip()


def headline(text: str) -> str:
    """A title of any length: on one line and trimmed."""
    if not text.isprintable():
        text = text.replace("\r\n", " ").replace("\n", " ").replace("\t", " ")
    return text.strip()


def title(text: str) -> str:
    text = headline(text)
    if len(text) > TITLE_LIMIT:
        raise Wrong(f"must not be longer than {TITLE_LIMIT} characters; it has {len(text):,}")
    return text


def tag(text: str) -> str:
    if len(text) > NAME_LIMIT:
        raise Wrong(f"must not be longer than {NAME_LIMIT} characters; it has {len(text):,}")
    return text


def topic(text: str) -> str:
    return tag(unicodedata.normalize("NFC", text).strip())


def integer(text: str, lowest: int) -> int:
    """A whole number from `lowest` to a million, in decimal: `010` is ten."""
    if _INTEGER.fullmatch(text):
        # Without leading zeros a long text is a large number: Python refuses to read thousands of digits.
        digits = text.lstrip("-").lstrip("0") or "0"
        if len(digits) <= 7:
            number = -int(digits) if text[0] == "-" else int(digits)
            if lowest <= number <= NUMBER_LIMIT:
                return number
    raise Wrong(f"must be a whole number from {lowest} to {NUMBER_LIMIT:,}, not {shown(text)}")


def count(text: str) -> int:
    return integer(text, 0)


def heat(text: str) -> int:
    return integer(text, -1)


def boolean(text: str) -> bool:
    known = {"true": True, "false": False}.get(text.lower())
    if known is None:
        raise Wrong(f"must be true or false, not {shown(text)}")
    return known


def timestamp(text: str) -> datetime:
    """An aware time in UTC, of a year from 1 to 9998. Without an offset it is UTC, a date alone is its
    midnight.

    The forms are those of Python 3.11's `datetime.fromisoformat` that name a calendar date.
    """
    try:
        if _NOT_A_CALENDAR_TIME.match(text):
            raise ValueError
        time = datetime.fromisoformat(text)
        time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except ValueError:
        expected = "a day and time that exist, such as 2020-06-22 or 2020-06-22T16:21:00Z"
        raise Wrong(f"must be a timestamp, {expected}, not {shown(text)}") from None
    except OverflowError:
        time = None
    if time is None or time.year == date.max.year:
        raise Wrong(f"must be a timestamp in the years 1 to 9998 in UTC, not {shown(text)}")
    return time


def url(text: str) -> str:
    """An absolute http or https URL, trimmed, otherwise as it stands."""
    text = text.strip()
    if len(text) > URL_LIMIT:
        raise Wrong(f"must not be longer than {URL_LIMIT:,} characters; it has {len(text):,}")
    if not _PLAIN_URL.fullmatch(text):
        _check_url(text)
    return text


def image_url(text: str) -> str:
    """As `url`, or a path from the site's root. What begins with // or /\\ is another host to a browser."""
    stripped = text.strip()
    if not stripped.startswith("/"):
        return url(text)
    if stripped[1:2] in ("/", "\\") or "\t" in stripped or "\n" in stripped:
        expected = "an absolute http or https URL, or a path that begins with one /"
        raise Wrong(f"must be {expected}, not {_shown_address(stripped)}")
    if len(stripped) > URL_LIMIT:
        raise Wrong(f"must not be longer than {URL_LIMIT:,} characters; it has {len(stripped):,}")
    return stripped


def _check_url(text: str):
    """What the regular expression for nearly all URLs leaves: ports, other alphabets, IPv6, and all that is
    wrong."""
    if "\t" in text or "\n" in text:
        raise Wrong("must be a URL on one line, without tabs")
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:  # broken IPv6, or characters that become others under NFKC
        raise Wrong("must be an absolute http or https URL with a valid host") from None
    if "@" in parts.netloc:
        raise Wrong("must not carry a user name or a password")
    if parts.scheme not in ("http", "https"):
        raise Wrong(f"must be an absolute http or https URL, not {_shown_address(text)}")
    if not host.strip(".") or _NOT_IN_A_HOST.search(parts.netloc):
        raise Wrong(f"must be an absolute http or https URL with a valid host, not {_shown_address(text)}")
    try:
        parts.port  # noqa: B018  reading it is the check
    except ValueError:
        raise Wrong("must have a port from 0 to 65535, or none") from None


@lru_cache(maxsize=4096)  # a few hundred outlets stand in thousands of files
def domain(text: str) -> str:
    """A bare host name in lower case and ASCII (IDNA 2003, the codec of the standard library)."""
    try:
        if len(text.strip()) > DOMAIN_LIMIT:
            raise ValueError
        labels = [_ascii_label(label) for label in text.strip().translate(_DOTS).removesuffix(".").split(".")]
        host = ".".join(labels)
        if len(host) > DOMAIN_LIMIT:
            raise ValueError
    except ValueError:  # UnicodeError is one
        raise Wrong(f"must be a bare host name such as example.com, not {_shown_address(text)}") from None
    return host


def _shown_address(text: str) -> str:
    """A wrong URL or host for a message, but not one that may hold a password."""
    return "what stands here" if "@" in text else shown(text)


def _ascii_label(label: str) -> str:
    # Label by label, and ASCII ones past the codec, which would pass other characters on unchecked.
    label = label.lower() if label.isascii() else label.encode("idna").decode("ascii")
    if len(label) > LABEL_LIMIT or not _LABEL.fullmatch(label):
        raise ValueError
    return label
