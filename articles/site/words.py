"""How values are put into words for readers: ages, heat, excerpts, addresses. Pure functions of what they are given."""

import re
from datetime import datetime, timedelta
from html import unescape
from posixpath import normpath
from unicodedata import combining
from urllib.parse import quote, unquote

from django.utils.timezone import get_default_timezone

HEAT_STEPS = ((100, 5, "very hot"), (60, 4, "hot"), (30, 3, "warm"), (10, 2, "mild"), (1, 1, "cool"), (0, 0, "not hot"))
EXCERPT_LENGTH = 220
PLAYERS = {
    "www.youtube.com": "YouTube",
    "youtube-nocookie.com": "YouTube",
    "www.youtube-nocookie.com": "YouTube",
    "player.vimeo.com": "Vimeo",
}
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML 1.0, 2.2
_BARE_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")


def local_time(then: datetime) -> datetime:
    """A time in TIME_ZONE; in UTC where that would be before the year 1, or after 9999."""
    try:
        return then.astimezone(get_default_timezone())  # `localtime` looks for a request's own, which there is none of
    except OverflowError:
        return then


def age(then: datetime, now: datetime) -> str:
    """How long ago `then` was at `now` (both aware): "12 minutes ago". "" past 30 days or ahead: say the date."""
    seconds = (now - then).total_seconds()
    if not 0 <= seconds < timedelta(days=30).total_seconds():
        return ""
    return "just now" if seconds < 60 else f"{duration(seconds / 3600)} ago"


def duration(hours: float) -> str:
    """A length of time, rounded to the largest unit that it has one or more of: "45 minutes", "7 hours", "3 days"."""
    if (minutes := _rounded(hours * 60)) < 60:
        return counted(minutes, "minute")
    return counted(_rounded(hours), "hour") if hours < 47.5 else counted(_rounded(hours / 24), "day")


def _rounded(number: float) -> int:
    return int(number + 0.5)


def counted(number: int, noun: str) -> str:
    """The number with its noun: "1 story" wants "story" and gives "1 story"; "2 stories"."""
    plural = noun[:-1] + "ies" if noun.endswith("y") and noun[-2:] not in ("ay", "ey", "oy") else noun + "s"
    return f"{number:,} {noun if number == 1 else plural}"


def heat_step(heat: int) -> int:
    """0 to 5, for the mark of five steps. They widen as heat does: few stories pass 100, about 200 is the most seen."""
    return next((step for least, step, _ in HEAT_STEPS if heat >= least), 0)


def heat_word(heat: int) -> str:
    """The step in a word; of a buried story (heat −1) "buried"."""
    return next((word for least, _, word in HEAT_STEPS if heat >= least), "buried")


def plain(text: str) -> str:
    """A text that upstream wrote with HTML's entities ("Nov&#8217;19") as it was meant ("Nov’19"): not HTML yet."""
    return unescape(text) if "&" in text else text


def cut(text: str, length: int = EXCERPT_LENGTH) -> str:
    """The start of a `plain` text, at most `length` characters, cut at a word and ended by "…"; blanks made single.

    Reads no more than a few thousand characters however long the text is. Text without blanks (Chinese, or nonsense) is
    cut where it stands, but not between a letter and its accents.
    """
    start = text[: 8 * length]
    words = " ".join(plain(start).split())
    if len(words) <= length and len(start) == len(text):
        return words
    kept = words[:length]
    if len(words) > length and not words[length].isspace():
        kept = kept.rpartition(" ")[0] or _whole_letters(words, length)
    return kept.rstrip(" ,;:.–—-") + "…"


def _whole_letters(text: str, length: int) -> str:
    end = length
    while end > length - 20 and combining(text[end]):
        end -= 1
    return text[:end]


def monogram(name: str) -> str:
    """The first letter or digit of a name, for the box of a picture that is not there."""
    return next((letter.upper() for letter in name[:100] if letter.isalnum()), "¶")


def address(url: str) -> str:
    """An upstream URL as a valid href: odd characters percent-encoded, what is encoded left so.

    Only http(s) URLs and addresses from the site's root; anything else gives "". https://url.spec.whatwg.org/#url-writing
    """
    scheme = url[:8].lower()
    if not (scheme.startswith(("http://", "https://")) or (url.startswith("/") and url[1:2] not in ("/", "\\"))):
        return ""
    return quote(_BARE_PERCENT.sub("%25", url), safe="/#%[]=:;$&()+,!?*@'~" if "://[" in url else "/#%=:;$&()+,!?*@'~")


def picture_address(url: str) -> str:
    """`address` of a picture; "" of one in the desk, which gives readers' browsers a cookie.

    http is made https: the site's CSP lets no other in, and most hosts answer on both.
    """
    found = address(url)
    path = normpath(unquote(re.split("[?#]", found)[0]))  # as a browser and Django read it
    if path == "/admin" or path.startswith("/admin/"):
        return ""
    return "https" + found[4:] if found[:7].lower() == "http://" else found


def picture_shape(width: int | None, height: int | None) -> str:
    """The name of the box that comes nearest to a picture's proportions; "wide" where they are not known."""
    if not width or not height:
        return "wide"
    ratio = width / height
    return "wide" if ratio >= 1.55 else "standard" if ratio >= 1.15 else "square" if ratio >= 0.85 else "tall"
