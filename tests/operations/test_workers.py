"""Several workers, as in production: whichever answers, it answers with what was last decided."""

import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection

import pytest

from tests.factories import write_seed
from tests.services.test_redis import _redis, port  # noqa: F401  (fixtures)

from .commands import ROOT

OFTEN = 12  # answers, each on a connection of its own: enough for both workers to have given some


@pytest.fixture
def serve(site):
    """`serve(CACHE_URL=…)`: two workers of gunicorn on the site; gives a function that asks them for a path."""
    started = []

    def start(**environment):
        with socket.create_server(("127.0.0.1", 0)) as free:
            own = free.getsockname()[1]
        command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{own}", "newsdesk.wsgi:application"]
        environment = site._environment({"WEB_CONCURRENCY": "2", "LOG_LEVEL": "ERROR"} | environment)
        started.append(subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True))
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                if ask(own, "/healthz")[0] == 200:
                    return lambda path: ask(own, path)
            except OSError:
                time.sleep(0.1)
        pytest.fail("gunicorn does not answer")

    yield start
    for process in started:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def ask(number: int, path: str) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", number, timeout=20)
    connection.request("GET", path, headers={"Connection": "close"})
    answer = connection.getresponse()
    found = answer.status, answer.read().decode()
    connection.close()
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("cache", ["locmemcache://", "redis", "dummycache://"])
def test_a_decision_and_an_import_show_at_the_very_next_request_on_every_worker(site, serve, tmp_path, cache, request):
    if cache == "redis":
        request.getfixturevalue("_redis")
        cache = f"redis://127.0.0.1:{request.getfixturevalue('port')}/0"
    write_seed(tmp_path / "seeds", title="First")
    assert site.manage("import_seeds", tmp_path / "seeds").code == 0
    assert site.manage("create_editor").code == 0
    get = serve(CACHE_URL=cache)
    assert all("First" in get("/")[1] for _ in range(OFTEN))
    decided = site.manage("curate", "story", "--set", "title=Second", "--by", "editor")
    assert decided.code == 0, decided.err
    for _ in range(OFTEN):
        status, html = get("/")
        assert (status, "Second" in html, "First" in html) == (200, True, False)
    write_seed(tmp_path / "seeds", "2020-06-22-other", title="Third")
    assert site.manage("import_seeds", tmp_path / "seeds").code == 0
    assert all("Third" in get("/")[1] and "Third" in get("/feeds/latest.json")[1] for _ in range(OFTEN))


@pytest.mark.django_db
def test_an_embargo_ends_at_its_second_on_every_worker(site, serve, tmp_path):
    write_seed(tmp_path / "seeds", title="Known")
    assert site.manage("import_seeds", tmp_path / "seeds").code == 0
    get = serve()
    opens = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=6)
    write_seed(tmp_path / "seeds", "2020-06-22-late", title="Embargoed", publishedDateTime=opens)
    assert site.manage("import_seeds", tmp_path / "seeds").code == 0
    while datetime.now(UTC) < opens - timedelta(seconds=0.5):
        assert "Embargoed" not in get("/feeds/latest.json")[1]
        time.sleep(0.2)
    time.sleep(max(0.0, (opens - datetime.now(UTC)).total_seconds()))
    for _ in range(OFTEN):
        assert "Embargoed" in get("/feeds/latest.json")[1]
        assert "Embargoed" in get("/")[1]
