"""What each file is to the site: created, updated, unchanged, rejected or skipped, and what is written for each."""

import re
import sqlite3

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles.importing import import_paths
from articles.models import Article, ImportRun, Version
from articles.projection import unpack
from tests.factories import (
    assert_columns_are_what_the_logs_say,
    import_folder,
    import_seed,
    seed_text,
    withdraw,
    write_seed,
)

from .tables import every_row

pytestmark = pytest.mark.django_db
STEM = "2020-06-22-story"
NOTHING = {"files", "created", "updated", "unchanged", "rejected", "skipped", "conflicts", "withdrawn"}


def counts(report, **expected) -> bool:
    return report.as_counts() == dict.fromkeys(NOTHING, 0) | expected


def the_article() -> Article:
    return Article.objects.get(stem=STEM)


def test_a_new_file_is_created_with_a_version_and_a_run(tmp_path):
    path = write_seed(tmp_path)
    report = import_folder(tmp_path)
    assert counts(report, files=1, created=1)
    article, run = the_article(), ImportRun.objects.get()
    assert (article.title, article.quality, article.heat, article.published) == ("A story", 57, 40, True)
    assert (article.path, article.slug, article.created_at) == (f"{STEM}.md", "story", run.started_at)
    assert (run.pk, run.status, run.files, run.created) == (report.run, "finished", 1, 1)
    assert unpack(article.versions.get()) == path.read_bytes()


def test_each_file_counts_once_and_files_is_their_sum(tmp_path):
    for name in ("unchanged", "updated", "moved", "reencrypted"):
        write_seed(tmp_path / "old", name)
    import_folder(tmp_path)
    write_seed(tmp_path / "old", "updated", heat=90)
    write_seed(tmp_path / "old", "reencrypted", secured="OTHER")
    (tmp_path / "new").mkdir()
    (tmp_path / "old" / "moved.md").rename(tmp_path / "new" / "moved.md")
    write_seed(tmp_path, "created")
    write_seed(tmp_path, "bad", quality="many")
    (tmp_path / "notes.md").write_text("No front matter here.")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    report = import_folder(tmp_path)
    assert counts(report, files=6, created=1, updated=1, unchanged=3, rejected=1, skipped=2)


def test_importing_the_same_files_again_writes_no_row_but_the_runs_and_the_editions(tmp_path):
    write_seed(tmp_path, related=[{"title": "Other", "webUrl": "https://b.example/"}])
    write_seed(tmp_path, "second")
    import_folder(tmp_path)
    before = every_row("ImportRun")
    with CaptureQueriesContext(connection) as queries:
        report = import_folder(tmp_path)
    assert counts(report, files=2, unchanged=2)
    assert every_row("ImportRun") == before
    writes = [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    tables = {
        table
        for statement in writes
        for table in re.findall(r'"articles_\w+"(?!\.)', statement.partition(" WHERE ")[0])
    }
    assert tables == {'"articles_importrun"', '"articles_edition"'}, writes


def test_the_queries_of_an_unchanged_import_do_not_grow_with_the_files(tmp_path):
    def queries_of_importing(count: int) -> int:
        for number in range(count):
            write_seed(tmp_path, f"story-{number}")
        import_folder(tmp_path)
        with CaptureQueriesContext(connection) as queries:
            import_folder(tmp_path)
        return len(queries)

    assert queries_of_importing(2) == queries_of_importing(20)


def test_the_queries_of_a_changed_import_do_not_grow_with_the_files(tmp_path):
    def queries_of_importing(count: int, heat: int) -> int:
        for number in range(count):
            write_seed(tmp_path, f"story-{number}", heat=heat, topics=["AI", "Law"])
        with CaptureQueriesContext(connection) as queries:
            import_folder(tmp_path)
        return len(queries)

    queries_of_importing(20, 1)
    assert queries_of_importing(2, 2) == queries_of_importing(20, 3)


REWRITES = {
    "secured_alone": seed_text(secured="ENCRYPTEDANEW"),
    "line_ends": seed_text().replace("\n", "\r\n"),
    "a_comment": seed_text().replace("title:", "# a comment\ntitle:"),
    "key_order": seed_text().replace('category: "news"\n', "").replace("title:", 'category: "news"\ntitle:'),
    "quotes": seed_text().replace("quality: 57", 'quality: "57"'),
    "a_null_key": seed_text().replace("quality: 57", "quality: 57\nlocale: ~"),
}


@pytest.mark.parametrize("what_happened", REWRITES)
def test_the_same_content_in_other_bytes_is_unchanged_and_the_newest_version_takes_the_bytes(tmp_path, what_happened):
    path = write_seed(tmp_path)
    import_folder(tmp_path)
    path.write_text(REWRITES[what_happened], newline="")
    before = every_row("ImportRun", "Article", "Version")
    report = import_folder(tmp_path)
    assert counts(report, files=1, unchanged=1)
    assert every_row("ImportRun", "Article", "Version") == before
    assert unpack(Version.objects.get()) == path.read_bytes()
    assert_columns_are_what_the_logs_say()
    before = every_row("ImportRun")
    import_folder(tmp_path)
    assert every_row("ImportRun") == before


CHANGES = {
    "heat_rose": {"heat": 41},
    "a_key_was_removed": {"excerpt": None},
    "a_key_became_its_default": {"category": None},
    "a_topic_came": {"topics": ["AI", "Law"]},
    "an_unknown_key_came": {"moderator": "x"},
    "the_body_changed": {"body": "Text\n"},
    "a_related_link_came": {"related": [{"title": "Other"}]},
    "the_story_was_swapped": {"title": "Another", "webUrl": "https://other.example/"},
}


@pytest.mark.parametrize("what_happened", CHANGES)
def test_other_content_is_updated_and_a_new_version(tmp_path, what_happened):
    first = import_seed(tmp_path)
    write_seed(tmp_path, **CHANGES[what_happened])
    report = import_folder(tmp_path)
    assert counts(report, files=1, updated=1)
    assert [version.run_id for version in first.versions.all()] == list(
        ImportRun.objects.order_by("pk").values_list("pk", flat=True)
    )
    assert_columns_are_what_the_logs_say()
    assert counts(import_folder(tmp_path), files=1, unchanged=1)


def test_a_swapped_story_is_the_same_article_at_the_same_address(tmp_path):
    first = import_seed(tmp_path)
    write_seed(tmp_path, title="Another", webUrl="https://other.example/", provider={"domain": "other.example"})
    import_folder(tmp_path)
    article = Article.objects.get()
    assert (article.pk, article.slug) == (first.pk, first.slug)
    assert (article.title, article.link, article.provider.domain) == (
        "Another", "https://other.example/", "other.example",
    )  # fmt: skip


def test_a_moved_file_is_the_same_article_and_unchanged(tmp_path):
    path = write_seed(tmp_path / "_news")
    import_folder(tmp_path)
    (tmp_path / "_archive" / "_news").mkdir(parents=True)
    path.rename(tmp_path / "_archive" / "_news" / path.name)
    assert counts(import_folder(tmp_path), files=1, unchanged=1)
    assert the_article().path == Version.objects.get().path == f"_archive/_news/{STEM}.md"
    assert_columns_are_what_the_logs_say()


def test_a_file_that_is_moved_and_changed_at_once_is_updated(tmp_path):
    write_seed(tmp_path / "a")
    import_folder(tmp_path)
    (tmp_path / "a" / f"{STEM}.md").unlink()
    write_seed(tmp_path / "b", heat=99)
    assert counts(import_folder(tmp_path), files=1, updated=1)
    assert (the_article().path, the_article().heat) == (f"b/{STEM}.md", 99)


def test_another_extension_is_the_same_article(tmp_path):
    path = write_seed(tmp_path)
    import_folder(tmp_path)
    path.rename(path.with_suffix(".txt"))
    assert counts(import_folder(tmp_path), files=1, unchanged=1)


def test_the_same_stem_in_another_source_is_another_article(tmp_path):
    write_seed(tmp_path)
    import_folder(tmp_path)
    assert counts(import_folder(tmp_path, source="other"), files=1, created=1)
    assert Article.objects.count() == 2


@pytest.mark.parametrize("first", [{}, {"quality": "many"}], ids=["good", "bad"])
def test_of_two_files_with_one_stem_the_first_by_path_is_taken_be_it_good_or_bad(tmp_path, first):
    write_seed(tmp_path / "a", title="First", **first)
    write_seed(tmp_path / "b", title="Second")
    report = import_folder(tmp_path)
    assert counts(report, files=2, **({"created": 1, "rejected": 1} if not first else {"rejected": 2}))
    assert str(tmp_path / "a" / f"{STEM}.md") in report.errors[-1].message
    assert report.errors[-1].file == str(tmp_path / "b" / f"{STEM}.md")
    assert list(Article.objects.values_list("title", flat=True)) == ([] if first else ["First"])


def test_paths_are_compared_as_text_and_not_in_the_order_they_were_typed(tmp_path):
    write_seed(tmp_path / "B", title="First")
    write_seed(tmp_path / "a", title="Second")
    import_paths([str(tmp_path / "a"), str(tmp_path / "B")])
    assert the_article().title == "First"


def test_names_that_differ_only_in_their_unicode_form_are_one_stem(tmp_path):
    write_seed(tmp_path / "a", "caf\u00e9", title="First")
    write_seed(tmp_path / "b", "cafe\u0301", title="Second")
    report = import_folder(tmp_path)
    assert counts(report, files=2, created=1, rejected=1)
    assert Article.objects.get().stem == "caf\u00e9"


def test_names_that_differ_in_case_are_two_stems(tmp_path):
    write_seed(tmp_path, "story")
    write_seed(tmp_path, "Story")
    assert counts(import_folder(tmp_path), files=2, created=2)


def test_one_file_named_and_in_a_folder_counts_once(tmp_path):
    path = write_seed(tmp_path)
    assert counts(import_paths([str(tmp_path), str(path), str(tmp_path)]), files=1, created=1)


def test_a_rejected_file_leaves_what_is_stored_as_it_was(tmp_path):
    import_seed(tmp_path)
    before = every_row("ImportRun")
    write_seed(tmp_path, title="New", heat=-2, quality="many")
    report = import_folder(tmp_path)
    assert counts(report, files=1, rejected=1)
    assert [problem.field for problem in report.errors] == ["quality", "heat"]
    assert every_row("ImportRun") == before
    run = ImportRun.objects.order_by("pk").last()
    assert [error["field"] for error in run.errors] == ["quality", "heat"]


def test_a_bad_file_keeps_no_good_one_out(tmp_path):
    for name in ("a", "c"):
        write_seed(tmp_path, name)
    (tmp_path / "b.md").write_bytes(b"---\ntitle: \xff\n---\n")
    assert counts(import_folder(tmp_path), files=3, created=2, rejected=1)


def test_a_withdrawn_article_comes_back_with_its_file_as_updated(tmp_path):
    withdraw(import_seed(tmp_path))
    assert the_article().withdrawn
    assert counts(import_folder(tmp_path), files=1, updated=1)
    assert not the_article().withdrawn
    assert_columns_are_what_the_logs_say()


def test_files_of_several_batches_are_judged_as_one_run(tmp_path, monkeypatch):
    monkeypatch.setattr("articles.importing.BATCH", 2)
    for name in ("a/one", "a/two", "b/one", "b/three", "c/four"):
        write_seed(tmp_path, name)
    assert counts(import_folder(tmp_path), files=5, created=4, rejected=1)
    assert counts(import_folder(tmp_path), files=5, unchanged=4, rejected=1)


@pytest.fixture
def few_parameters():
    """SQLite takes so many parameters in a statement; that there are builds which take 250 times more is no help."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        before = connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 999)
        yield
        connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, before)
    else:
        yield


@pytest.mark.usefixtures("few_parameters")
def test_a_file_with_more_topics_than_a_statement_takes_parameters_stops_nobody(tmp_path):
    write_seed(tmp_path, "good")
    names = [f"t{number}" for number in range(1500)]
    providers = [{"title": "T", "provider": {"domain": f"d{number}.example"}} for number in range(1500)]
    write_seed(tmp_path, "many", topics=names, related=providers)
    assert counts(import_folder(tmp_path), files=2, created=2)
    assert counts(import_folder(tmp_path), files=2, unchanged=2)


def test_a_clock_that_was_put_back_does_not_lay_new_versions_under_old_ones(tmp_path, time_machine):
    time_machine.move_to("2020-06-24T12:00:00Z")
    import_seed(tmp_path)
    time_machine.move_to("2020-06-24T11:00:00Z")
    write_seed(tmp_path, title="New")
    import_folder(tmp_path)
    assert the_article().title == "New"
    assert_columns_are_what_the_logs_say()
