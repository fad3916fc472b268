"""Reading the bytes of a file: what is a seed, what is passed over and what is rejected."""

import hashlib
import os
import resource
import socket

import pytest

from articles.seeds import SIZE_LIMIT, FoundFile, NotASeed, SeedFile, Unreadable, find_seeds, read_seed

from .seedfiles import seed_text


def found(path, named=False, problem=None):
    return FoundFile(str(path), path.name, path.stem, named, problem)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "story.md"
    path.write_text(seed_text())
    return path


def test_a_seed_file_has_its_bytes_and_their_digest(file):
    data = file.read_bytes()
    assert read_seed(found(file)) == SeedFile(found(file), data, hashlib.sha256(data).digest())


def test_a_file_is_read_once(file, monkeypatch):
    """A file may change while it is read: bytes and digest must be of one reading."""
    opened = []
    real = os.open
    monkeypatch.setattr(os, "open", lambda *args: opened.append(args) or real(*args))
    seed = read_seed(found(file))
    assert len(opened) == 1
    assert seed.digest == hashlib.sha256(seed.data).digest()


@pytest.mark.parametrize("content", [b"", b"text", b"\xff\xfe-\x00-\x00-\x00", b"----\n", b"\n---\n", b"\x00" * 100])
def test_a_file_without_front_matter_is_passed_over_unless_it_is_named(file, content):
    file.write_bytes(content)
    assert isinstance(read_seed(found(file)), NotASeed)
    rejected = read_seed(found(file, named=True))
    assert isinstance(rejected, Unreadable)
    assert rejected.problem.message == "The file has no front matter: its first line must be ---."
    assert (rejected.problem.file, rejected.problem.line, rejected.problem.column) == (str(file), 1, 1)


@pytest.mark.parametrize(
    "content", [b"---", b"---\n", b"---  \t\r\n", b"\xef\xbb\xbf---\n", b"---" + b" " * 200_000 + b"\n"]
)
def test_a_file_that_opens_front_matter_is_a_seed(file, content):
    file.write_bytes(content)
    assert read_seed(found(file)).data == content


def test_a_long_first_line_that_is_more_than_dashes_is_no_front_matter(file):
    file.write_bytes(b"---" + b" " * 200_000 + b"x\n")
    assert isinstance(read_seed(found(file)), NotASeed)


def test_a_file_of_exactly_the_limit_is_read(file):
    file.write_bytes(b"---\n".ljust(SIZE_LIMIT, b"\n"))
    assert len(read_seed(found(file)).data) == SIZE_LIMIT


@pytest.mark.parametrize("named", [True, False])
def test_a_file_past_the_limit_is_rejected(file, named):
    file.write_bytes(b"---\n".ljust(SIZE_LIMIT + 1, b"\n"))
    rejected = read_seed(found(file, named))
    assert "too large: a seed file has at most 4 MiB" in rejected.problem.message


def test_no_more_than_the_limit_and_a_byte_is_read(file, monkeypatch):
    with file.open("r+b") as opened:
        opened.truncate(SIZE_LIMIT * 50)
    real, read = os.read, []

    def counting(descriptor, size):
        data = real(descriptor, size)
        read.append(len(data))
        return data

    monkeypatch.setattr(os, "read", counting)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert isinstance(read_seed(found(file)), Unreadable)
    assert sum(read) == SIZE_LIMIT + 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


def test_of_a_huge_file_without_front_matter_only_the_first_bytes_are_read(file, monkeypatch):
    file.write_bytes(b"")
    with file.open("r+b") as opened:
        opened.truncate(SIZE_LIMIT * 50)
    real, read = os.read, []
    monkeypatch.setattr(os, "read", lambda *args: read.append(args) or real(*args))
    assert isinstance(read_seed(found(file)), NotASeed)
    assert len(read) == 1


def test_a_named_pipe_is_rejected_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.md")
    (pipe,) = find_seeds([str(tmp_path / "pipe.md")]).files
    assert "not a regular file" in read_seed(pipe).problem.message


def test_a_file_that_became_a_pipe_is_passed_over_without_waiting(file):
    file.unlink()
    os.mkfifo(file)
    assert isinstance(read_seed(found(file)), NotASeed)


def test_a_file_that_becomes_a_pipe_while_it_is_opened_does_not_block(file, monkeypatch):
    real = os.stat(file)
    file.unlink()
    os.mkfifo(file)
    with monkeypatch.context() as opening:
        opening.setattr(os, "stat", lambda path: real)
        walked, named = read_seed(found(file)), read_seed(found(file, named=True))
    assert isinstance(walked, NotASeed)
    assert "not a regular file" in named.problem.message


def test_a_named_device_or_socket_is_rejected(tmp_path, monkeypatch):
    (device,) = find_seeds(["/dev/zero"]).files
    assert "not a regular file" in read_seed(device).problem.message
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s.md")
        (found_socket,) = find_seeds(["s.md"]).files
        assert "not a regular file" in read_seed(found_socket).problem.message


def test_a_file_that_vanished_is_rejected(file):
    file.unlink()
    assert read_seed(found(file)).problem.message == "The file cannot be read: No such file or directory."


def test_a_file_without_permission_is_rejected(file, monkeypatch):
    def denied(*args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    assert read_seed(found(file)).problem.message == "The file cannot be read: Permission denied."


def test_an_error_while_reading_rejects_the_file(file, monkeypatch):
    def broken(descriptor, size):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "read", broken)
    assert read_seed(found(file)).problem.message == "The file cannot be read: Input/output error."


def test_no_descriptor_is_left_open(file):
    before = len(os.listdir("/proc/self/fd"))
    for content in [b"x", b"---\n", b"---\n" * SIZE_LIMIT]:
        file.write_bytes(content)
        read_seed(found(file))
    assert len(os.listdir("/proc/self/fd")) == before


def test_what_the_walk_found_wrong_rejects_the_file(file):
    rejected = read_seed(found(file, problem="The link leads nowhere."))
    assert (rejected.problem.file, rejected.problem.message) == (str(file), "The link leads nowhere.")


def test_a_name_that_is_not_utf8_is_rejected_with_a_printable_path(tmp_path):
    with open(os.path.join(os.fsencode(tmp_path), b"a\xff\n.md"), "wb") as opened:
        opened.write(seed_text().encode())
    (bad,) = find_seeds([str(tmp_path)]).files
    problem = read_seed(bad).problem
    assert problem.file == f"{tmp_path}/a\udcff\n.md"
    assert problem.message.encode()
