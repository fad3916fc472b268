"""A long list a page at a time, by `?page=`: for what is no queryset of a change list."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest

PER_PAGE = 50
LAST = 100_000  # pages: what lies further is nowhere


@dataclass(frozen=True, slots=True)
class Slice:
    """The rows of one page, its number, and whether others lie before and after it."""

    number: int
    rows: Sequence[Any] = ()
    more: bool = False

    @classmethod
    def asked(cls, request: HttpRequest) -> "Slice":
        """The page that the address asks for, still empty; the first one where it asks for none that can be."""
        text = request.GET.get("page", "1")
        is_number = text.isascii() and text.isdigit() and len(text) < 7
        return cls(min(max(int(text), 1), LAST) if is_number else 1)

    @classmethod
    def of(cls, request: HttpRequest, rows: Sequence[Any]) -> "Slice":
        """That page of rows which are all there."""
        page = cls.asked(request)
        return replace(page, rows=rows[page.start : page.start + PER_PAGE], more=len(rows) > page.start + PER_PAGE)

    def with_rows(self, rows: Sequence[Any], more: bool | None = None) -> "Slice":
        return replace(self, rows=rows, more=self.more if more is None else more)

    @property
    def start(self) -> int:
        return (self.number - 1) * PER_PAGE

    @property
    def first(self) -> int:
        """The number of its first row, counted from 1."""
        return self.start + 1

    @property
    def last(self) -> int:
        return self.start + len(self.rows)

    @property
    def before(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def after(self) -> int | None:
        return self.number + 1 if self.more else None
