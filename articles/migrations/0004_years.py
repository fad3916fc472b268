"""How many stories each year has, kept by the database itself, so that no way of writing can forget it: else the archive
would count all stories each time. Counted is what is published and not withdrawn, by the year of its date in UTC.

A later migration that makes articles_article anew, as Django does for most changes of a column on SQLite, drops the
triggers with the old table: there `drop_counts` comes before it and `make_counts` after it.
"""

from django.db import migrations

YEAR = "CAST(substr({0}published_at, 1, 4) AS INTEGER)"
COUNTED = "{0}published AND NOT {0}withdrawn"
# In two statements: an INSERT would take over how the statement that fires the trigger settles its conflicts.
ADD = (
    "INSERT INTO articles_year (year, stories) SELECT {year}, 0 "
    "WHERE {counted} AND NOT EXISTS (SELECT 1 FROM articles_year WHERE year = {year}); "
    "UPDATE articles_year SET stories = stories + 1 WHERE year = {year} AND {counted};"
).format(year=YEAR.format("new."), counted=COUNTED.format("new."))
REMOVE = (
    f"UPDATE articles_year SET stories = stories - 1 WHERE year = {YEAR.format('old.')} AND {COUNTED.format('old.')};"
)
TABLE = "CREATE TABLE articles_year (year integer NOT NULL PRIMARY KEY, stories bigint NOT NULL)"
SQLITE = [
    TABLE,
    f"CREATE TRIGGER articles_year_insert AFTER INSERT ON articles_article BEGIN {ADD} END",
    f"CREATE TRIGGER articles_year_delete AFTER DELETE ON articles_article BEGIN {REMOVE} END",
    "CREATE TRIGGER articles_year_update AFTER UPDATE OF published, withdrawn, published_at ON articles_article "
    "WHEN old.published IS NOT new.published OR old.withdrawn IS NOT new.withdrawn "
    f"OR old.published_at IS NOT new.published_at BEGIN {REMOVE} {ADD} END",
    f"INSERT INTO articles_year SELECT {YEAR.format('')}, COUNT(*) FROM articles_article "
    f"WHERE {COUNTED.format('')} GROUP BY 1",
]
SQLITE_AWAY = [
    *(f"DROP TRIGGER IF EXISTS articles_year_{event}" for event in ("insert", "delete", "update")),
    "DROP TABLE IF EXISTS articles_year",
]
YEARS = (
    "SELECT extract(year FROM published_at AT TIME ZONE 'UTC')::integer AS year, {0} AS stories FROM {1} "
    "WHERE published AND NOT withdrawn"
)
ROWS = {"insert": "NEW TABLE AS new_rows", "delete": "OLD TABLE AS old_rows"}
ROWS["update"] = f"{ROWS['delete']} {ROWS['insert']}"
CHANGES = {
    "insert": YEARS.format("1", "new_rows"),
    "delete": YEARS.format("-1", "old_rows"),
    "update": f"{YEARS.format('1', 'new_rows')} UNION ALL {YEARS.format('-1', 'old_rows')}",
}
POSTGRESQL = [
    TABLE,
    # A trigger for the whole statement: one for each row would write a year's row anew for each of a batch's stories.
    *(
        f"CREATE FUNCTION articles_year_{event}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"INSERT INTO articles_year AS known SELECT year, sum(stories) FROM ({changes}) AS changes "
        "GROUP BY year HAVING sum(stories) <> 0 "
        "ON CONFLICT (year) DO UPDATE SET stories = known.stories + excluded.stories; RETURN NULL; END $$"
        for event, changes in CHANGES.items()
    ),
    *(
        f"CREATE TRIGGER articles_year_{event} AFTER {event.upper()} ON articles_article REFERENCING {rows} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION articles_year_{event}()"
        for event, rows in ROWS.items()
    ),
    "CREATE FUNCTION articles_year_truncate() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN DELETE FROM articles_year; RETURN NULL; END $$",
    "CREATE TRIGGER articles_year_truncate AFTER TRUNCATE ON articles_article "
    "FOR EACH STATEMENT EXECUTE FUNCTION articles_year_truncate()",
    f"INSERT INTO articles_year {YEARS.format('COUNT(*)', 'articles_article')} GROUP BY 1",
]
POSTGRESQL_AWAY = [
    *(
        f"DROP FUNCTION IF EXISTS articles_year_{event}() CASCADE"  # and with each its trigger
        for event in ("insert", "delete", "update", "truncate")
    ),
    "DROP TABLE IF EXISTS articles_year",
]


def make_counts(apps, schema_editor):
    _execute(schema_editor, SQLITE, POSTGRESQL)


def drop_counts(apps, schema_editor):
    _execute(schema_editor, SQLITE_AWAY, POSTGRESQL_AWAY)


def _execute(schema_editor, sqlite, postgresql):
    for statement in postgresql if schema_editor.connection.vendor == "postgresql" else sqlite:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("articles", "0003_search")]
    operations = [migrations.RunPython(make_counts, drop_counts)]
