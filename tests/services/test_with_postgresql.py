"""The runner of the suite on PostgreSQL: whatever happens to the command, no server and no folder stays behind."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.conftest import need
from tests.services import with_postgresql

RUNNER = Path(__file__).with_name("with_postgresql.py")
NOT_SET = ("POSTGRES_URL", "REQUIRE_SERVICES", "DATABASE_URL")
ASK = """
import os, psycopg
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    print(connection.execute("SHOW data_directory").fetchone()[0])
"""


@pytest.fixture
def environment():
    """Of this process, but with nothing said of services, and an own folder for temporary files."""
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:  # a short path: a socket's may have 107 bytes
        os.chmod(folder, 0o755)  # where root runs this, the server's own user must get through to its own folder
        yield {name: value for name, value in os.environ.items() if name not in NOT_SET} | {"TMPDIR": folder}
        assert os.listdir(folder) == []


@pytest.fixture
def _server():
    need(with_postgresql.server_programs() is not None, "PostgreSQL")


def run(*arguments, **options):
    command = [sys.executable, RUNNER, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)


@pytest.mark.usefixtures("_server")
def test_the_command_finds_a_server_in_a_temporary_folder(environment):
    result = run(sys.executable, "-c", ASK, env=environment)

    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1].startswith(environment["TMPDIR"])


@pytest.mark.usefixtures("_server")
def test_the_exit_code_of_the_command_is_passed_on(environment):
    assert run("sh", "-c", "exit 7", env=environment).returncode == 7


@pytest.mark.usefixtures("_server")
def test_a_terminated_runner_terminates_the_command_and_the_server(environment):
    command = [sys.executable, RUNNER, "sh", "-c", "echo ready; exec sleep 60"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as runner:
        while runner.stdout.readline().strip() != "ready":
            assert runner.poll() is None
        runner.terminate()
        assert runner.wait(30) == 128 + signal.SIGTERM


def test_a_server_named_by_postgres_url_is_used_and_none_is_started(environment):
    url = "postgres://somebody@elsewhere.example/newsdesk"
    result = run("sh", "-c", "echo $DATABASE_URL", env=environment | {"POSTGRES_URL": url})

    assert result.stdout.splitlines()[-1] == url


def test_without_a_server_the_skip_is_told_with_its_reason(monkeypatch, capsys):
    assert on_a_machine_without_postgresql(monkeypatch, "--check") == 0
    assert "The suite on PostgreSQL is skipped: no PostgreSQL: initdb is neither on PATH" in capsys.readouterr().out
    assert on_a_machine_without_postgresql(monkeypatch, "--if-there", "false") == 0


def test_a_missing_server_fails_where_services_are_required(monkeypatch, capsys):
    assert on_a_machine_without_postgresql(monkeypatch, "--check", required="1") == 1
    assert "REQUIRE_SERVICES=1, but there is no PostgreSQL" in capsys.readouterr().err


def on_a_machine_without_postgresql(monkeypatch, *arguments, required="0"):
    monkeypatch.delenv("POSTGRES_URL", raising=False)
    monkeypatch.setenv("REQUIRE_SERVICES", required)
    monkeypatch.setattr(with_postgresql, "server_programs", lambda: None)
    return with_postgresql.main(list(arguments))
