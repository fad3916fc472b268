"""/healthz and /readyz: whether the process lives, and whether it can serve."""

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder


def test_healthz_says_ok_and_asks_no_database(client):
    response = client.get("/healthz")  # without a database mark, a query would fail
    assert (response.status_code, response.content) == (200, b"ok")


@pytest.mark.django_db
def test_readyz_says_ok_when_database_and_cache_answer(client):
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (200, b"ok")


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["/healthz", "/readyz"])
def test_they_are_never_stored_and_set_no_cookie(client, url):
    response = client.get(url)
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies


def readyz(client) -> tuple[int, str]:
    response = client.get("/readyz")
    return response.status_code, response.content.decode()


@pytest.mark.django_db
def test_readyz_says_which_where_migrations_are_not_applied(client):
    MigrationRecorder.Migration.objects.filter(app="articles").latest("name").delete()
    status, text = readyz(client)
    assert status == 503
    assert "migrations are not applied" in text


def test_readyz_says_which_where_the_database_does_not_answer(client, monkeypatch):
    def refuse(*_):
        raise OperationalError("no")

    monkeypatch.setattr(connection, "cursor", refuse)
    assert readyz(client) == (503, "database: does not answer")


class NoCache:
    def set(self, *_):
        raise ConnectionError


class Forgetful:
    def set(self, *_):
        """Keeps nothing."""

    def get(self, *_):
        return None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("backend", "says"), [(NoCache, "cache: does not answer"), (Forgetful, "cache: forgets what it is given")]
)
def test_readyz_says_which_where_the_cache_does_not_answer(client, settings, backend, says):
    settings.CACHES = {"default": {"BACKEND": f"{__name__}.{backend.__name__}Backend"}}
    assert readyz(client) == (503, says)


@pytest.mark.django_db
def test_readyz_asks_no_cache_where_caching_is_off(client, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    assert readyz(client) == (200, "ok")


def _backend(kind):
    from django.core.cache.backends.base import BaseCache

    class Backend(kind, BaseCache):
        def __init__(self, location, params):
            BaseCache.__init__(self, params)

    return Backend


NoCacheBackend, ForgetfulBackend = _backend(NoCache), _backend(Forgetful)


@pytest.mark.django_db
def test_a_redis_that_is_not_there_is_said_and_not_a_500(client, settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}
    }
    assert readyz(client) == (503, "cache: does not answer")
