"""The processes in which pictures are rendered: what a picture does to its decoder, it does to nobody else.

Decoders that hang, eat memory or crash are put into a child by starting it with a command of the test's own.
"""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from mmap import ACCESS_READ, mmap
from pathlib import Path

import pytest
from PIL import Image

from articles.images.rendering import Undecodable, crop, render
from articles.images.workshop import Unfinished, Workshop, WorkshopClosed, WorkshopFailed

from . import pictures
from .pictures import encoded, photo, quarters

ROOT = Path(__file__).resolve().parents[2]
PICTURE = encoded(quarters(), "JPEG")
# A child in which `render` is what the test says of the picture's bytes, once it stands ready.
FAULTY = """
import ctypes, os, signal, socket, subprocess, sys, threading, time
from articles.images import rendering, workshop

genuine, confine = rendering.render, workshop._confine
def faulty(data, focal):
    if not data.startswith(b"faulty"):
        return genuine(data, focal)
    {what}

def ready(*arguments):
    confine(*arguments)
    rendering.render = faulty
workshop._confine = ready
workshop.work(int(sys.argv[-2]), float(sys.argv[-1]))
"""
FAULT = b"faulty"


def faulty(what: str) -> list[str]:
    return [sys.executable, "-c", FAULTY.format(what=what)]


def until(condition, seconds: float = 20) -> bool:
    """Whether it becomes true, within a time that no machine needs."""
    end = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return bool(met)


def children_of(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):  # threads come and go
            found += map(int, (task / "children").read_text().split())
    return found


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture(scope="module")
def workshop():
    with Workshop(2) as opened:
        yield opened


# -- what it does


KINDS = {
    "a photograph as cameras turn it": encoded(photo(400, 300), "JPEG", exif=pictures.exif(6)),
    "with a resolution": encoded(photo(400, 300), "JPEG", dpi=(300, 300), exif=pictures.exif(1)),
    "a PNG that is turned": encoded(photo(400, 300), "PNG", exif=pictures.exif(6)),
    "a WebP that is turned": encoded(photo(400, 300), "WEBP", exif=pictures.exif(6)),
    "an AVIF that is turned": encoded(photo(400, 300), "AVIF", exif=pictures.exif(6)),
    "a telephone's, with another in it": encoded(
        photo(400, 300), "MPO", save_all=True, append_images=[photo(200, 150)], exif=pictures.exif(6)
    ),
    "progressive": encoded(photo(400, 300), "JPEG", progressive=True),
    "for the press": encoded(photo(400, 300).convert("CMYK"), "JPEG"),
    "grey": encoded(photo(400, 300).convert("L"), "JPEG"),
    "of a palette": encoded(photo(400, 300).quantize(16), "PNG", transparency=3),
    "of a palette, a GIF": encoded(photo(400, 300).quantize(16), "GIF", transparency=3),
    "animated": encoded(photo(400, 300), "GIF", save_all=True, append_images=[photo(400, 300, 2)]),
    "animated, a PNG": encoded(photo(400, 300), "PNG", save_all=True, append_images=[photo(400, 300, 2)]),
    "animated, a WebP": encoded(photo(400, 300), "WEBP", save_all=True, append_images=[photo(400, 300, 2)]),
    "with alpha": encoded(photo(400, 300).convert("RGBA"), "PNG"),
    "of one bit": encoded(photo(400, 300).convert("1"), "PNG"),
    "of sixteen bits": pictures.deep(32768),
    "of sixteen bits in colour": pictures.deep(32768, 6),
    "interlaced": pictures.interlaced(),
    "of another profile": encoded(photo(400, 300), "JPEG", icc_profile=pictures.srgb_profile()),
    "of a press's profile": encoded(photo(400, 300).convert("CMYK"), "JPEG", icc_profile=pictures.red_ink_profile()),
    "with what editing programs write": encoded(photo(400, 300), "JPEG", xmp=b"<x:xmpmeta/>", comment=b"A comment"),
    "a bitmap": encoded(photo(400, 300), "BMP"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_child_renders_every_kind_of_picture_as_rendering_does(workshop, kind):
    """It can load nothing once it stands ready: what Pillow loads for one kind alone, it must have before."""
    assert workshop.render(KINDS[kind]) == render(KINDS[kind])


def test_what_the_system_refuses_is_no_verdict_on_the_picture_and_names_no_file_of_ours():
    refused = "raise OSError(24, 'Too many open files', '/srv/newsdesk/secret.py')"
    with Workshop(1, command=faulty(refused)) as workshop, pytest.raises(Unfinished) as raised:
        workshop.render(FAULT)
    assert str(raised.value) == "It could not be rendered here: Too many open files."


def test_it_renders_what_rendering_renders(workshop):
    for data in (PICTURE, encoded(photo(1000, 700), "WEBP")):
        assert workshop.render(data, (20, 80)) == render(data, (20, 80))
        assert workshop.crop(data, (20, 80)) == crop(data, (20, 80))


def test_it_renders_a_picture_that_waits_on_the_disk(workshop, tmp_path):
    (tmp_path / "picture").write_bytes(data := encoded(photo(1000, 700), "PNG"))
    with open(tmp_path / "picture", "rb") as file:
        assert workshop.render(mmap(file.fileno(), 0, access=ACCESS_READ)) == render(data)


def test_it_refuses_what_rendering_refuses(workshop):
    for data in (b"", b"<svg/>", pictures.png(60_000, 60_000, 8, 2), pictures.cut_off(PICTURE)):
        with pytest.raises(Undecodable) as alone:
            render(data)
        with pytest.raises(Undecodable) as here:
            workshop.render(data)
        assert str(here.value) == str(alone.value)


def test_many_threads_share_it_and_each_gets_its_own(workshop):
    data = [encoded(photo(300 + 10 * turn, 200, turn), "JPEG") for turn in range(24)]
    with ThreadPoolExecutor(8) as threads:
        rendered = list(threads.map(workshop.render, data))
    assert [one.width for one in rendered] == [300 + 10 * turn for turn in range(24)]
    assert rendered[7] == render(data[7])


def test_it_starts_no_more_processes_than_it_needs_or_may():
    before = set(children_of(os.getpid()))
    with Workshop(2) as opened, ThreadPoolExecutor(6) as threads:
        assert set(children_of(os.getpid())) == before
        opened.render(PICTURE)
        opened.render(PICTURE)
        (first,) = set(children_of(os.getpid())) - before
        os.kill(first, signal.SIGSTOP)  # busy for as long as the test likes, however quick the machine is
        waiting = [threads.submit(opened.render, PICTURE) for _ in range(6)]
        assert until(lambda: sum(one.done() for one in waiting) == 5)
        os.kill(first, signal.SIGCONT)
        assert all(one.result() for one in waiting)
        assert len(set(children_of(os.getpid())) - before) == 2
    assert set(children_of(os.getpid())) == before


def test_it_tells_how_much_memory_its_processes_held(workshop):
    workshop.render(PICTURE)
    assert 10 << 20 < workshop.peak_memory < 768 << 20


def test_a_closed_one_says_so():
    opened = Workshop(1)
    opened.render(PICTURE)
    opened.close()
    with pytest.raises(WorkshopClosed):
        opened.render(PICTURE)
    opened.close()


# -- limits


def test_a_picture_that_needs_too_much_memory_is_refused_and_the_next_is_rendered():
    large = pictures.png(7_000, 7_000, 8, 6, (b"\0" + b"\x40\x80\xc0\xff" * 7_000) * 7_000)
    with Workshop(1, memory=200 << 20) as opened:
        with pytest.raises(Undecodable, match="needed more memory than 200 MB"):
            opened.render(large)
        assert opened.render(PICTURE) == render(PICTURE)
        assert opened.peak_memory < 200 << 20


def test_a_webp_bomb_is_refused_before_its_decoder_reserves_memory(workshop):
    with pytest.raises(Undecodable, match="far more than 50,000,000 pixels"):
        workshop.render(pictures.webp_header(8_000, 8_000))


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_with_the_memory_it_has_by_default_large_pictures_are_rendered(kind):
    side = 7_000 if kind == "PNG" else 6_000
    if kind == "PNG":
        data = pictures.png(side, side, 8, 6, (b"\0" + b"\x40\x80\xc0\xff" * side) * side)
    else:
        data = encoded(Image.new("RGB", (side, side), pictures.RED), kind, method=0)
    with Workshop(1) as opened:
        assert opened.render(data).width == side


def test_a_decoder_that_eats_memory_is_refused():
    with Workshop(1, memory=300 << 20, command=faulty("return [bytearray(1 << 20) for _ in range(1 << 20)]")) as opened:
        with pytest.raises(Undecodable, match="needed more memory than 300 MB"):
            opened.render(FAULT)
        assert opened.render(PICTURE) == render(PICTURE)


def test_what_the_system_kills_for_its_memory_is_refused_too():
    with Workshop(1, command=faulty("os.kill(os.getpid(), signal.SIGKILL)")) as opened:
        with pytest.raises(Undecodable, match="needed more memory"):
            opened.render(FAULT)
        assert opened.render(PICTURE) == render(PICTURE)


@pytest.mark.parametrize("what", ["time.sleep(3600)", "while True: pass", "os.kill(os.getpid(), signal.SIGSTOP)"])
def test_a_decoder_that_hangs_is_ended(what):
    with Workshop(1, seconds=2, command=faulty(what)) as opened:
        with pytest.raises(Undecodable, match="took longer than 2 seconds"):
            opened.render(FAULT)
        assert opened.render(PICTURE) == render(PICTURE)


def test_a_child_that_does_not_even_read_is_ended():
    with Workshop(1, seconds=2, command=faulty("os.kill(os.getpid(), signal.SIGSTOP)")) as opened:
        opened.render(PICTURE)
        (child,) = (pid for pid in children_of(os.getpid()) if b"faulty" in Path(f"/proc/{pid}/cmdline").read_bytes())
        os.kill(child, signal.SIGSTOP)
        with pytest.raises(Undecodable, match="took longer"):
            opened.render(FAULT + bytes(4 << 20))


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("ctypes.string_at(0)", "crashed .SIGSEGV."),
        ("os.abort()", "crashed .SIGABRT."),
        ("os._exit(3)", "crashed .exit code 3."),
        ("os.write(4, bytes([0, 0, 0, 3]) + b'{.}'); time.sleep(60)", "answered nonsense"),
        ("os.write(4, bytes([255] * 8)); time.sleep(60)", "answered nonsense"),
        ("raise RuntimeError('odd')", "cannot be rendered: RuntimeError: odd"),
    ],
)
def test_a_decoder_that_crashes_takes_nobody_with_it(what, said):
    with Workshop(1, command=faulty(what)) as opened:
        with pytest.raises(Undecodable, match=said):
            opened.render(FAULT)
        assert opened.render(PICTURE) == render(PICTURE)


def test_others_go_on_while_one_hangs_and_one_dies():
    what = "os.abort() if data.endswith(b'dies') else time.sleep(3600)"
    with Workshop(3, seconds=2, command=faulty(what)) as opened, ThreadPoolExecutor(12) as threads:
        bad = [threads.submit(opened.render, FAULT + how) for how in (b"hangs", b"dies") * 2]
        good = [threads.submit(opened.render, PICTURE) for _ in range(8)]
        assert all(one.result() == render(PICTURE) for one in good)
        assert all(isinstance(one.exception(), Undecodable) for one in bad)


def test_a_process_that_died_between_two_pictures_is_no_pictures_fault():
    with Workshop(1) as opened:
        before = set(children_of(os.getpid()))
        opened.render(PICTURE)
        (child,) = set(children_of(os.getpid())) - before
        os.kill(child, signal.SIGKILL)
        assert until(lambda: not runs(child))
        assert opened.render(PICTURE) == render(PICTURE)


# -- what a child that was taken over could do


@pytest.mark.parametrize(
    "what",
    ["open('/etc/passwd')", "socket.socket()", "os.pipe()", "subprocess.run(['true'])", "open('/tmp/newsdesk-x', 'w')"],
)
def test_a_child_can_open_neither_files_nor_connections(what):
    with Workshop(1, command=faulty(what)) as opened, pytest.raises(Undecodable, match="Too many open files"):
        opened.render(FAULT)


def test_a_child_knows_nothing_of_what_its_parent_was_told(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://newsdesk:secret@db/newsdesk")
    what = "raise RuntimeError(' '.join(sorted(os.environ)))"
    with Workshop(1, command=faulty(what)) as opened, pytest.raises(Undecodable) as said:
        opened.render(FAULT)
    assert "PATH" in str(said.value)
    assert "DATABASE_URL" not in str(said.value)


def test_a_child_has_no_django_in_it():
    what = "raise RuntimeError([name for name in sys.modules if name.startswith(('django', 'articles'))])"
    with Workshop(1, command=faulty(what)) as opened, pytest.raises(Undecodable) as said:
        opened.render(FAULT)
    assert "articles.images.workshop" in str(said.value)
    assert "django" not in str(said.value)


# -- how they end


PARENT = """
import sys, threading
from articles.images.workshop import Workshop
opened = Workshop(1, seconds={seconds}, command={command!r})
opened.render({picture!r})
print("rendered", flush=True)
opened.render(b"faulty")
"""


@pytest.mark.parametrize("what", ["idle", "time.sleep(3600)", "while True: pass"])
def test_children_end_after_their_parent_was_killed(what):
    hang = f"ctypes.pythonapi.prctl(15, b'hangs', 0, 0, 0)\n    {what}"  # PR_SET_NAME: it is at it
    script = PARENT.format(seconds=3, command=faulty(hang), picture=PICTURE)
    if what == "idle":
        script = script.replace('opened.render(b"faulty")', "threading.Event().wait()")
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE)
    assert parent.stdout.readline() == b"rendered\n"
    (child,) = children_of(parent.pid)
    assert what == "idle" or until(lambda: Path(f"/proc/{child}/comm").read_text() == "hangs\n")
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert until(lambda: not runs(child))


def test_ctrl_c_is_for_the_parent_and_not_for_its_children():
    with Workshop(1) as opened:
        before = set(children_of(os.getpid()))
        opened.render(PICTURE)
        (child,) = set(children_of(os.getpid())) - before
        os.kill(child, signal.SIGINT)
        opened.render(PICTURE)
        assert set(children_of(os.getpid())) - before == {child}


@pytest.mark.parametrize("command", [["/nowhere/python"], [sys.executable, "-c", "raise SystemExit(1)"]])
def test_where_children_do_not_start_no_picture_is_blamed(command, capfd):
    with Workshop(1, command=command) as opened:
        for _ in range(2):
            with pytest.raises(WorkshopFailed, match="does not start"):
                opened.render(PICTURE)
