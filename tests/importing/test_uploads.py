"""Uploads are looked at first and imported once; what a run changed is told; a held one is let through."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from articles.importing import import_paths, uploads
from articles.importing.changes import changes_of
from articles.importing.packing import UploadRefused
from articles.importing.runs import NotAllowed
from articles.importing.undoing import foreseen, undo_run
from articles.importing.uploads import NotHeld, confirm, discard, let_through, receive
from articles.models import Article, ImportRun, Upload, Version
from tests.factories import assert_columns_are_what_the_logs_say, import_folder, seed_text, write_seed
from tests.importing.zips import seed, zipped

pytestmark = pytest.mark.django_db
BEES = "2020-06-22-bees"


def test_a_dry_run_tells_each_difference_and_each_error_at_its_line_and_writes_nothing(chief, tmp_path):
    import_paths([str(write_seed(tmp_path, BEES, heat=40, title="Bees"))])
    bad = seed_text(heat=3).replace("heat: 3", "heat: much")
    upload = receive(
        [
            zipped(
                (f"_news/{BEES}.md", seed_text(heat=99, title="Bees")), ("_news/bad.md", bad), ("new.md", seed_text())
            )
        ],
        "default",
        by=chief,
    )
    upload.refresh_from_db()
    report = upload.report
    assert (report["counts"]["created"], report["counts"]["updated"], report["counts"]["rejected"]) == (1, 1, 1)
    told = {story["stem"]: (story["verdict"], story["fields"]) for story in report["stories"]}
    assert told[BEES] == ("updated", {"heat": [40, 99]})
    assert told["new"][0] == "created"
    (error,) = report["errors"]
    assert (error["file"], error["line"], error["column"], error["field"]) == ("_news/bad.md", 9, 1, "heat")
    assert "".join(error["line_of_file"]) == "heat: much"
    assert (upload.name, upload.username, upload.run_id) == ("seeds.zip", "chloe", None)
    assert Article.objects.count() == Version.objects.count() == 1


def test_nothing_names_the_temporary_folder(chief):
    twice = [("a/same.md", seed_text()), ("b/same.md", seed_text()), ("c.md", seed_text(strange=1))]
    upload = receive([zipped(*twice)], "default", by=chief)
    run = confirm(upload.pk, by=chief).run
    assert (run.paths, run.username, run.status) == (["seeds.zip"], "chloe", "finished")
    assert run.errors[0]["file"] == "b/same.md"
    assert "The same name as a/same.md" in run.errors[0]["message"]
    assert [warning["file"] for warning in run.warnings] == ["c.md"]
    assert "newsdesk-upload" not in str([run.errors, run.warnings, run.paths, upload.report])
    assert Version.objects.get(article__stem="same").path == "a/same.md"


def test_the_report_is_bounded_and_says_what_is_left_out(chief, monkeypatch):
    monkeypatch.setattr("articles.importing.foreseeing.KEPT_STORIES", 2)
    monkeypatch.setattr("articles.importing.foreseeing.KEPT_PROBLEMS", 1)
    bad = seed_text().replace("heat: 40", "heat: no").replace("quality: 57", "quality: no")
    files = [
        (f"{number}.md", seed_text(title="x" * 500, webUrl="https://a.example/" + "y" * 3000)) for number in range(4)
    ]
    report = receive([zipped(*files, ("bad.md", bad))], "default", by=chief).report
    assert (len(report["stories"]), len(report["errors"])) == (2, 1)
    assert report["more"] == {"stories": 2, "errors": 1, "warnings": 0}
    assert all(len(str(pair)) < 500 for story in report["stories"] for pair in story["fields"].values())


def test_of_long_texts_the_part_that_differs_is_kept(chief, tmp_path):
    long = "word " * 400
    import_paths([str(write_seed(tmp_path, BEES, excerpt=long + "old"))])
    upload = receive([seed(f"{BEES}.md", excerpt=long + "new")], "default", by=chief)
    old, new = upload.report["stories"][0]["fields"]["excerpt"]
    assert (old[0], old[-3:], new[-3:]) == ("…", "old", "new")
    assert len(old) < 100


@pytest.mark.parametrize("source", ["", "Default", "a b", "a" * 41, "a\n"])
def test_a_source_that_is_none_is_refused(chief, source):
    with pytest.raises(UploadRefused, match="is no source"):
        receive([seed("a.md")], source, by=chief)


def test_an_upload_without_a_seed_file_is_refused_and_not_kept(chief):
    with pytest.raises(UploadRefused, match="There is no seed file in it"):
        receive([zipped(("README.md", "Hello"), ("b.jpg", "x"))], "default", by=chief)
    assert not Upload.objects.exists()


def test_only_who_may_run_imports_uploads_confirms_discards_and_undoes(chief, editor, tmp_path):
    upload = receive([seed("a.md")], "default", by=chief)
    run = import_folder(write_seed(tmp_path).parent).run
    for verb in (
        lambda: receive([seed("b.md")], "default", by=editor),
        lambda: confirm(upload.pk, by=editor),
        lambda: discard(upload.pk, by=editor),
        lambda: let_through(run, by=editor),
        lambda: undo_run(run, by=editor),
    ):
        with pytest.raises(NotAllowed, match="erin may not run imports"):
            verb()


# -- confirmed


def test_a_second_confirmation_finds_the_first_ones_run(chief):
    upload = receive([seed("a.md")], "default", by=chief)
    first = confirm(upload.pk, by=chief)
    second = confirm(upload.pk, by=chief)
    assert first.run_id == second.run_id == ImportRun.objects.get().pk
    assert bytes(second.data) == b""
    assert_columns_are_what_the_logs_say()


def test_what_came_between_the_dry_run_and_the_confirmation_is_told_and_nothing_is_imported(chief, tmp_path):
    import_paths([str(write_seed(tmp_path, BEES, heat=40))])
    upload = receive([seed(f"{BEES}.md", heat=99), seed("other.md")], "default", by=chief)
    import_paths([str(write_seed(tmp_path, BEES, heat=50))])
    upload = confirm(upload.pk, by=chief)
    assert upload.run_id is None
    assert upload.report["since"] == [BEES]
    assert upload.report["stories"][0]["fields"] == {"heat": [50, 99]}
    assert Article.objects.get().heat == 50
    assert confirm(upload.pk, by=chief).run_id
    assert Article.objects.get(stem=BEES).heat == 99


def test_a_discarded_upload_is_gone_and_an_imported_one_stays(chief):
    kept, gone = (receive([seed(name)], "default", by=chief) for name in ("a.md", "b.md"))
    confirm(kept.pk, by=chief)
    assert discard(gone.pk, by=chief)
    assert not discard(kept.pk, by=chief)
    with pytest.raises(Upload.DoesNotExist):
        confirm(gone.pk, by=chief)
    assert list(Upload.objects.values_list("pk", flat=True)) == [kept.pk]


def test_an_upload_that_nobody_confirms_is_forgotten_after_a_week(chief, time_machine):
    time_machine.move_to("2026-06-01T00:00:00Z")
    old = receive([seed("a.md")], "default", by=chief)
    time_machine.move_to("2026-06-09T00:00:00Z")
    new = receive([seed("b.md")], "default", by=chief)
    assert list(Upload.objects.values_list("pk", flat=True)) == [new.pk]
    assert old.pk != new.pk


# -- what a run changed, and its undo


def test_a_runs_changes_are_computed_from_the_versions(tmp_path, django_assert_max_num_queries):
    for name in "abc":
        write_seed(tmp_path, f"2020-06-22-{name}", heat=40)
    import_folder(tmp_path)
    write_seed(tmp_path, "2020-06-22-a", heat=99, title="Another")
    (tmp_path / "2020-06-22-b.md").unlink()
    write_seed(tmp_path, "2020-06-22-d")
    run = ImportRun.objects.get(pk=import_folder(tmp_path, prune=True).run)
    import_folder(write_seed(tmp_path, "2020-06-22-a", heat=100).parent)  # a later one changes nothing of it
    with django_assert_max_num_queries(3):
        changes, more = changes_of(run)
    told = {change.article.stem[-1]: (str(change.what), change.fields) for change in changes}
    assert told["a"] == ("updated", {"heat": (40, 99), "title": ("A story", "Another")})
    assert told["b"] == ("withdrawn", {})
    assert told["d"][0] == "created"
    assert (len(told), more) == (3, False)
    write_seed(tmp_path, "2020-06-22-b", heat=40)
    back, _ = changes_of(ImportRun.objects.get(pk=import_folder(tmp_path).run))
    assert [(change.article.stem[-1], str(change.what)) for change in back] == [("b", "came back")]
    assert len(changes_of(run, 0, 2)[0]) == 2
    assert changes_of(run, 0, 2)[1] is True


def test_the_undo_of_a_run_changes_the_other_way_round_and_its_undo_back(tmp_path):
    import_folder(write_seed(tmp_path, BEES, heat=40).parent)
    write_seed(tmp_path, BEES, heat=99)
    run = import_folder(write_seed(tmp_path, "2020-06-22-new").parent).run
    plan = foreseen(run)
    assert (plan.articles, plan.going, plan.decisions, plan.brings_back) == (2, 1, 0, None)
    undo = undo_run(run).run
    told = {c.article.stem: (str(c.what), c.fields) for c in changes_of(ImportRun.objects.get(pk=undo))[0]}
    assert told == {BEES: ("updated", {"heat": (99, 40)}), "2020-06-22-new": ("gone", {})}
    assert foreseen(undo).brings_back == run
    redo = undo_run(undo).run
    told = {c.article.stem: str(c.what) for c in changes_of(ImportRun.objects.get(pk=redo))[0]}
    assert told == {BEES: "updated", "2020-06-22-new": "created"}


def test_the_undo_of_a_run_that_a_later_one_has_overtaken_says_that_nothing_changed(tmp_path):
    import_folder(write_seed(tmp_path, BEES, heat=40).parent)
    run = import_folder(write_seed(tmp_path, BEES, heat=99).parent).run
    import_folder(write_seed(tmp_path, BEES, heat=100).parent)
    undo = undo_run(run).run
    (change,) = changes_of(ImportRun.objects.get(pk=undo))[0]
    assert (str(change.what), change.fields) == ("not changed, as a later run speaks of it", {})


def test_a_damaged_version_does_not_hide_what_else_a_run_changed(tmp_path):
    write_seed(tmp_path, BEES)
    run = ImportRun.objects.get(pk=import_folder(write_seed(tmp_path, "2020-06-22-new").parent).run)
    Version.objects.filter(article__stem=BEES).update(data=b"damaged")
    told = {change.article.stem: str(change.what) for change in changes_of(run)[0]}
    assert told == {BEES: "not known: what is stored of its file is damaged", "2020-06-22-new": "created"}


# -- a held run


@pytest.fixture
def held(tmp_path):
    for name in "abcde":
        write_seed(tmp_path, f"2020-06-22-{name}", heat=40)
    import_folder(tmp_path)
    for name in "abcd":
        write_seed(tmp_path, f"2020-06-22-{name}", heat=99)
    return ImportRun.objects.get(pk=import_folder(tmp_path, max_change=20).run)


def test_a_held_run_is_let_through_once(held, chief):
    run = let_through(held.pk, by=chief)
    assert (run.status, run.updated, run.username, run.paths) == ("finished", 4, "chloe", held.paths)
    assert Article.objects.filter(heat=99).count() == 4
    with pytest.raises(NotHeld, match="nothing to let through"):
        let_through(held.pk, by=chief)


def test_a_held_run_that_was_to_withdraw_withdraws_when_it_is_let_through(tmp_path, held, chief):
    (tmp_path / "2020-06-22-e.md").unlink()
    pruning = import_folder(tmp_path, max_change=20, prune=True).run
    assert let_through(pruning, by=chief).withdrawn == 1


def test_a_held_run_whose_files_are_not_here_is_refused_with_the_reason(held, chief):
    ImportRun.objects.filter(pk=held.pk).update(paths=["/nowhere/seeds"])
    with pytest.raises(NotHeld, match="/nowhere/seeds is not on this machine"):
        let_through(held.pk, by=chief)


def test_paths_of_a_held_run_are_looked_for_from_the_projects_folder(held, settings, tmp_path):
    settings.BASE_DIR = tmp_path.parent
    held.paths = [tmp_path.name]
    assert uploads.readable_paths(held) == [str(tmp_path)]


@pytest.mark.django_db(transaction=True)
def test_of_two_confirmations_at_once_one_imports_and_both_lead_to_its_run(chief):
    upload = receive([seed("a.md")], "default", by=chief)

    def confirmed():
        try:
            return confirm(upload.pk, by=chief).run_id
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first, second = (pool.submit(confirmed) for _ in range(2))
        runs = {first.result(), second.result()}
    assert runs == set(ImportRun.objects.values_list("pk", flat=True))
    assert len(runs) == 1


def test_only_the_newest_state_of_a_source_waits(tmp_path, held):
    assert list(ImportRun.objects.waiting()) == [held]
    import_folder(write_seed(tmp_path / "other", "elsewhere").parent, source="wire")
    assert list(ImportRun.objects.waiting()) == [held]
    anew = import_folder(tmp_path, max_change=20).run
    assert [run.pk for run in ImportRun.objects.waiting()] == [anew]
    import_folder(tmp_path)
    assert not ImportRun.objects.waiting().exists()
