"""What is unsafe in an upload, or too much, is refused in words; what is safe is kept."""

import io
import stat
import zipfile
from pathlib import Path

import pytest

from articles.importing import packing
from articles.importing.packing import UploadRefused, pack_uploads, unpacked
from tests.factories import seed_text
from tests.importing.zips import seed, zipped


def of_mode(path: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(path)
    info.external_attr = mode << 16
    return info


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/etc/a.md", "lead out of its folder"),
        ("../a.md", "lead out of its folder"),
        ("a/../../b.md", "lead out of its folder"),
        ("a//b.md", "lead out of its folder"),
        ("C:/a.md", "lead out of its folder"),
        ("a\\..\\b.md", "lead out of its folder"),
        ("a" * 300 + ".md", "too long or too deep"),
        ("a/" * 30 + "b.md", "too long or too deep"),
        (of_mode("a.md", stat.S_IFLNK | 0o777), "a link or no regular file"),
        (of_mode("a.md", stat.S_IFIFO | 0o600), "a link or no regular file"),
    ],
)
def test_a_zip_with_a_dangerous_entry_is_refused(path, told):
    with pytest.raises(UploadRefused, match=told):
        pack_uploads([zipped(("fine.md", seed_text()), (path, seed_text()))])


def test_what_is_no_zip_is_refused_though_it_is_called_one():
    with pytest.raises(UploadRefused, match=r"“seeds\.zip” is not a zip"):
        pack_uploads([("seeds.zip", io.BytesIO(b"PK\x03\x04 and so on"))])


def test_an_encrypted_entry_is_refused():
    name, buffer = zipped(("a.md", seed_text()))
    data = bytearray(buffer.getvalue())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(UploadRefused, match="encrypted"):
        pack_uploads([(name, io.BytesIO(bytes(data)))])


def test_a_damaged_entry_is_refused():
    name, buffer = zipped(("a.md", seed_text()), pack=zipfile.ZIP_STORED)
    data = buffer.getvalue().replace(b"A story", b"A stork", 1)
    with pytest.raises(UploadRefused, match="damaged"):
        pack_uploads([(name, io.BytesIO(data))])


def test_a_zip_bomb_is_refused_by_the_sizes_that_it_declares(monkeypatch):
    monkeypatch.setattr(packing, "UNPACKED_LIMIT", 1 << 20)
    with pytest.raises(UploadRefused, match="Unpacked, that is too much"):
        pack_uploads([zipped(("a.md", "---\n" + " " * (2 << 20)))])


def test_a_zip_that_declares_too_much_is_not_unpacked_at_all(monkeypatch):
    monkeypatch.setattr(packing, "UNPACKED_LIMIT", 100)
    monkeypatch.setattr(packing, "_read", lambda *arguments: pytest.fail("It was unpacked."))
    with pytest.raises(UploadRefused, match="Unpacked, that is too much"):
        pack_uploads([zipped(("a.md", seed_text()))])


def test_several_zips_together_are_no_larger_than_one_may_be(monkeypatch):
    monkeypatch.setattr(packing, "UNPACKED_LIMIT", 3 << 19)
    one, other = (zipped((f"{name}.md", "---\n" + " " * (1 << 20))) for name in "ab")
    with pytest.raises(UploadRefused, match="Unpacked, that is too much"):
        pack_uploads([one, other])


def test_a_zip_bomb_that_lies_about_its_sizes_does_not_come_out():
    name, buffer = zipped(("a.md", "---\n" + " " * (8 << 20)))
    data = bytearray(buffer.getvalue())
    size = data.index(b"PK\x01\x02") + 24
    data[size : size + 4] = (100).to_bytes(4, "little")
    with pytest.raises(UploadRefused, match="damaged"):
        pack_uploads([(name, io.BytesIO(bytes(data)))])


def test_of_a_file_that_is_too_large_no_more_than_that_is_kept():
    packed = pack_uploads([zipped(("a.md", "---\n" + " " * (8 << 20)))])
    assert zipfile.ZipFile(io.BytesIO(packed)).getinfo("a.md").file_size == 4 * 1024 * 1024 + 1


@pytest.mark.parametrize("limit", ["PACKED_LIMIT", "KEPT_LIMIT"])
def test_too_large_an_upload_is_refused(monkeypatch, limit):
    monkeypatch.setattr(packing, limit, 100)
    with pytest.raises(UploadRefused, match="too much for one upload"):
        pack_uploads([seed("a.md")])


def test_too_many_files_are_refused(monkeypatch):
    monkeypatch.setattr(packing, "FILES_LIMIT", 2)
    for count in (3, 9):  # 9: before the zip's directory is read at all
        with pytest.raises(UploadRefused, match="too many files"):
            pack_uploads([zipped(*((f"{number}.md", seed_text()) for number in range(count)))])


@pytest.mark.parametrize(
    "files",
    [
        [seed("a.md"), seed("a.md")],
        [seed("a.md"), zipped(("a.md", seed_text()))],
        [zipped(("a", "x"), ("a/b.md", seed_text()))],
        [zipped(("a/b.md", seed_text()), ("a", "x"))],
    ],
)
def test_a_name_that_comes_twice_is_refused(files):
    with pytest.raises(UploadRefused, match="is there twice"):
        pack_uploads(files)


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (("photo.jpg", io.BytesIO(b"JFIF")), "neither a zip nor a seed file"),
        (("notes.md", io.BytesIO(b"Dear diary")), "has no front matter"),
    ],
)
def test_a_file_that_is_no_seed_is_refused(file, told):
    with pytest.raises(UploadRefused, match=told):
        pack_uploads([file])


def test_a_refusal_is_fit_to_print_whatever_the_name():
    with pytest.raises(UploadRefused) as refused:
        pack_uploads([("a\n\u202e\ud800.exe", io.BytesIO(b""))])
    assert str(refused.value).isprintable()
    str(refused.value).encode()


def test_what_is_no_seed_in_a_zip_keeps_its_name_and_not_its_bytes():
    packed = pack_uploads([zipped(("a.md", seed_text()), ("b.jpg", "x" * 99), ("__MACOSX/._a.md", "x"), ("c/", ""))])
    archive = zipfile.ZipFile(io.BytesIO(packed))
    assert {info.filename: bool(info.file_size) for info in archive.infolist()} == {
        "a.md": True,
        "b.jpg": False,
        "__MACOSX/._a.md": False,
    }


def test_the_folder_is_gone_after_use_even_where_that_fails():
    def fail(folder: str):
        folders.append(Path(folder))
        assert (folders[0] / "a/b.md").is_file()
        raise RuntimeError

    folders: list[Path] = []
    with pytest.raises(RuntimeError), unpacked(pack_uploads([zipped(("a/b.md", seed_text()))])) as folder:
        fail(folder)
    assert not folders[0].exists()


@pytest.mark.parametrize("path", ["/tmp/a.md", "../a.md", "a\\..\\b.md"])
def test_a_second_name_that_an_entry_has_beside_its_plain_one_leads_nowhere_else(path, monkeypatch):
    """Newer Pythons let a name in an entry's extra field (0x7075) take the place of the one in the directory."""

    def decode_extra(info, *crc):
        info.filename = path

    monkeypatch.setattr(zipfile.ZipInfo, "_decodeExtra", decode_extra)
    with pytest.raises(UploadRefused, match="out of its folder"):
        pack_uploads([zipped(("plain.md", seed_text()))])
