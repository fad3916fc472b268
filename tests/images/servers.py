"""An internet on loopback: names, public addresses, and servers at them that play any trick on who asks them.

Within it, names resolve to what a test says, and a connection to a public address ends at a server of this machine.
All guards stand as in production: nothing is allowed for the tests' sake.
"""

import contextlib
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterable

import pytest

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
# A server's part of a conversation, once it has read the request.
Play = Callable[["Wire"], None]


class Gone(Exception):
    """Whoever asked has left, or the test is over: no play goes on."""


class Wire:
    """A connection as a server has it."""

    def __init__(self, connection: socket.socket, over: threading.Event):
        self.connection, self.over = connection, over

    def send(self, data: bytes):
        try:
            self.connection.sendall(data)
        except OSError:
            raise Gone from None

    def wait(self, seconds: float):
        if self.over.wait(seconds):
            raise Gone


def head(status: int = 200, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status} Whatever", *headers, "", ""]).encode("latin-1")


def answers(body: bytes = PICTURE, status: int = 200, *headers: str) -> Play:
    """As a well-behaved server does."""
    return sends(head(status, f"Content-Length: {len(body)}", *headers) + body)


def redirects(location: str, status: int = 302, *headers: str) -> Play:
    return answers(b"", status, f"Location: {location}", *headers)


def sends(*parts: bytes) -> Play:
    return repeats(parts, every=0)


def repeats(parts: Iterable[bytes], every: float) -> Play:
    """One part after the other, with a pause between, and then the end of the connection."""

    def play(wire: Wire):
        for part in parts:
            wire.send(part)
            if every:
                wire.wait(every)

    return play


def falls_silent(data: bytes = b"") -> Play:
    """Sends this and nothing more, but does not leave. After five seconds it does: no test hangs."""

    def play(wire: Wire):
        wire.send(data)
        wire.wait(5)

    return play


AT_ONCE = sends()


class Server:
    """Listens on loopback. It plays what stands for a path, or the same for all, and remembers what it was asked."""

    def __init__(self, play: Play | dict[str, Play], certificate: ssl.SSLContext | None = None, before: Play = AT_ONCE):
        self.play, self.certificate, self.before = play, certificate, before
        self.requests: list[str] = []
        self.over = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while not self.over.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket):
        with contextlib.suppress(Gone, OSError):
            try:
                connection.settimeout(5)
                self.before(Wire(connection, self.over))
                if self.certificate:
                    connection = self.certificate.wrap_socket(connection, server_side=True)
                request = b""
                while not request.endswith(b"\r\n\r\n"):
                    if not (more := connection.recv(65_536)):
                        return
                    request += more
                self.requests.append(request.decode("latin-1"))
                self._played(request)(Wire(connection, self.over))
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65_536):  # what is unread at a close would cut off what was sent
                    pass
            finally:
                connection.close()

    def _played(self, request: bytes) -> Play:
        path = request.split(b" ")[1].decode()
        return self.play.get(path, answers(b"", 404)) if isinstance(self.play, dict) else self.play

    @property
    def paths(self) -> list[str]:
        return [request.split(" ")[1] for request in self.requests]

    def headers(self, number: int = -1) -> dict[str, str]:
        """What a request said beside its first line."""
        lines = self.requests[number].split("\r\n")[1:-2]
        return dict(line.split(": ", 1) for line in lines)

    def close(self):
        self.over.set()
        self.listener.close()


class Internet:
    """Names and addresses, and who is there. A context manager; only within it things are so."""

    def __init__(self):
        self.names: dict[str, list[list[str]]] = {}  # to each time that it is asked; the last one stays
        self.asked: list[str] = []
        self.connected: list[tuple[str, int]] = []
        self.servers: dict[str, Server] = {}
        self.patch = pytest.MonkeyPatch()

    def __enter__(self) -> "Internet":
        self._getaddrinfo, self._connect = socket.getaddrinfo, socket.socket.connect
        self.patch.setattr(socket, "getaddrinfo", self._resolve)
        self.patch.setattr(socket.socket, "connect", lambda *args: self._reach(*args))
        return self

    def __exit__(self, *error):
        self.patch.undo()
        for server in self.servers.values():
            server.close()

    def site(self, name: str, play: Play | dict[str, Play], **server) -> Server:
        """A server of this name at an address of its own."""
        address = f"93.184.{len(self.servers) // 200}.{len(self.servers) % 200 + 1}"
        self.names[name] = [[address]]
        return self.at(address, play, **server)

    def at(self, address: str, play: Play | dict[str, Play], **server) -> Server:
        self.servers[address] = Server(play, **server)
        return self.servers[address]

    def _resolve(self, host, port, *args, **kwargs):
        host = host.decode() if isinstance(host, bytes) else host
        if host not in self.names:  # addresses, in all the ways they can be written
            return self._getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        self.asked.append(host)
        times = self.names[host]
        addresses = times.pop(0) if len(times) > 1 else times[0]
        return [found for address in addresses for found in self._resolve(address, port)]

    def _reach(self, asking: socket.socket, where: tuple):
        self.connected.append(where[:2])
        if where[0] not in self.servers:
            raise ConnectionRefusedError(111, "Connection refused")
        with socket.socket() as instead:
            self._connect(instead, ("127.0.0.1", self.servers[where[0]].port))
            instead.settimeout(asking.gettimeout())
            os.dup2(instead.fileno(), asking.fileno())
