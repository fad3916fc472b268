"""Times and places as an editor types them: in TIME_ZONE, where a decision keeps them in UTC."""

import re
from datetime import UTC, datetime

from django import forms
from django.template.loader import render_to_string
from django.utils import timezone

from articles.admin.display import worded
from articles.ranking import PLACES
from articles.site.words import local_time


def typed_moment(text: str) -> datetime | None:
    """What was typed, as an instant (aware, UTC); None for nothing. Without an offset it is a time in TIME_ZONE."""
    if not (text := text.strip()):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        expected = f"a day and a time like {timezone.localtime():%Y-%m-%dT%H:%M}"
        raise forms.ValidationError(f"“{text[:40]}” is no time: expected is {expected}.") from None
    if not 1 < moment.year < 9999:
        raise forms.ValidationError(f"“{text[:40]}” is too far away: expected is a year from 2 to 9998.")
    if moment.tzinfo is None:
        return _in_zone(moment)
    return moment.astimezone(UTC)


def _in_zone(moment: datetime) -> datetime:
    zone = timezone.get_current_timezone()
    instant = moment.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != moment:
        gap = f"{moment:%H:%M} is not on the clock that night in {timezone.get_current_timezone_name()}"
        raise forms.ValidationError(f"{gap}, as it is put forward: choose an hour before or after.")
    return instant


def _for_input(moment: datetime) -> str:
    local = local_time(moment).replace(tzinfo=None, microsecond=0)
    return local.isoformat(timespec="seconds" if local.second else "minutes")


def _clock(**attributes) -> dict:
    return {"type": "datetime-local", "step": "any", "autocomplete": "off"} | attributes


class Moment(forms.Field):
    """A time, or nothing. Browsers have an input for it; others post it as text."""

    widget = forms.TextInput(_clock())

    def prepare_value(self, value):
        return _for_input(value) if isinstance(value, datetime) else value or ""

    def to_python(self, value):
        return value if isinstance(value, datetime) else typed_moment(value or "")

    def decidable(self, value: datetime | None) -> datetime | None:
        return value

    def told(self, value: datetime | None) -> str:
        return worded("publish_at", value and value.isoformat())


class PlaceAndTime(forms.TextInput):
    """Two inputs whose values are one: `3`, or `3,2026-12-01T06:00`."""

    parts = ("until",)

    def render(self, name, value, attrs=None, renderer=None):
        place, _, until = (value or "").partition(",")
        attributes = self.build_attrs(self.attrs, attrs)
        number = forms.NumberInput(attributes | {"min": 1, "max": PLACES, "class": "vIntegerField"})
        clock = forms.TextInput(_clock(id=f"{attributes.get('id', name)}_until"))
        return render_to_string(
            "admin/articles/pin.html",
            {
                "place": number.render(name, place),
                "until": clock.render(f"{name}_until", until),
                "until_id": clock.attrs["id"],
            },
        )

    def value_from_datadict(self, data, files, name):
        place, until = data.get(name, "").strip(), data.get(f"{name}_until", "").strip()
        return f"{place},{until}" if until and "," not in place else place


class Pin(forms.Field):
    """A place on the front page, and until when: (place, instant or None), or None where it has no place of its own."""

    widget = PlaceAndTime

    def prepare_value(self, value):
        if not isinstance(value, tuple):
            return value or ""
        place, until = value
        return f"{place},{_for_input(until)}" if until else str(place)

    def to_python(self, value):
        if value is None or isinstance(value, tuple):
            return value
        place, _, until = value.partition(",")
        if not value.strip():
            return None
        if not re.fullmatch("[0-9]{1,3}", place.strip()) or not 1 <= int(place) <= PLACES:
            was = f"“{place.strip()[:40]}” is no place" if place.strip() else "A time alone pins nothing"
            raise forms.ValidationError(f"{was}: expected is a place of the front page from 1 to {PLACES}.")
        return int(place), typed_moment(until)

    def decidable(self, value: tuple | None) -> str | None:
        if value is None:
            return None
        place, until = value
        return f"{place},{until.isoformat()}" if until else str(place)

    def told(self, value: tuple | None) -> str:
        return worded("pinned", self.decidable(value))


class Address(forms.CharField):
    """The last part of the story's address."""

    widget = forms.TextInput({"class": "vLargeTextField", "dir": "auto", "maxlength": 200})

    def decidable(self, value: str) -> str | None:
        return value or None
