"""What templates say of a value, on the site and on the desk: names, languages, times. Nothing asks the database."""

import re
from calendar import day_name as WEEKDAYS
from calendar import month_name as MONTHS
from datetime import date, datetime, tzinfo
from functools import lru_cache

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import get_default_timezone

from articles import searching
from articles.models import Image
from articles.searching import Question
from articles.site import words
from articles.site.pictures import Shown

_FROM_RIGHT = {"ar", "ckb", "dv", "fa", "he", "iw", "ks", "ps", "sd", "ug", "ur", "yi"}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


def shape(image: Image | Shown) -> str:
    """The class of the box that fits a picture."""
    return f"picture-{words.picture_shape(image.width, image.height)}"


def is_large(shown: Shown) -> bool:
    """Whether a picture can stand large; one whose size is not known is given the benefit of the doubt."""
    return not shown.largest.width or shown.largest.width >= 500


def story_place(shown: Shown) -> str:
    """The place of a picture on its story's page, by how wide it can stand there (see `pictures.SIZES`)."""
    return "story" if is_large(shown) and shape(shown) in ("picture-wide", "picture-standard") else "story-narrow"


def source_attributes(shown: Shown, place: str) -> dict:
    """What `source` says of a picture that is kept here; None for what it does not say."""
    told = {"type": "image/webp", "srcset": shown.srcset(place), "sizes": shown.sizes(place) or None}
    return told | {"width": shown.largest.width, "height": shown.largest.height}


def img_attributes(shown: Shown, eager: bool, alt: str) -> dict:
    """What `img` says of a picture: whether the browser hurries, and that its server is told nothing."""
    told = {"src": shown.src, "alt": alt}
    if shown.width and shown.height:
        told |= {"width": shown.width, "height": shown.height}
    told |= {"fetchpriority": "high"} if eager else {"loading": "lazy", "fetchpriority": "low"}
    return told | {"decoding": "async", "referrerpolicy": "no-referrer"}


def player_name(host: str) -> str:
    """What readers call the host of a player."""
    return words.PLAYERS.get(host, host)


@lru_cache(1_000)
def heat(number: int) -> SafeString:
    """A story's heat: five steps, its number, and a word for those who do not see the steps."""
    word = words.heat_word(number)
    return mark_safe(  # noqa: S308  (figures and fixed words)
        f'<span class="heat heat-{words.heat_step(number)}" title="Heat {number}: {word}"><span class="unseen">Heat '
        f'</span><span class="heat-steps" aria-hidden="true"></span>{number}<span class="unseen">, {word}</span></span>'
    )


@lru_cache(1_000)
def language(locale: str) -> str:
    """A locale as the language of its text ("de-DE"); "" where that is English, as the page is, or not a language."""
    code = language_tag(locale)
    return "" if code[:3].lower() in ("en", "en-") else code


def language_tag(locale: str) -> str:
    """A locale as the language of its text (BCP 47: "de-DE"); "" where it is not a language."""
    code = locale.replace("_", "-")
    return code if _LANGUAGE.fullmatch(code) else ""


@lru_cache(1_000)
def direction(locale: str) -> str:
    """How a story of this locale runs, for all that is said of it: by its first letter where that is not certain."""
    return "rtl" if locale.replace("_", "-").partition("-")[0].lower() in _FROM_RIGHT else "auto"


def age(moment: datetime, now: datetime) -> SafeString:
    """How long ago, in words; older than a month its date. The exact time is in `title` and `datetime`."""
    return aged(moment, words.age(moment, now))


def aged(moment: datetime, how_old: str) -> SafeString:
    """`age`, where `words.age` has been asked."""
    return _time(moment, how_old or full_date(words.local_time(moment)))


def when(moment: datetime) -> SafeString:
    """The exact time, in the site's time zone."""
    return _time(moment, _exact(words.local_time(moment)))


def day_name(day: date, now: datetime) -> str:
    """A day as a heading: "Today, Tuesday 24 November 2026"."""
    days_ago = (words.local_time(now).date() - day).days
    return {0: "Today, ", 1: "Yesterday, "}.get(days_ago, "") + long_date(day)


def long_date(day: date) -> str:
    """ "Tuesday 24 November 2026" """
    return f"{WEEKDAYS[day.weekday()]} {full_date(day)}"


def weekday(day: date) -> str:
    return WEEKDAYS[day.weekday()]


def month_name(day: date) -> str:
    return MONTHS[day.month]


def full_date(day: date) -> str:
    """ "24 November 2026" """
    return f"{day.day} {MONTHS[day.month]} {day.year:04}"


def marked(text: str, question: Question, length: int = 180) -> SafeString:
    """A text of upstream's, cut, with what was searched for in `<mark>`."""
    return _with_marks(words.cut(text, length), question)


def excerpt_marked(text: str, question: Question, length: int = 220) -> SafeString:
    """The part of an excerpt that has what was searched for first; its start where it has it nowhere."""
    begun, rest = searching.snippet(" ".join(words.plain(text[: searching.READ]).split()), question)
    return _with_marks("…" * begun + words.cut(rest, length), question)


def _with_marks(text: str, question: Question) -> SafeString:
    pieces = searching.marked(text, question)
    return format_html_join(
        "", "{}", ((format_html("<mark>{}</mark>", piece) if hit else piece,) for piece, hit in pieces)
    )


# The parts are figures and fixed words, so there is nothing to escape.
def _time(moment: datetime, text: str) -> SafeString:
    return mark_safe(f"{_tag(moment, get_default_timezone())}{text}</time>")  # noqa: S308


# Lists tell the age of each of their stories, and the same stories stand on them for hours.
@lru_cache(maxsize=5_000)
def _tag(moment: datetime, zone: tzinfo) -> str:
    local = words.local_time(moment)
    return f'<time datetime="{local.isoformat(timespec="seconds")}" title="{_exact(local)}">'


def _exact(local: datetime) -> str:
    return f"{full_date(local)}, {local.hour:02}:{local.minute:02} {local.tzname()}"
