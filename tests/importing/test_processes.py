"""Imports as processes: one at a time of a source, killed at any moment, and databases that are not there."""

import json
import signal
import sqlite3
import time
from contextlib import closing

import pytest
from django.db import connection

from tests.factories import write_seed

HOLD = """
from articles.locks import source_lock
with source_lock("default", 5):
    print("held", flush=True)
    input()
"""
# Batches of five, and a stop before the third is written: the parent kills it there.
STOPPED = """
import sys, time
import articles.importing as importing
from articles.importing import storing
importing.BATCH = 5
written = []
def store(run, outcomes, store_batch=importing.store_batch):
    if len(written) == 2:
        if {inside!r}:
            storing.replace_links_and_images = wait
            store_batch(run, outcomes)
        wait()
    store_batch(run, outcomes)
    written.append(1)
def wait(*_):
    print("written", flush=True)
    time.sleep(60)
importing.store_batch = store
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "import_seeds", {folder!r}])
"""


@pytest.fixture
def busy(site):
    """Another process that holds the lock of the source `default`."""
    holder = site.start_python(HOLD)
    assert holder.stdout.readline() == "held\n"
    yield holder
    holder.communicate("\n")


def seeds(folder, count: int = 1) -> str:
    for number in range(count):
        write_seed(folder, f"story-{number:02}", related=[{"title": "R"}])
    return str(folder)


def test_a_second_import_of_a_source_exits_with_2_after_waiting_and_names_the_first(site, busy, tmp_path):
    started = time.monotonic()
    ran = site.manage("import_seeds", seeds(tmp_path / "seeds"), "--wait=1", "--report", tmp_path / "report.json")
    assert ran.code == 2
    assert time.monotonic() - started >= 1
    assert "Another import of the source default is at work" in ran.err
    assert "Traceback" not in ran.err
    assert not (tmp_path / "report.json").exists()
    assert site.rows("SELECT count(*) FROM articles_article") == [(0,)]


def test_the_run_that_is_waited_for_is_named(site, tmp_path):
    folder = seeds(tmp_path / "seeds", 20)
    process = stopped(site, folder, inside=False)
    ran = site.manage("import_seeds", folder, "--wait=0")
    process.kill()
    process.communicate()
    ((run,),) = site.rows("SELECT id FROM articles_importrun")
    assert (ran.code, f"(run {run}, since " in ran.err) == (2, True)


def test_another_source_goes_on_side_by_side(site, busy, tmp_path):
    ran = site.manage("import_seeds", seeds(tmp_path / "seeds"), "--wait=0", "--source=other")
    assert ran.code == 0, ran.err


def test_a_second_import_goes_on_when_the_first_has_ended(site, busy, tmp_path):
    waiting = site.start("import_seeds", seeds(tmp_path / "seeds"), "--wait=30")
    time.sleep(1.5)
    assert waiting.poll() is None
    busy.stdin.write("\n")
    busy.stdin.flush()
    _, err = waiting.communicate(timeout=30)
    assert waiting.returncode == 0, err


def test_a_lock_dies_with_its_process(site, busy, tmp_path):
    busy.kill()
    busy.wait()
    busy.stdin.close()
    ran = site.manage("import_seeds", seeds(tmp_path / "seeds"), "--wait=5")
    assert ran.code == 0, ran.err
    busy.stdin = None


def stopped(site, folder: str, inside: bool):
    """An import that has written two batches of five and stands before, or inside of, the third."""
    process = site.start_python(STOPPED.format(folder=folder, inside=inside))
    assert process.stdout.readline() == "written\n"
    return process


@pytest.mark.parametrize("inside", [False, True], ids=["between_batches", "inside_a_batch"])
def test_a_killed_import_leaves_whole_articles_and_the_next_run_finishes_the_work(site, tmp_path, inside):
    folder = seeds(tmp_path / "seeds", 20)
    process = stopped(site, folder, inside)
    process.kill()
    process.communicate()
    assert site.rows("SELECT count(*) FROM articles_article") == [(10,)]
    assert site.rows("SELECT count(*) FROM articles_relatedlink") == [(10,)]
    assert site.rows("SELECT status FROM articles_importrun") == [("running",)]
    assert site.manage("rebuild_articles", "--check").code == 0
    ran = site.manage("import_seeds", folder, "--report", tmp_path / "report.json")
    report = json.loads((tmp_path / "report.json").read_text())
    assert (ran.code, report["created"], report["unchanged"]) == (0, 10, 10)
    assert site.rows("SELECT status FROM articles_importrun ORDER BY id") == [("died",), ("finished",)]


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_an_interrupted_import_says_so_and_leaves_whole_articles(site, tmp_path, name):
    folder = seeds(tmp_path / "seeds", 20)
    process = stopped(site, folder, inside=True)
    process.send_signal(getattr(signal, name))
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert site.rows("SELECT count(*) FROM articles_article") == [(10,)]
    (run,) = site.rows("SELECT status, files, created, finished_at IS NULL FROM articles_importrun")
    assert run == ("interrupted", 10, 10, False)
    assert site.manage("import_seeds", folder).code == 0


def test_two_imports_of_two_sources_at_once_share_topics_providers_and_slugs(site, tmp_path):
    for number in range(40):
        names = [f"Topic {number + other}" for other in range(5)]
        write_seed(tmp_path, f"2020-06-22-story-{number:02}", topics=names, provider={"domain": f"p{number}.example"})
    running = [site.start("import_seeds", str(tmp_path), f"--source={name}") for name in ("one", "two", "three")]
    for process in running:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert site.rows("SELECT count(*), count(DISTINCT slug) FROM articles_article") == [(120, 120)]
    assert site.rows("SELECT count(*) FROM articles_topic") == [(44,)]
    assert site.rows("SELECT count(*) FROM articles_provider") == [(40,)]
    assert site.manage("rebuild_articles", "--check").code == 0


def test_a_terminal_that_knows_no_unicode_does_not_end_an_import(site, tmp_path):
    write_seed(tmp_path / "seeds", "caf\u00e9", title="\u65b0\u95fb")
    ran = site.manage("import_seeds", tmp_path / "seeds", "--verbosity=2", PYTHONIOENCODING="ascii")
    assert (ran.code, ran.err) == (0, "")
    assert "caf\\xe9.md" in ran.out


EDITING = """
import time
from django.contrib.auth import get_user_model
from articles.curation import set_value
from articles.models import Article
editor = get_user_model().objects.create_superuser("erin")
longest = 0
for article in Article.objects.order_by("pk")[:30]:
    started = time.monotonic()
    set_value(article, "title", f"Ours of {article.stem}", by=editor)
    longest = max(longest, time.monotonic() - started)
    time.sleep(0.02)
print(longest)
"""


def test_an_editor_who_saves_while_files_are_imported_does_not_wait_and_loses_nothing(site, tmp_path):
    folder = seeds(tmp_path / "seeds", 30)
    assert site.manage("import_seeds", folder).code == 0
    seeds(tmp_path / "seeds", 300)
    for number in range(30):
        write_seed(tmp_path / "seeds", f"story-{number:02}", title="Theirs", heat=number)
    importing = site.start("import_seeds", folder)
    edited = site.python(EDITING)
    _, err = importing.communicate(timeout=60)
    assert (importing.returncode, edited.code) == (0, 0), err + edited.err
    assert float(edited.out) < 3, "one second is promised; a busy machine has three"
    decided = "SELECT count(*) FROM articles_article WHERE title = 'Ours of ' || stem"
    assert site.rows(decided) == [(30,)]
    assert site.manage("rebuild_articles", "--check").code == 0


def test_between_two_batches_no_editor_waits(site, tmp_path):
    folder = seeds(tmp_path / "seeds", 20)
    process = stopped(site, folder, inside=False)
    edited = site.python(EDITING)
    process.kill()
    process.communicate()
    assert edited.code == 0, edited.err
    assert float(edited.out) < 10  # seconds; a lock that is not let go is waited for twice as long
    assert site.rows("SELECT count(*) FROM articles_decision") == [(10,)]


# -- a database that is not there


COMMANDS = [["import_seeds", "."], ["curate", "story"], ["rebuild_articles", "--check"], ["create_editor"]]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_database_that_is_not_there_is_one_line_and_2_and_none_is_made(site, tmp_path, command):
    ran = site.manage(*command, DATABASE_URL=f"sqlite:///{tmp_path}/none.sqlite3")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert "python manage.py migrate" in ran.err
    assert not list(tmp_path.glob("none*"))


def test_a_database_that_is_not_migrated_is_one_line_and_2(site, tmp_path):
    with closing(sqlite3.connect(tmp_path / "empty.sqlite3")) as database:
        database.execute("CREATE TABLE other (x)")
    ran = site.manage("import_seeds", seeds(tmp_path / "seeds"), DATABASE_URL=f"sqlite:///{tmp_path}/empty.sqlite3")
    assert ran.code == 2
    assert ran.err == "CommandError: The database is not migrated. Run: python manage.py migrate\n"


@pytest.mark.parametrize(
    "url",
    ["sqlite:///{tmp}", "sqlite:///{tmp}/text.sqlite3", "sqlite:///{tmp}/gone/x.sqlite3",
     "postgres://nobody@127.0.0.1:1/none", "postgres://nobody@nohost.invalid/none"],
)  # fmt: skip
def test_a_database_that_does_not_answer_is_one_line_and_2(site, tmp_path, url):
    (tmp_path / "text.sqlite3").write_text("This is no database, but a text that is long enough to be taken for one.")
    ran = site.manage("import_seeds", seeds(tmp_path / "seeds"), DATABASE_URL=url.format(tmp=tmp_path))
    assert ran.code == 2
    assert ran.err.count("\n") == 1, ran.err
    assert ran.err.startswith(("CommandError: The database does not answer", "CommandError: There is no database"))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has no lock files")
def test_a_lock_file_that_cannot_be_opened_is_one_line_and_2(site, tmp_path):
    (tmp_path / "site.sqlite3.default.import-lock").mkdir()
    ran = site.manage("import_seeds", seeds(tmp_path / "seeds"))
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "import-lock cannot be opened" in ran.err


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has no lock files")
def test_a_lock_file_that_another_user_made_is_no_hindrance(site, tmp_path):
    lock = tmp_path / "site.sqlite3.default.import-lock"
    lock.touch(mode=0o444)
    assert site.manage("import_seeds", seeds(tmp_path / "seeds")).code == 0


def test_a_process_that_is_killed_while_it_reads_is_told_in_one_line(site, tmp_path):
    folder = tmp_path / "seeds"
    for number in range(1200):
        write_seed(folder, f"2020-06-22-{number:04}")
    code = "\n".join(
        [
            "import os, sys",
            "from articles.seeds import workers",
            "from django.core.management import execute_from_command_line",
            "asked = workers._Worker.result",
            "workers._Worker.result = lambda self: (os.kill(self.process.pid, 9), asked(self))[1]",
            f"execute_from_command_line(['manage.py', 'import_seeds', {str(folder)!r}, '--jobs=2'])",
        ]
    )
    ran = site.python(code)
    assert (ran.code, "is there enough memory?" in ran.err, "Traceback" in ran.err) == (2, True, False)
    assert site.manage("import_seeds", folder).code == 0


def test_a_reader_of_the_output_that_goes_away_does_not_end_the_import(site, tmp_path):
    for number in range(300):
        write_seed(tmp_path / "seeds", f"2020-06-22-{'long' * 50}-{number:03}")
    report = tmp_path / "report.json"
    importing = site.start("import_seeds", tmp_path / "seeds", "--verbosity=2", "--report", report)
    importing.stdout.readline()
    importing.stdout.close()
    assert (importing.stderr.read(), importing.wait()) == ("", 0)
    assert json.loads(report.read_text())["created"] == 300
