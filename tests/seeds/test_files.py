"""Which files are found under a PATH, and which are passed over."""

import os
import unicodedata

import pytest

from articles.seeds import SEED_EXTENSIONS, MissingPath, find_seeds

from .seedfiles import seed_text


@pytest.fixture
def news(tmp_path):
    """A folder with one seed file in it."""
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "good.md").write_text(seed_text())
    return folder


def names(*paths):
    return [found.name for found in find_seeds([str(path) for path in paths]).files]


def skipped(*paths):
    return find_seeds([str(path) for path in paths]).skipped


def test_a_folder_is_walked_and_its_files_come_sorted_by_path(tmp_path):
    for name in ["b/z.md", "b/a.md", "a.md", "b.md", "B.md", "b/c/d.md", "b-c.md"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(seed_text())
    found = find_seeds([str(tmp_path)]).files
    assert [each.name for each in found] == ["B.md", "a.md", "b-c.md", "b.md", "b/a.md", "b/c/d.md", "b/z.md"]
    assert [each.path for each in found] == [os.path.join(tmp_path, each.name) for each in found]
    assert not any(each.named or each.problem for each in found)


def test_a_path_is_kept_as_it_was_typed(news, monkeypatch):
    monkeypatch.chdir(news)
    (news / "sub").mkdir()
    (news / "sub" / "x.md").write_text(seed_text())
    assert [each.path for each in find_seeds(["."]).files] == ["./good.md", "./sub/x.md"]
    assert [each.path for each in find_seeds(["../news/"]).files] == ["../news/good.md", "../news/sub/x.md"]
    assert [each.path for each in find_seeds(["good.md"]).files] == ["good.md"]


@pytest.mark.parametrize("extension", sorted(SEED_EXTENSIONS))
def test_files_with_a_seeds_extension_are_found(tmp_path, extension):
    (tmp_path / f"a{extension}").touch()
    (tmp_path / f"B{extension.upper()}").touch()
    assert names(tmp_path) == [f"B{extension.upper()}", f"a{extension}"]


@pytest.mark.parametrize("name", ["a.html", "a.md.bak", "md", "a", "a.mdx", "a.md~", ".md", ".hidden.md"])
def test_other_extensions_and_hidden_files_are_passed_over_and_counted(news, name):
    (news / name).write_text(seed_text())
    assert (names(news), skipped(news)) == (["good.md"], 1)


def test_what_lies_in_hidden_folders_is_neither_found_nor_counted(news):
    (news / ".git").mkdir()
    (news / ".git" / "a.md").write_text(seed_text())
    (news / ".git" / "b.html").touch()
    assert (names(news), skipped(news)) == (["good.md"], 0)


def test_a_hidden_folder_that_is_named_is_walked(tmp_path):
    (tmp_path / ".news").mkdir()
    (tmp_path / ".news" / "a.md").touch()
    assert names(tmp_path / ".news") == ["a.md"]


def test_a_folder_named_like_a_file_is_walked(news):
    (news / "x.md").mkdir()
    (news / "x.md" / "a.md").touch()
    assert names(news) == ["good.md", "x.md/a.md"]


def test_a_pipe_is_passed_over(news):
    os.mkfifo(news / "pipe.md")
    assert (names(news), skipped(news)) == (["good.md"], 1)


def test_a_link_to_a_pipe_or_device_is_passed_over(news):
    os.mkfifo(news / "pipe")
    os.symlink("pipe", news / "link.md")
    os.symlink("/dev/zero", news / "zero.md")
    assert (names(news), skipped(news)) == (["good.md"], 3)


def test_a_link_to_a_file_inside_of_the_folder_is_followed(news):
    os.symlink("good.md", news / "link.md")
    (news / "sub").mkdir()
    os.symlink("../good.md", news / "sub" / "up.md")
    os.symlink(news / "good.md", news / "sub" / "absolute.md")
    assert names(news) == ["good.md", "link.md", "sub/absolute.md", "sub/up.md"]


def test_a_link_that_leads_out_of_the_folder_is_passed_over(news, tmp_path):
    (tmp_path / "outside.md").write_text(seed_text())
    (tmp_path / "news-of-others").mkdir()
    (tmp_path / "news-of-others" / "x.md").write_text(seed_text())
    os.symlink("../outside.md", news / "out.md")
    os.symlink("../news-of-others/x.md", news / "beside.md")
    os.symlink("out.md", news / "chain.md")
    assert (names(news), skipped(news)) == (["good.md"], 3)


def test_links_to_folders_are_not_followed(news, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.md").touch()
    os.symlink(".", news / "self")
    os.symlink("../news", news / "again.md")
    os.symlink("../other", news / "out")
    assert (names(news), skipped(news)) == (["good.md"], 0)


def test_a_path_that_is_a_link_to_a_folder_is_walked(news, tmp_path):
    os.symlink("good.md", news / "link.md")
    os.symlink("news", tmp_path / "current")
    found = find_seeds([str(tmp_path / "current")])
    assert [each.path for each in found.files] == [f"{tmp_path}/current/good.md", f"{tmp_path}/current/link.md"]
    assert found.skipped == 0


@pytest.mark.parametrize("target", ["nowhere.md", "../nowhere.md", "dangling.md", "good.md/x"])
def test_a_link_that_leads_nowhere_is_found_with_its_problem(news, target):
    os.symlink(target, news / "dangling.md")
    dangling = find_seeds([str(news)]).files[0]
    assert dangling.name == "dangling.md"
    assert dangling.problem.startswith("The link leads to nothing that can be read: ")


def test_a_link_that_leads_nowhere_without_a_seeds_extension_is_passed_over(news):
    os.symlink("nowhere", news / "dangling.html")
    os.symlink("nowhere", news / ".hidden.md")
    assert (names(news), skipped(news)) == (["good.md"], 2)


@pytest.mark.parametrize(
    "error", [PermissionError(13, "Permission denied"), FileNotFoundError(2, "No such file or directory")]
)
def test_a_folder_that_cannot_be_listed_is_reported(news, monkeypatch, error):
    (news / "gone").mkdir()
    real = os.scandir

    def scandir(path):
        if str(path).endswith("gone"):
            raise error
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = find_seeds([str(news)])
    assert [each.name for each in found.files] == ["good.md"]
    assert [each.file for each in found.unlistable] == [str(news / "gone")]
    assert found.unlistable[0].message == f"The folder cannot be listed: {error.strerror}."


def test_a_link_that_cannot_be_looked_at_is_found_with_its_problem(news, monkeypatch):
    os.symlink("locked/a.md", news / "link.md")
    real = os.stat

    def locked(path, **options):
        if str(path).endswith("link.md"):
            raise PermissionError(13, "Permission denied")
        return real(path, **options)

    monkeypatch.setattr(os, "stat", locked)
    link = find_seeds([str(news)]).files[1]
    assert (link.name, link.problem) == ("link.md", "The link leads to nothing that can be read: Permission denied.")


def test_a_folder_is_listed_once(news, monkeypatch):
    (news / "sub").mkdir()
    real, listed = os.scandir, []
    monkeypatch.setattr(os, "scandir", lambda path: listed.append(path) or real(path))
    find_seeds([str(news)])
    assert listed == [str(news), str(news / "sub")]


def test_a_named_file_may_have_any_extension_and_be_hidden(tmp_path):
    for name in ["story.html", ".story", "story"]:
        (tmp_path / name).write_text(seed_text())
    found = find_seeds([str(tmp_path / name) for name in ["story.html", ".story", "story"]])
    assert [(each.name, each.named) for each in found.files] == [
        (".story", True),
        ("story", True),
        ("story.html", True),
    ]
    assert found.skipped == 0


def test_a_named_file_may_be_a_link_that_leads_anywhere(news, tmp_path):
    os.symlink("../outside.md", news / "out.md")
    (tmp_path / "outside.md").write_text(seed_text())
    assert names(news / "out.md") == ["out.md"]


@pytest.mark.parametrize("path", ["nothing.md", "nothing/", "good.md/x", "good.md/", "", "a\0b", "x" * 300])
def test_a_path_that_does_not_exist_is_said_to_be_missing(news, path, monkeypatch):
    monkeypatch.chdir(news)
    with pytest.raises(MissingPath, match="There is no file or folder") as raised:
        find_seeds(["good.md", path])
    assert raised.value.path == path
    assert str(raised.value).isprintable()


def test_a_named_link_that_leads_nowhere_is_found_with_its_problem(news):
    os.symlink("nowhere", news / "dangling")
    (found,) = find_seeds([str(news / "dangling")]).files
    assert found.problem == "The link leads to nothing that can be read: No such file or directory."


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("a.md", "a"),
        ("a.b.md", "a.b"),
        ("A b.txt", "A b"),
        ("cafe\u0301.md", "café"),
        ("a\nb.md", "a\nb"),
        ("x..%2f.md", "x..%2f"),
    ],
)
def test_the_stem_is_the_name_without_its_last_extension_in_nfc(tmp_path, name, stem):
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / name).touch()
    (found,) = find_seeds([str(tmp_path)]).files
    assert (found.name, found.stem) == ("f/" + name, stem)
    assert unicodedata.is_normalized("NFC", found.stem)


def test_a_name_that_is_not_utf8_is_found_with_its_problem(tmp_path):
    path = os.path.join(os.fsencode(tmp_path), b"bad-\xff\xfe.md")
    with open(path, "wb"):
        pass
    (found,) = find_seeds([str(tmp_path)]).files
    assert (found.name, found.stem) == ("bad-\\xff\\xfe.md", "bad-\\xff\\xfe")
    assert found.problem == "The file's name is not valid UTF-8; rename the file."
    assert os.path.exists(found.path)


def test_a_folder_whose_name_is_not_utf8_is_walked(tmp_path):
    folder = os.path.join(os.fsencode(tmp_path), b"\xff")
    os.mkdir(folder)
    with open(os.path.join(folder, b"a.md"), "wb"):
        pass
    (found,) = find_seeds([str(tmp_path)]).files
    assert (found.name, found.stem) == ("\\xff/a.md", "a")
    assert "not valid UTF-8" in found.problem


# -- several PATHs


def test_a_file_reached_twice_is_found_once(news, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (news / "a.html").touch()
    for paths in [["news", "news"], ["news", "./news/"], ["news", "news/good.md"], [str(news), "news"]]:
        found = find_seeds(paths)
        assert [each.stem for each in found.files] == ["good"]
        assert found.skipped == 1


def test_a_file_named_and_walked_stays_named_and_keeps_its_place_in_the_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "news" / "sub").mkdir(parents=True)
    (tmp_path / "news" / "sub" / "a.md").write_text(seed_text())
    for paths in [["news", "news/sub/a.md"], ["news/sub/a.md", "news"]]:
        (found,) = find_seeds(paths).files
        assert (found.path, found.name, found.named) == ("news/sub/a.md", "sub/a.md", True)


def test_a_passed_over_file_that_is_named_as_well_is_not_counted_as_skipped(news):
    (news / "a.html").write_text(seed_text())
    assert (names(news, news / "a.html"), skipped(news, news / "a.html")) == (["a.html", "good.md"], 0)


def test_no_paths_find_nothing():
    assert list(find_seeds([]).files) == []


def test_thousands_of_files_come_in_their_order_whole_and_in_parts(tmp_path):
    names = [f"{number:04}.md" for number in range(2_300)] + ["a\n\udcff.md", "z.md"]
    for name in names[:-1]:
        (tmp_path / name).touch()
    (tmp_path / "z.md").symlink_to(tmp_path / "nowhere")
    found = find_seeds([str(tmp_path)]).files
    assert len(found) == 2_302
    assert [each.path for each in found] == [os.path.join(tmp_path, name) for name in names]
    assert found[990:1_010] == list(found)[990:1_010]
    assert found[-1] == found[2_301]
    assert (found[-1].problem, found[-2].problem is None, found[0].problem) == (
        "The link leads to nothing that can be read: No such file or directory.",
        False,
        None,
    )
    assert list(found.stems()) == [each.stem for each in found]
