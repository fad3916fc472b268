"""Whatever breaks in whatever moment: whole articles only, a run that says so, and a next run that ends where an
undisturbed one ends (§5)."""

import os
import random
import sqlite3
import threading
import time
from contextlib import closing, contextmanager

import pytest
from django.apps import apps
from django.db import OperationalError, connection

from articles.curation import boost, set_value
from articles.models import Article, Edition, ImportRun, Version
from tests.factories import a_superuser, assert_columns_are_what_the_logs_say, import_folder, write_seed
from tests.importing.test_interleavings import clear
from tests.operations.commands import manage

# Not compared: keys, times of runs and what names them; `undone_by` is compared as whether it is there.
PASSING = {
    "id",
    "at",
    "created_at",
    "changed_at",
    "left_at",
    "moved_since",
    "link_since",
    "decision_id",
    "run_id",
    "version_id",
    "user_id",
}
RELATED = [
    {"title": "R", "webUrl": "https://r.example/1", "images": [{"url": "/r.png"}], "provider": {"domain": "r.io"}}
]
WRITES = ("INSERT", "UPDATE", "DELETE")


def state() -> dict[str, list[str]]:
    """All tables of articles but for runs, each row by the names of what it refers to."""
    names = {"article_id": dict(Article.objects.values_list("pk", "stem"))}
    for key, model, field in (("topic_id", "Topic", "name"), ("provider_id", "Provider", "domain")):
        names[key] = dict(apps.get_model("articles", model).objects.values_list("pk", field))
    links = apps.get_model("articles", "RelatedLink").objects.values_list("pk", "article__stem", "position")
    names["related_id"] = {key: (stem, position) for key, stem, position in links}
    stored = {}
    for model in apps.get_app_config("articles").get_models():
        if model in (ImportRun, Edition):  # nor the edition, whose number is a time
            continue
        fields = [f.attname for f in model._meta.concrete_fields if f.attname not in PASSING]
        rows = (
            {name: _named(names, name, value) for name, value in row.items()} for row in model.objects.values(*fields)
        )
        stored[model.__name__] = sorted(map(str, rows))
    return stored


def _named(names: dict, name: str, value):
    if name == "undone_by_id":
        return value is not None
    return names[name].get(value) if name in names else bytes(value) if isinstance(value, memoryview) else value


@contextmanager
def writes_failing(first: int, *, ever_after: bool = False, sentence: str = "disk I/O error"):
    """The `first` write to the database fails, or all from there on; the list has those that failed."""
    writes, failed = 0, []

    def execute(execute, sql, *arguments):
        nonlocal writes
        if sql.lstrip().upper().startswith(WRITES):
            writes += 1
            if writes == first or (ever_after and writes > first):
                failed.append(sql)
                raise OperationalError(sentence)
        return execute(sql, *arguments)

    with connection.execute_wrapper(execute):
        yield failed


@pytest.fixture
def small_batches(monkeypatch):
    for name in ("importing", "importing.undoing", "importing.withdrawing"):
        monkeypatch.setattr(f"articles.{name}.BATCH", 2)


def begin(folder) -> None:
    """Six stored articles, two of them decided, and a folder that has changed, moved, new and missing files since."""
    clear()
    for name in "abcdef":
        write_seed(folder, f"2020-06-22-{name}", heat=40, topics=["AI", name], related=RELATED)
    for path in folder.glob("*/*.md"):
        path.unlink()
    for name in "xy":
        (folder / f"2020-06-22-{name}.md").unlink(missing_ok=True)
    import_folder(folder)
    set_value(Article.objects.get(stem="2020-06-22-a"), "title", "Ours", by=a_superuser())
    boost(Article.objects.get(stem="2020-06-22-b"), "heat", 20, by=a_superuser())
    for name in "abx":
        write_seed(
            folder, f"2020-06-22-{name}", title=f"New {name}", heat=60, topics=["New", name], related=RELATED * 2
        )
    (folder / "2020-06-22-c.md").unlink()
    (folder / "2020-06-22-f.md").unlink()
    (folder / "moved").mkdir(exist_ok=True)
    (folder / "2020-06-22-d.md").rename(folder / "moved" / "2020-06-22-d.md")


def do(verb: str, folder):
    return manage("import_seeds", folder, "--prune") if verb == "import" else manage("undo_import", runs()[0].pk)


def runs() -> list[ImportRun]:
    return list(ImportRun.objects.filter(undoes=None).order_by("pk"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ever_after", [False, True], ids=["one_write_fails", "the_disk_is_full_from_then_on"])
@pytest.mark.parametrize("verb", ["import", "undo"])
def test_whichever_write_fails_the_next_run_ends_where_an_undisturbed_one_ends(
    tmp_path, small_batches, verb, ever_after
):
    begin(tmp_path)
    assert do(verb, tmp_path).code == 0
    undisturbed = state()
    sentence = "database or disk is full" if ever_after else "disk I/O error"
    number, step = 0, 3 if ever_after else 1
    while True:
        number += step
        begin(tmp_path)
        before = ImportRun.objects.count()
        with writes_failing(number, ever_after=ever_after, sentence=sentence) as failed:
            ran = do(verb, tmp_path)
        if not failed:
            assert ran.code == 0
            break
        assert (ran.code, sentence in ran.err) == (2, True), ran.err
        assert_columns_are_what_the_logs_say()
        started = ImportRun.objects.order_by("pk")[before:]
        assert {run.status for run in started} <= {"running" if ever_after else "failed", "running"}
        again = do(verb, tmp_path)
        assert again.code == 0 or "undone already" in again.err
        assert state() == undisturbed, failed
        if again.code == 0:  # the next run says of the one that could not say it
            assert not ImportRun.objects.filter(status="running").exists()
    assert number > 15 or ever_after


@pytest.mark.django_db(transaction=True)
def test_whichever_file_cannot_be_read_is_rejected_and_the_next_run_takes_it(tmp_path, small_batches, monkeypatch):
    begin(tmp_path)
    assert do("import", tmp_path).code == 0
    undisturbed = state()
    read, files = os.read, len(list(tmp_path.rglob("*.md")))
    for number in range(1, files + 1):
        begin(tmp_path)
        calls = []

        def failing(descriptor, size, calls=calls, number=number):
            data = read(descriptor, size)
            if data.startswith(b"---"):
                calls.append(1)
                if len(calls) == number:
                    raise OSError(5, "Input/output error")
            return data

        monkeypatch.setattr(os, "read", failing)
        ran = do("import", tmp_path)
        monkeypatch.setattr(os, "read", read)
        assert (ran.code, ran.err.count("Input/output error"), "1 rejected" in ran.out) == (1, 1, True)
        assert_columns_are_what_the_logs_say()
        assert do("import", tmp_path).code == 0
        assert state() == undisturbed


def vanishes(path):
    path.unlink()


def becomes_a_pipe(path):
    path.unlink()
    os.mkfifo(path)


def becomes_a_folder(path):
    path.unlink()
    path.mkdir()


def is_cut_off(path):
    path.write_bytes(path.read_bytes()[:60])


def is_written_anew(path):
    write_seed(path.parent, path.stem, title="Another")


@pytest.mark.django_db
@pytest.mark.parametrize("happens", [vanishes, becomes_a_pipe, becomes_a_folder, is_cut_off, is_written_anew])
def test_a_file_to_which_something_happens_while_it_is_read_spoils_no_other(tmp_path, monkeypatch, happens):
    for name in "abc":
        write_seed(tmp_path, f"2020-06-22-{name}", heat=40)
    import_folder(tmp_path)
    for name in "abc":
        write_seed(tmp_path, f"2020-06-22-{name}", heat=50)
    target, opened = tmp_path / "2020-06-22-b.md", os.open

    def opening(path, *arguments, **options):
        if str(path) == str(target):
            monkeypatch.setattr(os, "open", opened)
            happens(target)
        return opened(path, *arguments, **options)

    monkeypatch.setattr(os, "open", opening)
    ran = manage("import_seeds", tmp_path, "--prune")
    assert ran.code == (1 if happens in (vanishes, is_cut_off) else 0), ran.err
    assert "Traceback" not in ran.err
    heats = dict(Article.objects.values_list("stem", "heat"))
    assert (heats["2020-06-22-a"], heats["2020-06-22-c"]) == (50, 50)
    title = "Another" if happens is is_written_anew else "A story"
    assert (Article.objects.get(stem=target.stem).title, Article.objects.filter(withdrawn=True).count()) == (title, 0)
    assert_columns_are_what_the_logs_say()


# -- processes


COLUMNS = "stem, slug, title, heat, path, withdrawn, undone, hex(file_digest), rank"
TABLES = (
    f"SELECT {COLUMNS} FROM articles_article ORDER BY stem",
    "SELECT stem, name, position FROM articles_articletopic t JOIN articles_article a ON a.id = t.article_id "
    "JOIN articles_topic c ON c.id = t.topic_id ORDER BY stem, position",
    "SELECT count(*) FROM articles_relatedlink",
    "SELECT count(*) FROM articles_image",
    "SELECT stem, kind, undone_by_id IS NULL FROM articles_version v JOIN articles_article a ON a.id = v.article_id "
    "WHERE kind <> 'undo' ORDER BY stem, v.id",
)


def tables(site) -> list:
    return [site.rows(table) for table in TABLES]


def killed(site, random_moments: random.Random, longest: float, *arguments) -> None:
    """Start the command and kill it with all its processes at some moment after it has begun to work."""
    process = site.start(*arguments)
    time.sleep(0.35 + longest * random_moments.random())
    process.kill()
    process.communicate()
    assert site.manage("rebuild_articles", "--check").code == 0


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the moments are no others on PostgreSQL, and take longer")
def test_killed_at_random_moments_it_ends_where_an_undisturbed_run_ends(site, tmp_path):
    moments = random.Random()
    folder = tmp_path / "seeds"
    for number in range(600):
        write_seed(folder, f"2020-06-22-s{number:03}", topics=[f"T{number % 7}", "AI"], related=RELATED)
    for _ in range(3):
        killed(site, moments, 0.6, "import_seeds", folder, "--wait=10")
    assert site.manage("import_seeds", folder).code == 0
    assert not site.rows("SELECT 1 FROM articles_importrun WHERE status NOT IN ('died', 'finished')")
    assert site.rows("SELECT count(*) FROM articles_article") == [(600,)]
    assert [row[1] for row in site.rows(TABLES[0])] == [f"s{number:03}" for number in range(600)]
    assert site.rows("SELECT count(*) FROM articles_version") == [(600,)]
    assert site.rows("SELECT count(*) FROM articles_image") == [(600,)]
    whole = tables(site)
    for path in list(folder.iterdir())[:300]:
        path.unlink()
    killed(site, moments, 0.3, "import_seeds", folder, "--prune", "--wait=10")
    assert site.manage("import_seeds", folder, "--prune").code == 0
    assert site.rows("SELECT count(*) FROM articles_version WHERE kind = 'withdrawal'") == [(300,)]
    assert site.rows("SELECT count(*) FROM articles_article WHERE withdrawn") == [(300,)]
    withdrawing = site.rows("SELECT DISTINCT run_id FROM articles_version WHERE kind = 'withdrawal'")
    for (run,) in withdrawing:
        killed(site, moments, 0.5, "undo_import", run, "--wait=10")
        undone = site.manage("undo_import", run)
        assert undone.code == 0 or "undone already" in undone.err
    assert tables(site)[:4] == whole[:4]
    assert site.manage("rebuild_articles", "--check").code == 0


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has no lock on all of the database")
def test_a_database_that_another_process_has_locked_for_a_while_is_waited_for(site, tmp_path):
    folder = write_seed(tmp_path / "seeds").parent
    with closing(
        sqlite3.connect(site.url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
    ) as it:
        it.execute("BEGIN IMMEDIATE")
        threading.Timer(1.5, it.rollback).start()
        ran = site.manage("import_seeds", folder)
    assert ran.code == 0, ran.err
    assert site.rows("SELECT status FROM articles_importrun") == [("finished",)]


def test_two_imports_of_one_source_at_once_take_turns_and_each_file_is_taken_once(site, tmp_path):
    for number in range(400):
        write_seed(tmp_path / "seeds", f"story-{number:03}", related=RELATED)
    running = [site.start("import_seeds", tmp_path / "seeds") for _ in range(3)]
    for process in running:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert site.rows("SELECT count(*) FROM articles_version") == [(400,)]
    assert site.rows("SELECT status, created FROM articles_importrun ORDER BY created") in (
        [("finished", 400)], [("finished", 0)] * 2 + [("finished", 400)],
    )  # fmt: skip


@pytest.mark.django_db
def test_a_withdrawal_is_an_entry_in_the_log_and_takes_nothing_away(tmp_path):
    write_seed(tmp_path, "2020-06-22-a")
    import_folder(write_seed(tmp_path, "2020-06-22-b").parent)
    (tmp_path / "2020-06-22-b.md").unlink()
    import_folder(tmp_path, prune=True)
    assert Version.objects.filter(kind="file").count() == 2
