"""Feeds: RSS 2.0, Atom and JSON Feed of all stories, of a topic and of an outlet."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest

from articles.curation import set_value
from tests.factories import make_article
from tests.site.pages import get, text_of

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
NOON = datetime(2020, 3, 1, 12, tzinfo=UTC)
PLACES = ["/feeds/latest", "/topics/ai/latest", "/providers/outlet.example/latest"]


def titles(answer) -> list[str]:
    if answer["Content-Type"].startswith("application/feed+json"):
        return [item["title"] for item in answer.json()["items"]]
    root = ElementTree.fromstring(answer.content)
    entries = root.findall("channel/item") + root.findall(f"{ATOM}entry")
    return [entry.findtext("title") or entry.findtext(f"{ATOM}title") for entry in entries]


@pytest.mark.parametrize("ending", ["rss", "atom", "json"])
@pytest.mark.parametrize("place", PLACES)
def test_a_feed_has_the_listed_stories_newest_first(place, ending):
    for number in range(3):
        make_article(f"s{number}", title=f"Story {number}", published_at=NOON + timedelta(hours=number))
    make_article("hidden", published=False)
    make_article("buried", heat=-1)
    make_article("elsewhere", topics=["Privacy"], provider={"domain": "other.example"}, published_at=NOON)
    found = titles(get(f"{place}.{ending}"))
    assert [title for title in found if title != "A story"] == ["Story 2", "Story 1", "Story 0"]
    assert len(found) == (4 if place == "/feeds/latest" else 3)


@pytest.mark.parametrize(
    ("ending", "kind"),
    [("rss", "application/rss+xml"), ("atom", "application/atom+xml"), ("json", "application/feed+json")],
)
def test_a_feed_says_what_it_is_and_when_it_changed(ending, kind):
    make_article("one", published_at=NOON)
    answer = get(f"/feeds/latest.{ending}")
    assert answer["Content-Type"] == f"{kind}; charset=utf-8"
    assert answer["Last-Modified"] == "Sun, 01 Mar 2020 12:00:00 GMT"
    assert get(f"/feeds/latest.{ending}", HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 304


def test_an_entry_names_its_outlet_and_leads_here_and_to_the_original():
    make_article("told", title="A & B", images=[{"url": "/assets/a.jpg"}])
    item = ElementTree.fromstring(get("/feeds/latest.rss").content).find("channel/item")
    assert item.find("source").attrib == {"url": "https://outlet.example/"}
    assert (item.findtext("source"), item.findtext("title")) == ("The Outlet", "A & B")
    assert item.findtext("link") == "http://127.0.0.1:8000/articles/told/"
    entry = ElementTree.fromstring(get("/feeds/latest.atom").content).find(f"{ATOM}entry")
    assert entry.find(f"{ATOM}link[@rel='via']").get("href") == "https://outlet.example/story"
    (item,) = get("/feeds/latest.json").json()["items"]
    assert (item["external_url"], item["authors"], item["tags"]) == (
        "https://outlet.example/story",
        [{"name": "The Outlet", "url": "https://outlet.example/"}],
        ["AI"],
    )
    assert item["image"] == "http://127.0.0.1:8000/assets/a.jpg"


def test_an_excerpt_is_text_whatever_it_looks_like():
    make_article("told", excerpt="<img src=x> & more")
    rss = ElementTree.fromstring(get("/feeds/latest.rss").content).find("channel/item")
    assert rss.findtext("description") == "&lt;img src=x&gt; &amp; more"
    summary = ElementTree.fromstring(get("/feeds/latest.atom").content).find(f"{ATOM}entry/{ATOM}summary")
    assert (summary.get("type"), summary.text) == ("text", "<img src=x> & more")
    assert get("/feeds/latest.json").json()["items"][0]["content_text"] == "<img src=x> & more"


@pytest.mark.parametrize("ending", ["rss", "atom", "json"])
def test_an_entry_keeps_its_id_whatever_its_address_and_heat_become(ending, editor):
    article = make_article("told")

    def ids():
        answer = get(f"/feeds/latest.{ending}")
        if ending == "json":
            return [(item["id"], item["date_modified"]) for item in answer.json()["items"]]
        root = ElementTree.fromstring(answer.content)
        return [(e.findtext("guid") or e.findtext(f"{ATOM}id"), e.findtext(f"{ATOM}updated")) for e in root.iter()]

    before = ids()
    set_value(article, "slug", "elsewhere", by=editor)
    set_value(article, "heat", 99, by=editor)
    assert [found for found in ids() if found[0]] == [found for found in before if found[0]]


def test_a_feed_says_where_it_is_itself():
    make_article("one")
    atom = ElementTree.fromstring(get("/topics/ai/latest.atom").content)
    assert atom.find(f"{ATOM}link[@rel='self']").get("href") == "http://127.0.0.1:8000/topics/ai/latest.atom"
    assert get("/topics/ai/latest.json").json()["feed_url"] == "http://127.0.0.1:8000/topics/ai/latest.json"


@pytest.mark.parametrize("page", ["/", "/latest/", "/topics/ai/", "/providers/outlet.example/"])
def test_pages_name_their_feeds(page):
    make_article("one")
    feed = f"{page}latest" if page.count("/") == 3 else "/feeds/latest"
    assert all(f'href="{feed}.{ending}"' in text_of(page) for ending in ("rss", "atom", "json"))


@pytest.mark.parametrize(
    "path", ["/feeds/latest.xml", "/topics/nothing/latest.rss", "/providers/nothing.example/latest.atom", "/feeds/"]
)
def test_what_is_no_feed_is_not_there(path):
    make_article("one")
    assert get(path).status_code == 404


def test_an_old_address_of_a_topic_leads_to_its_feed():
    make_article("told", topics=["AI"]).topic_list[0].former_slugs.create(slug="a-i")
    assert get("/topics/a-i/latest.json")["Location"] == "/topics/ai/latest.json"


def test_text_that_xml_cannot_hold_does_not_break_a_feed(editor):
    set_value(make_article("odd"), "title", "A \ufffe <b>title</b>", by=editor)
    assert titles(get("/feeds/latest.rss")) == ["A \ufffd <b>title</b>"]


@pytest.mark.parametrize("ending", ["rss", "atom", "json"])
def test_a_feed_asks_as_often_for_60_stories_as_for_two(ending, django_assert_num_queries):
    # stories with their providers · pictures · topics
    for batch in (2, 58):
        for number in range(batch):
            make_article(f"s{batch}-{number}", topics=["AI", f"T{number}"])
        with django_assert_num_queries(1 + 3):
            get(f"/feeds/latest.{ending}")


def test_a_feed_names_itself_and_the_hub_where_there_is_one(settings):
    make_article("one")
    assert get("/feeds/latest.rss")["Link"] == '<http://127.0.0.1:8000/feeds/latest.rss>; rel="self"'
    settings.WEBSUB_HUB = "https://hub.example/"
    assert get("/topics/ai/latest.json")["Link"].split(", ") == [
        '<http://127.0.0.1:8000/topics/ai/latest.json>; rel="self"',
        '<https://hub.example/>; rel="hub"',
    ]


def test_all_feeds_can_be_taken_over_at_once(django_assert_num_queries):
    make_article("one", topics=["AI", "A & B"])
    make_article("hidden", published=False, topics=["Secret"])
    with django_assert_num_queries(1 + 2):
        answer = get("/feeds/all.opml")
    root = ElementTree.fromstring(answer.content)
    found = [each.get("xmlUrl").removeprefix("http://127.0.0.1:8000") for each in root.iter() if each.get("xmlUrl")]
    assert found == [
        "/feeds/latest.rss",
        "/feeds/front.rss",
        "/corrections/latest.rss",
        "/topics/a-b/latest.rss",
        "/topics/ai/latest.rss",
        "/providers/outlet.example/latest.rss",
    ]
    assert all(get(address).status_code == 200 for address in found)


def test_a_feed_of_a_search_without_words_says_what_is_missing():
    answer = get("/feeds/search.rss")
    assert answer.status_code == 400
    assert answer.content.decode() == (
        "The address lacks q.\nq: Words to search for were expected, such as ?q=election.\n"
    )
