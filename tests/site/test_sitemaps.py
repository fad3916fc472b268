"""What search engines are told: sitemaps, the news sitemap, robots.txt, OpenSearch."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from tests.factories import make_article
from tests.site.pages import get

pytestmark = pytest.mark.django_db
ROOT = "http://127.0.0.1:8000"


def places(path: str) -> list[str]:
    answer = get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/xml; charset=utf-8")
    return [each.text.removeprefix(ROOT) for each in ElementTree.fromstring(answer.content).iter() if "loc" in each.tag]


def all_places() -> list[str]:
    return [place for part in places("/sitemap.xml") for place in places(part)]


def test_the_sitemap_names_the_pages_that_may_be_indexed():
    make_article("told")
    make_article("hidden", published=False, topics=["Secret"], provider={"domain": "hidden.example"})
    assert all_places() == [
        "/",
        "/latest/",
        "/topics/",
        "/providers/",
        "/about/",
        "/topics/ai/",
        "/providers/outlet.example/",
    ]


def test_stories_are_in_it_only_where_they_may_be_indexed_here(settings):
    make_article("told", published_at=datetime(2020, 1, 1, tzinfo=UTC), updated_at=datetime(2020, 2, 1, tzinfo=UTC))
    make_article("buried", heat=-1)
    settings.ARTICLE_INDEXING = "original"
    assert "/articles/told/" not in all_places()
    settings.ARTICLE_INDEXING = "self"
    assert [place for place in all_places() if place.startswith("/articles/")] == ["/articles/told/"]
    assert "<lastmod>2020-02-01T00:00:00+00:00</lastmod>" in get("/sitemap-articles-1.xml").text


def test_a_long_list_is_cut_into_parts(settings, monkeypatch):
    monkeypatch.setattr("articles.site.sitemaps.MOST", 2)
    settings.ARTICLE_INDEXING = "self"
    for number in range(5):
        make_article(f"s{number}")
    parts = [part for part in places("/sitemap.xml") if "articles" in part]
    assert parts == ["/sitemap-articles-1.xml", "/sitemap-articles-2.xml", "/sitemap-articles-3.xml"]
    assert len([place for place in all_places() if place.startswith("/articles/")]) == 5


@pytest.mark.parametrize(
    "part", ["pages-2", "pages-0", "topics-2", "articles-1", "nothing-1", f"topics-{10**30}", "topics-0"]
)
def test_a_part_that_is_not_is_not_there(part):
    make_article("told")
    assert get(f"/sitemap-{part}.xml").status_code == 404


def test_the_news_sitemap_has_the_last_two_days(settings):
    now = timezone.now()
    make_article("new", title="A & B", published_at=now - timedelta(hours=1), locale="de-DE")
    make_article("old", published_at=now - timedelta(hours=49))
    assert places("/news-sitemap.xml") == []
    settings.ARTICLE_INDEXING = "self"
    assert places("/news-sitemap.xml") == ["/articles/new/"]
    text = get("/news-sitemap.xml").text
    assert "<news:title>A &amp; B</news:title>" in text
    assert "<news:name>Newsdesk</news:name><news:language>de</news:language>" in text


def test_robots_are_told_where_the_sitemaps_are_and_kept_from_the_desk():
    answer = get("/robots.txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert f"Sitemap: {ROOT}/sitemap.xml" in answer.text
    assert "Disallow: /admin/" in answer.text
    assert "Disallow: /articles/" not in answer.text


def test_browsers_learn_how_to_search():
    answer = get("/opensearch.xml")
    assert answer["Content-Type"] == "application/opensearchdescription+xml; charset=utf-8"
    url = ElementTree.fromstring(answer.content).find("{http://a9.com/-/spec/opensearch/1.1/}Url")
    assert url.get("template") == f"{ROOT}/search/?q={{searchTerms}}"
