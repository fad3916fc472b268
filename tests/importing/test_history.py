"""`import_history`: what upstream said in the commits of a git checkout, as if it had been imported then."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from articles.curation import boost, fields_of, set_value
from articles.importing import history, recording
from articles.importing.undoing import CannotUndo, undo_run
from articles.models import Article, ImportRun, Provider, Version
from tests.factories import a_superuser, assert_columns_are_what_the_logs_say, import_folder
from tests.importing.checkouts import at, checkout
from tests.importing.tables import every_row

__all__ = ["checkout"]
pytestmark = pytest.mark.django_db


def read_history(folder, *options):
    """What the command says; the columns are proved each time."""
    out, err = StringIO(), StringIO()
    call_command("import_history", str(getattr(folder, "folder", folder)), *options, stdout=out, stderr=err)
    assert_columns_are_what_the_logs_say()
    return out.getvalue() + err.getvalue()


def refused(folder, *options):
    with pytest.raises(CommandError) as error:
        read_history(folder, *options)
    assert error.value.returncode == 2
    return str(error.value)


def log(stem="a"):
    """An article's log of upstream, oldest first: each entry's hour and the heat that it says."""
    entries = Version.objects.filter(article__stem=stem).exclude(kind="undo").order_by("at", "pk")
    return [(int((entry.at - at(0)).total_seconds() // 3600), heat_of(entry)) for entry in entries]


def heat_of(version):
    from articles.projection import story_of

    return story_of(version).heat if version.kind == "file" else version.kind


def counts(run):
    names = ("files", "created", "updated", "unchanged", "rejected", "withdrawn", "conflicts")
    return {name: getattr(run, name) for name in names if getattr(run, name)}


def test_each_commit_that_changes_content_is_a_run_at_the_committers_time(checkout):
    first = checkout.commit(0, a={"heat": 1}, b={"heat": 5})
    checkout.commit(1, a={"heat": 1, "secured": "OTHERCIPHER"})
    checkout.write("README.rst", "no seed")
    checkout.commit(2)
    second = checkout.commit(3, a={"heat": 2, "secured": "OTHERCIPHER"})
    said = read_history(checkout)
    assert "4 commits, 2 of them new runs: 3 files: 2 created, 1 updated" in said
    runs = ImportRun.objects.order_by("pk")
    assert [(run.commit, run.started_at, run.status) for run in runs] == [
        (first, at(0), "finished"),
        (second, at(3), "finished"),
    ]
    assert [counts(run) for run in runs] == [{"files": 2, "created": 2}, {"files": 1, "updated": 1}]
    assert log() == [(0, 1), (3, 2)]
    article = Article.objects.get(stem="a")
    assert (article.heat, article.created_at) == (2, at(0))


def test_the_state_after_a_history_is_that_of_an_import_of_the_checkout(checkout):
    provider = {"domain": "outlet.example", "name": "Then", "images": [{"url": "/then.png"}]}
    checkout.commit(0, a={"provider": provider, "topics": ["AI", "C"]}, b={"images": [{"url": "/b.png"}]})
    provider |= {"name": "Now", "images": [{"url": "/now.png"}]}
    checkout.commit(1, a={"provider": provider, "related": [{"title": "R", "images": [{"url": "/r.png"}]}]})
    read_history(checkout)
    assert Provider.objects.get().name == "Now"
    assert [image.url for image in Provider.objects.get().images.all()] == ["/now.png"]
    before = every_row("ImportRun")
    report = import_folder(checkout.folder)
    assert report.as_counts()["unchanged"] == report.as_counts()["files"] == 2
    assert every_row("ImportRun") == before


def test_a_second_pass_adds_nothing_and_one_after_new_commits_only_these(checkout, monkeypatch):
    checkout.commit(0, a={"heat": 1}, b={"title": ""})
    checkout.commit(1, a={"heat": 1, "secured": "X"})
    checkout.commit(2, a={"heat": 2})
    checkout.commit(3, a=None)
    read_history(checkout)
    before = every_row()
    with monkeypatch.context() as unread:
        unread.setattr(history, "read_story", None)  # nothing is parsed again
        assert "4 commits, 0 of them new runs" in read_history(checkout)
    assert every_row() == before
    checkout.commit(4, a={"heat": 3}, c={})
    assert "5 commits, 1 of them new runs: 2 files: 1 created, 1 updated" in read_history(checkout)
    assert log() == [(0, 1), (2, 2), (3, "withdrawal"), (4, 3)]


def test_killed_at_any_moment_it_has_whole_commits_and_goes_on_there(checkout, monkeypatch, tmp_path):
    for hour in range(6):
        checkout.commit(hour, a={"heat": hour}, b={"heat": hour, "secured": str(hour // 2)})
    read_history(checkout, "--source", "undisturbed")
    monkeypatch.setattr(history, "COMMITS_AT_ONCE", 2)
    show, done = recording._show, []

    def dies(*arguments):
        done.append(1)
        if len(done) in (2, 3):
            raise KeyboardInterrupt
        show(*arguments)

    monkeypatch.setattr(recording, "_show", dies)
    for runs in (2, 2):
        with pytest.raises(CommandError) as error:
            call_command("import_history", str(checkout.folder), verbosity=0)
        assert error.value.returncode == 130
        assert_columns_are_what_the_logs_say()
        assert ImportRun.objects.filter(source="default").count() == runs
    read_history(checkout)
    assert states("default") == states("undisturbed")


def test_a_commit_of_many_files_is_written_in_parts_and_goes_on_where_it_was_killed(checkout, monkeypatch):
    checkout.commit(0, **{f"s{number}": {"heat": number} for number in range(8)}, bad={"heat": "x"}, gone={})
    checkout.commit(1, **{f"s{number}": {"heat": number + 20} for number in range(8)}, gone=None)
    read_history(checkout, "--source", "undisturbed")
    monkeypatch.setattr(history, "FILES_AT_ONCE", 3)
    record, parts = history.record, []

    def dies_each_time(source, paths, batch):
        parts.append(sum(len(judged.entries) for judged in batch))
        if len(parts) % 2 == 0:
            raise KeyboardInterrupt
        record(source, paths, batch)

    monkeypatch.setattr(history, "record", dies_each_time)
    statuses = []
    for _ in range(20):
        try:
            call_command("import_history", str(checkout.folder), verbosity=0)
        except CommandError:
            assert_columns_are_what_the_logs_say()
            statuses.append(ImportRun.objects.filter(source="default").latest("pk").status)
        else:
            break
    assert max(parts) == 3
    assert "running" in statuses
    assert states("default") == states("undisturbed")
    of_both = [
        [(run.status, run.errors, *counts(run).items()) for run in ImportRun.objects.filter(source=name).order_by("pk")]
        for name in ("default", "undisturbed")
    ]
    assert of_both[0] == of_both[1]
    before = every_row()
    read_history(checkout)
    assert every_row() == before


def test_a_commit_that_rewrites_many_files_is_written_in_parts_and_is_a_run_only_where_one_says_anything(
    checkout, monkeypatch
):
    checkout.commit(0, **{f"s{number}": {} for number in range(8)})
    checkout.commit(1, **{f"s{number}": {"secured": "ANEW"} for number in range(8)})
    last = checkout.commit(2, **{f"s{number}": {"secured": "AGAIN"} for number in range(7)}, s7={"heat": 9})
    read_history(checkout, "--source", "undisturbed")
    monkeypatch.setattr(history, "FILES_AT_ONCE", 3)
    record, parts, done = history.record, [], []

    def noted(source, paths, batch):
        parts.append(sum(len(judged.entries) + len(judged.replaced) for judged in batch))
        record(source, paths, batch)

    monkeypatch.setattr(history, "record", noted)
    report = history.import_history(str(checkout.folder), observe=lambda commits, total: done.append(commits))
    assert_columns_are_what_the_logs_say()
    assert max(parts) < 2 * 3
    assert (sum(done), report.commits, report.runs) == (3, 3, 2)
    assert states("default") == states("undisturbed")
    run = ImportRun.objects.get(source="default", commit=last)
    assert (run.status, counts(run)) == ("finished", {"files": 8, "updated": 1, "unchanged": 7})
    assert ImportRun.objects.filter(source="default").count() == 2


def test_a_folder_of_any_name_is_read_again(checkout):
    checkout.commit(0, **{"rtl\u200f/a": {"heat": 1}})
    read_history(checkout, "--path", "rtl\u200f")
    checkout.commit(1, **{"rtl\u200f/a": {"heat": 2}})
    assert "2 commits, 1 of them new runs" in read_history(checkout, "--path", "rtl\u200f")


def states(source):
    versions = Version.objects.filter(run__source=source).order_by("at", "article__stem")
    rows = versions.values_list("article__stem", "kind", "at", "path", "file_digest", "run__commit")
    shown = Article.objects.filter(source=source).order_by("stem").values_list("stem", "heat", "path", "file_digest")
    return list(rows), list(shown)


def test_a_deletion_withdraws_and_the_files_return_brings_it_back(checkout, client):
    checkout.commit(0, a={}, b={"heat": 4})
    checkout.commit(1, b=None)
    read_history(checkout)
    article = Article.objects.get(stem="b")
    assert client.get(article.get_absolute_url()).status_code == 410
    assert counts(ImportRun.objects.latest("pk")) == {"withdrawn": 1}
    checkout.commit(2, b={"heat": 4})
    read_history(checkout)
    assert client.get(article.get_absolute_url()).status_code == 200
    assert counts(ImportRun.objects.latest("pk")) == {"files": 1, "updated": 1}
    assert log("b") == [(0, 4), (1, "withdrawal"), (2, 4)]


def test_a_move_is_a_move(checkout):
    checkout.commit(0, **{"_news/a": {"heat": 1}, "_news/b": {"heat": 1}})
    checkout.commit(1, **{"_news/a": None, "_archive/_news/a": {"heat": 1}})
    checkout.commit(2, **{"_news/b": None, "_archive/_news/b": {"heat": 2}})
    read_history(checkout)
    assert log("a") == [(0, 1)]
    assert log("b") == [(0, 1), (2, 2)]
    paths = dict(Article.objects.values_list("stem", "path"))
    assert paths == {"a": "_archive/_news/a.md", "b": "_archive/_news/b.md"}
    assert Version.objects.get(article__stem="a").path == "_archive/_news/a.md"


def test_a_rewrite_of_other_bytes_replaces_those_of_the_newest_version(checkout, tmp_path):
    checkout.commit(0, a={"heat": 1})
    checkout.commit(1, a={"heat": 1, "secured": "ONE"})
    read_history(checkout)
    checkout.commit(2, a={"heat": 1, "secured": "TWO"})
    read_history(checkout)
    assert log() == [(0, 1)]
    call_command("export_seeds", str(tmp_path / "out"), verbosity=0)
    assert (tmp_path / "out/a.md").read_bytes() == (checkout.folder / "a.md").read_bytes()


def test_what_is_older_than_a_live_import_is_laid_under_it(checkout):
    checkout.commit(0, a={"heat": 1})
    checkout.commit(1, a={"heat": 2})
    import_folder(checkout.folder)
    (checkout.folder / "a.md").write_text((checkout.folder / "a.md").read_text().replace("heat: 2", "heat: 9"))
    import_folder(checkout.folder)
    before = every_row("ImportRun", "Version")
    assert "2 files: 0 created, 2 updated" in read_history(checkout)
    assert every_row("ImportRun", "Version") == before
    assert [heat for _, heat in log()] == [1, 2, 2, 9]


def test_what_is_newer_than_a_live_import_lies_over_it(checkout):
    import_folder(write(checkout, a={"heat": 2}))
    checkout.commit(0, a={"heat": 1})
    checkout.commit(24 * 365 * 60, a={"heat": 3})
    read_history(checkout)
    assert Article.objects.get().heat == 3
    assert [heat for _, heat in log()] == [1, 2, 3]


def test_what_is_imported_after_a_commit_from_the_future_was_read_is_the_newest(checkout):
    checkout.commit(24 * 365 * 60, a={"heat": 3})
    read_history(checkout)
    import_folder(write(checkout, a={"heat": 4}))
    assert Article.objects.get().heat == 4
    assert [heat for _, heat in log()] == [3, 4]
    assert_columns_are_what_the_logs_say()


def test_history_does_not_settle_a_conflict_that_is_open(checkout):
    import_folder(write(checkout, a={"heat": 30}))
    set_value(Article.objects.get(), "heat", 60, by=a_superuser())
    import_folder(write(checkout, a={"heat": 5}))
    checkout.commit(24 * 365 * 60, a={"heat": 4})
    read_history(checkout)
    conflict = fields_of(Article.objects.get())["heat"]["conflict"]
    assert (conflict["was"], conflict["now"]) == (30, 4)
    assert_columns_are_what_the_logs_say()


def write(checkout, **files):
    for stem, values in files.items():
        checkout.write(f"{stem}.md", **values)
    return checkout.folder


def test_a_deletion_older_than_a_live_import_does_not_withdraw(checkout):
    checkout.commit(0, a={"heat": 1})
    checkout.commit(1, a=None)
    import_folder(write(checkout, a={"heat": 2}))
    read_history(checkout)
    article = Article.objects.get()
    assert (article.heat, article.withdrawn) == (2, False)


def test_history_raises_no_conflicts_and_decisions_stand(checkout):
    checkout.commit(0, a={"heat": 1}, b={"quality": 10})
    read_history(checkout)
    set_value(Article.objects.get(stem="a"), "heat", 50, by=a_superuser())
    boost(Article.objects.get(stem="b"), "quality", 5, by=a_superuser())
    checkout.commit(1, a={"heat": 300, "title": "Moved far"}, b={"quality": 30})
    read_history(checkout)
    article = Article.objects.get(stem="a")
    assert (article.heat, article.title) == (50, "Moved far")
    assert not article.standing_decisions.in_conflict().exists()
    assert Article.objects.get(stem="b").quality == 35
    assert counts(ImportRun.objects.latest("pk")) == {"files": 2, "updated": 2}
    import_folder(write(checkout, a={"heat": 320}))
    assert article.standing_decisions.in_conflict().exists(), "a live import does, from what history said"
    assert_columns_are_what_the_logs_say()


def test_a_bad_file_is_rejected_and_what_is_stored_stays(checkout):
    checkout.commit(0, a={"heat": 1})
    bad = checkout.commit(1, a={"heat": "x", "quality": -1})
    said = read_history(checkout)
    assert f"{bad[:12]} {checkout.folder}/a.md:8:1: quality: " in said
    assert f"{checkout.folder}/a.md:9:1: heat: heat must be a whole number" in said
    run = ImportRun.objects.get(commit=bad)
    assert counts(run) == {"files": 1, "rejected": 1}
    assert [error["field"] for error in run.errors] == ["quality", "heat"]
    assert log() == [(0, 1)]
    checkout.commit(2, a={"heat": 1})
    checkout.commit(3, a={"heat": 2})
    read_history(checkout)
    assert log() == [(0, 1), (3, 2)], "back to what was stored is no change"


def test_of_two_files_of_one_name_the_first_by_path_is_taken(checkout):
    checkout.commit(0, **{"n/a": {"heat": 1}})
    both = checkout.commit(1, **{"b/a": {"heat": 2}, "n/a": {"heat": 3}})
    checkout.commit(2, **{"b/a": None})
    read_history(checkout)
    assert log() == [(0, 1), (1, 2), (2, 3)]
    run = ImportRun.objects.get(commit=both)
    assert counts(run) == {"files": 2, "updated": 1, "rejected": 1}
    assert run.errors[0]["file"] == f"{checkout.folder}/n/a.md"
    assert f"{checkout.folder}/b/a.md" in run.errors[0]["message"]
    checkout.commit(3, **{"b/a": {"title": ""}, "n/a": {"heat": 4}})
    read_history(checkout)
    assert log() == [(0, 1), (1, 2), (2, 3)], "the first, though it is bad"


def test_what_is_no_seed_file_is_passed_over(checkout):
    checkout.write("plain.md", "no front matter")
    for name in (".hidden.md", ".github/a.md", "page.html", "a.md.bak", "n/.b/c.md"):
        checkout.write(name)
    checkout.write("UPPER.MARKDOWN", title="Taken")
    checkout.write("yaml.Yml", title="Taken too")
    checkout.commit(0)
    checkout.write("yaml.Yml", "---no longer")
    checkout.commit(1)
    read_history(checkout)
    assert sorted(Article.objects.values_list("stem", "withdrawn")) == [("UPPER", False), ("yaml", False)]
    assert ImportRun.objects.count() == 1


def test_links_are_followed_inside_of_the_folder_only(checkout):
    checkout.write("n/data/target.txt", heat=1)
    checkout.write("out.md", heat=1)
    links = {"in.md": "data/target.txt", "out2.md": "../out.md", "etc.md": "/etc/passwd", "dir.md": "data"}
    for name, target in (links | {"gone.md": "nowhere.txt", "round.md": "round.md"}).items():
        (checkout.folder / "n" / name).symlink_to(target)
    checkout.commit(0)
    checkout.write("n/data/target.txt", heat=2)
    checkout.commit(1)
    read_history(checkout, "--path", "n")
    assert log("in") == log("target") == [(0, 1), (1, 2)]
    assert set(Article.objects.values_list("stem", flat=True)) == {"in", "target"}
    errors = ImportRun.objects.earliest("pk").errors
    assert [error["file"].rpartition("/")[2] for error in errors] == ["gone.md", "round.md"]
    before = every_row("ImportRun")
    import_folder(checkout.folder / "n")
    assert every_row("ImportRun") == before


def test_names_of_any_characters_are_read(checkout):
    names = [" .md", "\x01odd.md", ":100644 x.md", "a\nb.md", "Ünïcode.md", '"quoted".md']
    for name in names:
        checkout.write(name)
    checkout.commit(0)
    read_history(checkout)
    assert set(Article.objects.values_list("path", flat=True)) == set(names)


def test_a_merge_is_what_it_changed_on_the_first_parents_side(checkout):
    checkout.commit(0, a={"heat": 1})
    checkout.git("checkout", "-q", "-b", "side")
    checkout.commit(1, b={"heat": 5})
    checkout.commit(2, b={"heat": 6})
    checkout.git("checkout", "-q", "main")
    checkout.commit(3, a={"heat": 2})
    checkout.git("merge", "-q", "--no-ff", "-m", "merge", "side", at=at(4))
    read_history(checkout)
    assert log("a") == [(0, 1), (3, 2)]
    assert log("b") == [(4, 6)]


def test_only_the_folder_that_is_asked_for_is_read_and_paths_begin_there(checkout, tmp_path):
    checkout.commit(0, **{"_news/a": {}, "other/b": {}, "_newsroom/c": {}})
    checkout.commit(1, **{"other/b": {"heat": 2}})
    assert "1 commits, 1 of them" in read_history(checkout, "--path", "_news/")
    assert list(Article.objects.values_list("stem", "path")) == [("a", "a.md")]
    said = refused(checkout)
    assert "was read from its --path _news" in said
    said = read_history(checkout.folder / "other", "--source", "other")
    assert "2 commits, 2 of them new runs" in said, "REPO may be a part of a checkout"
    assert "0 of them new runs" in read_history(checkout, "--source", "other", "--path", "other"), "which is the same"
    assert "2 commits, 2 of them" in read_history(checkout, "--source", "all")


def test_since_begins_with_every_file_as_it_was_then(checkout):
    checkout.commit(0, a={"heat": 1}, b={"heat": 5}, gone={})
    checkout.commit(1, a={"heat": 2}, gone=None)
    checkout.commit(2, a={"heat": 3})
    checkout.commit(3, a={"heat": 4})
    assert "2 commits, 2 of them" in read_history(checkout, "--since", at(2).isoformat())
    assert (log("a"), log("b"), log("gone")) == ([(2, 3), (3, 4)], [(2, 5)], [])
    checkout.commit(4, a={"heat": 5})
    assert "1 commits, 1 of them new runs: 1 files" in read_history(checkout, "--since", at(4).isoformat())
    assert "5 commits, 2 of them new runs" in read_history(checkout), "the older ones are laid under"
    assert log("a") == [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]
    assert log("b") == [(0, 5), (2, 5)]
    assert log("gone") == [(0, 40), (1, "withdrawal")]
    before = every_row()
    read_history(checkout)
    assert every_row() == before


def test_since_a_later_day_than_the_last_pass_withdraws_what_went_between(checkout):
    checkout.commit(0, a={"heat": 1}, b={"heat": 1})
    read_history(checkout)
    checkout.commit(1, b=None)
    checkout.commit(2, a={"heat": 2})
    read_history(checkout, "--since", at(2).isoformat())
    assert log("b") == [(0, 1), (2, "withdrawal")]
    read_history(checkout)
    assert Article.objects.get(stem="b").withdrawn


def test_what_went_in_the_commit_that_a_pass_since_then_began_with_is_withdrawn_by_the_whole_pass(checkout):
    checkout.commit(0, a={"heat": 1}, b={"heat": 1})
    checkout.commit(1, a=None)
    checkout.commit(2, b={"heat": 2})
    read_history(checkout, "--since", at(1).isoformat())
    assert "3 commits, 1 of them new runs" in read_history(checkout)
    assert log("a") == [(0, 1), (1, "withdrawal")]
    assert Article.objects.get(stem="a").withdrawn
    assert ImportRun.objects.filter(withdrawn=1).count() == 1
    before = every_row()
    read_history(checkout)
    assert every_row() == before


def test_versions_are_ordered_by_their_commits_times_even_where_clocks_went_wrong(checkout):
    checkout.commit(5, a={"heat": 1})
    checkout.commit(2, a={"heat": 2})
    read_history(checkout)
    assert log() == [(2, 2), (5, 1)]
    assert Article.objects.get().heat == 1


def test_slugs_are_given_in_the_order_of_the_files_and_stay(checkout):
    checkout.commit(0, **{"b/2021-03-01-same": {}, "a/2021-03-02-same": {}})
    read_history(checkout)
    slugs = dict(Article.objects.values_list("stem", "slug"))
    assert slugs["2021-03-02-same"] == "same"
    assert slugs["2021-03-01-same"].startswith("same-")


def test_a_run_of_history_is_undone_and_brought_back(checkout):
    first = checkout.commit(0, a={"heat": 1})
    second = checkout.commit(1, a={"heat": 2}, b={"heat": 7})
    read_history(checkout)
    run = ImportRun.objects.get(commit=second)
    undo = undo_run(run.pk)
    assert_columns_are_what_the_logs_say()
    assert Article.objects.get(stem="a").heat == 1
    assert Article.objects.get(stem="b").undone
    read_history(checkout)
    assert Article.objects.get(stem="b").undone, "a second pass adds nothing"
    undo_run(undo.run)
    assert_columns_are_what_the_logs_say()
    undo_run(ImportRun.objects.get(commit=first).pk)
    undo_run(run.pk)
    assert set(Article.objects.values_list("undone", flat=True)) == {True}
    checkout.commit(2, a={"heat": 2, "secured": "X"}, b={"heat": 8})
    assert "1 created" in read_history(checkout), "an undone article comes anew"
    assert Article.objects.get(stem="b").heat == 8


def test_what_cannot_be_read_is_said(checkout, tmp_path, monkeypatch):
    assert "not a git repository" in refused(tmp_path)
    assert "has no history to read" in refused(checkout)
    assert "nowhere" in refused(tmp_path / "nowhere")
    checkout.write("README.rst", "x")
    checkout.commit(0)
    assert "No seed file found" in refused(checkout)
    assert "There is no commit" in refused(checkout, "--path", "_news")
    assert "not a folder inside" in refused(checkout, "--path", "../elsewhere")
    checkout.commit(1, a={})
    assert "no commit of" in refused(checkout, "--since", "2030-01-01")
    for options in (["--since", "yesterday"], ["--source", "No!"]):
        with pytest.raises(CommandError):
            call_command("import_history", str(checkout.folder), *options)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "git cannot be run" in refused(checkout)
    assert not ImportRun.objects.exists()


def test_the_operators_own_settings_change_nothing(checkout, monkeypatch, tmp_path):
    checkout.commit(0, **{"_news/a": {"heat": 1}})
    checkout.commit(1, **{"_news/a": None, "b/a": {"heat": 1}})
    config = tmp_path / "config"
    config.write_text(
        "[diff]\nrenames = copies\n[log]\nshowRoot = false\ndiffMerges = off\nshowSignature = true\n"
        "[core]\nquotePath = true\n[color]\nui = always\n[diff]\nrelative = true\nnoprefix = true\n"
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    (tmp_path / ".gitconfig").write_text(config.read_text())
    read_history(checkout.folder / "b")
    assert Article.objects.get().path == "a.md"


def test_the_histories_of_the_corpus_replay(checkout, shared):
    folders = sorted((shared / "corpus/power-apps/history").iterdir())
    depth = max(len(list(folder.iterdir())) for folder in folders)
    for hour in range(depth):
        for folder in folders:
            files = sorted(folder.glob("*.md"))
            if hour < len(files):
                (checkout.folder / f"{folder.name}.md").write_bytes(files[hour].read_bytes())
        checkout.commit(hour)
    read_history(checkout)
    before = every_row("ImportRun")
    report = import_folder(checkout.folder)
    assert report.as_counts()["unchanged"] == len(folders)
    assert every_row("ImportRun") == before


def test_a_commit_that_is_read_in_part_only_cannot_be_undone(checkout):
    checkout.commit(0, a={"heat": 1})
    read_history(checkout)
    ImportRun.objects.update(status="died")
    with pytest.raises(CannotUndo, match="finish import_history first"):
        undo_run(ImportRun.objects.get().pk)
