"""Pictures are kept in a folder of the test's own, and come from a server of the test's own."""

import socket
from ipaddress import ip_network

import pytest

from tests.operations.conftest import site, template

from .outlets import Pictures, serving

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
