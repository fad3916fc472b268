"""Newsdesk's commands as tests run them: in this process on the test's database, or as processes on a database of their
own, where exit codes, locks and death are real."""

import io
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, redirect_stderr
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from django.core.management import CommandError, load_command_class
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ran:
    """How a command ended: its exit code and what it printed."""

    code: int
    out: str
    err: str


def manage(name: str, *arguments, **streams) -> Ran:
    """`manage.py NAME ARGUMENTS…` in this process, with its exit code."""
    out, err = io.StringIO(), streams.get("stderr") or io.StringIO()
    command = load_command_class("articles", name)
    command._called_from_command_line = True  # bad usage then exits with 2, as it does there
    with redirect_stderr(err):
        try:
            options = vars(command.create_parser("manage.py", name).parse_args([str(each) for each in arguments]))
            command.execute(**options, stdout=out, stderr=err)
            code = 0
        except CommandError as error:
            code = error.returncode
            err.write(f"CommandError: {error}")
        except SystemExit as end:
            code = end.code or 0
    return Ran(code, out.getvalue(), err.getvalue())


def own_environment() -> dict[str, str]:
    """The environment for a process of its own, without what a browser's tests need in this one."""
    return {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}


@dataclass
class Site:
    """A database of its own, migrated, for processes."""

    url: str
    environment: dict = field(default_factory=dict)

    def manage(self, *arguments, **environment) -> Ran:
        ended = self._run([sys.executable, "manage.py", *map(str, arguments)], environment)
        return Ran(ended.returncode, ended.stdout, ended.stderr)

    def start(self, *arguments) -> subprocess.Popen:
        command = [sys.executable, "manage.py", *map(str, arguments)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
        return subprocess.Popen(command, cwd=ROOT, env=self._environment({}), text=True, **pipes)

    def python(self, code: str, **environment) -> Ran:
        """Run `code` with Django set up, on this database."""
        ended = self._run([sys.executable, "-c", f"import django; django.setup()\n{code}"], environment)
        return Ran(ended.returncode, ended.stdout, ended.stderr)

    def start_python(self, code: str) -> subprocess.Popen:
        command = [sys.executable, "-c", f"import django; django.setup()\n{code}"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        return subprocess.Popen(command, cwd=ROOT, env=self._environment({}), text=True, **pipes)

    def _run(self, command, environment):
        options = {"capture_output": True, "text": True, "timeout": 60, "stdin": subprocess.DEVNULL}
        return subprocess.run(command, cwd=ROOT, env=self._environment(environment), check=False, **options)

    def _environment(self, more: dict) -> dict:
        given = {"DATABASE_URL": self.url, "DJANGO_SETTINGS_MODULE": "newsdesk.settings", "SECRET_KEY": "for-tests"}
        return own_environment() | given | self.environment | more

    def rows(self, query: str) -> list[tuple]:
        if self.url.startswith("sqlite"):
            with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=10)) as database:
                return database.execute(query).fetchall()
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as database:
            return database.execute(query).fetchall()


def new_site(folder: Path, template: Path | str) -> Site:
    """A copy of `template`: a migrated SQLite file, or the name of a migrated PostgreSQL database."""
    if isinstance(template, Path):
        return Site(f"sqlite:///{shutil.copy(template, folder / 'site.sqlite3')}")
    name = f"newsdesk_test_{uuid4().hex[:12]}"
    on_server(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return Site(server_url(name))


def make_template(folder: Path) -> Path | str:
    """What `new_site` copies, of the kind of database that the tests run on."""
    if connection.vendor == "sqlite":
        path = folder / "template.sqlite3"
        migrated = Site(f"sqlite:///{path}").manage("migrate", "--verbosity=0")
        assert migrated.code == 0, migrated.err
        with closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return path
    name = f"newsdesk_test_{uuid4().hex[:12]}"
    on_server(f'CREATE DATABASE "{name}"')
    migrated = Site(server_url(name)).manage("migrate", "--verbosity=0")
    assert migrated.code == 0, migrated.err
    return name


def server_url(name: str) -> str:
    server = connection.settings_dict
    who = server["USER"] + (f":{server['PASSWORD']}" if server["PASSWORD"] else "")
    return f"postgres://{who}@{server['HOST'] or 'localhost'}:{server['PORT'] or 5432}/{name}"


def on_server(statement: str) -> None:
    import psycopg

    with psycopg.connect(server_url("postgres"), autocommit=True) as server:
        server.execute(statement)


def drop(site: Site | str) -> None:
    name = site if isinstance(site, str) else site.url.rpartition("/")[2]
    on_server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
