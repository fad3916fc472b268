"""The front page's list of the stories that most outlets tell."""

from datetime import UTC, datetime, timedelta

import pytest

from articles.querysets import AMONG
from tests.factories import make_article
from tests.site.pages import link_to_more, story_slugs, text_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def covered(html: str) -> list[str]:
    return story_slugs("<main" + html.partition('id="covered"')[2].partition("</section>")[0])


def told(slug: str, others: int, **overrides) -> None:
    related = [{"title": "Told", "provider": {"domain": f"o{number}.example"}} for number in range(others)]
    make_article(slug, related=related, **{"published_at": NOON} | overrides)


def test_the_most_covered_stand_first_five_of_them_and_as_many_in_the_order_of_rank():
    for others in range(1, 6):
        told(f"n{others}", others, heat=others)
    told("hotter", 3, heat=9)
    told("alone", 0, heat=99)
    html = text_of("/")
    assert covered(html) == ["n5", "n4", "hotter", "n3", "n2"]
    assert "<b>6</b> outlets" in html


def test_neither_buried_muted_nor_hidden_stories_are_among_them():
    told("a", 2)
    told("b", 1)
    told("buried", 9, heat=-1)
    told("draft", 9, published=False)
    assert covered(text_of("/")) == ["a", "b"]


def test_one_story_is_no_list_and_none_is_none():
    told("alone", 0)
    told("one", 3)
    assert "Most covered" not in text_of("/")


def test_they_stand_on_the_first_page_only():
    for number in range(30):
        told(f"n{number}", 2, published_at=NOON - timedelta(hours=number))
    assert "Most covered" in text_of("/")
    assert "Most covered" not in text_of(link_to_more(text_of("/")))


def test_only_the_newest_are_looked_at(monkeypatch):
    assert AMONG == 300
    monkeypatch.setattr("articles.site.front.AMONG", 2)
    from articles.site import front
    from articles.statements import Statement

    monkeypatch.setattr(front, "NEWEST", Statement(front._newest))
    told("old", 9, published_at=NOON - timedelta(days=1))
    told("a", 1)
    told("b", 2)
    assert covered(text_of("/")) == ["b", "a"]
