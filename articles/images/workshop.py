"""Child processes in which pictures are rendered: whatever a file does to its decoder, it does to nobody else.

A child is a fresh Python without Django, the database or this process's environment, so it may be started from any
thread and under any server. It has limits on memory and on the time for one picture, and no file descriptors to spare:
once it is ready it can neither open a file nor a connection. It ends when its parent does, however that ends.

A request on its standard input is `_REQUEST` and the picture; the answer on its standard output is a length, so much
JSON, and the files one after the other. Not pickled: what a hostile file made of a child must not reach its parent.
"""

import io
import json
import os
import queue
import resource
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from contextlib import suppress
from mmap import mmap
from pathlib import Path

# Some of these Pillow itself loads only when it meets what needs them: EXIF, a palette, a telephone's second picture.
from PIL import (  # noqa: F401
    AvifImagePlugin,
    ExifTags,
    Image,
    ImageChops,
    ImageCms,
    ImageColor,
    ImageFile,
    ImageFilter,
    ImageMode,
    ImagePalette,
    ImageSequence,
    MpoImagePlugin,
    TiffImagePlugin,
    TiffTags,
)

from . import rendering
from .rendering import Rendered, Rendition, Undecodable

MEMORY = 768 << 20  # of address space: 50 million pixels of a PNG, 43 million of a WebP
SECONDS = 20.0
COMMAND = (sys.executable, "-m", __name__)

_ROOT = Path(__file__).resolve().parent.parent.parent
_REQUEST = struct.Struct(">BBBI")  # what to do, the focal point, the picture's length
_LENGTH = struct.Struct(">I")
_JOBS = (_RENDER, _CROP) = range(2)
_READY = b"+"
_TO_START = 60.0  # seconds, on a machine that has much else to do
_LONGEST_REPLY = 64 << 20  # what children send is as little trusted as what they read
_INHERITED = ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "LANG", "LC_ALL", "TZ")


class WorkshopClosed(RuntimeError):
    """It was closed before, and renders nothing more."""


class Unfinished(Undecodable):
    """It was not rendered, through no fault of its own that is known: it may be tried again."""


class WorkshopFailed(RuntimeError):
    """Its processes do not start, which is no picture's fault; they said on standard error why."""


class Workshop:
    """So many processes that render pictures, each started when it is first needed and replaced when it dies.

    `render` and `crop` are rendering's, from any thread; with more callers than processes they wait. Where a picture
    needs more than `memory` bytes or `seconds`, or its decoder dies of it, Undecodable says so. WorkshopFailed: the
    processes cannot be started. `command` starts one; two arguments follow, the bytes and the seconds.
    """

    def __init__(self, processes: int = 2, *, memory: int = MEMORY, seconds: float = SECONDS, command=COMMAND):
        self.memory, self.seconds = memory, seconds
        self._command = [*command, str(memory), str(seconds)]
        self._closed = False
        self._peak, self._telling = 0, threading.Lock()
        self._places: queue.Queue[_Child | None] = queue.LifoQueue()  # the last one used first: few callers, few start
        self._processes = processes
        for _ in range(processes):
            self._places.put(None)

    def __enter__(self) -> "Workshop":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    @property
    def peak_memory(self) -> int:
        """Bytes: the most that any of its processes held at once, as far as it lived to tell."""
        return self._peak

    def render(self, data: bytes | mmap, focal: tuple[int, int] = (50, 50)) -> Rendered:
        said, files = self._done(_RENDER, data, focal)
        return Rendered(said["kind"], said["width"], said["height"], said["colour"], files)

    def crop(self, data: bytes, focal: tuple[int, int]) -> list[Rendition]:
        return self._done(_CROP, data, focal)[1]

    def close(self) -> None:
        """Let what is being rendered be finished, and end the processes."""
        self._closed = True
        children = [self._places.get() for _ in range(self._processes)]
        for child in children:
            if child:
                child.end()
            self._places.put(None)

    def _done(self, job: int, data: bytes | mmap, focal: tuple[int, int]) -> tuple[dict, list[Rendition]]:
        said, files = self._asked([_REQUEST.pack(job, *focal, len(data)), data])
        if "why" in said:
            raise (Unfinished if said.get("unfinished") else Undecodable)(said["why"])
        return said, files

    def _asked(self, request: list) -> tuple[dict, list[Rendition]]:
        child = self._places.get()
        try:
            if self._closed:
                raise WorkshopClosed("The workshop is closed.")
            if not child or not child.lives:
                child = _Child(self._command)
            return self._answered(child, request)
        except BaseException:  # an interrupted one is in the middle of something, too
            if child:
                child.kill()
            child = None
            raise
        finally:
            self._places.put(child)

    def _answered(self, child: "_Child", request: list) -> tuple[dict, list[Rendition]]:
        try:
            said, files = child.ask(request, self.seconds)
        except TimeoutError:
            raise Undecodable(f"It took longer than {self.seconds:g} seconds.") from None
        except EOFError:
            raise Undecodable(self._why_it_died(child)) from None
        except (ValueError, TypeError, KeyError):
            raise Undecodable("Its decoder answered nonsense.") from None
        with self._telling:
            self._peak = max(self._peak, said["peak"])
        if "exhausted" in said:
            raise Undecodable(self._too_much)
        return said, files

    @property
    def _too_much(self) -> str:
        return f"It needed more memory than {self.memory >> 20} MB."

    def _why_it_died(self, child: "_Child") -> str:
        code = child.died()
        if code == -signal.SIGKILL:  # not we: the system, when it runs short of memory
            return self._too_much
        if code == -signal.SIGALRM:
            return f"It took longer than {self.seconds:g} seconds."
        return f"Its decoder crashed ({signal.Signals(-code).name if code < 0 else f'exit code {code}'})."


class _Child:
    """One process, from its parent's side."""

    def __init__(self, command: list[str]):
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        try:
            self._process = subprocess.Popen(  # noqa: S603  (this Python, and nothing of a picture's)
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=_ROOT, env=environment, bufsize=0
            )
            os.set_blocking(self._process.stdin.fileno(), False)
            os.set_blocking(self._process.stdout.fileno(), False)
            if self._exchanged([], 1, time.monotonic() + _TO_START) != _READY:
                raise EOFError
        except (OSError, EOFError) as error:  # TimeoutError is an OSError
            if hasattr(self, "_process"):
                self.kill()
            raise WorkshopFailed(f"The process that renders pictures does not start: {command[0]}.") from error

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    def ask(self, request: list, seconds: float) -> tuple[dict, list[Rendition]]:
        """What it says to a request, and the files. TimeoutError after so many seconds, EOFError where it died."""
        until = time.monotonic() + seconds
        said = json.loads(self._exchanged([], self._length(request, until), until))
        files = []
        for role, width, height, extension, length in said.pop("files", ()):
            files.append(Rendition(role, width, height, extension, self._exchanged([], length, until)))
        return said, files

    def _length(self, request: list, until: float) -> int:
        return _LENGTH.unpack(self._exchanged(request, _LENGTH.size, until))[0]

    def _exchanged(self, request: list, length: int, until: float) -> bytes:
        """So many bytes from it, after it took the request."""
        if length > _LONGEST_REPLY:
            raise ValueError(length)
        unsent, came = [memoryview(part) for part in request if len(part)], bytearray()
        reads, writes = self._process.stdout.fileno(), self._process.stdin.fileno()
        while len(came) < length:
            waiting = select.poll()
            waiting.register(reads, select.POLLIN)
            if unsent:
                waiting.register(writes, select.POLLOUT)
            events = dict(waiting.poll(max(0, until - time.monotonic()) * 1000))
            if not events:
                raise TimeoutError
            if reads in events:
                part = os.read(reads, length - len(came))
                if not part:
                    raise EOFError
                came += part
            elif writes in events:
                try:
                    unsent[0] = unsent[0][os.write(writes, unsent[0]) :]
                except BrokenPipeError:
                    unsent.clear()  # what it said before it died is still to be read
                if unsent and not unsent[0]:
                    unsent.pop(0)
        return bytes(came)

    def end(self) -> None:
        """Let it go: it ends at the end of its input."""
        self._process.stdin.close()
        self.died()

    def died(self) -> int:
        """The exit code of one that is dying by itself, negative for a signal, as `subprocess` has it."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        return self.kill()

    def kill(self) -> int:
        self._process.kill()
        self._process.stdin.close()
        self._process.stdout.close()
        return self._process.wait()


# -- in the child


def work(memory: int, seconds: float) -> None:
    """Render what standard input asks for until it ends, with so much memory and so long for each."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    status = _status()
    _warm_up()
    _confine(memory, status)
    replies.write(_READY)
    replies.flush()
    while len(head := requests.read(_REQUEST.size)) == _REQUEST.size:
        job, left, top, length = _REQUEST.unpack(head)
        # The parent keeps the time. This is for where it was killed: nobody else would end a decoder that hangs.
        signal.setitimer(signal.ITIMER_REAL, seconds + 1)
        data = requests.read(length)
        if len(data) < length:
            return
        said, files = _done(job, data, (left, top))
        signal.setitimer(signal.ITIMER_REAL, 0)
        text = json.dumps(said | {"peak": _peak(status)}).encode()
        replies.write(_LENGTH.pack(len(text)) + text)
        replies.writelines(files)
        replies.flush()
        if "exhausted" in said:
            return  # what is left of its memory may be in pieces


def _done(job: int, data: bytes, focal: tuple[int, int]) -> tuple[dict, list[bytes]]:
    said = {}
    try:
        if job == _RENDER:
            rendered = rendering.render(data, focal)
            said = {name: getattr(rendered, name) for name in ("kind", "width", "height", "colour")}
            renditions = rendered.renditions
        else:
            renditions = rendering.crop(data, focal)
    except MemoryError:
        return {"exhausted": True}, []
    except Undecodable as error:
        return {"why": str(error)}, []
    except OSError as error:  # the system's; which file it could not open is nothing for the desk
        why = f"It could not be rendered here: {error.strerror or 'the system refused something'}."
        return {"why": why, "unfinished": True}, []
    except ImportError as error:
        return {
            "why": f"It could not be rendered here: {error.name or 'something'} is missing.",
            "unfinished": True,
        }, []
    except Exception as error:  # Pillow's own, over an odd picture; one of them must not end the run
        return {"why": f"It cannot be rendered: {type(error).__name__}: {error}"[:300]}, []
    said["files"] = [(one.role, one.width, one.height, one.extension, len(one.data)) for one in renditions]
    return said, [one.data for one in renditions]


def _warm_up() -> None:
    """Render a small picture of each format: what Python and the C libraries load when it is first needed, they could
    not load later."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for name in rendering.FORMATS:
        file = io.BytesIO()
        Image.new("RGB", (32, 32), "white").save(file, name, icc_profile=profile)
        rendering.render(file.getvalue())
    with suppress(Undecodable):
        rendering.render(b"<svg>")


def _confine(memory: int, status: int | None) -> None:
    # Otherwise a decoder takes as many threads as there are processors, each with a stack and memory of its own, and
    # Pillow takes three times our pixels, which WebP's decoder reserves before anybody else has seen its header.
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    Image.MAX_IMAGE_PIXELS = rendering.PIXELS // 2  # it refuses what is more than twice that
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which lets a picture be finished, or not
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    for known in range(3):
        os.dup2(nothing, known)
    highest = max(nothing, status or 0)
    for kind, limit in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, highest + 1),
    ):
        resource.setrlimit(kind, (limit, limit))


def _status() -> int | None:
    with suppress(OSError):  # only Linux has it
        return os.open("/proc/self/status", os.O_RDONLY)


def _peak(status: int | None) -> int:
    """The most memory that this process held at once, in bytes. `ru_maxrss` would count what its parent held, too, when
    it started it."""
    if status is None:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
    lines = os.pread(status, 1 << 14, 0).decode().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM:"))


if __name__ == "__main__":
    work(int(sys.argv[1]), float(sys.argv[2]))
