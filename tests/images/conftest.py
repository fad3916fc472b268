"""What the tests of fetching share: an internet on loopback, and certificates that hold in it."""

import ssl
from collections.abc import Callable

import pytest
import trustme

from articles.images import fetching
from articles.images.fetching import Limits

from .servers import Internet


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
