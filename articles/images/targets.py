"""URLs taken apart: which may be asked, as far as can be said before a name is resolved."""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import quote, urljoin, urlsplit

from .limits import Refused

URL_LIMIT = 8_000  # twice what a seed file may name, for what is escaped and for redirects that carry a signature
_PORT = {"http": 80, "https": 443}
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# As browsers do it: all visible ASCII stays but the "percent-encode sets" of the URL standard (url.spec.whatwg.org).
_IN_PATH = "!$%&'()*+,/:;=@[\\]|~-._"
_IN_QUERY = _IN_PATH.replace("'", "") + "?^`{}"


@dataclass(frozen=True, slots=True)
class Target:
    scheme: str
    host: str  # in ASCII and lower case; an IPv6 address without brackets
    port: int
    path: str  # and query, escaped

    @property
    def netloc(self) -> str:
        """Host and port as a URL and the Host header have them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORT[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.netloc}{self.path}"


def read_target(url: str, ports: frozenset[int]) -> Target:
    """An http or https URL at one of `ports`, its fragment dropped. Raises Refused."""
    if len(url) > URL_LIMIT:
        raise Refused(f"The address is longer than {URL_LIMIT:,} characters.")
    if _CONTROL.search(url):  # `urlsplit` would drop tabs and line ends
        raise Refused("The address has control characters in it.")
    try:
        parts = urlsplit(url)
        if parts.scheme not in _PORT:
            raise Refused("The address does not begin with http:// or https://.")
        if "@" in parts.netloc:
            raise Refused("The address carries a user name or a password.")
        host = _host(parts.hostname or "", literal=parts.netloc.startswith("["))
        port = _PORT[parts.scheme] if parts.port is None else parts.port
        path = _escaped(parts.path or "/", _IN_PATH)
        query = f"?{_escaped(parts.query, _IN_QUERY)}" if parts.query else ""
    except ValueError:  # brackets, ports, and characters that are none; UnicodeError is one
        raise Refused("The address has no host, or not one that can be asked.") from None
    if port not in ports:
        raise Refused(f"The address asks for port {port}; allowed are {', '.join(map(str, sorted(ports)))}.")
    return Target(parts.scheme, host, port, path + query)


def read_redirect(location: str, target: Target, ports: frozenset[int]) -> Target:
    """Where a Location header of a target's response leads, relative to it or not. Raises Refused.

    Headers are Latin-1 to http.client. What is beyond ASCII is meant to be UTF-8; if it is not, it goes on as it came.
    """
    location = location.encode("latin-1", "replace").decode("utf-8", "surrogateescape")
    try:
        return read_target(urljoin(target.url, location), ports)
    except Refused as refused:
        raise Refused(f"{target.host} sends on to elsewhere. {refused}") from None
    except ValueError:  # of `urljoin`
        raise Refused(f"{target.host} sends on to what is no address.") from None


def _host(host: str, literal: bool) -> str:
    """A host's name in ASCII (IDNA 2003, as everywhere here), or its IPv6 address. Raises ValueError."""
    if literal:
        return str(IPv6Address(host if "%" not in host else ""))  # a zone is an interface of this machine
    host = host.encode("idna").decode("ascii").lower().removesuffix(".")
    if not _NAME.fullmatch(host):
        raise ValueError
    return host


def _escaped(text: str, safe: str) -> str:
    return quote(text, safe=safe, errors="surrogateescape")
