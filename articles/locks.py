"""One import of a source at a time, on one machine or several; a lock that dies with its process."""

import fcntl
import os
import time
from contextlib import contextmanager, suppress
from zlib import crc32

from django.db import OperationalError, connection

PAUSE = 0.1  # seconds between two tries
LOCK_SPACE = 0x6E657773  # of PostgreSQL's advisory locks, so that ours meet nobody else's


class SourceBusy(Exception):
    """Another import of the same source did not end in time."""


@contextmanager
def source_lock(source: str, wait: float):
    """Hold the source for the length of the block. Raises `SourceBusy` after `wait` seconds."""
    take, release = _postgresql_lock(source) if connection.vendor == "postgresql" else _file_lock(source)
    deadline = time.monotonic() + wait
    while not take():
        if time.monotonic() >= deadline:
            release()
            raise SourceBusy(source)
        time.sleep(PAUSE)
    try:
        yield
    finally:
        release()


def _file_lock(source: str):
    """Beside the SQLite file. The kernel lets go when a process dies.

    Opened for reading only, so that whoever may read the file, which another user may have made, can lock it.
    """
    name = f"{os.path.realpath(connection.settings_dict['NAME'])}.{source}.import-lock"
    try:
        file = os.open(name, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise OperationalError(f"{name} cannot be opened: {error.strerror}") from error

    def take() -> bool:
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False

    return take, lambda: os.close(file)


def _postgresql_lock(source: str):
    key = [LOCK_SPACE, crc32(source.encode()) - 2**31]

    def ask(function: str) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s, %s)", key)
            return cursor.fetchone()[0]

    held = []

    def take() -> bool:
        if ask("pg_try_advisory_lock"):
            held.append(True)
        return bool(held)

    def release() -> None:
        if held:
            with suppress(Exception):  # a connection that is gone has let go already
                ask("pg_advisory_unlock")

    return take, release
