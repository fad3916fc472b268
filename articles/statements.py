"""Queries that are always the same but for the moment and the keys they ask about: their SQL is compiled once.

To build and compile the QuerySets of a front page takes Django several times as long as the database takes to answer.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet

_NOW = datetime(4000, 1, 1, tzinfo=UTC)  # stands for any moment: no other parameter may be near it
_NEAR = timedelta(days=366)
_KEY = 4_000_000_000_000_000_000  # and the numbers from here on for any keys
_NO_KEY = 0
_WORD = "\ue000"  # and this (of Unicode's private use) before a number for any words


class Statement:
    """What `build(now, *keys, *words)` asks, for any `now` (an aware datetime), `keys` (ints) and `words` (texts), as
    many as `build` takes.

    `build` gives a QuerySet of `values_list`. `now`, what is at most a year from it, the keys and the words may stand
    in it anywhere as parameters; it must look neither at the clock nor at the database: it is called once for each kind
    of database.
    """

    def __init__(self, build: Callable[..., QuerySet], keys: int = 0, words: int = 0):
        self.build = build
        self.stand_ins = [*range(_KEY, _KEY + keys), *(f"{_WORD}{place}" for place in range(words))]
        self.compiled: dict[str, tuple] = {}

    def rows(self, now: datetime, *keys: int, words: Sequence[str] = ()) -> list[tuple]:
        """The rows, converted as Django converts them. One query. Of fewer keys than there is place for none is made
        up: 0, which no row has, stands for the rest."""
        if connection.vendor not in self.compiled:
            self.compiled[connection.vendor] = self._compile()
        compiler, converters, sql, parameters, offsets = self.compiled[connection.vendor]
        moments = {offset: connection.ops.adapt_datetimefield_value(now + offset) for offset in offsets}
        values = [_value(parameter, moments, keys, words) for parameter in parameters]
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            found = cursor.fetchall()
        return list(map(tuple, compiler.apply_converters(found, converters))) if converters else found

    def _compile(self) -> tuple:
        compiler = self.build(_NOW, *self.stand_ins).query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        converters = compiler.get_converters([each[0] for each in compiler.select])
        parameters = [_offset(parameter) for parameter in parameters]
        offsets = {parameter for parameter in parameters if isinstance(parameter, timedelta)}
        return compiler, converters, sql, parameters, offsets


def _value(parameter: Any, moments: dict[timedelta, Any], keys: Sequence[int], words: Sequence[str]) -> Any:
    if isinstance(parameter, timedelta):
        return moments[parameter]
    if isinstance(parameter, int) and parameter >= _KEY:
        place = parameter - _KEY
        return keys[place] if place < len(keys) else _NO_KEY
    if isinstance(parameter, str) and parameter.startswith(_WORD):
        return words[int(parameter[1:])]
    return parameter


def _offset(parameter: Any) -> Any:
    """How far from now a parameter is that stands for a moment; any other as it is. SQLite's moments are texts."""
    moment = parameter
    if isinstance(parameter, str):
        try:
            moment = datetime.fromisoformat(parameter)
        except ValueError:
            return parameter
    if not isinstance(moment, datetime):
        return parameter
    offset = moment.replace(tzinfo=UTC) - _NOW
    return offset if abs(offset) < _NEAR else parameter
