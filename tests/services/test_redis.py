"""A cache that several machines share: CACHE_URL alone makes it so."""

import shutil
import socket
import subprocess
import time

import environ
import pytest

from tests.conftest import need

pytestmark = pytest.mark.django_db


@pytest.fixture
def port():
    """One of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@pytest.fixture
def _redis(port, tmp_path):
    """A throw-away Redis server on the port."""
    program = shutil.which("redis-server")
    need(program is not None, "Redis (redis-server on PATH)")
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        while server.poll() is None and not _answers(port):
            time.sleep(0.02)
        yield
        server.terminate()


def _answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def _cache_url(settings, port):
    settings.CACHES = {"default": environ.Env.cache_url_config(f"redis://127.0.0.1:{port}/0")}


@pytest.mark.usefixtures("_redis", "_cache_url")
def test_a_site_with_redis_as_its_cache_is_ready(client):
    answer = client.get("/readyz")

    assert (answer.status_code, answer.content) == (200, b"ok")


@pytest.mark.usefixtures("_cache_url")
def test_a_site_whose_redis_does_not_answer_says_so(client):
    answer = client.get("/readyz")

    assert (answer.status_code, answer.content) == (503, b"cache: does not answer")
