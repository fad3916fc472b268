"""A query whose SQL is compiled once says at every moment, and of all keys, what its QuerySet says."""

from datetime import UTC, datetime, timedelta

import pytest

from articles.models import Article
from articles.statements import Statement
from tests.factories import make_article

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
COLUMNS = ("slug", "published_at", "tags", "heat")


def recent(now, *keys):
    listed = Article.objects.listed(now).filter(published_at__gt=now - timedelta(hours=3))
    return listed.exclude(pk__in=keys).ranked().values_list(*COLUMNS)


def test_a_statement_gives_the_rows_of_its_queryset_at_each_moment():
    for hour in range(6):
        make_article(f"s{hour}", published_at=NOON + timedelta(hours=hour), heat=10 + hour, tags=["x", "y"])
    make_article("ends", published_at=NOON, publish_until=(NOON + timedelta(hours=2)).isoformat())
    statement = Statement(recent)
    for hour in (-1, 0, 1, 2, 3, 5, 9):
        now = NOON + timedelta(hours=hour, minutes=30)
        assert statement.rows(now) == list(recent(now))


def test_keys_stand_at_their_places_and_fewer_are_filled_up_with_none():
    kept, left_out = (make_article(slug, published_at=NOON) for slug in ("kept", "left-out"))
    statement = Statement(recent, keys=3)
    now = NOON + timedelta(hours=1)
    assert {row[0] for row in statement.rows(now)} == {"kept", "left-out"}
    assert [row[0] for row in statement.rows(now, left_out.pk)] == ["kept"]
    assert statement.rows(now, left_out.pk, kept.pk) == []


def test_a_statement_is_one_query(django_assert_num_queries):
    statement = Statement(recent)
    for _ in range(2):
        with django_assert_num_queries(1):
            statement.rows(NOON)


def test_words_stand_at_their_places_whatever_they_are():
    for slug in ("kept", "left-out"):
        make_article(slug, published_at=NOON)
    statement = Statement(lambda now, *words: Article.objects.filter(slug__in=words).values_list("slug"), words=2)
    assert statement.rows(NOON, words=["kept", "\ue0000 % %s ' \""]) == [("kept",)]
    assert sorted(statement.rows(NOON, words=["kept", "left-out"])) == [("kept",), ("left-out",)]
