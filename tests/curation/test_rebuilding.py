"""`manage.py rebuild_articles`: the proof that columns are what the logs say, and their mending."""

import tracemalloc
from datetime import UTC, datetime
from secrets import token_hex

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles.checking import suspects
from articles.curation import boost, set_value
from articles.importing.undoing import undo_run
from articles.models import (
    Article,
    ArticleTopic,
    FormerSlug,
    Image,
    Provider,
    RelatedLink,
    StandingDecision,
    Topic,
    Version,
)
from tests.factories import import_folder, import_seed, withdraw, write_seed
from tests.importing.tables import every_row
from tests.operations.commands import manage

pytestmark = pytest.mark.django_db
RICH = {
    "topics": ["AI", "Law"],
    "images": [{"url": "/a.png", "width": 3}, {"url": "/b.png"}],
    "related": [
        {"title": "R", "provider": {"domain": "r.example"}, "quality": 4, "images": [{"url": "/r.png"}]},
        {"title": "S"},
    ],
}


@pytest.fixture
def article(tmp_path, editor):
    article = import_seed(tmp_path, **RICH)
    set_value(article, "title", "Ours", by=editor)
    boost(article, "heat", 20, by=editor)
    set_value(article, "slug", "better", by=editor)
    set_value(article, "pinned", "1,2999-01-01", by=editor)
    write_seed(tmp_path, **RICH, webUrl="https://b.example/")
    import_folder(tmp_path)
    return Article.objects.get()


def tampered(**values):
    return lambda: Article.objects.update(**values)


LATE = datetime(2030, 1, 1, tzinfo=UTC)
TAMPERED = {
    "title": tampered(title="Tampered"),
    "heat": tampered(heat=1),
    "quality": tampered(quality=1),
    "published": tampered(published=False),
    "excerpt": tampered(excerpt=""),
    "rank": tampered(rank=0.5),
    "link": tampered(link=""),
    "body": tampered(body="x"),
    "tags": tampered(tags=["x"]),
    "path": tampered(path="elsewhere.md"),
    "file_digest": tampered(file_digest=b"x"),
    "content_digest": tampered(content_digest=b"x"),
    "withdrawn": tampered(withdrawn=True),
    "updated_at": tampered(updated_at=LATE),
    "pinned_until": tampered(pinned_until=None),
    "published_at": tampered(published_at=LATE, visible_from=LATE),
    "slug": tampered(slug="tampered"),
    "old slugs": lambda: FormerSlug.objects.all().delete(),
    "provider": lambda: Article.objects.update(provider=Provider.objects.get(domain="r.example")),
    "topics": lambda: ArticleTopic.objects.filter(position=0).update(topic=Topic.objects.create(name="X", slug="x")),
    "images": lambda: Image.objects.filter(article__isnull=False, position=0).update(width=4),
    "related": lambda: RelatedLink.objects.filter(position=0).update(quality=5),
    "decisions in force": lambda: StandingDecision.objects.filter(field="heat").update(value=21),
}
DELETED = {
    "images": lambda: Image.objects.filter(related__isnull=True, provider__isnull=True).delete(),
    "related": lambda: Image.objects.filter(related__isnull=False).delete(),
    "topics": lambda: ArticleTopic.objects.all().delete(),
    "decisions in force": lambda: StandingDecision.objects.filter(field="pinned").delete(),
}


def cases():
    yield from (pytest.param(what, tamper, id=what) for what, tamper in TAMPERED.items())
    yield from (pytest.param(what, tamper, id=f"{what} deleted") for what, tamper in DELETED.items())


def comparable() -> dict:
    """Every row without the primary keys of those that are replaced whole."""
    rows = every_row("Topic")
    # Those who keep a copy are told that a column is another again.
    place = [field.attname for field in Article._meta.concrete_fields].index("changed_at")
    rows["Article"] = [row[:place] + row[place + 1 :] for row in rows["Article"]]
    for name in ("ArticleTopic", "Image", "RelatedLink", "StandingDecision", "FormerSlug"):
        rows[name] = len(rows[name])
    return rows


@pytest.mark.parametrize(("what", "tamper"), [*cases()])
def test_what_was_tampered_with_is_found_with_check_and_mended_without(article, what, tamper):
    before = comparable()
    tamper()
    tampered_with = every_row()
    ran = manage("rebuild_articles", "--check")
    assert ran.code == 1
    assert f"default/2020-06-22-story: {what}" in ran.out
    assert every_row() == tampered_with
    assert manage("rebuild_articles").code == 0
    ran = manage("rebuild_articles", "--check")
    assert (ran.code, ran.out) == (0, "Every article is what its logs say.\n")
    assert comparable() == before


def test_an_untouched_site_is_what_its_logs_say(article, tmp_path):
    import_seed(tmp_path, "second")
    withdraw(import_seed(tmp_path, "third"))
    assert manage("rebuild_articles", "--check").code == 0


def test_rebuilding_what_is_right_writes_nothing(article):
    with CaptureQueriesContext(connection) as queries:
        assert manage("rebuild_articles").code == 0
    assert not [query for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


def test_another_half_life_is_told_and_taken_over(article, settings):
    settings.HALF_LIFE_HOURS = 48
    assert "rank" in manage("rebuild_articles", "--check").out
    manage("rebuild_articles")
    assert manage("rebuild_articles", "--check").code == 0


def test_the_queries_do_not_grow_with_the_articles(tmp_path):
    def queries_of_checking(count: int) -> int:
        for number in range(count):
            write_seed(tmp_path, f"story-{number}", **RICH)
        import_folder(tmp_path)
        with CaptureQueriesContext(connection) as queries:
            manage("rebuild_articles", "--check")
        return len(queries)

    assert queries_of_checking(2) == queries_of_checking(20)


def test_a_check_holds_the_newest_file_of_an_article_however_many_there_were(tmp_path):
    def held_after(versions: int) -> int:
        for number in range(versions):
            import_seed(tmp_path, heat=number, body=token_hex(500_000))
        tracemalloc.start()
        assert list(suspects(jobs=1)) == [[]]
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    assert held_after(1) * 1.2 > held_after(12)


def test_more_articles_than_one_batch_are_all_checked(tmp_path, monkeypatch):
    monkeypatch.setattr("articles.rebuilding.BATCH", 2)
    for number in range(5):
        write_seed(tmp_path, f"story-{number}")
    import_folder(tmp_path)
    Article.objects.filter(stem__in=["story-0", "story-4"]).update(heat=3)
    ran = manage("rebuild_articles", "--check")
    assert ran.out.count("heat") == 2
    assert "2 articles differ" in ran.out


def test_which_versions_count_is_mended_too(tmp_path):
    import_seed(tmp_path, heat=1)
    write_seed(tmp_path, heat=2)
    run = import_folder(tmp_path).run
    for wrong in (run, None):
        Version.objects.filter(run=run).update(undone_by=wrong)
        assert manage("rebuild_articles", "--check").code == (1 if wrong else 0)
        assert manage("rebuild_articles").code == 0
        assert manage("rebuild_articles", "--check").code == 0
    undo = undo_run(run).run
    Version.objects.filter(run=run).update(undone_by=None)
    assert manage("rebuild_articles", "--check").code == 1
    assert manage("rebuild_articles").code == 0
    assert Version.objects.get(run=run).undone_by_id == undo
    assert Article.objects.get().heat == 1
    assert manage("rebuild_articles", "--check").code == 0


@pytest.mark.parametrize("data", [b"no zlib", b"x\x9c"])
def test_a_damaged_log_is_told_and_its_article_left_while_the_others_are_mended(tmp_path, data):
    damaged, other = import_seed(tmp_path, "2020-06-22-damaged"), import_seed(tmp_path, "2020-06-22-other")
    Version.objects.filter(article=damaged).update(data=data)
    Article.objects.update(heat=1)
    done = manage("rebuild_articles")
    assert done.code == 0
    assert f"version {damaged.versions.get().pk} of 2020-06-22-damaged.md is damaged in the database" in done.out
    damaged.refresh_from_db(), other.refresh_from_db()
    assert (damaged.heat, other.heat) == (1, 40)
    assert manage("rebuild_articles", "--check").code == 1
