"""`undo_import` as it is called: numbers, exit codes, and what it prints (§5)."""

import re

import pytest

from articles.curation import set_value
from articles.models import Article, ImportRun, Provider
from tests.factories import a_superuser, assert_columns_are_what_the_logs_say, import_folder, write_seed
from tests.importing.tables import every_row
from tests.importing.test_processes import HOLD
from tests.operations.commands import manage

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path):
    for name in "ab":
        write_seed(tmp_path, f"2020-06-22-{name}", heat=40)
    assert run_of(manage("import_seeds", tmp_path)) == newest_run()
    return tmp_path


def run_of(ran) -> int:
    """The run's number that the command printed."""
    assert ran.code == 0, ran.err
    return int(re.match(r"Run ([0-9]+)", ran.out)[1])


def newest_run() -> int:
    return ImportRun.objects.latest("pk").pk


def heats() -> list[int]:
    return list(Article.objects.filter(undone=False).order_by("stem").values_list("heat", flat=True))


def test_each_undo_prints_its_own_number_which_can_be_undone_in_turn(folder):
    write_seed(folder, "2020-06-22-a", heat=1)
    run = run_of(manage("import_seeds", folder))
    for expected in ([40, 40], [1, 40], [40, 40]):
        ran = manage("undo_import", run)
        assert f"undid run {run}, which spoke of 1 articles" in ran.out
        run = run_of(ran)
        assert (run, heats()) == (newest_run(), expected)
        assert_columns_are_what_the_logs_say()


def test_decisions_made_since_are_listed_and_earlier_ones_are_not_whatever_the_clock_says(folder):
    set_value(Article.objects.get(stem="2020-06-22-b"), "title", "Before", by=a_superuser())
    for name in "ab":
        write_seed(folder, f"2020-06-22-{name}", heat=1)
    run = run_of(manage("import_seeds", folder))
    ImportRun.objects.filter(pk=run).update(started_at="2999-01-01T00:00:00Z")
    set_value(Article.objects.get(stem="2020-06-22-a"), "title", "Since", by=a_superuser())
    ran = manage("undo_import", run)
    assert "1 decisions made on them since stand" in ran.out
    assert "  a: " in ran.out
    assert "  b: " not in ran.out
    assert Article.objects.get(stem="2020-06-22-a").title == "Since"


@pytest.mark.parametrize(
    "arguments",
    [["99999"], [str(10**30)], ["one"], ["-1"], [], ["1.5"], ["1", "2"], ["{run}", "--wait=-1"],
     ["{run}", "--wait=nan"], ["{run}", "--wait=soon"], ["{held}"], ["{refused}"], ["{undone}"], ["{run}", "--bogus"]],
)  # fmt: skip
def test_what_cannot_be_undone_exits_with_2_and_changes_nothing(folder, arguments):
    run = undone = newest_run()
    write_seed(folder, "2020-06-22-a", heat=1)
    held = import_folder(folder, max_change=0).run
    (folder / "bad.md").write_text("---\nheat: hot\n---\n")
    refused = import_folder(folder, strict=True).run
    if arguments == ["{undone}"]:
        assert manage("undo_import", run).code == 0
    before = every_row()
    ran = manage(
        "undo_import", *(each.format(run=run, held=held, refused=refused, undone=undone) for each in arguments)
    )
    assert (ran.code, ran.out) == (2, "")
    assert "Traceback" not in ran.err
    assert every_row() == before


def test_while_an_import_of_the_source_is_at_work_it_waits_and_exits_with_2(site, tmp_path):
    assert site.manage("import_seeds", write_seed(tmp_path / "seeds").parent).code == 0
    ((run,),) = site.rows("SELECT id FROM articles_importrun")
    holder = site.start_python(HOLD)
    assert holder.stdout.readline() == "held\n"
    ran = site.manage("undo_import", run, "--wait=0")
    holder.communicate("\n")
    assert (ran.code, "An import of the source default is at work" in ran.err) == (2, True)
    assert site.rows("SELECT count(*) FROM articles_importrun") == [(1,)]


def test_a_run_that_withdrew_is_taken_back(folder):
    (folder / "2020-06-22-b.md").unlink()
    run = run_of(manage("import_seeds", folder, "--prune"))
    assert Article.objects.filter(withdrawn=True).count() == 1
    run_of(manage("undo_import", run))
    assert Article.objects.filter(withdrawn=True).count() == 0
    assert_columns_are_what_the_logs_say()


def test_what_was_undone_is_created_where_it_was_gone_and_else_updated(folder):
    write_seed(folder, "2020-06-22-a", heat=1)
    write_seed(folder, "2020-06-22-new")
    run_of(manage("undo_import", run_of(manage("import_seeds", folder))))
    assert "1 created, 1 updated, 1 unchanged" in manage("import_seeds", folder).out


def test_a_provider_that_a_ruined_run_renamed_has_its_name_back(folder):
    write_seed(folder, "2020-06-22-a", provider={"name": "RUINED", "domain": "outlet.example"})
    write_seed(folder, "2020-06-22-b", related=[{"title": "R", "provider": {"name": "Ruin", "domain": "new.example"}}])
    run = run_of(manage("import_seeds", folder))
    names = ["Ruin", "The Outlet"]  # the last file to name it said the name that it had
    assert sorted(Provider.objects.values_list("name", flat=True)) == names
    write_seed(folder, "2020-06-22-b", heat=40, provider={"name": "RUINED", "domain": "outlet.example"})
    second = run_of(manage("import_seeds", folder))
    assert Provider.objects.get(domain="outlet.example").name == "RUINED"
    run_of(manage("undo_import", second))
    again = run_of(manage("undo_import", run))
    assert Provider.objects.get(domain="outlet.example").name == "The Outlet"
    run_of(manage("undo_import", again))
    assert Provider.objects.get(domain="outlet.example").name == "The Outlet"
    assert_columns_are_what_the_logs_say()


def test_a_rebuild_never_gives_a_provider_an_older_name(folder):
    write_seed(folder, "2020-06-22-b", heat=41, provider={"name": "Newer", "domain": "outlet.example"})
    run_of(manage("import_seeds", folder))
    Article.objects.filter(stem="2020-06-22-a").update(heat=1, provider=None)
    assert manage("rebuild_articles").code == 0
    assert Provider.objects.get(domain="outlet.example").name == "Newer"
    assert_columns_are_what_the_logs_say()


def test_an_undo_adds_to_the_log_and_deletes_nothing(folder):
    write_seed(folder, "2020-06-22-a", heat=1)
    run = run_of(manage("import_seeds", folder))
    before = every_row()
    undo = run_of(manage("undo_import", run))
    after = every_row()
    for model in ("Version", "Decision", "ImportRun", "Article"):
        assert {row[0] for row in before[model]} <= {row[0] for row in after[model]}
    assert {row[0] for row in after["ImportRun"]} - {row[0] for row in before["ImportRun"]} == {undo}
    assert len(after["Version"]) == len(before["Version"]) + 1


def test_an_article_that_a_later_run_changed_keeps_that(folder):
    write_seed(folder, "2020-06-22-a", heat=1)
    write_seed(folder, "2020-06-22-b", heat=1)
    ruined = run_of(manage("import_seeds", folder))
    write_seed(folder, "2020-06-22-a", heat=60)
    run_of(manage("import_seeds", folder))
    run_of(manage("undo_import", ruined))
    assert heats() == [60, 40]
    assert manage("rebuild_articles", "--check").code == 0


def test_an_article_that_only_that_run_brought_is_gone_everywhere_with_its_slug_and_decisions_kept(folder, client):
    write_seed(folder, "2020-06-22-new")
    run = run_of(manage("import_seeds", folder))
    a_superuser()
    assert manage("curate", "new", "--set=heat=99", "--set=slug=newer", "--by=root").code == 0
    told = manage("undo_import", run)
    assert "2 decisions made on them since stand" in told.out
    for path in ("/articles/newer/", "/articles/new/"):
        assert client.get(path, follow=True).status_code == 404
    assert "/articles/new" not in client.get("/").content.decode() + client.get("/latest/").content.decode()
    assert manage("curate", "newer").code == manage("curate", "default/2020-06-22-new").code == 2
    write_seed(folder, "2020-06-23-newer")
    assert "2 created, 0 updated, 2 unchanged" in manage("import_seeds", folder).out, "the same bytes are created"
    assert client.get("/articles/newer/").status_code == 200
    assert Article.objects.get(slug="newer").heat == 99
    assert manage("rebuild_articles", "--check").code == 0


def test_bytes_replaced_on_unchanged_do_not_come_back(folder, tmp_path):
    write_seed(folder, "2020-06-22-a", heat=40, secured="ANEW")
    write_seed(folder, "2020-06-22-b", heat=1)
    run = run_of(manage("import_seeds", folder))
    run_of(manage("undo_import", run))
    assert manage("export_seeds", tmp_path / "out").code == 0
    assert b"ANEW" in (tmp_path / "out" / "2020-06-22-a.md").read_bytes()
    assert heats() == [40, 40]
