"""Hearing a server out: no longer than there is time, and no more than a head and a picture may have."""

import http.client
import socket
from contextlib import suppress
from io import BufferedReader, RawIOBase

from .limits import Allowance, Refused


class _Wire(RawIOBase):
    """What comes through a connection for as long as there is time, however slowly it drips."""

    def __init__(self, connection: socket.socket, allowance: Allowance):
        self._socket = connection
        self._file = connection.makefile("rb", buffering=0)
        self._allowance = allowance
        self.waits = True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int | None:
        self._socket.settimeout(self._allowance.seconds_left() if self.waits else 0)
        try:
            return self._file.readinto(buffer)
        except TimeoutError:
            raise self._allowance.over() from None

    def close(self):
        self._file.close()
        super().close()


class _Reader(BufferedReader):
    """Counts what comes in lines: a head, and what frames a body in chunks. The body is counted by who reads it."""

    def __init__(self, wire: _Wire, allowance: Allowance):
        super().__init__(wire)
        self._allowance = allowance

    def readline(self, size: int = -1) -> bytes:
        most = self._allowance.line_bytes + 1
        line = super().readline(min(size, most) if size >= 0 else most)
        self._allowance.line_bytes -= len(line)
        if self._allowance.line_bytes < 0:
            raise Refused("Too much is sent beside the picture: a head, or what frames its parts, does not end.")
        return line

    def close(self):
        """Closed is where the announced end is: what a server sent beyond it, told to say no more, lies here."""
        if not self.closed:
            self.raw.waits = False
            with suppress(OSError):  # nothing through TLS yet is one; of a plain connection it is nothing
                self._allowance.surplus = bool(self.peek(1))
        super().close()


class GuardedResponse(http.client.HTTPResponse):
    """The standard library's response, which urllib3 builds on, within an allowance."""

    def __init__(self, connection: socket.socket, *args, allowance: Allowance, **kwargs):
        super().__init__(connection, *args, **kwargs)
        self.fp.close()
        self.fp = _Reader(_Wire(connection, allowance), allowance)
        self._allowance = allowance
        allowance.line_bytes, allowance.surplus = allowance.limits.header_bytes, False

    def begin(self):
        super().begin()
        # What frames a picture may not be longer than a picture.
        self._allowance.line_bytes = self._allowance.limits.most_bytes
