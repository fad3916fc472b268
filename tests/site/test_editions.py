"""Whatever changes what readers get makes a new edition, in the same transaction; what is not committed makes none."""

import pkgutil
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from articles.bulk import apply, plan
from articles.catalogue import change_provider
from articles.curation import set_value
from articles.importing.uploads import discard, let_through, receive
from articles.management import commands
from articles.models import Article, Edition, ImportRun, Provider
from articles.querysets import DUE, PASSED
from tests.admin.test_roles import SUPERUSER, VERBS, found_verbs, person, things  # noqa: F401  (fixtures)
from tests.factories import a_superuser, import_folder, import_seed, make_article, write_seed
from tests.importing.checkouts import checkout  # noqa: F401  (a fixture)
from tests.importing.test_taxonomy import organization
from tests.operations.commands import manage

pytestmark = pytest.mark.django_db
# Tables that no page reads: the log's own rows, what the desk keeps for itself, and the edition.
NOT_PUBLIC = {"articles_upload", "articles_openpage", "articles_usersession", "articles_edition"}
# These write nothing of that, or have nothing to do where the table of roles calls them.
WRITE_NOTHING = {plan, receive, discard, apply, let_through}


class Writes:
    """Which tables of articles were written, as the statements come by."""

    def __init__(self):
        self.tables: set[str] = set()

    def __call__(self, execute, sql, *rest):
        words = sql.replace("(", " ").split()
        if words and words[0].upper() in ("INSERT", "UPDATE", "DELETE"):
            table = next((word.strip('"') for word in words if word.startswith('"articles_')), "")
            self.tables |= {table.partition('"')[0]} - {""} - NOT_PUBLIC
        return execute(sql, *rest)


def number() -> int:
    return Edition.objects.values_list("number", flat=True).first() or 0


def written(do) -> set[str]:
    """The public tables that it wrote; where there are any, there is a new edition."""
    before, writes = number(), Writes()
    with connection.execute_wrapper(writes):
        do()
    assert (number() > before) or not writes.tables, f"{sorted(writes.tables)} changed, and no edition came of it"
    return writes.tables


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__)
def test_every_verb_that_writes_makes_an_edition(things, verb):  # noqa: F811
    by = a_superuser()
    owner = type(by).objects.get(username="owner")
    user = owner if verb.__name__ == "take_back" else by
    tables = written(lambda: VERBS[verb][1](things, user))
    assert bool(tables) == (verb not in WRITE_NOTHING)


def test_every_verb_has_been_looked_at():
    assert set(found_verbs()) == set(VERBS)


def _import(tmp_path, **options):
    write_seed(tmp_path, "2020-06-22-a")
    return lambda: manage("import_seeds", tmp_path)


def _prune(tmp_path):
    write_seed(tmp_path, "2020-06-22-a")
    gone = write_seed(tmp_path, "2020-06-22-b")
    import_folder(tmp_path)
    gone.unlink()
    return lambda: manage("import_seeds", tmp_path, "--prune")


def _same_again(tmp_path):
    write_seed(tmp_path, "2020-06-22-a")
    import_folder(tmp_path)
    return lambda: manage("import_seeds", tmp_path)


def _held(tmp_path):
    import_seed(tmp_path, heat=30)
    write_seed(tmp_path, heat=31)
    return lambda: manage("import_seeds", tmp_path, "--max-change", "1")


def _undo(tmp_path):
    import_seed(tmp_path)
    return lambda: manage("undo_import", ImportRun.objects.get().pk)


def _taxonomy(tmp_path):
    make_article()
    organization(tmp_path)
    return lambda: manage("import_taxonomy", tmp_path)


def _curate(tmp_path):
    make_article("told")
    a_superuser()
    return lambda: manage("curate", "told", "--set", "heat=90", "--by", "root")


def _rebuild(tmp_path):
    make_article("told")
    Article.objects.update(title="Another")
    return lambda: manage("rebuild_articles")


COMMANDS = {
    "import_seeds": [_import, _prune, _same_again, _held],
    "undo_import": [_undo],
    "import_taxonomy": [_taxonomy],
    "curate": [_curate],
    "rebuild_articles": [_rebuild],
    "import_history": [],  # below, for it needs git
    "cache_images": [],  # tests/images/test_cache_images.py
    "export_seeds": [],
    "create_editor": [],
    "clearsessions": [],
}


@pytest.mark.parametrize("make_ready", [each for some in COMMANDS.values() for each in some])
def test_every_command_that_writes_makes_an_edition(tmp_path, make_ready):
    assert written(make_ready(tmp_path))


def test_every_command_has_been_looked_at():
    assert {module.name for module in pkgutil.iter_modules(commands.__path__)} == set(COMMANDS)


def test_history_makes_editions(checkout):  # noqa: F811
    checkout.commit(0, a={"heat": 3})
    checkout.commit(1, a=None)
    assert written(lambda: manage("import_history", checkout.folder))


def test_an_import_makes_an_edition_when_it_ends_too(tmp_path):
    """For pages tell when the last one ended."""
    before = []
    write_seed(tmp_path)
    import_folder(tmp_path, observe=lambda outcomes, total: before.append(number()))
    assert number() > before[-1]


def test_what_is_rolled_back_makes_none(editor):
    article = make_article()
    before = number()
    with transaction.atomic():
        set_value(article, "heat", 90, by=editor)
        assert number() > before
        transaction.set_rollback(True)
    assert number() == before


def test_what_is_only_looked_at_makes_none(client):
    make_article("told")
    before = number()
    for path in ("/", "/articles/told/", "/feeds/latest.rss", "/nothing/"):
        client.get(path)
    manage("export_seeds", "/nowhere/at/all")
    assert number() == before


def test_a_number_never_comes_twice_even_after_a_backup_is_restored(time_machine, editor):
    article = make_article()
    restored = number()
    seen = []
    for heat in (1, 2, 3):
        set_value(article, "heat", heat, by=editor)
        seen.append(number())
    Edition.objects.update(number=restored)  # as it stood in the backup
    set_value(article, "heat", 4, by=editor)
    assert number() > max(seen)
    time_machine.move_to("2001-01-01T00:00:00Z")  # a clock that was put back
    before = number()
    set_value(article, "heat", 5, by=editor)
    assert number() > before


def test_a_muted_provider_makes_an_edition(chief):
    make_article(provider="outlet.example")
    # the provider · when its stories left the lists
    tables = {"articles_provider", "articles_article"}
    assert written(lambda: change_provider(Provider.objects.get(), {"muted": True}, by=chief)) == tables


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the words of SQLite's plans")
@pytest.mark.parametrize(
    ("statement", "values"), [(PASSED, ["2026-03-01 12:00:00"] * 4), (DUE, ["2026-03-01 12:00:00", 200] * 4)]
)
def test_dates_are_looked_for_by_index_however_many_stories_there_are(statement, values):
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + statement, values)
        looks = [row[-1] for row in cursor.fetchall() if "articles_article" in row[-1]]
    assert len(looks) == 4
    assert all(line.startswith("SEARCH") and "INDEX article_" in line for line in looks), looks


@pytest.mark.parametrize("known_ahead", [200, 2])
def test_each_date_that_passes_is_another_edition_known_ahead_or_not(time_machine, monkeypatch, known_ahead):
    monkeypatch.setattr("articles.querysets.editions.MOST_DUE", known_ahead)
    time_machine.move_to(NOON, tick=False)
    for minute in range(1, 6):
        make_article(published_at=NOON + timedelta(minutes=minute))
    make_article(publish_at="2026-03-01T12:06:00Z", published_at=NOON - timedelta(days=9))
    make_article(publish_until="2026-03-01T12:07:00Z")
    make_article(pinned="1,2026-03-01T12:08:00Z")
    seen = []
    for minute in range(9):
        seen += {Edition.objects.as_of(NOON + timedelta(minutes=minute, seconds=second)) for second in (0, 30, 59)}
    assert len(seen) == len(set(seen)) == 9
    before = Edition.objects.as_of(NOON + timedelta(minutes=2) - timedelta(microseconds=1))
    assert before != Edition.objects.as_of(NOON + timedelta(minutes=2))


def test_a_machine_whose_clock_is_behind_sees_each_date_pass_too(time_machine):
    time_machine.move_to(NOON, tick=False)
    make_article(published_at=NOON - timedelta(seconds=30))
    make_article(published_at=NOON - timedelta(hours=3))
    assert Edition.objects.as_of(NOON - timedelta(seconds=31)) != Edition.objects.as_of(NOON)
    assert Edition.objects.as_of(NOON - timedelta(hours=4)) != Edition.objects.as_of(NOON - timedelta(hours=2))


def test_one_row_tells_the_edition(django_assert_num_queries):
    make_article()
    with django_assert_num_queries(1):
        Edition.objects.as_of(timezone.now())
