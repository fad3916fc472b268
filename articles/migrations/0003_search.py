"""The full-text index over titles and excerpts, kept by the database itself, so that no way of writing can forget it.

SQLite: an FTS5 table that holds no text of its own. Its rowids are the seconds of a story's date above its key (25
bits: 33 million stories), so that it gives the newest matches first. A later migration that makes articles_article anew,
as Django does for most changes of a column on SQLite, drops the triggers with the old table: there `drop_index` comes
before it and `make_index` after it.

PostgreSQL: a generated column and an index over it.
"""

from django.db import migrations

KEY = "(CAST(strftime('%s', substr({0}published_at, 1, 19)) AS INTEGER) << 25) | {0}id"
TEXTS = "{0}title, substr({0}excerpt, 1, 10000)"
ADD = f"INSERT INTO articles_search (rowid, title, excerpt) VALUES ({KEY.format('new.')}, {TEXTS.format('new.')});"
REMOVE = (
    "INSERT INTO articles_search (articles_search, rowid, title, excerpt) "
    f"VALUES ('delete', {KEY.format('old.')}, {TEXTS.format('old.')});"
)
SQLITE = [
    f"CREATE VIEW articles_searched (key, title, excerpt) AS SELECT {KEY.format('')}, {TEXTS.format('')} FROM articles_article",
    # No sizes of columns: nothing asks for them, and they are a row more for each story.
    "CREATE VIRTUAL TABLE articles_search USING fts5 (title, excerpt, content='articles_searched', content_rowid='key', "
    "columnsize=0, tokenize=\"unicode61 remove_diacritics 2 categories 'L* M* N* Co'\")",
    # An import writes a segment with each batch: merged 16 at a time, and not 4, that is cheaper by a fifth.
    "INSERT INTO articles_search (articles_search, rank) VALUES ('automerge', 16)",
    f"CREATE TRIGGER articles_search_insert AFTER INSERT ON articles_article BEGIN {ADD} END",
    f"CREATE TRIGGER articles_search_delete AFTER DELETE ON articles_article BEGIN {REMOVE} END",
    "CREATE TRIGGER articles_search_update AFTER UPDATE OF id, title, excerpt, published_at ON articles_article "
    "WHEN old.title IS NOT new.title OR old.excerpt IS NOT new.excerpt "
    "OR old.published_at IS NOT new.published_at OR old.id IS NOT new.id "
    f"BEGIN {REMOVE} {ADD} END",
    "INSERT INTO articles_search (articles_search) VALUES ('rebuild')",
]
SQLITE_AWAY = [
    *(f"DROP TRIGGER IF EXISTS articles_search_{event}" for event in ("insert", "delete", "update")),
    "DROP TABLE IF EXISTS articles_search",
    "DROP VIEW IF EXISTS articles_searched",
]
CLEAN = (
    r"regexp_replace(normalize(regexp_replace(normalize({}, NFD), '[\u0300-\u036f]+', '', 'g'), NFC),"
    r" '[^[:alnum:]]+', ' ', 'g')"
)
TEXT = CLEAN.format("title || ' ' || left(excerpt, 10000)")
POSTGRESQL = [
    "ALTER TABLE articles_article ADD COLUMN words tsvector "
    f"GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, {TEXT})) STORED",
    # In the story's own row, longer texts beside it: a common word is looked for row by row, newest first.
    "ALTER TABLE articles_article ALTER COLUMN words SET STORAGE MAIN",
    "CREATE INDEX article_by_word ON articles_article USING gin (words)",
]
POSTGRESQL_AWAY = ["ALTER TABLE articles_article DROP COLUMN words"]


def make_index(apps, schema_editor):
    _execute(schema_editor, SQLITE, POSTGRESQL)


def drop_index(apps, schema_editor):
    _execute(schema_editor, SQLITE_AWAY, POSTGRESQL_AWAY)


def _execute(schema_editor, sqlite, postgresql):
    for statement in postgresql if schema_editor.connection.vendor == "postgresql" else sqlite:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("articles", "0002_groups")]
    operations = [migrations.RunPython(make_index, drop_index)]
