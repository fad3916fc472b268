"""Seed files read by several processes: reading and parsing is most of an import's work, and needs no database.

Each worker has a pipe of its own and nothing else, so that it ends when the importing process does, however that ends.
"""

import gc
import signal
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from multiprocessing import get_context
from typing import NamedTuple, TypeVar

from .files import FoundFile, NotASeed, SeedFile, Unreadable, read_seed
from .problems import Problem
from .reading import read_story
from .story import Story

T = TypeVar("T")
R = TypeVar("R")


class Read(NamedTuple):
    """A file that was read. `digest` is that of its bytes, None where it has no front matter or could not be read;
    `packed` are its bytes, compressed, and `story` what they say, where they are not those that were known."""

    is_seed: bool
    digest: bytes | None = None
    packed: bytes = b""
    story: Story | None = None
    content_digest: bytes = b""
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


# Files, each with the digest that is stored of its article's file: what has these bytes already need not be parsed.
Task = Sequence[tuple[FoundFile, bytes]]


def pack(data: bytes) -> bytes:
    """A seed file's bytes as they are stored: level 1 takes half the time of level 6, and little more room."""
    return zlib.compress(data, 1)


def read_file(found: FoundFile, known: bytes) -> Read:
    """Read a file and, unless its bytes are known, parse it. Never raises for what is in the file."""
    seed = read_seed(found)
    if isinstance(seed, NotASeed):
        return Read(is_seed=False)
    if isinstance(seed, Unreadable):
        return Read(is_seed=True, problems=(seed.problem,))
    if seed.digest == known:
        return Read(is_seed=True, digest=seed.digest, packed=b"")
    return _parsed(seed)


def _parsed(seed: SeedFile) -> Read:
    reading = read_story(seed)
    if reading.story is None:
        return Read(is_seed=True, digest=seed.digest, problems=reading.problems, warnings=reading.warnings)
    digest = reading.story.content_digest()
    return Read(True, seed.digest, pack(seed.data), reading.story, digest, (), reading.warnings)


def read_files(task: Task) -> list[Read]:
    return [read_file(found, known) for found, known in task]


def stories_of(packed: Sequence[bytes]) -> list[Story | None]:
    """What stored bytes say, None for those that can no longer be read."""
    return [_story_of(data) for data in packed]


def _story_of(packed: bytes) -> Story | None:
    try:
        data = zlib.decompress(packed)
    except zlib.error:
        return None
    return read_story(SeedFile(FoundFile(path="", name="", stem="", named=True), data, b"")).story


def work_through(work: Callable[[T], R], tasks: Iterable[T], jobs: int) -> Iterator[R]:
    """What `work`, a function of a module, gives for each task, in their order; by `jobs` processes, or in this one
    where it is 1.

    Tasks are taken one ahead for each process, never all: memory does not grow with their number. Raises
    `WorkerDied` where a process ended before its task.
    """
    if jobs == 1:
        yield from map(work, tasks)
        return
    workers = [_Worker(work) for _ in range(jobs)]
    waiting: deque[_Worker] = deque()
    tasks = iter(tasks)
    try:
        for worker, task in zip(workers, tasks, strict=False):
            worker.give(task)
            waiting.append(worker)
        while waiting:
            worker = waiting.popleft()
            result = worker.result()
            # Given only now: a worker that is still sending its result would not take a task, nor the task let go.
            for task in islice(tasks, 1):
                worker.give(task)
                waiting.append(worker)
            yield result
    finally:
        for worker in workers:
            worker.end()


class WorkerDied(RuntimeError):
    """A worker process ended, as when the machine has no memory left."""


class _Worker:
    def __init__(self, work: Callable):
        context = get_context("spawn")  # a fork would share the database connection
        self.pipe, its_end = context.Pipe()
        self.process = context.Process(target=_work, args=(work, its_end), daemon=True)
        self.process.start()
        its_end.close()

    def give(self, task) -> None:
        with _alive():
            self.pipe.send(task)

    def result(self):
        with _alive():
            return self.pipe.recv()

    def end(self) -> None:
        self.pipe.close()
        self.process.join(1)
        if self.process.is_alive():
            self.process.terminate()


@contextmanager
def _alive():
    try:
        yield
    except (EOFError, OSError) as error:
        raise WorkerDied("A process that reads seed files has ended; is there enough memory?") from error


def _work(work: Callable, pipe) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the importing process, which closes the pipe
    gc.disable()  # it looks again and again through thousands of values, none of which refers back to another
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            pipe.send(work(pipe.recv()))
