"""What an editor may decide a field to be: from what was typed to the value that the log keeps (JSON).

The readers are those of the seed files, so that a decided value is one that a seed file could carry.
"""

import re
from datetime import datetime
from typing import Any

from django.utils.text import slugify

from articles.merge import HIGHEST, NUMBERS, Value
from articles.ranking import PLACES
from articles.seeds import values
from articles.seeds.problems import Wrong, shown
from articles.slugs import LONGEST

AMOUNT = re.compile(r"[+-]?[0-9]{1,7}")
UNSTORABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class Refused(ValueError):
    """A value that cannot be decided; the message says what is wrong and what was expected."""


def clean_value(field: str, raw: Any) -> Value:
    """The value to decide for `field`, from text as typed or an already typed value. Raises `Refused`."""
    try:
        return _READERS[field](raw)
    except Wrong as wrong:
        raise Refused(f"It {wrong}.") from None


def clean_boost(field: str, raw: Any) -> int:
    """By how much to move a number, from `+5`, `-5`, `5` or an integer. Raises `Refused`."""
    if field not in NUMBERS:
        raise Refused(f"Only {' and '.join(NUMBERS)} can be boosted.")
    if isinstance(raw, bool) or not AMOUNT.fullmatch(str(raw)) or abs(int(raw)) > HIGHEST:
        raise Refused(f"It must be boosted by a whole number like +20 or -20, not {shown(str(raw))}.")
    return int(raw)


def _scalar(read):
    def read_scalar(raw: Any) -> Value:
        if not isinstance(raw, str | int | bool):
            raise Wrong(f"must be a single value, not {shown(str(raw))}")
        return read(_storable(str(raw)))

    return read_scalar


def _storable(text: str) -> str:
    if UNSTORABLE.search(text := text.replace("\r\n", "\n")):
        raise Wrong("must not have control characters other than line breaks and tabs")
    return text


def _title(text: str) -> str:
    if values.is_blank(text):
        raise Wrong("must not be blank")
    return values.title(text)


def _excerpt(text: str) -> str:
    return "" if values.is_blank(text) else text


def _topics(raw: Any) -> list[str]:
    if not isinstance(raw, list | tuple) or not all(isinstance(name, str) for name in raw):
        raise Wrong(f'must be a list of topics such as ["AI", "Privacy"], not {shown(str(raw))}')
    names = [values.topic(_storable(name)) for name in raw]
    if any(values.is_blank(name) for name in names):
        raise Wrong("must not have a blank topic")
    return list(dict.fromkeys(names))


def _slug(text: str) -> str:
    if not text or len(text) > LONGEST or slugify(text, allow_unicode=True) != text:
        raise Wrong(f"must be lower-case letters, digits and hyphens, at most {LONGEST}, not {shown(text)}")
    return text


def _instant(raw: Any) -> str:
    """A time as the log keeps it: UTC, ISO 8601 with `Z`. Without an offset it is UTC."""
    text = raw.isoformat() if isinstance(raw, datetime) else str(raw).strip()
    return values.timestamp(text).isoformat().replace("+00:00", "Z")


def _pinned(raw: Any) -> str:
    place, comma, until = str(raw).partition(",")
    if not re.fullmatch(r" *[0-9]{1,3} *", place) or not 1 <= int(place) <= PLACES:
        raise Wrong(f"must be a place from 1 to {PLACES}, or a place, a comma and a time, not {shown(str(raw))}")
    return f"{int(place)},{_instant(until)}" if comma else str(int(place))


def _picture(raw: Any) -> str:
    if not re.fullmatch("[0-9a-f]{64}", digest := str(raw).strip()):
        raise Wrong(f"must be the digest of a picture that is kept here, 64 hex digits, not {shown(str(raw))}")
    return digest


def _focal_point(raw: Any) -> str:
    found = re.fullmatch(r" *([0-9]{1,3}) *, *([0-9]{1,3}) *", str(raw))
    if not found or max(map(int, found.groups())) > 100:
        kind = "two numbers from 0 to 100, from left and from the top in percent, as 50,30"
        raise Wrong(f"must be {kind}; not {shown(str(raw))}")
    return ",".join(str(int(number)) for number in found.groups())


_READERS = {
    "published": _scalar(values.boolean),
    "quality": _scalar(values.count),
    "heat": _scalar(values.heat),
    "title": _scalar(_title),
    "excerpt": _scalar(_excerpt),
    "topics": _topics,
    "slug": _scalar(_slug),
    "publish_at": _instant,
    "publish_until": _instant,
    "pinned": _pinned,
    "picture": _picture,
    "focal_point": _focal_point,
}
