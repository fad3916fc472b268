"""How many stories each year has, without counting them: the database itself keeps the counts, of what is published and
not withdrawn, by years of UTC (migration 0004). Proof and repair of these counts stand here too.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

YEAR = {
    "sqlite": "CAST(substr(published_at, 1, 4) AS INTEGER)",
    "postgresql": "extract(year FROM published_at AT TIME ZONE 'UTC')::integer",
}
ACTUAL = "SELECT {year}, COUNT(*) FROM articles_article WHERE published AND NOT withdrawn GROUP BY 1"


def by_year() -> dict[int, int]:
    """The years of UTC that have a counted story, each with how many. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT year, stories FROM articles_year WHERE stories > 0")
        return dict(cursor.fetchall())


def between(spans: Sequence[tuple[datetime, datetime]]) -> list[int]:
    """How many counted stories are dated from each first moment (aware) up to the second: in one query, which looks at
    no others. For short spans."""
    if not spans:
        return []
    moments = [connection.ops.adapt_datetimefield_value(moment) for span in spans for moment in span]
    parameters = [each for place in range(len(spans)) for each in (place, *moments[2 * place : 2 * place + 2])]
    counted = (
        "SELECT COUNT(*) FROM articles_article WHERE published AND NOT withdrawn "
        "AND published_at >= span.column2 AND published_at < span.column3"
    )
    values = ", ".join(["(%s, %s, %s)"] * len(spans))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT column1, ({counted}) FROM (VALUES {values}) AS span ORDER BY 1", parameters)  # noqa: S608
        return [count for _, count in cursor.fetchall()]


def are_true() -> bool:
    """Whether each year has as many stories as are counted for it. Reads the date of every story."""
    with connection.cursor() as cursor:
        cursor.execute(ACTUAL.format(year=YEAR[connection.vendor]))
        return dict(cursor.fetchall()) == by_year()


def make_anew() -> None:
    """Count the stories of each year."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM articles_year")
        cursor.execute("INSERT INTO articles_year " + ACTUAL.format(year=YEAR[connection.vendor]))
