"""What all of Newsdesk's commands share: one clear line and exit code 2 where the database is not there or ready."""

import os
import re
import signal
import sys
from argparse import ArgumentTypeError
from contextlib import contextmanager
from io import TextIOWrapper

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, Error, connection
from django.db.migrations.executor import MigrationExecutor

from articles.seeds.workers import WorkerDied
from newsdesk.environment import does_not_answer, first_line

FIRST_ERRORS = 20  # shown with --verbosity 1; all of them are in --report and in the run


class DatabaseCommand(BaseCommand):
    """A command that needs a migrated database. Subclasses write `run(**options)`: it returns the exit code or None."""

    requires_system_checks = []  # they load every page of the site: `manage.py check` and `migrate` do it

    def handle(self, *args, **options):
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):  # a terminal that knows no Unicode must not end an import
                stream.reconfigure(errors="backslashreplace")
        for wrapper in (self.stdout, self.stderr):
            wrapper._out = Unheard(wrapper._out)
        self._require_database()
        try:
            code = self.run(**options)
        except WorkerDied as error:
            raise CommandError(str(error), returncode=2) from None
        except KeyboardInterrupt:
            raise CommandError(
                "Interrupted. What was done is whole; run it again for the rest.", returncode=130
            ) from None
        except Error as error:
            raise CommandError(f"The database failed: {first_line(error)}", returncode=2) from error
        finally:
            for wrapper in (self.stdout, self.stderr):
                wrapper.flush()
        if code:
            raise SystemExit(code)

    def _require_database(self) -> None:
        name = connection.settings_dict["NAME"]
        if connection.vendor == "sqlite" and not str(name).startswith(("file:", ":")) and not os.path.exists(name):
            raise CommandError(f"There is no database at {name}. Run: python manage.py migrate", returncode=2)
        try:
            executor = MigrationExecutor(connection)
            waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
        except DatabaseError as error:
            raise CommandError(does_not_answer(error), returncode=2) from error
        if waiting:
            raise CommandError("The database is not migrated. Run: python manage.py migrate", returncode=2)


@contextmanager
def terminated_as_interrupted():
    """SIGTERM ends the block as Ctrl-C does: the run is closed, and says so."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def source_name(text: str) -> str:
    """The type of `--source`."""
    if not re.fullmatch(r"[a-z0-9-]{1,40}", text):
        raise ArgumentTypeError(f"{text!r} is not a source; expected 1 to 40 of a-z, 0-9 and hyphens")
    return text


class Unheard:
    """A stream that may be closed, or whose reader may go away (`| head`): the work goes on, and nobody is told."""

    def __init__(self, stream):
        self.stream = stream

    def __getattr__(self, name):
        return getattr(self.stream, name)

    def write(self, text: str) -> None:
        self._patiently("write", text)

    def flush(self) -> None:
        self._patiently("flush")

    def _patiently(self, verb: str, *arguments) -> None:
        try:
            if self.stream is not None:
                getattr(self.stream, verb)(*arguments)
        except BrokenPipeError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.stream.fileno())  # Python flushes it once more at its end
            os.close(nowhere)


def seconds(text: str) -> float:
    """The type of `--wait`."""
    try:
        number = float(text)
    except ValueError:
        number = -1
    if not 0 <= number < 10**6:
        raise ArgumentTypeError(f"{text!r} is not a number of seconds")
    return number
