"""How fast each server may be asked: so many requests a second, so many at once, and no more after so many failures."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from articles.images.needing import Need

FAILURES = 5  # in a row, after which a host is left alone until the next run


@dataclass(slots=True)
class _Host:
    waiting: deque[Need] = field(default_factory=deque)
    next_at: float = 0.0
    under_way: int = 0
    failed: int = 0


class Pace:
    """What waits to be fetched, by host. Not thread-safe: the one that hands out work holds it.

    `rate` is requests a second to one host, `at_once` how many to one at a time.
    """

    def __init__(self, rate: float, at_once: int, clock: Callable[[], float] = time.monotonic):
        self.pause, self.at_once, self.clock = 1 / rate, at_once, clock
        self.hosts: dict[str, _Host] = {}
        self.stopped: dict[str, int] = {}  # hosts that failed too often: how many of theirs were left

    def __len__(self) -> int:
        return sum(len(host.waiting) for host in self.hosts.values())

    def add(self, name: str, need: Need) -> None:
        """Put an address in its host's line; the host's are handed out in the order in which they came."""
        if name in self.stopped:
            self.stopped[name] += 1
        else:
            self.hosts.setdefault(name, _Host()).waiting.append(need)

    def next(self) -> tuple[str, Need] | None:
        """A host that may be asked now, and what for; None where all must wait."""
        now = self.clock()
        for name, host in self.hosts.items():
            if host.waiting and host.next_at <= now and host.under_way < self.at_once:
                self.hosts[name] = self.hosts.pop(name)  # the others first, next time
                host.under_way += 1
                host.next_at = now + self.pause
                return name, host.waiting.popleft()
        return None

    def wait(self) -> float:
        """Seconds until `next` may have something again, as far as the clock says."""
        at = [host.next_at for host in self.hosts.values() if host.waiting and host.under_way < self.at_once]
        return max(0.0, min(at) - self.clock()) if at else 1.0

    def answered(self, name: str, *, failed: bool, pause: float | None = None) -> None:
        """A host has answered, or failed to; it wants to be left alone for `pause` seconds (Retry-After)."""
        host = self.hosts[name]
        host.under_way -= 1
        host.failed = host.failed + 1 if failed else 0
        if pause:
            host.next_at = max(host.next_at, self.clock() + pause)
        if host.failed >= FAILURES and host.waiting:
            self.stopped[name] = len(host.waiting)
            host.waiting.clear()
        if not host.waiting and not host.under_way and host.next_at <= self.clock():
            del self.hosts[name]  # hosts are thousands, each named once
