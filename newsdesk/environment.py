"""What is around the project, or one clear line: a wrong setting and a missing database are the operator's to mend."""

import sys
from contextlib import contextmanager

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def settings_or_exit() -> None:
    """Load the settings. Where one is wrong, print which, and what was expected, and exit with 2 (bad usage)."""
    try:
        settings.DEBUG  # noqa: B018  (the first access loads them)
    except ImproperlyConfigured as error:
        print(f"newsdesk: {error}", file=sys.stderr)
        sys.exit(2)


@contextmanager
def database_or_exit():
    """Where the database cannot be reached in this block, say so and exit with 2; what it says itself is raised."""
    from django.db import DatabaseError, connection  # they ask for the settings

    try:
        yield
    except DatabaseError as error:
        if connection.connection is not None:
            raise
        print(f"newsdesk: {does_not_answer(error)}", file=sys.stderr)
        sys.exit(2)


def does_not_answer(error: Exception) -> str:
    """What to do about a database that cannot be reached, with the first line of what its driver said."""
    return f"The database does not answer ({first_line(error)}). Check DATABASE_URL, and that it runs."


def first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
