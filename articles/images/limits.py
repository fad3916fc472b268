"""What a fetch may take, and the ways in which it can end without a picture."""

import re
import time
from dataclasses import dataclass, field

from .addresses import Network

_LINE = re.compile(r"[ -~]{1,1000}")


class NotFetched(Exception):
    """There is no picture, and the text is a sentence that says why."""


class Refused(NotFetched):
    """It must not be fetched, or the server does not hand it out: asking again would change nothing."""


class Gone(NotFetched):
    """The server says that there is nothing at this address."""


class Failed(NotFetched):
    """It did not work this time; `retry_after` is the seconds that the server asks to be left alone, or None."""

    def __init__(self, why: str, retry_after: float | None = None):
        super().__init__(why)
        self.retry_after = retry_after


class NoRoom(Exception):
    """This machine has no room for what came: no server's fault, and the next picture would fare no better."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a fetch may take, and where it may go.

    `user_agent` says who asks and why, in ASCII (else ValueError). `seconds` is for all of it, from the name to the
    last byte; `connect_seconds` for a connection and its TLS. `most_bytes` is a picture's, `header_bytes` a head's.
    `ports` are all that may be asked; `allowed` are networks inside that may be, all the same.
    """

    user_agent: str
    seconds: float = 30
    connect_seconds: float = 5
    most_bytes: int = 20_000_000
    header_bytes: int = 32_768
    redirects: int = 3
    ports: frozenset[int] = frozenset({80, 443})
    allowed: tuple[Network, ...] = ()

    def __post_init__(self):
        if not plain(self.user_agent):
            raise ValueError(f"A User-Agent is a line of plain ASCII, not {self.user_agent!r}")


@dataclass(slots=True)
class Allowance:
    """What one fetch may still take of its limits, whatever servers do."""

    limits: Limits
    ends_at: float = field(init=False)
    line_bytes: int = 0  # that may still come in lines
    surplus: bool = False  # more came than was announced

    def __post_init__(self):
        self.ends_at = time.monotonic() + self.limits.seconds

    def seconds_left(self) -> float:
        """How long it may still take; more than nothing. Raises Failed."""
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise self.over()
        return left

    def over(self) -> Failed:
        return Failed(f"It was not there within {self.limits.seconds:g} seconds.")


def plain(text: str) -> str:
    """A header's value as it may be kept and sent; "" where it is not a line of plain ASCII, or very long."""
    return text if _LINE.fullmatch(text) else ""
