"""Pages that are kept are never stale: what is decided, imported or due shows at the very next request."""

import gzip
import logging
from datetime import UTC, datetime

import brotli
import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from articles.bulk import apply, plan
from articles.catalogue import change_provider, change_topic
from articles.curation import Change, set_value, undo
from articles.importing.undoing import undo_run
from articles.models import ImportRun, Topic
from articles.site.filters import LatestFilters
from newsdesk.editions import PARAMETERS
from newsdesk.encodings import preferred
from tests.admin.forms import inputs
from tests.admin.test_roles import routes
from tests.factories import a_superuser, import_folder, import_seed, make_article, write_seed
from tests.importing.test_taxonomy import organization, take
from tests.site.pages import get, ranked_slugs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_pages_are_kept")]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PLAYER = '<iframe width="800" src="https://www.youtube.com/embed/WJk-Y8LQlfE" allowfullscreen></iframe>'
# An address of each kind, and whether it is another one each minute: because it says how old things are, or looks at
# the last hours. None: it is not kept.
ADDRESSES = {
    "": ("/", True),
    "favicon.ico": ("/favicon.ico", None),
    "latest/": ("/latest/?heat_min=1", True),
    "articles/<word:slug>/": ("/articles/tale/", True),
    "articles/<word:slug>/card.png": ("/articles/tale/card.png", None),
    "articles/<word:slug>/player/": ("/articles/tale/player/", True),
    "topics/": ("/topics/", True),
    "topics/<word:slug>/": ("/topics/ai/", True),
    "topics/<word:slug>/latest.<ending:ending>": ("/topics/ai/latest.atom", False),
    "providers/": ("/providers/", True),
    "providers/<domain:domain>/": ("/providers/outlet.example/", True),
    "providers/<domain:domain>/latest.<ending:ending>": ("/providers/outlet.example/latest.json", False),
    "feeds/all.opml": ("/feeds/all.opml", False),
    "feeds/front.<ending:ending>": ("/feeds/front.atom", False),
    "feeds/search.<ending:ending>": ("/feeds/search.rss?q=story", False),
    "feeds/latest.<ending:ending>": ("/feeds/latest.rss", False),
    "search/": ("/search/?q=story", True),
    "archive/": ("/archive/", True),
    "archive/<year:year>/": ("/archive/2020/", True),
    "archive/<year:year>/<two:month>/": ("/archive/2020/06/", True),
    "archive/<year:year>/<two:month>/<two:day>/": ("/archive/2020/06/22/", True),
    "corrections/": ("/corrections/", True),
    "corrections/latest.<ending:ending>": ("/corrections/latest.json", False),
    "about/": ("/about/", True),
    "sitemap.xml": ("/sitemap.xml", False),
    "sitemap-<slug:name>-<int:number>.xml": ("/sitemap-topics-1.xml", False),
    "news-sitemap.xml": ("/news-sitemap.xml", True),
    "card.png": ("/card.png", None),
    "media/<path:name>": ("/media/images/00/nothing.webp", None),
    "manifest.webmanifest": ("/manifest.webmanifest", False),
    "robots.txt": ("/robots.txt", False),
    "opensearch.xml": ("/opensearch.xml", False),
    "api/news/": ("/api/news/?heat_min=1", False),
    "api/news/index.json": ("/api/news/index.json", False),
    "api/news/page/<int:number>/index.json": ("/api/news/page/1/index.json", False),
    "api/news/<word:slug>/index.json": ("/api/news/ai/index.json", False),
    "api/news/<word:slug>/page/<int:number>/index.json": ("/api/news/ai/page/1/index.json", False),
    "api/openapi.json": ("/api/openapi.json", False),
    "api/<rest:rest>": ("/api/nothing", None),
}
NOT_PAGES = {"healthz", "readyz"}
KEPT = {address: aged for address, aged in ADDRESSES.values() if aged is not None}
ENCODINGS = ["", "gzip", "br", "gzip, deflate, br, zstd", "identity", "*", "br;q=0, gzip", "gzip;q=0, br;q=0"]


@pytest.fixture(autouse=True)
def _at_noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def tale():
    return make_article("tale", featured_content=PLAYER, images=[{"url": "https://pictures.example/a.jpg"}])


def queries(path: str, **headers) -> int:
    with CaptureQueriesContext(connection) as asked:
        get(path, **headers)
    return len(asked)


def everything(answer) -> tuple:
    return answer.status_code, sorted(answer.items()), answer.content


def test_every_address_has_a_line():
    found = {route for route in routes(get_resolver().url_patterns) if not route.startswith("admin/")}
    assert found - NOT_PAGES == set(ADDRESSES)


# -- the same as built anew


@pytest.mark.parametrize("accepted", ENCODINGS)
@pytest.mark.parametrize("path", KEPT)
def test_a_kept_page_is_the_built_one_byte_by_byte_and_header_by_header(tale, path, accepted, settings):
    settings.CDN_SECONDS = 30
    headers = {"headers": {"accept-encoding": accepted}}
    built, kept = get(path, **headers), get(path, **headers)
    assert built.status_code == 200
    assert everything(kept) == everything(built)
    assert queries(path, **headers) == 1
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    assert everything(get(path, **headers)) == everything(built)
    head = Client().head(path, **headers)
    assert sorted(head.items()) == sorted(built.items())


@pytest.mark.parametrize("path", KEPT)
def test_what_is_kept_in_one_encoding_is_kept_in_all(tale, path):
    plain = get(path)
    for encoding, unpack in (("gzip", gzip.decompress), ("br", brotli.decompress)):
        with CaptureQueriesContext(connection) as asked:
            answer = get(path, headers={"accept-encoding": encoding})
        assert len(asked) == 1
        body = unpack(answer.content) if answer.get("Content-Encoding") == encoding else answer.content
        assert body == plain.content
        assert answer["Content-Length"] == str(len(answer.content))
        assert "Accept-Encoding" in answer["Vary"]


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("", ""),
        ("identity", ""),
        ("deflate, zstd", ""),
        ("gzip", "gzip"),
        ("GZIP;Q=1", "gzip"),
        ("br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("*", "br"),
        ("*;q=0", ""),
        ("br;q=0, *", "gzip"),
        ("br;q=0.2, gzip;q=0.8", "gzip"),
        ("br;q=0, gzip;q=0", ""),
        ("gzip;q=0", ""),
        ("gzip;q=nonsense", ""),
        ("br;q=2, gzip;q=0.001", "gzip"),
        (",;,=,q", ""),
    ],
)
def test_an_answer_is_packed_as_the_client_says_that_it_takes(accepted, encoding):
    assert preferred(accepted) == encoding


def test_a_page_packed_is_a_fraction_of_itself(tale):
    plain = get("/")
    for encoding in ("gzip", "br"):
        answer = get("/", headers={"accept-encoding": encoding})
        assert answer["Content-Encoding"] == encoding
        assert len(answer.content) < len(plain.content) / 2


def test_an_error_page_is_packed_too(tale):
    assert get("/nothing/", headers={"accept-encoding": "br, gzip"})["Content-Encoding"] == "gzip"


# -- 304


@pytest.mark.parametrize("path", KEPT)
@pytest.mark.parametrize("kept", [True, False])
def test_who_has_the_page_is_told_so_in_one_query_with_its_policy(tale, path, kept):
    answer = get(path)
    if not kept and "player" not in path:  # whose policy nobody knows before it is built
        cache.clear()
    with CaptureQueriesContext(connection) as asked:
        known = get(path, headers={"if-none-match": answer["ETag"]})
    assert (known.status_code, known.content, len(asked)) == (304, b"", 1)
    for name in ("ETag", "Content-Security-Policy", "Cache-Control", "Vary"):
        assert known[name] == answer[name]
    assert not {"Content-Length", "Content-Encoding"} & set(known.headers)


def test_what_may_frame_a_player_is_told_again_though_nothing_is_kept(tale):
    answer = get("/articles/tale/player/")
    cache.clear()
    known = get("/articles/tale/player/", headers={"if-none-match": answer["ETag"]})
    assert (known.status_code, known["Content-Security-Policy"]) == (304, answer["Content-Security-Policy"])


def test_a_tag_is_known_in_a_list_and_without_its_weakness_and_no_other_is(tale):
    tag = get("/")["ETag"]
    assert tag.startswith('W/"')
    for asked in (f'"x", {tag}', tag[2:], f'{tag}, W/"y"', "*"):
        assert get("/", headers={"if-none-match": asked}).status_code == 304
    for asked in ('"x"', tag[:-2] + '"', "W/", tag.strip('W/"'), "*" * 1000, "\x7f"):
        assert get("/", headers={"if-none-match": asked}).status_code == 200
    assert get("/about/", headers={"if-none-match": tag}).status_code == 200
    assert get("/nothing/", headers={"if-none-match": "*"}).status_code == 404


def test_a_feed_that_is_asked_for_by_date_is_not_sent_again(tale):
    changed = get("/feeds/latest.rss")["Last-Modified"]
    assert get("/feeds/latest.rss", headers={"if-modified-since": changed}).status_code == 304
    assert get("/feeds/latest.rss", headers={"if-modified-since": "Sun, 01 Mar 2009 12:00:00 GMT"}).status_code == 200
    assert get("/feeds/latest.rss", headers={"if-modified-since": "nonsense"}).status_code == 200


# -- the very next request


def _form(tale, desk):
    address = f"/admin/articles/article/{tale.pk}/change/"
    posted = inputs(desk.get(address), "article_form") | {"title": "Another title"}
    assert desk.post(address, posted).status_code == 302


def _list(tale, desk):
    posted = inputs(desk.get("/admin/articles/article/"), "changelist-form")
    row = next(name for name, value in posted.items() if name.endswith("-id") and value == str(tale.pk))
    desk.post("/admin/articles/article/", posted | {row.replace("-id", "-heat"): "0", "_save": "Save"})


def _triage(tale, desk):
    from tests.admin.test_triage import card, post

    assert post(desk, card(desk, tale), "bury").status_code == 200


def _bulk(tale, desk):
    found = plan([tale.pk], [Change("set", "heat", -1)], by=a_superuser())
    apply(found.changes, {found.rows[0].article.pk: found.rows[0].seen}, by=a_superuser())


CHANGES = {
    "a decision": lambda tale, desk: set_value(tale, "title", "Another title", by=a_superuser()),
    "an undo": lambda tale, desk: undo(tale.decisions.get(), by=a_superuser()),
    "the article's form": _form,
    "the list": _list,
    "triage": _triage,
    "a bulk action": _bulk,
    "a topic's new address": lambda tale, desk: change_topic(
        Topic.objects.get(name="AI"), {"slug": "minds"}, by=a_superuser()
    ),
    "a provider muted": lambda tale, desk: change_provider(tale.provider, {"muted": True}, by=a_superuser()),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_the_desk_does_shows_at_the_very_next_request(tale, editor, what):
    make_article("other", provider="other.example", topics=["Privacy"], heat=20)
    make_article("third", provider="other.example", topics=["Privacy", "AI"], heat=20)
    desk = Client()
    desk.force_login(editor)
    if what == "an undo":
        set_value(tale, "heat", -1, by=editor)
    front, feed = get("/").content, get("/api/news/index.json").content
    assert (get("/").content, get("/api/news/index.json").content) == (front, feed)
    CHANGES[what](tale, desk)
    assert get("/").content != front
    if what != "a topic's new address":
        assert get("/api/news/index.json").content != feed


def test_what_is_imported_undone_withdrawn_and_named_anew_shows_at_the_very_next_request(tmp_path):
    import_seed(tmp_path, "2020-06-22-a", title="First")
    assert b"First" in get("/").content
    import_seed(tmp_path, "2020-06-22-a", title="Second")
    assert b"Second" in get("/").content
    undo_run(ImportRun.objects.first().pk)
    assert b"First" in get("/").content
    organization(tmp_path, text="name: Outlet of Record\n")
    take(tmp_path / "outlet.example.md")
    assert b"Outlet of Record" in get("/").content
    (tmp_path / "2020-06-22-a.md").unlink()
    write_seed(tmp_path, "2020-06-22-b", title="Third")
    assert get("/articles/a/").status_code == 200
    import_folder(tmp_path, prune=True)
    assert (get("/articles/a/").status_code, b"First" in get("/").content) == (410, False)


@pytest.mark.parametrize("path", ["/", "/feeds/latest.json", "/api/news/index.json", "/latest/"])
def test_an_embargo_an_expiry_and_a_future_date_show_at_their_minute(path, time_machine):
    def slugs():
        return {slug for slug in ("embargoed", "ends", "future") if slug.encode() in get(path).content}

    make_article("embargoed", publish_at="2026-03-01T13:00:00Z", published_at=datetime(2026, 2, 1, tzinfo=UTC))
    make_article("ends", publish_until="2026-03-01T14:00:00Z")
    make_article("future", published_at=datetime(2026, 3, 1, 15, tzinfo=UTC))
    moments = {
        "2026-03-01T12:00:00Z": {"ends"},
        "2026-03-01T12:59:59.900Z": {"ends"},
        "2026-03-01T13:00:00Z": {"ends", "embargoed"},
        "2026-03-01T13:59:59Z": {"ends", "embargoed"},
        "2026-03-01T14:00:00Z": {"embargoed"},
        "2026-03-01T14:59:59Z": {"embargoed"},
        "2026-03-01T15:00:00Z": {"embargoed", "future"},
    }
    for moment, expected in moments.items():
        time_machine.move_to(moment, tick=False)
        assert slugs() == expected, moment
        assert slugs() == expected, moment


def test_a_pin_ends_at_its_minute(time_machine):
    make_article("cool", heat=1, pinned="1,2026-03-01T13:00:00Z")
    make_article("hot", heat=90)
    time_machine.move_to("2026-03-01T12:59:59Z", tick=False)
    assert ranked_slugs(get("/").content.decode()) == ["cool", "hot"]
    time_machine.move_to("2026-03-01T13:00:00Z", tick=False)
    assert ranked_slugs(get("/").content.decode()) == ["hot", "cool"]


def test_ages_are_those_of_the_minute(time_machine):
    make_article(published_at=datetime(2026, 3, 1, 11, 50, tzinfo=UTC))
    time_machine.move_to("2026-03-01T12:00:25Z", tick=False)
    assert b"10 minutes ago" in get("/").content
    tag = get("/")["ETag"]
    time_machine.move_to("2026-03-01T12:00:59Z", tick=False)
    assert get("/")["ETag"] == tag
    time_machine.move_to("2026-03-01T12:01:00Z", tick=False)
    assert b"11 minutes ago" in get("/").content
    assert get("/")["ETag"] != tag


@pytest.mark.parametrize("path", [path for path, aged in KEPT.items() if not aged])
def test_what_tells_no_age_stays_the_same_as_long_as_the_edition(tale, path, time_machine, settings):
    set_value(tale, "title", "Corrected", by=a_superuser())
    first = get(path)
    for moment in ("2026-03-01T12:01:00Z", "2026-03-02T12:00:00Z", "2026-06-01T12:00:00Z"):
        time_machine.move_to(moment, tick=False)
        assert get(path)["ETag"] == first["ETag"]
        with CaptureQueriesContext(connection) as asked:
            assert get(path, headers={"if-none-match": first["ETag"]}).status_code == 304
        assert len(asked) == 1
        cache.clear()
        assert get(path).content == first.content


def test_the_news_sitemap_names_a_story_for_two_days(time_machine, settings):
    settings.ARTICLE_INDEXING = "self"
    make_article("tale", published_at=datetime(2026, 2, 27, 12, 0, 30, tzinfo=UTC))
    assert b"tale" in get("/news-sitemap.xml").content
    time_machine.move_to("2026-03-01T12:01:00Z", tick=False)
    assert b"tale" not in get("/news-sitemap.xml").content


@pytest.mark.parametrize("name", ["SITE_NAME", "CONTACT_EMAIL", "ARTICLE_INDEXING"])
def test_another_setting_is_another_edition(tale, name, settings):
    before = get("/")
    setattr(settings, name, {"ARTICLE_INDEXING": "self"}.get(name, "desk@news.example"))
    after = get("/", headers={"if-none-match": before["ETag"]})
    assert (after.status_code, after["ETag"] != before["ETag"]) == (200, True)


# -- what is not kept


def test_what_is_missing_wrong_or_moved_is_not_kept(tale):
    for path, status in (("/nothing/", 404), ("/latest/?heat_min=x", 400), ("/latest/?cursor=x", 404)):
        assert get(path).status_code == get(path).status_code == status
        assert queries(path) > 1


def test_an_address_that_asks_for_what_is_not_known_is_answered_and_not_kept(tale):
    for path in ("/?utm_source=x", "/?cursor=&x=1", "/latest/?type=" + 30 * "article&type=", "/?=", "/?&&", "/?%00"):
        assert get(path).status_code == get(path).status_code == 200
        assert queries(path) > 1
    assert set(LatestFilters.base_filters) < PARAMETERS


def test_two_addresses_are_never_taken_for_one_another(tale):
    make_article("other", heat=0)
    answers = {path: get(path).content for path in ("/latest/", "/latest/?heat_min=1", "/latest/?heat_min=11")}
    assert len(set(answers.values())) == 3
    assert {path: get(path).content for path in answers} == answers


def test_a_host_that_is_not_ours_gets_nothing_that_is_kept(tale):
    get("/")
    answer = get("/", headers={"host": "elsewhere.example"})
    assert (answer.status_code, b"tale" in answer.content) == (400, False)


def test_http_leads_to_https_though_the_page_is_kept(tale, settings):
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 60
    assert Client().get("/", secure=True).status_code == 200
    assert Client().get("/", secure=True)["Strict-Transport-Security"]
    assert Client().get("/").status_code == 301
    assert Client().get("/", secure=True).status_code == 200


def test_whoever_signs_in_gets_the_same_page_and_leaves_it_to_others(tale, editor):
    insider = Client()
    insider.force_login(editor)
    first = insider.get("/")
    assert not first.cookies
    assert everything(get("/")) == everything(first) == everything(insider.get("/"))
    assert queries("/") == 1


def test_other_methods_and_credentials_pass_by_what_is_kept(tale):
    get("/")
    assert Client().post("/").status_code == 405
    assert get("/", headers={"authorization": "Basic eDp5"}).status_code == 200
    assert Client().options("/").status_code == 405


def test_the_desk_is_never_kept(tale, editor):
    desk = Client()
    desk.force_login(editor)
    address = "/admin/articles/article/"
    assert "no-store" in desk.get(address)["Cache-Control"]
    assert "ETag" not in desk.get(address)
    assert get(address).status_code == 302


@pytest.mark.parametrize("seconds", [0, 5])
def test_a_page_is_served_where_the_cache_does_not_answer_and_it_is_told_once(
    tale, settings, caplog, monkeypatch, seconds
):
    monkeypatch.setattr("newsdesk.editions.RETRY_AFTER", seconds)
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
            "OPTIONS": {"socket_connect_timeout": 0.5},
        }
    }
    client = Client()
    with caplog.at_level(logging.WARNING, "newsdesk.editions"):
        for _ in range(5):
            answer = client.get("/")
            assert (answer.status_code, b"tale" in answer.content) == (200, True)
    assert [record.getMessage().partition(" (")[0] for record in caplog.records] == ["The cache does not answer"]
    assert client.get("/", headers={"if-none-match": answer["ETag"]}).status_code == 304


# -- GET only reads


def test_get_never_writes(tale):
    make_article("gone", withdrawn=True)
    asked = [path for path, _ in ADDRESSES.values()]
    asked += ["/nothing/", "/articles/gone/", "/articles/nothing/", "/latest/?heat_min=x", "/?cursor=x"]
    with CaptureQueriesContext(connection) as statements:
        for path in asked:
            for method in (Client().get, Client().head):
                assert method(path).status_code < 500
    words = {each["sql"].lstrip("(").split(maxsplit=1)[0].upper() for each in statements.captured_queries}
    assert words <= {"SELECT", "DECLARE"}  # the latter is PostgreSQL's for reading row by row
