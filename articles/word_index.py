"""Proof, and repair, of SQLite's full-text index. PostgreSQL's is a generated column: it cannot be otherwise."""

from django.db import DatabaseError, connection, transaction


def is_true() -> bool:
    """Whether the index holds the words that the columns hold, no more and no fewer. Reads every story's."""
    if connection.vendor != "sqlite":
        return True
    try:
        _tell("'integrity-check', 1")  # 1: compared with the columns, not only with itself
    except DatabaseError:
        return False
    return True


def make_anew() -> None:
    """Fill the index from the columns."""
    if connection.vendor == "sqlite":
        _tell("'rebuild', NULL")


def _tell(command: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        # FTS5 takes its commands in the form of an INSERT; the check writes nothing.
        cursor.execute(f"/* command */ INSERT INTO articles_search (articles_search, rank) VALUES ({command})")  # noqa: S608
