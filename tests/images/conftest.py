"""Pictures are kept in a folder of the test's own, and come from servers of the test's own: an internet on loopback."""

import socket
import ssl
from collections.abc import Callable
from ipaddress import ip_network

import pytest
import trustme

from articles.images import fetching
from articles.images.fetching import Limits
from tests.operations.conftest import site, template

from .outlets import Pictures, serving
from .servers import Internet

__all__ = ["site", "template"]


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.IMAGES = "cached"


@pytest.fixture
def pictures(settings, monkeypatch):
    """A server on this machine, under every name that ends with .test."""
    found = socket.getaddrinfo

    def resolve(host, *rest, **named):
        return found("127.0.0.1" if str(host).endswith(".test") else host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with serving(Pictures()) as served:
        settings.IMAGES_PORTS = frozenset({80, 443, served.port})
        settings.IMAGES_ALLOWED = (ip_network("127.0.0.0/8"),)
        yield served


@pytest.fixture
def internet():
    with Internet() as internet:
        yield internet


@pytest.fixture
def limits() -> Limits:
    """Small ones, so that a test passes them soon."""
    return Limits("Newsdesk-tests/1 (+https://news.example/about)", seconds=5, most_bytes=50_000, header_bytes=4_000)


@pytest.fixture
def server_tls(tmp_path, monkeypatch) -> Callable[..., ssl.SSLContext]:
    """Makes certificates, of an authority that this system trusts as its only one: `server_tls("img.example")`."""
    trusted = trustme.CA()
    trusted.cert_pem.write_to_path(str(tmp_path / "trusted.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))

    def context(name: str, of: trustme.CA = trusted) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        of.issue_cert(name).configure_cert(context)
        return context

    fetching._trust.cache_clear()
    yield context
    fetching._trust.cache_clear()
