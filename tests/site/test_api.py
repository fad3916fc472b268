"""The JSON API: upstream's own shape, key by key."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils.http import http_date

from articles.curation import Change, curate, set_value
from articles.importing import import_paths
from articles.site.filters import LatestFilters
from tests.factories import make_article
from tests.site.pages import get

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "power-apps"
NEWS = "/api/news/index.json"
TIMES = ("publishedDateTime", "updatedDateTime")


def comparable(article: dict) -> dict:
    """Times are compared as instants."""
    return article | {name: article[name] and datetime.fromisoformat(article[name]) for name in TIMES}


def slugs(answer) -> list[str]:
    return [article["path"].removeprefix("_news/").removesuffix(".md")[11:] for article in answer.json()["value"]]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="needs ../shared/corpus")
@pytest.mark.parametrize("path", [NEWS, "/api/news/page/2/index.json"])
def test_what_upstream_made_of_its_own_folder_is_made_here(path):
    import_paths([str(SAMPLES / "_news")])
    sample = json.loads((SAMPLES / path.removeprefix("/")).read_text(encoding="utf-8"))
    answer = get(path)
    assert answer["Content-Type"] == "application/json"
    ours = answer.json()
    assert (list(ours), ours["page"], ours["nextPage"]) == (list(sample), sample["page"], sample["nextPage"])
    for our, theirs in zip(ours["value"], sample["value"], strict=True):
        assert list(our) == list(theirs)
        assert comparable(our) == comparable(theirs)


def test_what_is_absent_is_null_and_the_rest_has_its_defaults(tmp_path):
    make_article("bare", excerpt=None, webUrl=None, type=None, provider=None, topics=None)
    (story,) = get(NEWS).json()["value"]
    assert story == {
        "path": "_news/2020-06-22-bare.md",
        "title": "A story",
        "excerpt": None,
        "sourceUrl": None,
        "webUrl": None,
        "originalUrl": None,
        "featuredContent": None,
        "highlight": None,
        "heat": 40,
        "tags": None,
        "images": None,
        "content": "",
        "type": None,
        "ampWebUrl": None,
        "cdnAmpWebUrl": None,
        "publishedDateTime": "2020-06-22T16:21:00Z",
        "updatedDateTime": None,
        "provider": None,
        "locale": "en-us",
        "categories": ["news"],
        "topics": None,
    }


def test_what_the_desk_decided_is_what_clients_get(editor):
    article = make_article("decided", images=[{"url": "/assets/a.jpg"}])
    for field, value in {"title": "Ours", "heat": 99, "topics": ["Privacy"]}.items():
        set_value(article, field, value, by=editor)
    (story,) = get(NEWS).json()["value"]
    assert (story["title"], story["heat"], story["topics"]) == ("Ours", 99, ["Privacy"])
    assert story["images"][0] == {
        "url": "/assets/a.jpg",
        "width": None,
        "height": None,
        "title": None,
        "attribution": None,
        "isCached": False,
    }


def test_a_body_has_its_line_ends_written_as_crlf(tmp_path):
    (tmp_path / "x.md").write_bytes(
        b"---\ntitle: T\npublishedDateTime: 2020-06-22\npublished: true\n---\none\r\ntwo\nthree\n"
    )
    import_paths([str(tmp_path)])
    assert get(NEWS).json()["value"][0]["content"] == "one\r\ntwo\r\nthree\r\n"


def test_pages_have_25_stories_and_the_last_has_no_next():
    for number in range(26):
        make_article(f"s{number:02}", published_at=datetime.fromisoformat(f"2020-06-{number + 1:02}T00:00:00Z"))
    first, second = get(NEWS), get("/api/news/page/2/index.json")
    assert (len(slugs(first)), first.json()["page"], first.json()["nextPage"]) == (25, 1, 2)
    assert (slugs(first)[0], slugs(second), second.json()["nextPage"]) == ("s25", ["s00"], None)
    assert get("/api/news/page/1/index.json").json() == first.json()


@pytest.mark.parametrize(
    "path",
    [
        "/api/news/page/2/index.json",
        "/api/news/page/0/index.json",
        f"/api/news/page/{10**30}/index.json",
        "/api/news/nothing/index.json",
        "/api/news/ai/page/2/index.json",
        "/api/nothing",
        "/api/",
        "/api/news/a%0Ab/index.json",
        "/api/news/ai/",
    ],
)
def test_what_is_not_there_is_a_problem_in_json(path):
    make_article("one")
    answer = get(path)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert (answer.json()["status"], answer.json()["title"]) == (404, "Not found")


def test_an_empty_site_has_an_empty_first_page():
    assert get(NEWS).json() == {"page": 1, "value": [], "nextPage": None}


def test_a_topic_has_its_own_pages():
    make_article("told", topics=["Machine Learning", "AI"])
    make_article("other", topics=["Privacy"])
    assert slugs(get("/api/news/machine-learning/index.json")) == ["told"]
    assert slugs(get("/api/news/machine-learning/page/1/index.json")) == ["told"]


def test_an_old_address_of_a_topic_leads_to_the_new_one():
    make_article("told", topics=["AI"]).topic_list[0].former_slugs.create(slug="a-i")
    answer = get("/api/news/a-i/index.json")
    assert (answer.status_code, answer["Location"]) == (301, "/api/news/ai/index.json")


def test_the_filters_of_latest_are_those_of_the_api():
    make_article("hot", heat=90)
    make_article("cool", heat=2)
    assert slugs(get("/api/news/?heat_min=50")) == ["hot"]
    assert slugs(get("/api/news/?heat_min=50&page=1&unknown=x")) == ["hot"]
    assert sorted(slugs(get("/api/news/"))) == ["cool", "hot"]


@pytest.mark.parametrize(
    ("query", "field"),
    [("heat_min=x", "heat_min"), ("after=2020-02-31", "after"), ("page=0", "page"), ("page=x", "page")],
)
def test_a_bad_value_is_a_problem_that_names_it(query, field):
    answer = get(f"/api/news/?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert list(answer.json()["errors"]) == [field]


def test_what_is_not_listed_is_not_in_the_api(editor):
    make_article("public")
    make_article("hidden", published=False)
    make_article("buried", heat=-1)
    make_article("future", published_at=datetime.fromisoformat("2999-01-01T00:00:00Z"))
    assert slugs(get(NEWS)) == ["public"]
    assert slugs(get("/api/news/ai/index.json")) == ["public"]
    assert slugs(get("/api/news/?q=story")) == ["public"]


@pytest.mark.parametrize("path", [NEWS, "/api/news/?heat_min=x", "/api/nothing"])
def test_anybody_may_ask_from_any_site_and_gets_no_cookie(path):
    answer = get(path)
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["ETag"] or answer.status_code != 200
    assert not answer.cookies
    again = get(path, **{"HTTP_IF_NONE_MATCH": answer.get("ETag", "")})
    assert again.status_code == (304 if answer.status_code == 200 else answer.status_code)


def test_a_page_asks_as_often_for_25_stories_as_for_two(django_assert_num_queries):
    for number in range(2):
        make_article(f"a{number}", images=[{"url": "https://pictures.example/1.jpg"}])
    # the edition · stories with their providers · pictures · logos · topics
    with django_assert_num_queries(1 + 4):
        get(NEWS)
    for number in range(30):
        make_article(f"b{number}", images=[{"url": "https://pictures.example/1.jpg"}], topics=["AI", f"T{number}"])
    with django_assert_num_queries(1 + 4):
        get(NEWS)


def test_programs_are_told_what_the_api_is():
    make_article("one", images=[{"url": "/assets/a.jpg"}])
    told = get("/api/openapi.json").json()
    assert told["openapi"] == "3.1.0"
    article = told["components"]["schemas"]["Article"]["properties"]
    (story,) = get(NEWS).json()["value"]
    assert sorted(article) == sorted(story)
    filters = {each["name"] for each in told["paths"]["/api/news/"]["get"]["parameters"]}
    assert filters == {*LatestFilters.base_filters, "page", "changed_since"}


def test_a_page_says_when_it_was_last_another(editor):
    article = make_article("one", published_at=datetime.fromisoformat("2020-03-01T12:00:00Z"))
    assert get(NEWS)["Last-Modified"] == "Sun, 01 Mar 2020 12:00:00 GMT"
    (decision,) = curate(article, [Change("set", "heat", 90)], by=editor)
    for path in (NEWS, "/api/news/?heat_min=1", "/api/news/ai/index.json", "/feeds/latest.rss"):
        told = get(path)["Last-Modified"]
        assert told == http_date(decision.at.timestamp()), path
        assert get(path, HTTP_IF_MODIFIED_SINCE=told).status_code == 304


def test_an_embargo_and_an_end_that_pass_are_changes(editor):
    make_article("one", published_at=datetime.fromisoformat("2020-03-01T12:00:00Z"))
    make_article(
        "waits", publish_at="2020-05-01T12:00:00Z", published_at=datetime.fromisoformat("2020-01-01T00:00:00Z")
    )
    LogEntry.objects.all().delete()
    assert get(NEWS)["Last-Modified"] == "Fri, 01 May 2020 12:00:00 GMT"
    make_article("ended", publish_until="2020-06-01T12:00:00Z")
    LogEntry.objects.all().delete()
    assert get(NEWS)["Last-Modified"] == "Mon, 01 Jun 2020 12:00:00 GMT"


@pytest.mark.parametrize("path", ["/api/news/", "/api/news/index.json", "/api/openapi.json", "/api/nothing"])
def test_a_browser_that_asks_first_for_another_site_is_told_that_it_may(path):
    answer = Client().options(path, headers={"origin": "https://other.example"})
    assert (answer.status_code, answer.content) == (204, b"")
    told = {name.removeprefix("Access-Control-"): value for name, value in answer.items() if "Access-" in name}
    assert told.pop("Max-Age") == "86400"
    assert told == {"Allow-Origin": "*", "Allow-Methods": "GET, HEAD, OPTIONS", "Allow-Headers": "*"}
    assert [getattr(Client(), method)(path).status_code for method in ("post", "put", "delete")] == [405] * 3
