"""What every public page promises to browsers and caches: no scripts, no cookies, and always asked for again."""

import re

import pytest
from django.test import Client

from tests.factories import make_article
from tests.site.pages import get, policy, text_of

pytestmark = pytest.mark.django_db
PLAYER = '<iframe width="800" src="https://www.youtube.com/embed/WJk-Y8LQlfE" allowfullscreen></iframe>'
PAGES = {
    "/": 200,
    "/latest/": 200,
    "/latest/?heat_min=x": 400,
    "/articles/tale/": 200,
    "/articles/tale/player/": 200,
    "/articles/gone/": 410,
    "/topics/": 200,
    "/topics/ai/": 200,
    "/providers/": 200,
    "/providers/outlet.example/": 200,
    "/about/": 200,
    "/nothing/": 404,
}


@pytest.fixture(autouse=True)
def _stories(db):
    make_article("tale", featured_content=PLAYER, images=[{"url": "https://pictures.example/a.jpg"}])
    make_article("gone", withdrawn=True)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_lets_in_no_script_no_inline_style_and_no_frame(path):
    answer = get(path)
    assert answer.status_code == PAGES[path]
    directives = policy(answer)
    assert directives["default-src"] == "'none'"
    assert not {"script-src", "script-src-elem", "object-src"} & set(directives)
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert directives["style-src"] == "'self'"
    assert directives["img-src"] == "'self' https:"
    assert directives["frame-ancestors"] == directives["base-uri"] == "'none'"
    if path != "/articles/tale/player/":
        assert "frame-src" not in directives


def test_the_player_page_alone_may_frame_its_players_host_and_no_other():
    assert policy(get("/articles/tale/player/"))["frame-src"] == "https://www.youtube-nocookie.com"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_holds_nothing_that_its_own_policy_forbids(path):
    html = get(path).content.decode()
    assert set(re.findall(r"<script[^>]*>", html)) <= {'<script type="application/ld+json">'}
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", html)
    frames = re.findall(r"<(?:iframe|object|embed)[^>]*>", html)
    assert len(frames) == (1 if path == "/articles/tale/player/" else 0)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_sets_no_cookie_and_does_not_depend_on_one(path):
    answer = get(path)
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")


@pytest.mark.parametrize("path", [*PAGES, "/favicon.ico", "/articles/tale"])
def test_a_broken_cookie_of_the_desk_is_answered_with_none(path):
    answer = get(path, headers={"cookie": "csrftoken=bad; sessionid=bad"})
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_the_same_for_a_signed_in_editor(path, editor):
    reader, insider = Client(), Client()
    insider.force_login(editor)
    assert insider.get(path).content == reader.get(path).content


@pytest.mark.parametrize("path", PAGES)
def test_caches_may_keep_a_page_but_must_ask_each_time(path):
    assert get(path)["Cache-Control"] == "public, max-age=0, must-revalidate"


def test_a_network_of_caches_may_keep_a_page_for_a_while(settings):
    settings.CDN_SECONDS = 30
    expected = "public, max-age=0, must-revalidate, s-maxage=30, stale-while-revalidate=30"
    assert get("/")["Cache-Control"] == expected


def test_no_other_cache_keeps_what_is_missing_or_wrong(settings):
    settings.CDN_SECONDS = 30
    assert get("/nothing/")["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert "s-maxage" not in get("/latest/?heat_min=x")["Cache-Control"]
    assert get("/", headers={"host": "elsewhere.example"})["Cache-Control"] == "no-store"


def test_what_has_not_changed_is_not_sent_again(time_machine):
    time_machine.move_to("2026-03-01T12:00:00Z", tick=False)
    first = get("/")
    assert get("/", headers={"if-none-match": first["ETag"]}).status_code == 304
    make_article("newer")
    assert get("/", headers={"if-none-match": first["ETag"]}).status_code == 200


THERE = [path for path, status in PAGES.items() if status == 200]


@pytest.mark.parametrize("path", THERE)
def test_what_is_not_sent_again_keeps_its_policy(path, time_machine):
    time_machine.move_to("2026-03-01T12:00:00Z", tick=False)
    first = get(path)
    again = get(path, headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304
    assert again["Content-Security-Policy"] == first["Content-Security-Policy"]


@pytest.mark.parametrize("path", THERE)
def test_a_head_request_is_told_the_tag_of_the_page_and_may_be_answered_not_changed(path, time_machine):
    time_machine.move_to("2026-03-01T12:00:00Z", tick=False)
    tag = get(path)["ETag"]
    assert Client().head(path)["ETag"] == tag
    assert Client().head(path, headers={"if-none-match": tag}).status_code == 304


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/static/newsdesk/site.css", "/favicon.ico", "/admin/login/"])
def test_what_is_not_a_page_has_a_policy_too(path):
    assert policy(get(path))["default-src"] == "'none'"


def test_the_way_from_http_to_https_has_a_policy_too(settings):
    settings.SECURE_SSL_REDIRECT = True
    answer = get("/")
    assert (answer.status_code, policy(answer)["default-src"]) == (301, "'none'")


@pytest.mark.parametrize("path", THERE)
def test_links_to_own_pages_are_from_the_root_and_lead_somewhere(path):
    html = text_of(path)
    assert "http://127.0.0.1:8000" not in re.sub(r"<(link|meta|script)[^>]*>[^<]*", "", html)
    for href in set(re.findall(r'<a [^>]*href="([^"]*)"', html)):
        assert href.startswith(("/", "#", "https://"))
        if href.startswith("/"):
            assert get(href.partition("#")[0]).status_code == 200, href
