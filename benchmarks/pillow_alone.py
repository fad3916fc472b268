"""What rendering pictures costs beside Pillow itself: `pillow_alone.py [FOLDER | N]`, by default 60 drawn photographs.

The limit is Pillow's own decode, resize and encode of the same files to the same sizes, formats and qualities, in two
processes that read them from the disk: without a judgement of what comes in, limits, colour profiles or pipes. Beside
it the workshop, with two processes and four threads that ask. Each three times, in turn: pictures a second at best,
their ratio (the limit is 0.8), and the most memory that a child held. Files that are refused count for neither.
"""

import io
import os
import random
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from PIL import Image, ImageOps  # noqa: E402

from articles.images.rendering import FALLBACK, JPEG, WEBP, WHOLE, WIDE, Undecodable  # noqa: E402
from articles.images.workshop import Workshop  # noqa: E402

PROCESSES = 2
ROUNDS = 3
# What news sites send: share previews, photographs of the agencies, a camera's own now and then.
SHAPES = [(1200, 630), (1200, 675), (1920, 1080), (1024, 683), (2000, 1333), (800, 600), (1600, 2000), (4000, 3000)]


def main(arguments: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="newsdesk-bench-") as made:
        named = arguments[0] if arguments else "60"
        folder = Path(named) if not named.isdecimal() else draw(Path(made), int(named))
        paths = sorted(str(path) for path in folder.rglob("*") if path.is_file())
        with Workshop(PROCESSES) as workshop:
            paths = [path for path in paths if rendered(workshop, path)]
            alone, ours = [], []
            for _ in range(ROUNDS):
                alone.append(len(paths) / seconds_alone(paths))
                ours.append(len(paths) / seconds_in(workshop, paths))
            limit, rate = max(alone), max(ours)
            print(f"{len(paths)} pictures, {PROCESSES} processes, {os.cpu_count()} processors")
            print(f"Pillow alone  {limit:6.2f} a second")
            print(f"the workshop  {rate:6.2f} a second, {rate / limit:.2f} of that")
            print(f"a child held  {workshop.peak_memory / (1 << 20):4.0f} MB at most")


def draw(folder: Path, number: int) -> Path:
    from tests.images.pictures import photo

    for turn in range(number):
        width, height = SHAPES[turn % len(SHAPES)]
        name = folder / f"{turn:04}"
        if turn % 10 == 9:
            photo(width // 2, height // 2, turn).save(name, "PNG")
        else:
            quality = random.Random(turn).choice((75, 85, 92))
            photo(width, height, turn).save(name, "JPEG", quality=quality, progressive=turn % 3 == 0)
    return folder


def rendered(workshop: Workshop, path: str) -> bool:
    try:
        workshop.render(Path(path).read_bytes())
    except Undecodable:
        return False
    return True


def seconds_in(workshop: Workshop, paths: list[str]) -> float:
    start = time.perf_counter()
    with ThreadPoolExecutor(2 * PROCESSES) as threads:
        assert all(threads.map(lambda path: rendered(workshop, path), paths))
    return time.perf_counter() - start


def seconds_alone(paths: list[str]) -> float:
    with get_context("spawn").Pool(PROCESSES) as pool:
        pool.map(abs, range(PROCESSES * 4))  # they have started
        start = time.perf_counter()
        for _ in pool.imap_unordered(alone, paths):
            pass
        return time.perf_counter() - start


def alone(path: str) -> int:
    """The files that the workshop makes of it, as one who has nothing to fear would make them; how many bytes."""
    with Image.open(path) as picture:
        width, height = picture.size
        picture.draft(None, (WHOLE[-1], round(height * WHOLE[-1] / width)))
        picture = picture.convert("RGB")
    widths = [one for one in WHOLE if one <= width] or [width]
    if widths[-1] < min(width, WHOLE[-1]) * 0.9:
        widths.append(width)
    files, larger = [], picture
    for one in reversed(widths):
        if one != larger.width:
            larger = larger.resize((one, round(height * one / width)), Image.Resampling.LANCZOS, reducing_gap=2.0)
        files.append(_encoded(larger, WEBP))
        if one <= FALLBACK and len(files) <= len(widths) and not any(kind == "JPEG" for kind, _ in files):
            files.append(_encoded(larger, JPEG))
    larger = picture
    for one in reversed(WIDE):
        if one <= width:
            larger = ImageOps.fit(larger, (one, round(one * 9 / 16)), Image.Resampling.LANCZOS)
            files.append(_encoded(larger, WEBP))
    return sum(size for _, size in files)


def _encoded(picture: Image.Image, options: dict) -> tuple[str, int]:
    file = io.BytesIO()
    picture.save(file, **options)
    return options["format"], file.tell()


if __name__ == "__main__":
    main(sys.argv[1:])
