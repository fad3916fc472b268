"""The run of `manage.py cache_images`: who is asked when, what is rendered where, and what is written down.

Threads ask servers, processes render, and one thread, the caller's, hands out the work, asks the database and writes.
What is under way is bounded, so memory does not grow with what there is to do.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice
from mmap import mmap

from django.conf import settings
from django.utils import timezone

from articles.images import fetching
from articles.images.fetching import Fetched, Limits
from articles.images.keeping import Outcome, State, digest_of, host_of, known, made, record, refocus
from articles.images.needing import Need, missing_crops, needs
from articles.images.pacing import Pace
from articles.images.rendering import Undecodable
from articles.images.workshop import Unfinished, Workshop
from articles.models import KeptImage

PROCESSES = 2  # that render
IN_LINE = 2_000  # addresses that wait for their hosts' turn: one slow host must not hold up all others
UNRENDERED = 8  # bodies that wait for a process
BATCH = 40  # outcomes written at once …
REASONS = 1_000  # why something did not come, counted for the report
EVERY = 5.0  # … or after so many seconds: a killed run has lost no more than that


@dataclass(slots=True)
class Report:
    """What a run did: how many addresses came to which state, and the hosts that were left alone, with how many of
    theirs. `bytes_fetched` and `bytes_kept` are of pictures that were new."""

    kept: int = 0
    unchanged: int = 0
    gone: int = 0
    refused: int = 0
    failed: int = 0
    left: int = 0
    pictures: int = 0
    bytes_fetched: int = 0
    bytes_kept: int = 0
    why: Counter = field(default_factory=Counter)
    stopped: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    peak_of_children: int = 0  # bytes

    @property
    def done(self) -> int:
        return self.kept + self.unchanged + self.gone + self.refused + self.failed


def cache_images(
    *,
    jobs: int = 8,
    rate: float = 5,
    at_once: int = 4,
    most: int | None = None,
    until: float | None = None,
    observe: Callable[[int, int], None] = lambda done, left: None,
) -> Report:
    """Fetch and keep what is needed now: `jobs` requests at once, to one host `rate` a second and `at_once` at a time;
    at most `most` addresses, and none begun after `until` (of `time.monotonic`). `observe(1, total)` after each.

    What was done by then is written down however it ends.
    """
    started = time.monotonic()
    with Workshop(processes=PROCESSES) as workshop, ThreadPoolExecutor(jobs + PROCESSES) as threads:
        run = _Run(workshop, threads, Pace(rate, at_once), jobs, observe)
        try:
            run.through(islice(needs(timezone.now()), most), until)
        finally:
            for future in run.under_way:
                future.cancel()
            run.write()
        run.crop(until)
    run.report.stopped = run.pace.stopped
    run.report.left = sum(run.pace.stopped.values())
    run.report.seconds = time.monotonic() - started
    run.report.peak_of_children = workshop.peak_memory
    return run.report


class _Run:
    def __init__(self, workshop: Workshop, threads: ThreadPoolExecutor, pace: Pace, jobs: int, observe: Callable):
        self.workshop, self.threads, self.pace, self.jobs, self.observe = workshop, threads, pace, jobs, observe
        self.limits = Limits(ports=settings.IMAGES_PORTS, allowed=settings.IMAGES_ALLOWED, user_agent=user_agent())
        self.report = Report()
        self.fetching: dict[Future, tuple[str, Need]] = {}
        self.rendering: dict[Future, str] = {}  # of which digest
        self.met: set[str] = set()  # what is in line, or under way
        self.waiting: dict[str, list[Outcome]] = {}  # what comes of a rendering, by the digest of the bytes
        self.outcomes: list[Outcome] = []
        self.pictures: list[KeptImage] = []
        self.written_at = time.monotonic()
        self.total = 0

    @property
    def under_way(self) -> list[Future]:
        return [*self.fetching, *self.rendering]

    def through(self, needed: Iterator[Need], until: float | None) -> None:
        more = True
        while True:
            over = until is not None and time.monotonic() >= until
            more = more and not over and self._line_up(needed)
            if not over:
                self._ask()
            if not self.under_way:
                if over or not (more or len(self.pace)):
                    return
                time.sleep(min(self.pace.wait(), 0.2))
                continue
            done, _ = wait(self.under_way, timeout=0.2, return_when=FIRST_COMPLETED)
            self._fetched([future for future in done if future in self.fetching])
            for future in [future for future in done if future in self.rendering]:
                self._rendered(future)
            if len(self.outcomes) >= BATCH or (self.outcomes and time.monotonic() - self.written_at > EVERY):
                self.write()

    def _line_up(self, needed: Iterator[Need]) -> bool:
        """Whether there may be more to come."""
        while len(self.met) < IN_LINE:
            need = next(needed, None)
            if need is None:
                return False
            if need.url not in self.met:
                self.met.add(need.url)
                self.total += 1
                self.pace.add(host_of(need.url), need)
        return True

    def _ask(self) -> None:
        while len(self.fetching) < self.jobs and len(self.rendering) < UNRENDERED:
            if (found := self.pace.next()) is None:
                return
            self.fetching[self.threads.submit(self._try, found[1])] = found

    def _try(self, need: Need) -> Fetched | Outcome:
        """In a thread. Nothing is raised from there: an exception keeps what its frames hold, bodies of many megabytes,
        and a future that keeps it is freed late."""
        told = {"etag": need.etag, "last_modified": need.last_modified} if need.kept else {}
        try:
            return fetching.fetch(need.url, self.limits, **told) or Outcome(need, unchanged=True)
        except fetching.Failed as error:
            return Outcome(need, State.WANTED, str(error), pause=error.retry_after)
        except fetching.NotFetched as error:
            return Outcome(need, State.GONE if isinstance(error, fetching.Gone) else State.REFUSED, str(error))

    def _fetched(self, futures: list[Future]) -> None:
        bodies = []
        for future in futures:
            host, need = self.fetching.pop(future)
            found = future.result()
            if isinstance(found, Outcome):
                self.pace.answered(host, failed=found.state == State.WANTED, pause=found.pause)
                self._came(found)
            else:
                self.pace.answered(host, failed=False)
                kept = Outcome(need, digest=digest_of(found.data), etag=found.etag, last_modified=found.last_modified)
                bodies.append((kept, found.data))
        self._to_render(bodies)

    def _to_render(self, bodies: list[tuple[Outcome, bytes | mmap]]) -> None:
        """`bodies` are pictures with what came of their addresses, if they can be kept."""
        kept, removed = known([outcome.digest for outcome, _ in bodies]) if bodies else ((), ())
        kept = {*kept, *(picture.digest for picture in self.pictures)}
        for outcome, data in bodies:
            digest = outcome.digest
            if digest in removed:
                why = "It is a picture that was taken down."
                self._came(Outcome(outcome.need, State.REFUSED, why, removed=True))
            elif digest in kept:
                self._came(outcome)
            elif digest in self.waiting:
                self.waiting[digest].append(outcome)
            else:
                self.waiting[digest] = [outcome]
                self.rendering[self.threads.submit(self._render, data, digest)] = digest

    def _render(self, data: bytes | mmap, digest: str) -> KeptImage | tuple[str, str]:
        """In a thread: the picture, or the state that its addresses come to, and why."""
        try:
            return made(digest, len(data), self.workshop.render(data))
        except Undecodable as error:
            return State.WANTED if isinstance(error, Unfinished) else State.REFUSED, str(error)

    def _rendered(self, future: Future) -> None:
        outcomes = self.waiting.pop(self.rendering.pop(future))
        picture = future.result()
        if not isinstance(picture, KeptImage):
            outcomes = [Outcome(outcome.need, *picture) for outcome in outcomes]
        else:
            self.pictures.append(picture)
            self.report.pictures += 1
            self.report.bytes_fetched += picture.original_bytes
            self.report.bytes_kept += picture.kept_bytes
        for outcome in outcomes:
            self._came(outcome)

    def _came(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        report = self.report
        if outcome.unchanged:
            report.unchanged += 1
        else:
            name = "failed" if outcome.state == State.WANTED else str(outcome.state)
            setattr(report, name, getattr(report, name) + 1)
        if outcome.why and (outcome.why in report.why or len(report.why) < REASONS):
            report.why[outcome.why] += 1
        self.observe(1, max(self.total, report.done))

    def write(self) -> None:
        if self.outcomes:
            record(self.outcomes, self.pictures, timezone.now())
        self.met.difference_update(each.need.url for each in self.outcomes)  # known to the database from here on
        self.outcomes, self.pictures, self.written_at = [], [], time.monotonic()

    def crop(self, until: float | None) -> None:
        """Around the points that editors decided, what has no such crop yet."""
        for image, point in missing_crops():
            if until is not None and time.monotonic() >= until:
                return
            try:
                refocus(image, point, self.workshop)
            except (Undecodable, OSError) as error:
                self.report.why[f"No crop around {point} could be made: {error}"] += 1


def user_agent() -> str:
    """Who asks and why, for the log of the server that is asked."""
    contact = settings.CONTACT_EMAIL and f"; {settings.CONTACT_EMAIL}"
    return f"Newsdesk (image cache; +{settings.SITE_URL}/about/{contact})"
