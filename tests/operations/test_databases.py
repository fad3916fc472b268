"""The database as the settings make it, and the rules that it holds itself."""

import sqlite3

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from articles.models import (
    Article,
    ArticleTopic,
    Decision,
    FormerSlug,
    Image,
    ImportRun,
    Provider,
    RelatedLink,
    StandingDecision,
    Topic,
    Version,
)
from tests.factories import make_article

pytestmark = pytest.mark.django_db

PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="pragmas are SQLite's")
@pytest.mark.parametrize(("name", "value"), PRAGMAS.items())
def test_sqlite_writes_ahead_and_keeps_what_was_answered_with_success(name, value):
    with connection.cursor() as cursor:
        assert cursor.execute(f"PRAGMA {name}").fetchone() == (value,)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="locks of SQLite")
def test_sqlite_waits_for_another_writer_and_begins_as_one(site):
    code = """
from django.db import connection, transaction
with connection.cursor() as cursor:
    print(cursor.execute("PRAGMA busy_timeout").fetchone()[0])
with transaction.atomic():
    print("begun", flush=True)
    input()
"""
    process = site.start_python(code)
    assert int(process.stdout.readline()) >= 5000
    assert process.stdout.readline() == "begun\n"
    other = sqlite3.connect(site.url.removeprefix("sqlite:///"), timeout=0)
    with pytest.raises(sqlite3.OperationalError, match="locked"):  # nothing is written yet, but the turn is taken
        other.execute("BEGIN IMMEDIATE")
    assert other.execute("SELECT count(*) FROM articles_article").fetchone() == (0,)
    process.communicate("\n")
    other.execute("BEGIN IMMEDIATE")
    other.close()


def broken(make):
    with pytest.raises(IntegrityError), transaction.atomic():
        make()


COLUMNS = {
    "heat_below_-1": {"heat": -2},
    "heat_above_a_million": {"heat": 1_000_001},
    "quality_below_0": {"quality": -1},
    "quality_above_a_million": {"quality": 1_000_001},
    "no_title": {"title": ""},
    "no_slug": {"slug": ""},
    "no_given_slug": {"given_slug": ""},
    "no_source": {"source": ""},
    "no_stem": {"stem": ""},
    "pinned_to_place_0": {"pinned_place": 0},
    "pinned_to_place_26": {"pinned_place": 26},
    "a_pin_that_ends_but_never_was": {"pinned_until": timezone.now()},
    "visible_from_another_time": {"visible_from": timezone.now()},
    "publish_at_without_effect": {"publish_at": timezone.now()},
}


@pytest.mark.parametrize("values", COLUMNS.values(), ids=COLUMNS)
def test_no_article_has(values):
    make_article("story")
    broken(lambda: Article.objects.update(**values))


def test_no_two_articles_have_one_identity_or_one_slug():
    make_article("one")
    two = make_article("two")
    broken(lambda: Article.objects.filter(pk=two.pk).update(stem="2020-06-22-one"))
    broken(lambda: Article.objects.filter(pk=two.pk).update(slug="one"))
    FormerSlug.objects.create(slug="old", article=two)
    broken(lambda: FormerSlug.objects.create(slug="old", article=two))


def test_an_image_has_one_owner_a_url_and_sizes_in_bounds():
    article = make_article("story", images=[{"url": "/a.png"}])
    image, provider = Image.objects.get(), article.provider
    broken(lambda: Image.objects.create(article=article, provider=provider, position=1, url="/b.png"))
    broken(lambda: Image.objects.create(position=1, url="/b.png"))
    for values in ({"url": ""}, {"width": 1_000_001}, {"height": -1}, {"article": None}):
        broken(lambda values=values: Image.objects.filter(pk=image.pk).update(**values))


def test_a_topic_is_one_name_one_slug_never_page_and_not_its_own_parent():
    article = make_article("story", topics=["A", "B"])
    a, b = Topic.objects.order_by("name")
    broken(lambda: Topic.objects.create(name="A", slug="other"))
    broken(lambda: Topic.objects.create(name="Other", slug="a"))
    for values in ({"slug": "page"}, {"slug": ""}, {"name": ""}, {"parent": a}):
        broken(lambda values=values: Topic.objects.filter(pk=a.pk).update(**values))
    broken(lambda: ArticleTopic.objects.create(article=article, topic=b, position=7))
    broken(lambda: ArticleTopic.objects.filter(topic=b).update(position=0))


def test_a_provider_is_one_domain_in_lower_case():
    make_article("story")
    for domain in ("outlet.example", "", "Upper.example"):
        broken(lambda domain=domain: Provider.objects.create(domain=domain, name="X"))


def test_a_related_link_has_a_title_its_place_and_a_quality_in_bounds():
    article = make_article("story", related=[{"title": "R"}])
    for values in ({"title": ""}, {"quality": -1}, {"quality": 1_000_001}):
        broken(lambda values=values: RelatedLink.objects.update(**values))
    broken(lambda: RelatedLink.objects.create(article=article, position=0, title="Again"))


def test_a_run_counts_each_file_once_and_an_article_has_one_version_of_it():
    article = make_article("story")
    broken(lambda: ImportRun.objects.update(files=7))
    broken(lambda: ImportRun.objects.update(source=""))
    version = Version.objects.get()
    values = {"article": article, "run": version.run, "at": version.at, "path": "x", "data": b"x"}
    broken(lambda: Version.objects.create(**values, file_digest=b"", content_digest=b""))
    broken(lambda: Version.objects.update(data=b""))


def test_a_decision_has_an_author_boosts_numbers_only_and_one_is_in_force_for_a_field():
    article = make_article("story", pinned="1")
    broken(lambda: Decision.objects.update(username=""))
    broken(lambda: Decision.objects.update(kind="boost"))
    again = {"article": article, "decision": StandingDecision.objects.get().decision, "field": "pinned", "kind": "set"}
    broken(lambda: StandingDecision.objects.create(**again))


def test_the_logs_hold_on_to_what_they_tell_of():
    article = make_article("story", pinned="1")
    with pytest.raises(IntegrityError):
        article.delete()


def test_the_migrations_say_all_that_the_models_say():
    from django.core.management import call_command

    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
