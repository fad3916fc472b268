"""Who sees what: only public stories are on public pages, and buried ones on no list."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import make_article
from tests.site.pages import get, story_slugs, text_of

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
PAGES = ["/", "/latest/", "/topics/ai/", "/providers/outlet.example/", "/articles/public/", "/nothing/"]
FEEDS = ["/feeds/latest.json", "/topics/ai/latest.rss", "/providers/outlet.example/latest.atom"]
FEEDS += ["/feeds/front.rss", "/feeds/latest.atom", "/feeds/latest.atom?heat_min=1", "/feeds/search.json?q=a"]
PROGRAMS = ["/api/news/?changed_since=2000-01-01", "/api/news/index.json", "/api/news/ai/index.json", "/api/news/?q=a"]
LISTS = [*PAGES, *FEEDS, *PROGRAMS]
FOUND = ["/search/?q=a", "/archive/2020/06/22/"]  # where buried stories are found too
HIDDEN = {
    "unpublished": lambda now: {"published": False},
    "published_by_omission": lambda now: {"published": None},
    "dated_in_the_future": lambda now: {"published_at": now + HOUR},
    "scheduled": lambda now: {"publish_at": now + HOUR},
    "expired": lambda now: {"publish_until": now - HOUR},
    "withdrawn": lambda now: {"withdrawn": True},
    "pinned_but_unpublished": lambda now: {"published": False, "pinned": "1"},
    "pinned_but_expired": lambda now: {"publish_until": now - HOUR, "pinned": "1"},
}


@pytest.mark.parametrize("path", [*LISTS, *FOUND])
@pytest.mark.parametrize("reason", HIDDEN)
def test_a_story_that_is_not_public_is_in_none_of_the_pages(reason, path):
    now = timezone.now()
    make_article("public", title="For all to see", topics=["AI", "Shared"])
    values = {"heat": 500, "title": "Nobody may see this", "topics": ["AI", "Secret topic"]} | HIDDEN[reason](now)
    make_article("hidden", **values)
    html = get(path).content.decode()
    assert "For all to see" in html
    assert "Nobody may see this" not in html
    assert "/articles/hidden/" not in html
    assert "Secret topic" not in html


@pytest.mark.parametrize("path", ["/topics/", "/providers/", "/about/", "/sitemap.xml", "/archive/"])
def test_names_of_hidden_stories_are_in_no_index(path):
    make_article("hidden", published=False, topics=["Secret topic"], provider="secret.example")
    html = text_of(path)
    assert "Secret topic" not in html
    assert "secret.example" not in html


@pytest.mark.parametrize("path", LISTS)
def test_a_buried_story_is_on_no_list(path):
    make_article("public", title="For all to see")
    make_article("buried", heat=-1, title="A duplicate", pinned="1")
    html = get(path).content.decode()
    assert "For all to see" in html
    assert "A duplicate" not in html


def test_a_buried_story_keeps_its_page_which_says_why():
    make_article("buried", heat=-1, title="A duplicate")
    html = text_of("/articles/buried/")
    assert "A duplicate" in html
    assert "On no list" in html


def test_a_scheduled_story_appears_at_its_time(time_machine):
    start = timezone.now()
    make_article("tale", publish_at=start + HOUR, publish_until=start + 2 * HOUR)
    seen = []
    for minutes in (59, 60, 119, 120):
        time_machine.move_to(start + timedelta(minutes=minutes), tick=False)
        seen.append((get("/articles/tale/").status_code, story_slugs(text_of("/"))))
    assert seen == [(404, []), (200, ["tale"]), (200, ["tale"]), (404, [])]
