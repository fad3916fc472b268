"""JSON-LD: where a page stands, and how the site is searched. What it says of stories is in test_article_page.py."""

import pytest

from articles.models import Topic
from tests.factories import make_article
from tests.site.pages import get, json_ld, text_of

pytestmark = pytest.mark.django_db
ROOT = "http://127.0.0.1:8000"
SITE = {"@type": "WebSite", "name": "Newsdesk", "url": f"{ROOT}/"}


def trail(path: str) -> list[tuple[str, str]]:
    """The names and addresses of a page's breadcrumb; each must be there."""
    listed = json_ld(text_of(path))["breadcrumb"]["itemListElement"]
    assert [item["position"] for item in listed] == list(range(1, len(listed) + 1))
    found = [(item["name"], item["item"].removeprefix(ROOT)) for item in listed]
    assert all(get(address).status_code == 200 for _, address in found)
    return found


def test_the_front_page_says_how_the_site_is_searched():
    make_article("tale", title="A tale of bees")
    site = json_ld(text_of("/"))["isPartOf"]
    template = site.pop("potentialAction")["target"]["urlTemplate"]
    assert site == SITE
    assert "A tale of bees" in text_of(template.removeprefix(ROOT).replace("{search_term_string}", "tale")).replace(
        "<mark>", ""
    ).replace("</mark>", "")


def test_a_page_says_what_stands_above_it():
    make_article("tale", title="A tale", topics=["Machine Learning", "AI"])
    Topic.objects.filter(name="Machine Learning").update(parent=Topic.objects.get(name="AI"))
    topic = ("Machine Learning", "/topics/machine-learning/")
    assert trail("/topics/machine-learning/") == [("Topics", "/topics/"), ("AI", "/topics/ai/"), topic]
    assert trail("/articles/tale/") == [topic, ("A tale", "/articles/tale/")]
    assert trail("/providers/outlet.example/") == [
        ("Outlets", "/providers/"),
        ("The Outlet", "/providers/outlet.example/"),
    ]
    assert trail("/archive/2020/06/22/") == [
        ("Archive", "/archive/"),
        ("2020", "/archive/2020/"),
        ("June 2020", "/archive/2020/06/"),
        ("22 June 2020", "/archive/2020/06/22/"),
    ]


def test_a_topic_that_readers_find_nothing_under_stands_above_nothing():
    make_article("buried", heat=-1, topics=["Nothing else"])
    assert "breadcrumb" not in json_ld(text_of("/articles/buried/"))


@pytest.mark.parametrize("path", ["/", "/latest/"])
def test_what_has_nothing_above_it_has_no_breadcrumb(path):
    make_article("tale")
    assert "breadcrumb" not in json_ld(text_of(path))
