"""Pages of a list by cursor: each continues after the last row of the one before, so a list that moves loses nothing.

A cursor is URL-safe base64 of a JSON list: the values of the order's columns in the last row shown. Readers are told
nothing about it but that it is opaque. No page asks for a COUNT or an OFFSET.
"""

import base64
import binascii
import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import models
from django.db.models import Q, QuerySet
from django.http import Http404

from articles.ranking import PLACES

PAGE_SIZE = PLACES
LONGEST_CURSOR = 4_000  # a slug of 255 characters, each of up to 12 bytes in JSON


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list; `next` is the cursor of the page after it ("" on the last), `is_first` where it starts."""

    rows: list
    next: str
    is_first: bool


def page_of(rows: QuerySet, cursor: str, size: int = PAGE_SIZE, make: Callable | None = None) -> Page:
    """The page of an ordered QuerySet that starts after `cursor` ("" for the first), with up to `size` rows, each as
    `make` turns it.

    The order must be total, and of field names only. Raises Http404 for a cursor that is not one of this order's.
    """
    order = rows.query.order_by
    if cursor:
        rows = rows.filter(_after(order, _decode(cursor, _kinds(rows, order))))
    found = rows[: size + 1]
    found = [make(row) for row in found] if make else list(found)
    return Page(found[:size], cursor_after(found[size - 1], order) if len(found) > size else "", not cursor)


def page_of_ranked(places: list[tuple[float, int]], cursor: str, size: int = PAGE_SIZE) -> tuple[list[int], str]:
    """The keys on the page of `(score, key)` that starts after `cursor` ("" for the first), the highest score first, of
    equal scores the highest key; and the cursor of the page after it, "" for none. Raises Http404 as `page_of` does."""
    ranked = sorted(places, reverse=True)
    if cursor:
        after = tuple(_decode(cursor, [float, int]))
        ranked = [place for place in ranked if place < after]
    return [key for _, key in ranked[:size]], _encode(ranked[size - 1]) if len(ranked) > size else ""


def cursor_after(row, order: tuple[str, ...]) -> str:
    """The cursor of what follows `row` in `order`."""
    return _encode(getattr(row, name.lstrip("-")) for name in order)


def _encode(values: Iterable) -> str:
    plain = [value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain, separators=(",", ":")).encode()).decode().rstrip("=")


def _after(order: tuple[str, ...], values: list) -> Q:
    """What comes after these values: further in the first column, or the same in it and further in the second, …"""
    first = order[0].lstrip("-")
    beyond = Q()
    for place, name in enumerate(order):
        same = {earlier.lstrip("-"): value for earlier, value in zip(order[:place], values, strict=False)}
        further = "lt" if name.startswith("-") else "gt"
        beyond |= Q(**same, **{f"{name.lstrip('-')}__{further}": values[place]})
    # Says nothing new, but lets the database start at the right place of its index.
    return Q(**{f"{first}__{'lte' if order[0].startswith('-') else 'gte'}": values[0]}) & beyond


def _kinds(rows: QuerySet, order: tuple[str, ...]) -> list[type]:
    """What each column of the order, or annotation, holds; anything but a number or a time is text."""
    fields = {field.name: field for field in rows.model._meta.concrete_fields}
    known = {
        models.FloatField: float,
        models.DateTimeField: datetime,
        models.BigAutoField: int,
        models.BigIntegerField: int,
    }
    names = [name.lstrip("-") for name in order]
    return [known.get(type(fields.get(name) or rows.query.annotations[name].output_field), str) for name in names]


def _decode(cursor: str, kinds: list[type]) -> list:
    try:
        if len(cursor) > LONGEST_CURSOR:
            raise ValueError("too long")
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        values = json.loads(text)
        if not isinstance(values, list) or len(values) != len(kinds):
            raise ValueError("of another order")
        return [_value(value, kind) for value, kind in zip(values, kinds, strict=True)]
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error) as error:
        raise Http404("This list has no such page.") from error


def _value(value, kind: type):
    """The value as the column's kind. Raises ValueError or TypeError for what `cursor_after` never wrote."""
    if kind is datetime:
        moment = datetime.fromisoformat(value)
        if moment.utcoffset() != timedelta(0):
            raise ValueError("not in UTC")
        return moment
    if type(value) is not kind or (kind is float and not math.isfinite(value)):
        raise ValueError("of another kind")
    if kind is int and not -(2**63) <= value < 2**63:
        raise ValueError("no number that a database takes")
    if kind is str and "\0" in value.encode().decode():  # encode() refuses a lone surrogate, as databases do
        raise ValueError("not a text")
    return value
