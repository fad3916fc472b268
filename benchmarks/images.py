"""How fast pictures are kept: `images.py [N]`, with N stories (2,000), each with a picture of its own.

A server on this machine stands for many hosts; most pictures are good ones of 0.2 to 4 megapixels, some are what
servers do to who fetches from them. `manage.py cache_images` is killed (−9) after a while, and run again to its end.
Printed are what each kind came to, the rate beside Pillow alone on the same files (decode, resize, encode the same
renditions, in two processes that do nothing else), and the memory at each quarter of the way.
"""

import argparse
import os
import random
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from base64 import b64decode
from collections import Counter
from contextlib import closing
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.picture_server import serve
from benchmarks.pillow_alone import seconds_alone

ROOT = Path(__file__).resolve().parent.parent
BASES = 24  # pictures drawn; the others are these with other bytes in a comment
HOSTS = 60
SIZES = [(640, 360), (800, 533), (1200, 675), (1200, 630), (1024, 683), (900, 1200), (1600, 900), (2400, 1600)]
# Of a hundred pictures, how many are none; and what has to become of them.
TRICKS = {
    "redirect": (3, "kept"),
    "slow": (2, "kept"),
    "gone": (2, "gone"),
    "missing": (1, "gone"),
    "inside": (1, "refused"),
    "loop": (1, "refused"),
    "packed": (1, "refused"),
    "endless": (1, "refused"),
    "short": (1, "wanted"),
    "broken": (1, "wanted"),
    "bomb": (1, "refused"),
    "tracker": (1, "refused"),
    "cut": (1, "refused"),
    "text": (1, "refused"),
    "drawing": (1, "refused"),
}
DRIPS = 4  # each holds a request until its time is over
# Names under .test are this machine's: what a name server would say.
COMMAND = """
import os, socket, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")
found = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **named: found("127.0.0.1" if host.endswith(".test") else host, *rest, **named)
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", *sys.argv[1:]])
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast pictures are kept.")
    parser.add_argument("count", nargs="?", type=int, default=2_000, help="how many stories, each with a picture")
    count = parser.parse_args().count
    with tempfile.TemporaryDirectory(prefix="newsdesk-bench-") as name:
        folder = Path(name)
        print(f"Drawing {count:,} pictures …", flush=True)
        wanted = draw(folder / "pictures", count)
        with serve(folder / "pictures") as port:
            write_seeds(folder / "seeds", wanted, port)
            good = [
                folder / "pictures" / file for file, (_, kind) in wanted.items() if kind in ("good", "redirect", "slow")
            ]
            alone = seconds_alone([path.parent / path.name.split("-", 1)[-1] for path in good])
            found = run(folder / "site", folder / "seeds", port, kill_after=alone / 4)
        tell_states(wanted, found["states"])
        rate, limit = found["kept"] / found["seconds"], len(good) / alone
        print(f"\nPillow alone: {limit:.1f} pictures a second; kept: {rate:.1f} a second, {rate / limit:.2f} × of that")
        print("MB of memory (command, its processes): " + "; ".join(found["memory"]))


# -- what is served


def draw(folder: Path, count: int) -> dict[str, tuple[str, str]]:
    """The pictures as files. For the last part of each address: the state that it has to come to, and its kind."""
    folder.mkdir()
    chance = random.Random(7)
    bases = [_drawn(chance, SIZES[each % len(SIZES)]) for each in range(BASES)]
    made_of = {"bomb": _bomb, "tracker": _tracker, "text": _text, "drawing": _drawing, "cut": _cut}
    wanted = {}
    for number in range(count):
        kind = _kind(number, count)
        jpeg = _commented(bases[number % BASES], number)
        data = made_of[kind](jpeg, number) if kind in made_of else jpeg
        file = f"{number:05}.jpg"
        if kind != "missing":
            (folder / file).write_bytes(data)
        is_plain = kind in ("good", "missing", *made_of)
        wanted[file if is_plain else f"{kind}-{file}"] = ("kept" if kind == "good" else _expected(kind), kind)
    return wanted


def _kind(number: int, count: int) -> str:
    if number >= count - DRIPS:
        return "drip"
    place = number * 37 % 100  # spread over all
    for kind, (share, _) in TRICKS.items():
        if place < share:
            return kind
        place -= share
    return "good"


def _expected(kind: str) -> str:
    return "wanted" if kind == "drip" else TRICKS[kind][1]


def _drawn(chance: random.Random, size: tuple[int, int]) -> bytes:
    """Something of a photograph: large soft shapes, edges, and noise."""
    from io import BytesIO

    noise = Image.effect_noise(size, 40).convert("RGB")
    picture = Image.new("RGB", size, tuple(chance.randrange(256) for _ in range(3)))
    pen = ImageDraw.Draw(picture)
    for _ in range(60):
        x, y, r = chance.randrange(size[0]), chance.randrange(size[1]), chance.randrange(10, max(size) // 4)
        pen.ellipse((x - r, y - r, x + r, y + r), fill=tuple(chance.randrange(256) for _ in range(3)))
    picture = Image.blend(picture.filter(ImageFilter.GaussianBlur(2)), noise, 0.12)
    file = BytesIO()
    picture.save(file, "JPEG", quality=88)
    return file.getvalue()


def _commented(jpeg: bytes, number: int) -> bytes:
    text = f"number {number}".encode()
    return jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(text) + 2) + text + jpeg[2:]


def _bomb(jpeg: bytes, number: int) -> bytes:
    """A PNG that says it is 60,000 × 60,000, and is black all over."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(60_001 * 500 + number), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _tracker(jpeg: bytes, number: int) -> bytes:
    return b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def _text(jpeg: bytes, number: int) -> bytes:
    return b"<!doctype html><title>Not found</title>" + str(number).encode()


def _drawing(jpeg: bytes, number: int) -> bytes:
    return b'<svg xmlns="http://www.w3.org/2000/svg" width="600" height="300"><script>alert(1)</script></svg>'


def _cut(jpeg: bytes, number: int) -> bytes:
    return jpeg[: len(jpeg) // 3]


def write_seeds(folder: Path, wanted: dict, port: int) -> None:
    folder.mkdir()
    for number, name in enumerate(wanted):
        # What fails has a host of its own kind, so that a host that is left alone takes no good pictures with it.
        kind = wanted[name][1]
        host = f"pictures-{number % HOSTS}.test" if wanted[name][0] != "wanted" else f"{kind}-{number % 97}.test"
        (folder / f"2026-01-01-story-{number}.md").write_text(
            f"---\ntitle: Story {number}\npublishedDateTime: 2026-01-01T00:00:00Z\nwebUrl: https://outlet.example/{number}\n"
            f"published: true\nheat: {number % 150}\nimages:\n- url: http://{host}:{port}/{name}\n---\n",
            encoding="utf-8",
        )


# -- the command


def run(folder: Path, seeds: Path, port: int, kill_after: float) -> dict:
    """A site of its own, filled; the command killed after so many seconds, and run again to its end. What each address
    came to, and how many pictures the second run kept in how many seconds."""
    folder.mkdir()
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{folder}/site.sqlite3",
        "MEDIA_ROOT": str(folder / "media"),
        "IMAGES": "cached",
        "IMAGES_PORTS": f"80,{port}",
        "IMAGES_ALLOWED": "127.0.0.0/8",
        "LOG_LEVEL": "ERROR",
    }
    _manage(environment, "migrate", "--verbosity=0")
    _manage(environment, "import_seeds", seeds, "--verbosity=0")
    command = [sys.executable, "-c", COMMAND, "cache_images", "--rate=1000", "--jobs=8"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as it:
        time.sleep(kill_after)
        it.send_signal(signal.SIGKILL)
    before = _kept(_states(folder))
    print(f"killed after {kill_after:.0f} s, with {before:,} kept; then:", flush=True)
    started = time.monotonic()
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    memory = _Memory(process.pid)
    memory.start()
    print(process.communicate()[0], flush=True)
    seconds, states = time.monotonic() - started, _states(folder)
    return {"states": states, "seconds": seconds, "kept": _kept(states) - before, "memory": memory.quarters()}


def _states(folder: Path) -> dict[str, tuple[str, str]]:
    with closing(sqlite3.connect(folder / "site.sqlite3")) as database:
        rows = database.execute("SELECT url, state, why FROM articles_imagefetch").fetchall()
    return {url.rpartition("/")[2]: (state, why) for url, state, why in rows}


def _kept(states: dict) -> int:
    return sum(state == "kept" for state, _ in states.values())


def _manage(environment: dict, *arguments) -> None:
    subprocess.run([sys.executable, "manage.py", *map(str, arguments)], cwd=ROOT, env=environment, check=True)


class _Memory(threading.Thread):
    """What the command and its processes hold, now and then."""

    def __init__(self, pid: int):
        super().__init__(daemon=True)
        self.pid, self.seen = pid, []

    def run(self) -> None:
        while Path(f"/proc/{self.pid}/status").exists():
            own = _resident(self.pid)
            if own:
                self.seen.append((own, sum(_resident(child) for child in _children(self.pid))))
            time.sleep(0.25)

    def quarters(self) -> list[str]:
        size = max(1, len(self.seen) // 4)
        parts = [self.seen[start : start + size] for start in range(0, len(self.seen), size)][:4]
        return [f"{max(own for own, _ in part):.0f}, {max(others for _, others in part):.0f}" for part in parts if part]


def _resident(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS")), 0)


def _children(pid: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            child = int(path.parent.name)
            found += [child, *_children(child)]
    return found


# -- what came of it


def tell_states(wanted: dict, states: dict) -> None:
    """A line for each kind, and every address that came to something else than it has to."""
    print(f"{'kind':12}{'expected':10}{'came to':>24}   why")
    for kind in dict.fromkeys(kind for _, kind in wanted.values()):
        names = [name for name, (_, other) in wanted.items() if other == kind]
        found = Counter(states.get(name, ("none", ""))[0] for name in names)
        told = ", ".join(f"{count:,} {state}" for state, count in found.items())
        why = next((states[name][1] for name in names if name in states), "")
        print(f"{kind:12}{wanted[names[0]][0]:10}{told:>24}   {why[:110]}")
    wrong = [name for name, (state, _) in wanted.items() if states.get(name, ("none",))[0] != state]
    print(f"{len(wrong)} that came to something else than they have to" + (f": {wrong[:5]}" if wrong else ""))


if __name__ == "__main__":
    main()
