"""Rows straight into their tables and out of them: what the ORM does, without an object for each row or value.

For ten columns `bulk_create` costs some 70 microseconds a row, this some 5. A test holds that both databases get
exactly the rows that the ORM would write. Who inserts holds the transaction and is the one writer.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import chain
from operator import attrgetter

from django.db import connection, models
from django.db.models import Model


def insert(model: type[Model], names: Sequence[str], rows: Iterable[Sequence], *, together: bool = False) -> None:
    """Insert rows of Python values, one for each column (attname) in `names`.

    `together` puts several into each statement, which is a little slower but for a table with a full-text index: at
    each statement that touches that, SQLite writes out what the index holds in memory.
    """
    rows = _prepared(model, tuple(names), rows)
    if not rows:
        return
    columns = ", ".join(connection.ops.quote_name(model._meta.get_field(name).column) for name in names)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        statement = f"INSERT INTO {table} ({columns}) VALUES "  # noqa: S608
        places = f"({', '.join(['%s'] * len(names))})"
        if not together:
            cursor.executemany(statement + places, rows)
            return
        at_once = connection.features.max_query_params // len(names)
        for start in range(0, len(rows), at_once):
            some = rows[start : start + at_once]
            cursor.execute(statement + ", ".join([places] * len(some)), list(chain.from_iterable(some)))


def update(model: type[Model], names: Sequence[str], rows: Iterable[Sequence]) -> None:
    """Give rows, each by its primary key, which comes first, Python values for the columns (attnames) `names`."""
    prepared = _prepared(model, (model._meta.pk.attname, *names), rows)
    if not prepared:
        return
    quote = connection.ops.quote_name
    places = ", ".join(f"{quote(model._meta.get_field(name).column)} = %s" for name in names)
    table, key = quote(model._meta.db_table), quote(model._meta.pk.column)
    with connection.cursor() as cursor:
        statement = f"UPDATE {table} SET {places} WHERE {key} = %s"  # noqa: S608
        cursor.executemany(statement, [(*values, pk) for pk, *values in prepared])


def select(model: type[Model], names: Sequence[str], field: str, values: Iterable, **equals) -> list[tuple]:
    """The columns `names` of the rows whose `field` is one of `values`, and each of `equals` what it says.

    Any number of values is one parameter, so that there is no limit on them and no cost for each.
    """
    return select_from([model], names, field, values, **equals)


def select_from(
    tables: Sequence[type[Model]], names: Sequence[str], field: str, values: Iterable, **equals
) -> list[tuple]:
    """As `select`, of several models that have the same columns, in one query."""
    values = list(values)
    if not values:
        return []
    quote = connection.ops.quote_name
    on_postgresql = connection.vendor == "postgresql"
    among = "= ANY(%s)" if on_postgresql else "IN (SELECT value FROM json_each(%s))"
    conditions = [f"{quote(field)} {among}", *(f"{quote(name)} = %s" for name in equals)]
    columns, where = ", ".join(map(quote, names)), " AND ".join(conditions)
    parts = [f"SELECT {columns} FROM {quote(model._meta.db_table)} WHERE {where}" for model in tables]  # noqa: S608
    parameters = [values if on_postgresql else json.dumps(values), *equals.values()]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), parameters * len(parts))
        return cursor.fetchall()


def new_keys(model: type[Model], count: int) -> range | list[int]:
    """Primary keys that nobody else will get, for rows that others refer to before they are read back."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count]
            )
            return [key for (key,) in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = (cursor.fetchone() or [0])[0]
        return range(last + 1, last + 1 + count)


def _prepared(model: type[Model], names: tuple[str, ...], rows: Iterable[Sequence]) -> list[Sequence]:
    """The rows with their times, lists and flags as the database's driver takes them; most columns need nothing."""
    preparing = [(place, prepare) for place, prepare in enumerate(_preparers(model, names)) if prepare]
    if not preparing:
        return list(rows)
    prepared = [list(row) for row in rows]
    for place, prepare in preparing:
        for row in prepared:
            if row[place] is not None:
                row[place] = prepare(row[place])
    return prepared


@cache
def _preparers(model: type[Model], names: tuple[str, ...]) -> list[Callable | None]:
    on_postgresql = connection.vendor == "postgresql"
    preparers: dict[type, Callable | None] = {
        models.JSONField: json.dumps,
        models.DateTimeField: None if on_postgresql else _as_sqlite_keeps_it,
        models.BinaryField: bytes if on_postgresql else None,
        models.UUIDField: None if on_postgresql else attrgetter("hex"),
    }
    return [preparers.get(type(model._meta.get_field(name))) for name in names]


def _as_sqlite_keeps_it(time: datetime) -> str:
    return str(time.astimezone(UTC))[: -len("+00:00")]
