"""`--prune`: what upstream has dropped is withdrawn, and comes back with its file."""

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


def test_nothing_is_withdrawn_where_a_folder_could_not_be_listed(folder, monkeypatch):
    import os

    (folder / "locked").mkdir()
    (folder / "2020-06-22-b.md").unlink()
    scandir = os.scandir

    def refusing(path):
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
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
