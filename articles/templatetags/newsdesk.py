"""Presentation only: values put into words and addresses for the templates. Nothing here asks the database."""

import re

from django import template
from django.conf import settings
from django.utils.dateformat import format as format_date
from django.utils.html import format_html

from articles.site import words

register = template.Library()
register.filter(words.address)
register.filter(words.cut)
register.filter(words.heat_step)
register.filter(words.heat_word)
register.filter(words.monogram)
register.filter(words.picture_address)
register.filter(words.plain)

_FROM_RIGHT = {"ar", "ckb", "dv", "fa", "he", "iw", "ks", "ps", "sd", "ug", "ur", "yi"}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


@register.simple_tag
def site_name():
    """SITE_NAME: a tag, so that pages without a context have it too."""
    return settings.SITE_NAME


@register.filter
def shape(image):
    """The class of the box that fits a picture."""
    return f"picture-{words.picture_shape(image.width, image.height)}"


@register.filter
def is_large(image):
    """Whether a picture can stand large; one whose size is not known is given the benefit of the doubt."""
    return image.width is None or image.width == 0 or image.width >= 500


@register.filter
def player_name(host):
    """What readers call the host of a player."""
    return words.PLAYERS.get(host, host)


@register.filter
def language(locale):
    """A locale as the language of its text ("de-DE"); "" where that is English, as the page is, or not a language."""
    code = locale.replace("_", "-")
    return "" if not _LANGUAGE.fullmatch(code) or code[:3].lower() in ("en", "en-") else code


@register.filter
def direction(locale):
    """How a story of this locale runs, for all that is said of it: by its first letter where that is not certain."""
    return "rtl" if locale.replace("_", "-").partition("-")[0].lower() in _FROM_RIGHT else "auto"


@register.filter
def hours(number):
    """A length of time in hours, in words."""
    return words.duration(number)


@register.filter
def counted(number, noun):
    """The number with its noun in the right number."""
    return words.counted(number, noun)


@register.simple_tag
def age(moment, now):
    """How long ago, in words; older than a month its date. The exact time is in `title` and `datetime`."""
    return _time(moment, words.age(moment, now) or _date(moment))


@register.simple_tag
def when(moment):
    """The exact time, in the site's time zone."""
    return _time(moment, _exact(moment))


@register.simple_tag
def day_name(day, now):
    """A day as a heading: "Today, Tuesday 24 November 2026"."""
    days_ago = (words.local_time(now).date() - day).days
    name = {0: "Today, ", 1: "Yesterday, "}.get(days_ago, "")
    return name + format_date(day, "l j F Y")


def _time(moment, text):
    stamp = words.local_time(moment).isoformat(timespec="seconds")
    return format_html('<time datetime="{}" title="{}">{}</time>', stamp, _exact(moment), text)


def _exact(moment):
    return format_date(words.local_time(moment), "j F Y, H:i T")


def _date(moment):
    return format_date(words.local_time(moment), "j F Y")
