"""Feeds, lists of feeds and sitemaps as other people's programs read them: feedparser, the JSON Feed specification's
rules, and the schemas of sitemaps (`schemas/`, written from their specifications)."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

import feedparser
import pytest
from django.utils import timezone
from lxml import etree

from articles.curation import set_value
from tests.factories import make_article
from tests.site.pages import get, text_of

pytestmark = pytest.mark.django_db
ROOT = "http://127.0.0.1:8000"
QUERY = "?topic=ai&heat_min=1&q=%26+%22x%22"
FEEDS = [
    "/feeds/latest",
    "/feeds/front",
    "/feeds/latest{}?topic=ai&heat_min=1",
    "/feeds/latest{}" + QUERY,
    "/feeds/search{}?q=odd",
    "/topics/ai/latest",
    "/providers/outlet.example/latest",
    "/corrections/latest",
]
SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).parent / "schemas" / "sitemap.xsd"))


def at(place: str, ending: str) -> str:
    return place.format(f".{ending}") if "{}" in place else f"{place}.{ending}"


@pytest.fixture
def stories(editor):
    """All that stories may have, and texts that are awkward in XML."""
    picture = {"url": "https://pictures.example/a b.jpg?x=1&y=2", "width": 1600, "height": 900}
    make_article("full", images=[picture], updated_at="2020-06-23T00:00:00Z", topics=["AI", "R&D <x>"], locale="de-DE")
    odd = '<b>odd</b> & "x" ]]> \u202e \ufffe 🐝'
    make_article("odd", excerpt="<script>alert(1)</script> & ]]>", locale="not a locale")
    set_value(make_article("titled"), "title", odd, by=editor)
    make_article("bare", excerpt=None, provider=None, webUrl=None, type=None, locale=None)
    make_article("خبر-عاجل", title="خبر عاجل", locale="ar", provider={"domain": "xn--mgbh0fb.example", "name": "خ"})
    make_article("gone", withdrawn=True)


def parsed(path: str):
    answer = get(path)
    assert answer.status_code == 200, (path, answer.content)
    headers = {"content-type": answer["Content-Type"], "content-location": ROOT + path}
    found = feedparser.parse(answer.content, response_headers=headers)
    assert not found.bozo, (path, found.get("bozo_exception"))
    return found


@pytest.mark.parametrize("ending", ["rss", "atom"])
@pytest.mark.parametrize("place", FEEDS)
@pytest.mark.parametrize("hub", ["", "https://hub.example/?a=1&b=2"])
def test_a_feed_reader_has_nothing_to_complain_of(place, ending, hub, stories, settings):
    settings.WEBSUB_HUB = hub
    path = at(place, ending)
    found = parsed(path)
    assert found.version == {"rss": "rss20", "atom": "atom10"}[ending]
    assert found.feed.title
    assert [link.href for link in found.feed.links if link.rel == "self"] == [ROOT + path]
    assert [link.href for link in found.feed.links if link.rel == "hub"] == ([hub] if hub else [])
    ids = [entry.id for entry in found.entries]
    assert len(ids) == len(set(ids))
    assert ids or QUERY in place
    for entry in found.entries:
        assert entry.title
        assert entry.link.startswith(f"{ROOT}/articles/")
        assert entry.published_parsed
        assert entry.updated_parsed >= entry.published_parsed
        assert "enclosures" not in entry or not entry.enclosures


@pytest.mark.parametrize("ending", ["rss", "atom"])
def test_an_empty_site_has_feeds_too_that_stay_the_same(ending, time_machine):
    start = timezone.now()
    for path in (f"/feeds/latest.{ending}", f"/feeds/front.{ending}", f"/corrections/latest.{ending}"):
        assert parsed(path).entries == []
        etag = get(path)["ETag"]
        time_machine.move_to(start + timedelta(hours=3))
        assert get(path, HTTP_IF_NONE_MATCH=etag).status_code == 304


def test_a_picture_is_told_with_its_type_and_no_length_that_nobody_knows(stories):
    (entry,) = (entry for entry in parsed("/feeds/latest.rss").entries if entry.link.endswith("/full/"))
    (media,) = entry.media_content
    assert media == {
        "url": "https://pictures.example/a%20b.jpg?x=1&y=2",
        "medium": "image",
        "width": "1600",
        "height": "900",
    }


def test_what_the_front_page_shows_its_feed_has_in_that_order(editor):
    for number in range(30):
        make_article(f"s{number}", heat=number * 7 % 30)
    make_article("pinned", pinned="3", heat=0)
    ranked = re.findall(
        r'href="/articles/([^/"]+)/"', text_of("/").partition('<ol id="ranked"')[2].partition("</ol>")[0]
    )
    shown = list(dict.fromkeys(ranked))
    for ending in ("rss", "atom"):
        links = [urlsplit(entry.link).path.split("/")[2] for entry in parsed(f"/feeds/front.{ending}").entries]
        assert links == shown
    assert shown[2] == "pinned"


def test_a_filtered_feed_has_what_the_filtered_page_has():
    make_article("hot", heat=90)
    make_article("cool", heat=2)
    make_article("buried", heat=-1, title="Buried")
    found = parsed("/feeds/latest.atom?heat_min=50&utm_source=x")
    assert [entry.link for entry in found.entries] == [f"{ROOT}/articles/hot/"]
    assert found.feed.links[0].href == f"{ROOT}/latest/?heat_min=50"
    assert [link.href for link in found.feed.links if link.rel == "self"] == [f"{ROOT}/feeds/latest.atom?heat_min=50"]
    assert "50" in found.feed.title
    assert parsed("/feeds/search.rss?q=buried").entries == [], "buried stories are in no feed"


@pytest.mark.parametrize("ending", ["rss", "atom", "json"])
@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("/feeds/latest{}?heat_min=x", "heat_min"),
        ("/feeds/latest{}?after=2020-02-31", "after"),
        ("/feeds/search{}", "q"),
        ("/feeds/search{}?q=%00", "q"),
        ("/feeds/search{}?q=" + "x" * 10_000, "q"),
    ],
)
def test_a_bad_value_is_answered_in_words(place, name, ending):
    make_article("one")
    answer = get(at(place, ending))
    assert (answer.status_code, answer["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert f"\n{name}: " in answer.text


PAGES = {
    "/": ["/feeds/front", "/feeds/latest"],
    "/latest/": ["/feeds/latest"],
    "/latest/?heat_min=5&topic=ai&cursor=": ["/feeds/latest{}?topic=ai&heat_min=5"],
    "/search/?q=a+%26+b": ["/feeds/search{}?q=a+%26+b"],
    "/topics/ai/": ["/topics/ai/latest"],
    "/providers/outlet.example/": ["/providers/outlet.example/latest"],
    "/corrections/": ["/corrections/latest"],
    "/articles/one/": ["/feeds/latest"],
}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_the_feed_of_what_it_shows(page):
    make_article("one")
    found = re.findall(r'<link rel="alternate" type="([^"]+)" href="([^"]+)" title="([^"]+)">', text_of(page))
    endings = {"application/atom+xml": "atom", "application/rss+xml": "rss", "application/feed+json": "json"}
    expected = [(kind, at(feed, ending)) for feed in PAGES[page] for kind, ending in endings.items()]
    assert [(kind, href.replace("&amp;", "&")) for kind, href, _ in found] == expected
    assert len({title for *_, title in found}) == len(found), "a reader can tell them apart"
    assert all(get(href).status_code == 200 for _, href in expected)


def buried_in(path: str) -> list[tuple[str, datetime]]:
    """The stories whose tombstones (RFC 6721) stand in an Atom feed, and when they left it."""
    root = ElementTree.fromstring(get(path).content)
    found = root.iter("{http://purl.org/atompub/tombstones/1.0}deleted-entry")
    return [(each.get("ref").rpartition("-")[2], datetime.fromisoformat(each.get("when"))) for each in found]


def test_atom_tells_which_stories_are_gone(editor, time_machine):
    start = timezone.now()
    make_article("stays")
    story = make_article("leaves", topics=["Law"])
    make_article("ends", publish_until=start + timedelta(hours=1))
    make_article("never", published=False)
    time_machine.move_to(start + timedelta(hours=2), tick=False)
    set_value(story, "published", False, by=editor)
    assert buried_in("/feeds/latest.atom") == [
        ("leaves", start + timedelta(hours=2)),
        ("ends", start + timedelta(hours=1)),
    ]
    assert [entry.id.rpartition("-")[2] for entry in parsed("/feeds/latest.atom").entries] == ["stays"]
    assert [ref for ref, _ in buried_in("/topics/ai/latest.atom")] == ["ends"]
    time_machine.move_to(start + timedelta(days=40), tick=False)
    assert "deleted-entry" not in get("/feeds/latest.atom").text


@pytest.mark.parametrize("ending", ["rss", "atom", "json"])
def test_an_entry_is_updated_by_a_correction_and_not_by_heat(ending, editor, time_machine):
    article = make_article("one")

    def updated():
        if ending == "json":
            return get("/feeds/latest.json").json()["items"][0]["date_modified"]
        return parsed(f"/feeds/latest.{ending}").entries[0].updated

    before = updated()
    set_value(article, "heat", 90, by=editor)
    assert updated() == before
    time_machine.move_to(datetime.fromisoformat("2031-01-01T00:00:00Z"), tick=False)
    set_value(article, "title", "Corrected", by=editor)
    assert updated() == "2031-01-01T00:00:00+00:00"


@pytest.mark.parametrize("ending", ["rss", "atom"])
def test_who_opens_a_feed_in_a_browser_gets_it_with_a_stylesheet(ending):
    make_article("one")
    answer = get(f"/feeds/latest.{ending}", HTTP_SEC_FETCH_DEST="document")
    assert answer["Content-Type"] == "application/xml; charset=utf-8"
    assert "Sec-Fetch-Dest" in answer["Vary"]
    (sheet,) = re.findall(r'<\?xml-stylesheet href="([^"]+)"[^>]* type="text/css"', answer.text)
    assert get(sheet).status_code == 200
    assert answer.content == get(f"/feeds/latest.{ending}").content


# -- JSON Feed: https://www.jsonfeed.org/version/1.1/

TOP = {"version", "title", "home_page_url", "feed_url", "description", "language", "hubs", "items"}
ITEM = set(
    "id url external_url title content_text summary image date_published date_modified authors tags language".split()
)


@pytest.mark.parametrize("place", FEEDS)
def test_a_json_feed_keeps_the_rules_of_its_specification(place, stories, settings):
    settings.WEBSUB_HUB = "https://hub.example/"
    path = at(place, "json")
    answer = get(path)
    assert answer["Content-Type"] == "application/feed+json; charset=utf-8"
    feed = json.loads(answer.content)
    assert set(feed) <= TOP
    assert (feed["version"], feed["feed_url"]) == ("https://jsonfeed.org/version/1.1", ROOT + path)
    assert feed["hubs"] == [{"type": "WebSub", "url": "https://hub.example/"}]
    assert isinstance(feed["title"], str)
    for item in feed["items"]:
        assert set(item) <= ITEM
        assert isinstance(item["id"], str)
        assert item["content_text"]
        for name in ("url", "external_url", "image"):
            assert name not in item or urlsplit(item[name]).scheme in ("http", "https")
        for name in ("date_published", "date_modified"):
            assert datetime.fromisoformat(item[name]).tzinfo
        assert all(isinstance(tag, str) for tag in item.get("tags", []))
        assert all(set(author) <= {"name", "url", "avatar"} for author in item.get("authors", []))
        assert re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", item.get("language", "en"))


# -- the list of feeds: http://opml.org/spec2.opml


def test_the_list_of_feeds_is_opml(stories):
    answer = get("/feeds/all.opml")
    root = etree.fromstring(answer.content)
    assert (root.tag, root.get("version"), [child.tag for child in root]) == ("opml", "2.0", ["head", "body"])
    outlines = root.findall(".//outline")
    assert all(outline.get("text") for outline in outlines)
    feeds = [outline for outline in outlines if outline.get("type")]
    assert {outline.get("type") for outline in feeds} == {"rss"}
    for outline in feeds:
        assert parsed(outline.get("xmlUrl").removeprefix(ROOT)).feed.link == outline.get("htmlUrl")


# -- sitemaps


def valid(path: str) -> list[str]:
    answer = get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/xml; charset=utf-8")
    document = etree.fromstring(answer.content)
    assert SCHEMA.validate(document), (path, SCHEMA.error_log)
    return [each.text.removeprefix(ROOT) for each in document.iter("{*}loc")]


def test_sitemaps_are_what_their_schema_says(stories, settings, editor):
    settings.ARTICLE_INDEXING = "self"
    now = timezone.now()
    for number, locale in enumerate(["de-DE", "zh-TW", "zh_CN", "zh-Hant-HK", "not a locale", "", "ar", "fil-PH"]):
        make_article(
            f"new-{number}", published_at=now - timedelta(hours=number + 1), locale=locale, title=f"A & <{number}>"
        )
    set_value(make_article("long", published_at=now), "slug", "\U00020000" * 200, by=editor)
    parts = valid("/sitemap.xml")
    assert len(parts) == 4
    places = [place for part in parts for place in valid(part)]
    assert "/articles/new-0/" in places
    assert f"/articles/{quote('خبر-عاجل')}/" in places
    assert all(get(place).status_code == 200 for place in places)
    assert len(valid("/news-sitemap.xml")) == 8, "an address longer than 2,047 characters is in no sitemap"
    told = re.findall(r"<news:language>([^<]+)<", get("/news-sitemap.xml").text)
    assert told == ["de", "zh-tw", "zh-cn", "zh-tw", "en", "en", "ar", "fil"]


def test_a_browser_finds_by_opensearch_what_the_site_finds():
    root = etree.fromstring(get("/opensearch.xml").content)
    names = {"o": "http://a9.com/-/spec/opensearch/1.1/"}
    assert len(root.findtext("o:ShortName", namespaces=names)) <= 16
    urls = {each.get("type"): each.get("template") for each in root.findall("o:Url", names)}
    make_article("tale", title="A tale of bees")
    for kind, template in urls.items():
        answer = get(template.removeprefix(ROOT).replace("{searchTerms}", "bees"))
        assert answer["Content-Type"].partition(";")[0] == kind
        assert "A tale of bees" in re.sub("</?mark>", "", answer.content.decode())
    assert get(root.findtext("o:Image", namespaces=names).removeprefix(ROOT)).status_code == 200
