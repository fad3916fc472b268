"""`--max-change`: a broken upstream must not become a broken site."""

import json

import pytest

from articles.importing import import_paths
from articles.models import Article, ImportRun, Version
from tests.factories import assert_columns_are_what_the_logs_say, import_folder, write_seed
from tests.operations.commands import manage

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path):
    for name in "abcdefghij":
        write_seed(tmp_path, f"2020-06-22-{name}", heat=40)
    import_folder(tmp_path)
    return tmp_path


def changed(folder, names, **values):
    for name in names:
        write_seed(folder, f"2020-06-22-{name}", **values)


def test_with_nothing_stored_it_never_holds(tmp_path):
    write_seed(tmp_path)
    report = import_folder(tmp_path, max_change=0)
    assert (report.held, report.counts["created"]) == (False, 1)


@pytest.mark.parametrize(("names", "held"), [("ab", False), ("abc", True)])
def test_a_run_is_held_where_more_than_the_share_would_be_updated(folder, names, held):
    changed(folder, names, heat=99)
    report = import_folder(folder, max_change=20)
    assert (report.held, report.exit_code) == (held, 3 if held else 0)
    assert Article.objects.filter(heat=99).count() == (0 if held else 2)


def test_a_held_run_keeps_its_row_and_its_differences(folder):
    changed(folder, "abc", heat=99)
    report = import_folder(folder, max_change=20)
    run = ImportRun.objects.get(pk=report.run)
    assert (run.status, run.updated, run.unchanged) == ("held", 3, 7)
    assert run.differences[0] == {"stem": "2020-06-22-a", "verdict": "updated", "fields": {"heat": [40, 99]}}
    assert not Version.objects.filter(run=run).exists()


def test_rejected_files_of_stored_articles_count(folder):
    for name in "abc":
        (folder / f"2020-06-22-{name}.md").write_text("---\nbroken: [\n---\n")
    report = import_folder(folder, max_change=20)
    assert report.exit_code == 3


def test_rejected_files_that_were_never_stored_and_new_ones_do_not(folder):
    for name in "xyz":
        (folder / f"2020-06-22-{name}.md").write_text("---\nbroken: [\n---\n")
    write_seed(folder, "2020-06-22-new")
    report = import_folder(folder, max_change=20)
    assert (report.exit_code, report.counts["created"]) == (1, 1)


def test_withdrawals_count(folder):
    for name in "abc":
        (folder / f"2020-06-22-{name}.md").unlink()
    assert import_folder(folder, max_change=20, prune=True).exit_code == 3
    assert not Article.objects.filter(withdrawn=True).exists()


def test_a_dry_run_exits_as_the_run_would_and_leaves_no_row(folder):
    changed(folder, "abc", heat=99)
    before = ImportRun.objects.count()
    report = import_folder(folder, max_change=20, dry_run=True)
    assert (report.exit_code, report.run, ImportRun.objects.count()) == (3, None, before)


def test_held_comes_before_refused(folder):
    changed(folder, "abc", heat=99)
    (folder / "2020-06-22-z.md").write_text("---\nbroken: [\n---\n")
    assert import_paths([str(folder)], max_change=20, strict=True).exit_code == 3


def test_the_command_exits_with_3_and_prints_the_held_runs_number(folder, tmp_path_factory):
    changed(folder, "abc", heat=99)
    file = tmp_path_factory.mktemp("report") / "report.json"
    ran = manage("import_seeds", folder, "--max-change=20", "--report", file)
    report = json.loads(file.read_text())
    held = ImportRun.objects.get(status="held")
    assert (ran.code, report["run"], report["updated"]) == (3, held.pk, 3)
    assert f"Run {held.pk}, held (--max-change)" in ran.out
    assert manage("undo_import", held.pk).code == 2
    assert manage("import_seeds", folder, "--max-change=30").code == 0


def test_a_second_file_of_an_article_is_not_the_articles_file_and_does_not_count(folder):
    for name in "abcde":
        write_seed(folder / "copies", f"2020-06-22-{name}", heat=40)
    ran = manage("import_seeds", folder, "--max-change=10")
    assert (ran.code, "5 rejected" in ran.out, "held" in ran.out) == (1, True, False)


# -- files that change between the look at them and their import


@pytest.fixture
def rewritten_after_the_look(folder, monkeypatch):
    """`rewritten_after_the_look(times, **values)`: the last file gets these values each time a trial has ended."""
    from articles import importing

    tried = importing._tried

    def arrange(times, **values):
        left = [times]

        def trial(*arguments):
            report = tried(*arguments)
            if left[0]:
                left[0] -= 1
                write_seed(folder, "2020-06-22-j", **values)
            return report

        monkeypatch.setattr(importing, "_tried", trial)

    monkeypatch.setattr(importing, "BATCH", 3)
    return arrange


def test_strict_writes_nothing_of_a_file_that_went_bad_after_it_was_looked_at(folder, rewritten_after_the_look):
    changed(folder, "abc", heat=50)
    rewritten_after_the_look(1, heat="hot")
    ran = manage("import_seeds", folder, "--strict")
    assert (ran.code, "refused (--strict)" in ran.out) == (1, True)
    assert not Article.objects.exclude(heat=40).exists()
    assert_columns_are_what_the_logs_say()
    assert [run.status for run in ImportRun.objects.order_by("pk")[1:]] == ["failed", "finished", "refused"]


def test_max_change_holds_what_became_too_much_after_it_was_looked_at(folder, rewritten_after_the_look):
    changed(folder, "ab", heat=50)
    rewritten_after_the_look(1, heat=50)
    assert manage("import_seeds", folder, "--max-change=20").code == 3
    assert not Article.objects.exclude(heat=40).exists()
    assert_columns_are_what_the_logs_say()


def test_files_that_never_stay_the_same_are_not_imported(folder, monkeypatch):
    from articles import importing

    monkeypatch.setattr(importing, "_may_stand", lambda *arguments: False)
    changed(folder, "a", heat=50)
    ran = manage("import_seeds", folder, "--strict")
    assert (ran.code, "being changed all the time" in ran.err) == (2, True)
    assert not Article.objects.exclude(heat=40).exists()


def test_a_held_run_keeps_what_would_have_changed_by_the_names_of_the_file(folder):
    picture, link = {"url": "/a.png"}, {"title": "R", "webUrl": "https://r.example/"}
    changed(folder, "ab", heat=40, images=[picture], related=[link], colour="red", provider={"domain": "a.example"})
    assert manage("import_seeds", folder, "--max-change=10").code == 3
    fields = ImportRun.objects.get(status="held").differences[0]["fields"]
    assert fields["images"] == [None, [picture]]
    assert fields["related"] == [None, [link]]
    assert fields["colour"] == [None, "red"]
    assert fields["provider"][1] == {"domain": "a.example"}


def update(folder, names):
    changed(folder, names, heat=99)


def withdraw(folder, names):
    for name in names:
        (folder / f"2020-06-22-{name}.md").unlink()


def ruin(folder, names):
    for name in names:
        (folder / f"2020-06-22-{name}.md").write_text("---\nbroken: [\n---\n")


@pytest.mark.parametrize("happen", [update, withdraw, ruin])
@pytest.mark.parametrize("dry", [["--dry-run"], []], ids=["dry run", "real run"])
def test_the_command_holds_more_than_the_share_updated_withdrawn_or_rejected_and_no_less(folder, happen, dry):
    asked = ["import_seeds", folder, "--prune", "--max-change=20%", *dry]
    happen(folder, "ab")
    assert manage(*asked).code == (1 if happen is ruin else 0)
    versions = Version.objects.count()
    happen(folder, "abc" if happen is ruin else "cde")
    if dry and happen is not ruin:
        versions = Version.objects.count()
    ran = manage(*asked)
    assert (ran.code, "held (--max-change)" in ran.out) == (3, True)
    assert Version.objects.count() == versions
    assert ImportRun.objects.filter(status="held").count() == (0 if dry else 1)


def test_the_share_is_of_the_sources_articles_that_are_stored_and_not_withdrawn(folder):
    write_seed(folder / "other", "2020-06-22-other")
    assert manage("import_seeds", folder / "other", "--source=other").code == 0
    (folder / "other" / "2020-06-22-other.md").unlink()
    withdraw(folder, "fghij")
    assert manage("import_seeds", folder, "--prune").code == 0
    update(folder, "ab")
    assert manage("import_seeds", folder, "--max-change=39").code == 3, "two of five"
    assert manage("import_seeds", folder, "--max-change=40").code == 0


@pytest.mark.parametrize("share", ["-1", "101", "some", "nan", ""])
def test_2_where_max_change_is_no_percentage(folder, share):
    assert manage("import_seeds", folder, f"--max-change={share}").code == 2


def test_the_command_never_holds_with_nothing_stored_nor_for_new_files(folder):
    assert manage("import_seeds", folder, "--max-change=0", "--source=new").code == 0
    write_seed(folder, "2020-06-22-new")
    assert manage("import_seeds", folder, "--max-change=0").code == 0
    assert Article.objects.count() == 21


def test_the_held_run_keeps_its_row_and_its_differences(folder):
    update(folder, "ab")
    withdraw(folder, "c")
    ruin(folder, "d")
    assert manage("import_seeds", folder, "--prune", "--max-change=20").code == 3
    held = ImportRun.objects.latest("pk")
    assert (held.status, held.updated, held.withdrawn, held.rejected) == ("held", 2, 1, 1)
    fields = {"heat": [40, 99]}
    assert [(each["stem"][-1], each["verdict"], each["fields"]) for each in held.differences] == [
        ("a", "updated", fields), ("b", "updated", fields), ("d", "rejected", {}), ("c", "withdrawn", {}),
    ]  # fmt: skip
