"""The number that a page depends on, and the dates at which what is public changes by itself."""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from math import inf

from django.db import connections
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Greatest


class EditionQuerySet(QuerySet):
    def bump(self, now):
        """A new number, that none had before, and the dates at which what is public will change by itself. The number
        grows with the time, and so is greater than any that a backup knew. The caller holds the transaction."""
        number = _microseconds(now)
        values = {"since": number, "due": ",".join(map(str, self._due_after(now)))}
        if not self.filter(pk=1).update(number=Greatest(F("number") + 1, Value(number)), **values):
            self.bulk_create([self.model(pk=1, number=number, **values)], ignore_conflicts=True)

    def as_of(self, now):
        """What every public page depends on at `now`, to be compared: the number, and which dates have passed.

        One query of one row; a second one where the row does not tell of that moment: before it was written, as a
        machine has it whose clock is behind, or after more dates than it holds.
        """
        with connections[self.db].cursor() as cursor:
            cursor.execute("SELECT number, since, due FROM articles_edition")
            number, since, due = cursor.fetchone() or (0, inf, "")
            at, dates = _microseconds(now), [int(date) for date in due.split(",") if date]
            if since <= at and (len(dates) < MOST_DUE or at < dates[-1]):
                return number, bisect_right(dates, at)
            cursor.execute(PASSED, [_as_stored(self.db, now)] * 4)
            return number, cursor.fetchone()

    def _due_after(self, since):
        with connections[self.db].cursor() as cursor:
            cursor.execute(DUE, [_as_stored(self.db, since), MOST_DUE] * 4)
            dates = [_aware(date) for (date,) in cursor.fetchall()]
        return sorted(map(_microseconds, dates))[:MOST_DUE]


MOST_DUE = 200  # dates that an edition knows ahead
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The dates at which a story appears or goes, or a pin ends. Each look is a seek of a partial index, whose condition it
# repeats. In SQL, since they are asked at every write, and before a page.
CHANGING = {
    "published_at": "published AND NOT withdrawn",
    "publish_at": "publish_at IS NOT NULL",
    "publish_until": "publish_until IS NOT NULL",
    "pinned_until": "pinned_until IS NOT NULL",
}
DUE = " UNION ".join(
    f"SELECT * FROM (SELECT {column} AS due FROM articles_article WHERE {condition} AND {column} > %s "  # noqa: S608
    f"ORDER BY {column} LIMIT %s) AS of_{column}"
    for column, condition in CHANGING.items()
)
PASSED = ", ".join(
    f"(SELECT MAX({column}) FROM articles_article WHERE {condition} AND {column} <= %s)"  # noqa: S608
    for column, condition in CHANGING.items()
)
PASSED = f"SELECT {PASSED}"


def _microseconds(moment):
    return (moment - EPOCH) // timedelta(microseconds=1)


def _aware(date):
    date = datetime.fromisoformat(date) if isinstance(date, str) else date  # as SQLite has it, in UTC without saying so
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _as_stored(database, moment):
    return connections[database].ops.adapt_datetimefield_value(moment)
