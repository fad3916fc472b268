"""`--prune`: what upstream has dropped is withdrawn, and comes back with its file."""

import os

import pytest

from articles.curation import set_value
from articles.importing import NotAFolder, import_paths
from articles.models import Article, ImportRun, Version
from tests.factories import a_superuser, assert_columns_are_what_the_logs_say, import_folder, write_seed
from tests.operations.commands import manage

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path):
    write_seed(tmp_path, "2020-06-22-a")
    write_seed(tmp_path, "2020-06-22-b")
    import_folder(tmp_path)
    return tmp_path


def test_an_article_whose_file_is_gone_is_withdrawn_and_answers_410(folder, client):
    (folder / "2020-06-22-b.md").unlink()
    assert import_folder(folder).counts["withdrawn"] == 0, "not without --prune"
    assert client.get("/articles/b/").status_code == 200
    report = import_folder(folder, prune=True)
    assert (report.counts["withdrawn"], report.counts["unchanged"]) == (1, 1)
    assert client.get("/articles/b/").status_code == 410
    assert "/articles/b/" not in client.get("/").content.decode()
    assert_columns_are_what_the_logs_say()
    assert import_folder(folder, prune=True).counts["withdrawn"] == 0, "once"


def test_its_return_brings_everything_back_decisions_too(folder, client):
    set_value(Article.objects.get(stem="2020-06-22-b"), "heat", 99, by=a_superuser())
    data = (folder / "2020-06-22-b.md").read_bytes()
    (folder / "2020-06-22-b.md").unlink()
    import_folder(folder, prune=True)
    (folder / "2020-06-22-b.md").write_bytes(data)
    assert import_folder(folder).counts["updated"] == 1
    article = Article.objects.get(stem="2020-06-22-b")
    assert (article.withdrawn, article.heat) == (False, 99)
    assert client.get("/articles/b/").status_code == 200
    assert_columns_are_what_the_logs_say()


def test_a_file_that_turned_bad_is_not_gone(folder):
    (folder / "2020-06-22-b.md").write_text("---\nheat: hot\n---\n")
    report = import_folder(folder, prune=True)
    assert (report.counts["rejected"], report.counts["withdrawn"]) == (1, 0)


@pytest.mark.parametrize("text", ["no front matter\n", ""])
def test_a_file_without_front_matter_is_not_gone(folder, text):
    (folder / "2020-06-22-b.md").write_text(text)
    assert import_folder(folder, prune=True).counts["withdrawn"] == 0


def test_a_moved_file_is_not_gone(folder):
    (folder / "_archive").mkdir()
    (folder / "2020-06-22-b.md").rename(folder / "_archive" / "2020-06-22-b.md")
    assert import_folder(folder, prune=True).counts["withdrawn"] == 0


def test_other_sources_are_left_alone(folder):
    write_seed(folder / "other", "2020-06-22-c")
    import_folder(folder / "other", source="other", prune=True)
    assert not Article.objects.filter(withdrawn=True).exists()


def test_nothing_is_withdrawn_where_no_seed_file_was_found(folder, tmp_path_factory):
    empty = tmp_path_factory.mktemp("empty")
    report = import_folder(empty, prune=True)
    assert (report.exit_code, report.counts["withdrawn"]) == (2, 0)


def a_file_is_gone_and_a_folder_is_locked(folder, monkeypatch):
    (folder / "locked").mkdir()
    (folder / "2020-06-22-b.md").unlink()
    scandir = os.scandir

    def refusing(path):
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)


def test_nothing_is_withdrawn_where_a_folder_could_not_be_listed(folder, monkeypatch):
    a_file_is_gone_and_a_folder_is_locked(folder, monkeypatch)
    report = import_folder(folder, prune=True)
    assert report.counts["withdrawn"] == 0
    assert "cannot be listed" in report.warnings[0].message


def test_prune_works_on_folders_only(folder):
    with pytest.raises(NotAFolder):
        import_paths([str(folder / "2020-06-22-a.md")], prune=True)


def test_a_dry_run_tells_what_would_be_withdrawn_and_withdraws_nothing(folder):
    (folder / "2020-06-22-b.md").unlink()
    assert import_folder(folder, prune=True, dry_run=True).counts["withdrawn"] == 1
    assert not Version.objects.filter(kind="withdrawal").exists()


def test_the_command_says_how_many_it_withdrew_and_refuses_a_file_with_2(folder):
    (folder / "2020-06-22-b.md").unlink()
    assert manage("import_seeds", folder / "2020-06-22-a.md", "--prune").code == 2
    ran = manage("import_seeds", folder, "--prune")
    assert (ran.code, "1 withdrawn" in ran.out) == (0, True)
    assert ImportRun.objects.latest("pk").withdrawn == 1


LISTS = ("/", "/latest/", "/topics/ai/", "/providers/outlet.example/")


def test_the_command_withdraws_and_the_files_return_is_updated_and_brings_decisions_back(folder, client):
    set_value(Article.objects.get(stem="2020-06-22-b"), "heat", 99, by=a_superuser())
    data = (folder / "2020-06-22-b.md").read_bytes()
    (folder / "2020-06-22-b.md").unlink()
    assert manage("import_seeds", folder).code == 0
    assert client.get("/articles/b/").status_code == 200, "not without --prune"
    assert "1 withdrawn" in manage("import_seeds", folder, "--prune").out
    assert client.get("/articles/b/").status_code == 410
    assert not any("/articles/b/" in client.get(path).content.decode() for path in LISTS)
    (folder / "2020-06-22-b.md").write_bytes(data)
    assert "1 updated, 1 unchanged" in manage("import_seeds", folder, "--prune").out
    assert Article.objects.get(stem="2020-06-22-b").heat == 99
    assert all("/articles/b/" in client.get(path).content.decode() for path in LISTS)
    assert manage("rebuild_articles", "--check").code == 0


def turned_bad(folder, path):
    path.write_text("---\nheat: hot\n---\n")


def lost_its_front_matter(folder, path):
    path.write_text("no front matter\n")


def moved(folder, path):
    (folder / "_archive").mkdir()
    path.rename(folder / "_archive" / path.name)


def in_another_path(folder, path):
    (folder.parent / "another").mkdir(exist_ok=True)
    path.rename(folder.parent / "another" / path.name)


def another_seeds_extension(folder, path):
    path.rename(path.with_suffix(".txt"))


def became_a_pipe(folder, path):
    path.unlink()
    os.mkfifo(path)


def became_a_double(folder, path):
    write_seed(folder / "a", path.stem)


def is_deleted(folder, path):
    path.unlink()


def another_extension(folder, path):
    path.rename(path.with_suffix(".html"))


@pytest.mark.parametrize(
    ("happens", "withdrawn"),
    [(turned_bad, 0), (lost_its_front_matter, 0), (moved, 0), (in_another_path, 0), (another_seeds_extension, 0),
     (became_a_pipe, 0), (became_a_double, 0), (is_deleted, 1), (another_extension, 1)],
    ids=lambda each: getattr(each, "__name__", None),
)  # fmt: skip
def test_gone_is_what_has_no_file_of_its_stem_with_a_seeds_extension_under_the_paths(folder, happens, withdrawn):
    another = folder.parent / f"{folder.name}-another"
    another.mkdir()
    happens(folder, folder / "2020-06-22-b.md")
    if happens is in_another_path:
        (folder.parent / "another").rename(another / "here")
    ran = manage("import_seeds", folder, another, "--prune")
    assert ran.code == (1 if happens in (turned_bad, became_a_double) else 0)
    assert Article.objects.filter(withdrawn=True).count() == withdrawn


def test_the_command_withdraws_nothing_where_no_seed_file_is_found_or_a_folder_cannot_be_listed(folder, monkeypatch):
    empty = folder.parent / f"{folder.name}-empty"
    empty.mkdir()
    assert manage("import_seeds", empty, "--prune").code == 2
    a_file_is_gone_and_a_folder_is_locked(folder, monkeypatch)
    assert manage("import_seeds", folder, "--prune").code == 0
    assert not Article.objects.filter(withdrawn=True).exists()


def test_the_command_leaves_other_sources_alone(folder):
    write_seed(folder / "other", "2020-06-22-c")
    assert manage("import_seeds", folder / "other", "--source=other", "--prune").code == 0
    assert not Article.objects.filter(withdrawn=True).exists()
