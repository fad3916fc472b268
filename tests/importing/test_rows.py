"""Rows that go straight into their tables are those that the ORM would write, on either database."""

import pytest
from django.db import connection

from articles.models import Article, ArticleTopic, Image, RelatedLink, Version
from articles.rows import new_keys
from tests.factories import import_seed

pytestmark = pytest.mark.django_db
EVERY_KEY = {
    "title": "Ünïcode, “quotes”, \\backslash\\ and\ttab 🙂",
    "excerpt": "Line one\nline two; %s %(x)s \\N",
    "updatedDateTime": "2020-06-22T18:00:00.123456Z",
    "publishedDateTime": "0001-01-01T00:00:00Z",
    "tags": ["a", "ü"],
    "topics": ["AI", "C++", "中文"],
    "published": False,
    "provider": {"name": "P", "domain": "p.example", "images": [{"url": "/p.png", "width": 5}]},
    "images": [{"url": "/a.jpg", "isCached": True, "title": "T"}, {"url": "/b.jpg", "isCached": False, "height": 0}],
    "related": [
        {"title": "R", "webUrl": "https://r.example/1", "publishedDateTime": "2020-01-01", "quality": 0},
        {"title": "S", "provider": {"domain": "s.example"}, "images": [{"url": "/s.jpg"}]},
    ],
}


def table(model):
    """The rows as the database has them, with their types."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {model._meta.db_table} ORDER BY id")
        return [[(type(value).__name__, bytes(value) if isinstance(value, memoryview) else value) for value in row]
                for row in cursor.fetchall()]  # fmt: skip


@pytest.mark.parametrize("model", [Article, Version, ArticleTopic, Image, RelatedLink])
def test_a_row_is_what_the_orm_would_write(tmp_path, model):
    import_seed(tmp_path, **EVERY_KEY)
    before = table(model)
    assert before
    for row in model.objects.all():
        row.save(force_update=True)
    assert table(model) == before


def test_keys_that_were_reserved_are_not_given_again(tmp_path):
    import_seed(tmp_path, "2020-06-22-a")
    reserved = new_keys(Article, 3)
    assert len(set(reserved)) == 3
    assert not Article.objects.filter(pk__in=reserved).exists()
    assert import_seed(tmp_path, "2020-06-22-b").pk > Article.objects.get(stem="2020-06-22-a").pk
