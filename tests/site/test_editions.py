"""Whatever changes what readers get makes a new edition, in the same transaction; what is not committed makes none."""

import json
import pkgutil
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from articles.bulk import apply, plan
from articles.catalogue import change_provider
from articles.curation import set_value
from articles.importing.uploads import discard, let_through, receive
from articles.management import commands
from articles.models import Article, Edition, ImportRun, Provider
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
    assert written(lambda: change_provider(Provider.objects.get(), {"muted": True}, by=chief)) == {"articles_provider"}


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_the_edition_is_asked_for_in_one_query_that_looks_at_no_more_rows_for_more_stories():
    """Each date is one seek: the plan names an index for each of them, and walks no table."""
    make_article()
    if connection.vendor == "sqlite":
        from articles.querysets import AS_OF

        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + AS_OF, ["2026-03-01 12:00:00"] * 4)
            plan_of = [row[-1] for row in cursor.fetchall()]
        seeks = [line for line in plan_of if "articles_article" in line]
        assert len(seeks) == 4
        assert all(line.startswith("SEARCH") and "INDEX article_" in line for line in seeks), json.dumps(plan_of)
    found = Edition.objects.as_of(NOON)
    assert len(found) == 5
