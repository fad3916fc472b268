"""The one place that opens a connection to somebody else's server. It fetches a picture's bytes, and trusts nobody.

An address may stand in any seed file, so it may be made to reach what only this machine can see. A name is therefore
resolved once, what it says is judged, and the connection goes to the very address that was judged; each redirect is
judged anew. What a server may take of us is bounded: time, bytes, headers, redirects. It is told who asks, and nothing
else: no cookies, no credentials, no proxy of the environment, no page that the picture stands on.
"""

import http.client
import ipaddress
import logging
import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import cache, partial
from mmap import ACCESS_READ, mmap
from tempfile import SpooledTemporaryFile, gettempdir

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ProtocolError, SSLError
from urllib3.response import HTTPResponse

from .addresses import Address, inside
from .limits import Allowance, Failed, Gone, Limits, NoRoom, NotFetched, Refused, plain
from .listening import GuardedResponse
from .targets import Target, read_redirect, read_target

__all__ = ["Failed", "Fetched", "Gone", "Limits", "NoRoom", "NotFetched", "Refused", "fetch"]

ADDRESSES_TRIED = 3
RETRY_AFTER_LIMIT = 86_400.0
IN_MEMORY = 1 << 20  # bytes of a body; the rest of a longer one waits on the disk, however many are under way
_REDIRECTS = {301, 302, 303, 307, 308}
_GONE = {404, 410}
_LATER = {408, 421, 425, 429}
_DIGITS = re.compile(r"[0-9]{1,15}")

# Headers that do not parse are its only warnings: a server's slip, of which whoever asked for the picture hears.
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A picture's bytes as they were sent, the address they came from in the end, and what to ask with next time.

    More than IN_MEMORY of them are a map of a file that has no name: it is gone with the map.
    """

    data: bytes | mmap
    url: str
    etag: str = ""
    last_modified: str = ""


def fetch(url: str, limits: Limits, *, etag: str = "", last_modified: str = "") -> Fetched | None:
    """What is at an http or https URL, or None where the server says that it is as it was (304).

    `etag` and `last_modified` are those of the last `Fetched` from there. They are sent to the URL's own host alone,
    and what comes from another host has none. Raises Refused, Gone, Failed or NoRoom. Many threads may call it at once.
    """
    allowance = Allowance(limits)
    known = {"If-None-Match": plain(etag), "If-Modified-Since": plain(last_modified)}
    known = {name: value for name, value in known.items() if value}
    first = target = read_target(url, limits.ports)
    at_home = True
    for _ in range(limits.redirects + 1):
        with _asked(target, allowance, known) as response:
            if response.status == 304 and known:
                return None
            if response.status not in _REDIRECTS:
                data = _picture(response, target, allowance)
                return Fetched(data, target.url, *(_validators(response) if at_home else ()))
            target = _next(response, target, limits)
        if target.host != first.host:
            known, at_home = {}, False
    raise Refused(f"{first.host} sends on more than {limits.redirects} times.")


# -- who is there


def _addresses(target: Target, allowance: Allowance) -> list[Address]:
    """All that a name resolves to, asked once. Raises Refused if a single one is inside, Failed if there is none.

    Not the first that is public: who answers with both tries something, and a plain rule cannot be walked round.
    """
    found = [ipaddress.ip_address(answer[4][0]) for answer in _resolved(target, allowance)]
    if not found:
        raise Failed(f"The name {target.host} cannot be resolved.")
    for address in found:
        if what := inside(address, allowance.limits.allowed):
            raise Refused(f"{target.host} is at {address}, {what}.")
    return list(dict.fromkeys(found))[:ADDRESSES_TRIED]


def _resolved(target: Target, allowance: Allowance) -> list[tuple]:
    """As `getaddrinfo`, or nothing; no longer than there is time: who waits for a name server cannot be interrupted."""
    answers = queue.SimpleQueue()

    def ask():
        try:
            answers.put(socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM))
        except (OSError, ValueError):
            answers.put([])

    threading.Thread(target=ask, daemon=True, name="resolving").start()
    try:
        return answers.get(timeout=allowance.seconds_left())
    except queue.Empty:
        raise allowance.over() from None


# -- asking


@contextmanager
def _asked(target: Target, allowance: Allowance, validators: dict[str, str]) -> Iterator[HTTPResponse]:
    """A server's response, of which the head is read. What goes wrong until it is closed is raised as Failed."""
    headers = {
        "Host": target.netloc,
        "User-Agent": allowance.limits.user_agent,
        "Accept": "image/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    try:
        with closing(_connected(target, allowance)) as connection:
            connection.response_class = partial(GuardedResponse, allowance=allowance)
            connection.request(
                "GET", target.path, headers=headers | validators, preload_content=False, decode_content=False
            )
            with closing(connection.getresponse()) as response:
                yield response
    except (HTTPError, http.client.HTTPException, OSError) as error:
        raise Failed(f"{target.host} {_trouble(error)}.") from error


def _trouble(error: Exception) -> str:
    """What a server did, by the error that it made: the rest of a sentence, without anything that the server wrote."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"shows a certificate that does not hold: {error.verify_message}"
        case ssl.SSLError() | SSLError():
            return "did not come to terms on a safe connection (TLS)"
        case NewConnectionError():  # to urllib3 it is a ConnectTimeoutError, too
            return f"takes no connection: {getattr(error.__cause__, 'strerror', None) or 'unreachable'}"
        case TimeoutError() | ConnectTimeoutError():
            return "did not answer in time"
        case ProtocolError() | ConnectionError() | http.client.IncompleteRead():
            return "broke off before all was sent"
    return f"does not speak HTTP as it should ({type(error).__name__})"


def _connected(target: Target, allowance: Allowance) -> HTTPConnection:
    """A connection to the first of the judged addresses that takes one. Raises urllib3's and the system's errors."""
    *others, last = _addresses(target, allowance)
    for address in others:
        try:
            return _connected_to(address, target, allowance)
        except ConnectTimeoutError:  # or NewConnectionError, which is one
            continue
    return _connected_to(last, target, allowance)


def _connected_to(address: Address, target: Target, allowance: Allowance) -> HTTPConnection:
    # The address stands where the host would, so that there is no name left to resolve; TLS is told the name.
    timeout = min(allowance.limits.connect_seconds, allowance.seconds_left())
    if target.scheme == "https":
        connection = HTTPSConnection(
            str(address), target.port, timeout=timeout, ssl_context=_trust(), server_hostname=target.host
        )
    else:
        connection = HTTPConnection(str(address), target.port, timeout=timeout)
    try:
        connection.connect()
    except BaseException:
        connection.close()
        raise
    return connection


@cache
def _trust() -> ssl.SSLContext:
    """The certificates that the system trusts and its keeper renews; read once, for that takes as long as a fetch."""
    return ssl.create_default_context()


# -- what a response says


def _picture(response: HTTPResponse, target: Target, allowance: Allowance) -> bytes | mmap:
    """The body of a response that hands a picture out. Raises Gone, Refused or Failed for all others."""
    most = allowance.limits.most_bytes
    _check_status(response, target)
    announced = _announced(response, target)
    if announced is not None and announced > most:
        raise Refused(f"It has {announced:,} bytes; at most {most:,} are fetched.")
    with SpooledTemporaryFile(IN_MEMORY) as body:
        while part := response.read(65_536):
            if body.tell() + len(part) > most:
                raise Refused(f"It has more than the {most:,} bytes that are fetched at most.")
            with _room():
                body.write(part)
        length = body.tell()
        if allowance.surplus:
            raise Failed(f"{target.host} sent more than the {announced or length:,} bytes that it announced.")
        if not length:
            raise Failed(f"{target.host} sent nothing.")
        if length > IN_MEMORY:
            with _room():
                body.flush()
            return mmap(body.fileno(), length, access=ACCESS_READ)
        body.seek(0)
        return body.read()


@contextmanager
def _room():
    try:
        yield
    except OSError as error:
        raise NoRoom(f"What is fetched cannot wait in {gettempdir()}: {error.strerror}.") from error


def _check_status(response: HTTPResponse, target: Target):
    status = response.status
    if status in (200, 203):
        return
    name = http.client.responses.get(status)
    answer = f"{target.host} answered {status} ({name})." if name else f"{target.host} answered {status}."
    if status in _GONE:
        raise Gone(answer)
    if status == 204 or (400 <= status < 500 and status not in _LATER):
        raise Refused(answer)
    raise Failed(answer, _retry_after(response.headers.get("Retry-After", "")))


def _next(response: HTTPResponse, target: Target, limits: Limits) -> Target:
    """Where a response sends on to. Raises Refused, or Failed where it does not say."""
    location = response.headers.get("Location", "").strip()
    if not location:
        raise Failed(f"{target.host} sends on ({response.status}), but does not say where to.")
    return read_redirect(location, target, limits.ports)


def _validators(response: HTTPResponse) -> tuple[str, str]:
    return plain(response.headers.get("ETag", "")), plain(response.headers.get("Last-Modified", ""))


def _announced(response: HTTPResponse, target: Target) -> int | None:
    """How long the body is said to be. Raises Refused where it is packed, Failed where its length is no length."""
    for header, as_asked in (("Content-Encoding", "identity"), ("Transfer-Encoding", "chunked")):
        # A small bomb unpacks to any size; and a picture is packed already.
        if response.headers.get(header, as_asked).strip().lower() != as_asked:
            raise Refused(f"{target.host} sends it packed, though asked not to.")
    length = response.headers.get("Content-Length")
    if response.chunked or length is None:
        return None
    if not _DIGITS.fullmatch(length.strip()):  # as where it says two
        raise Failed(f"{target.host} announces a length that is none.")
    return int(length)


def _retry_after(text: str) -> float | None:
    """Seconds until a server wants to be asked again, from a number or a date (RFC 9110, 10.2.3); at most a day."""
    if _DIGITS.fullmatch(text):
        seconds = float(text)
    else:
        try:
            date = parsedate_to_datetime(text)
            seconds = date.replace(tzinfo=date.tzinfo or UTC).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return None
    return min(max(seconds, 0.0), RETRY_AFTER_LIMIT)
