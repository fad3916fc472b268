"""Fetching a picture: what is asked, what is kept of an answer, and which answer means what."""

import errno
import os
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from tempfile import SpooledTemporaryFile

import pytest
import time_machine
import trustme

from articles.images.fetching import Failed, Fetched, Gone, Limits, NoRoom, NotFetched, Refused, fetch

from .servers import PICTURE, answers, head, redirects, sends

# -- what is asked


def test_a_picture_comes_with_its_address_and_what_to_ask_with_next_time(internet, limits):
    internet.site("img.example", answers(PICTURE, 200, 'ETag: W/"abc"', "Last-Modified: Mon, 22 Jun 2020 16:21:00 GMT"))
    assert fetch("http://IMG.example/a.png#part", limits) == Fetched(
        PICTURE, "http://img.example/a.png", 'W/"abc"', "Mon, 22 Jun 2020 16:21:00 GMT"
    )


def test_a_long_body_waits_on_the_disk_and_not_in_memory(internet, limits):
    part = bytes(range(256)) * 256
    internet.site("img.example", sends(head(200), *[part] * 160))
    limits = replace(limits, most_bytes=20_000_000)
    tracemalloc.start()
    try:
        found = fetch("http://img.example/a.png", limits)
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()
    assert found.data[:] == part * 160


@pytest.mark.parametrize("what", ["write", "flush"])
def test_where_the_disk_is_full_the_server_is_not_blamed(what, internet, limits, monkeypatch):
    def full(*what):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    internet.site("img.example", answers(bytes(1_500_000)))
    monkeypatch.setattr(SpooledTemporaryFile, what, full)
    with pytest.raises(NoRoom, match=r"cannot wait in .*: No space left on device"):
        fetch("http://img.example/a.png", replace(limits, most_bytes=2_000_000))


def test_a_server_is_told_who_asks_and_nothing_else(internet, limits, monkeypatch, tmp_path):
    """Not even where the environment has a proxy and credentials to offer."""
    (tmp_path / ".netrc").write_text("machine img.example login me password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://93.184.9.9:80")
    server = internet.site("img.example", answers())
    fetch("http://img.example/a.png", limits)
    assert server.headers() == {
        "Host": "img.example",
        "User-Agent": "Newsdesk-tests/1 (+https://news.example/about)",
        "Accept": "image/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    assert internet.connected == [("93.184.0.1", 80)]


def test_a_cookie_that_a_redirect_sets_is_not_brought_back(internet, limits):
    play = {"/a": redirects("/b", 302, "Set-Cookie: reader=1; Path=/"), "/b": answers()}
    server = internet.site("img.example", play)
    fetch("http://img.example/a", limits)
    assert [server.headers(number).get("Cookie") for number in range(2)] == [None, None]


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("", "/"),
        ("?w=1", "/?w=1"),
        ("/ä b.png", "/%C3%A4%20b.png"),
        ("/a%20b%2Fc.png", "/a%20b%2Fc.png"),
        ("/100%.png?q=ü&u=http://x/|y", "/100%.png?q=%C3%BC&u=http://x/|y"),
        ("/w=640,h=(1)/a@2x.png;v=1", "/w=640,h=(1)/a@2x.png;v=1"),
        ('/<"^`{}>', "/%3C%22%5E%60%7B%7D%3E"),
        ("/a?x='<>\"", "/a?x=%27%3C%3E%22"),
    ],
)
def test_a_path_is_escaped_as_browsers_do_it(internet, limits, path, asked):
    server = internet.site("img.example", answers())
    fetch(f"http://img.example{path}", limits)
    assert server.paths == [asked]


@pytest.mark.parametrize("host", ["bücher.example", "BÜCHER.example.", "xn--bcher-kva.example", "bücher。example"])
def test_a_host_of_another_alphabet_is_asked_for_by_its_ascii_name(internet, limits, host):
    server = internet.site("xn--bcher-kva.example", answers())
    assert fetch(f"http://{host}/", limits).url == "http://xn--bcher-kva.example/"
    assert server.headers()["Host"] == "xn--bcher-kva.example"


def test_an_ipv6_address_and_a_port_stand_in_the_host_header(internet, limits):
    server = internet.at("2606:4700::1111", answers())
    limits = replace(limits, ports=frozenset({8080}))
    assert fetch("http://[2606:4700:0::1111]:8080/a.png", limits).data == PICTURE
    assert server.headers()["Host"] == "[2606:4700::1111]:8080"


def test_many_threads_fetch_at_once_without_meeting(internet, limits):
    bodies = {f"img{number}.example": bytes([number]) * 20_000 for number in range(40)}
    for name, body in bodies.items():
        internet.site(name, answers(body))
    with ThreadPoolExecutor(20) as threads:
        fetched = dict(
            zip(bodies, threads.map(lambda name: fetch(f"http://{name}/", limits).data, bodies), strict=True)
        )
    assert fetched == bodies


# -- asking again


def test_what_has_not_changed_is_not_sent_again(internet, limits):
    server = internet.site("img.example", sends(b"HTTP/1.1 304 Not Modified\r\n\r\n"))
    assert fetch("http://img.example/", limits, etag='"abc"', last_modified="Mon, 22 Jun 2020 16:21:00 GMT") is None
    assert server.headers()["If-None-Match"] == '"abc"'
    assert server.headers()["If-Modified-Since"] == "Mon, 22 Jun 2020 16:21:00 GMT"


def test_nothing_changed_is_no_answer_to_who_has_nothing(internet, limits):
    internet.site("img.example", sends(b"HTTP/1.1 304 Not Modified\r\n\r\n"))
    with pytest.raises(Failed, match=r"img\.example answered 304"):
        fetch("http://img.example/", limits)


def test_validators_go_with_a_redirect_on_the_same_host_and_not_to_another(internet, limits):
    first = internet.site("img.example", {"/a": redirects("/b"), "/b": redirects("http://cdn.example/")})
    cdn = internet.site("cdn.example", redirects("http://img.example/c"))
    first.play["/c"] = answers(PICTURE, 200, 'ETag: "new"')
    fetched = fetch("http://img.example/a", limits, etag='"abc"')
    assert [first.headers(number).get("If-None-Match") for number in range(3)] == ['"abc"', '"abc"', None]
    assert "If-None-Match" not in cdn.headers()
    assert (fetched.url, fetched.etag) == ("http://img.example/c", "")


@pytest.mark.parametrize("etag", ['"ä"', '"a\r\nCookie: b"', '"' + "a" * 2_000 + '"', "\ud800"])
def test_a_validator_that_is_no_header_is_neither_sent_nor_kept(internet, limits, etag):
    server = internet.site("img.example", answers(PICTURE, 200, 'ETag: "ä"', f"Last-Modified: {'a' * 2_000}"))
    fetched = fetch("http://img.example/", limits, etag=etag, last_modified=etag)
    assert (fetched.etag, fetched.last_modified) == ("", "")
    assert not {"If-None-Match", "If-Modified-Since", "Cookie"} & server.headers().keys()


def test_a_user_agent_that_is_no_header_is_an_error_of_whoever_sets_it():
    with pytest.raises(ValueError, match="plain ASCII"):
        Limits("Newsdesk\r\nCookie: a")


# -- answers


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((status, Gone) for status in (404, 410)),
        *((status, Refused) for status in (204, 400, 401, 402, 403, 406, 407, 414, 418, 451)),
        *((status, Failed) for status in (201, 202, 206, 300, 304, 305, 306, 408, 421, 425, 429)),
        *((status, Failed) for status in (500, 501, 502, 503, 504, 520, 999)),
    ],
)
def test_an_answer_without_a_picture_says_what_it_is(internet, limits, status, outcome):
    internet.site("img.example", answers(b"" if status in (204, 304) else b"<html>", status))
    with pytest.raises(NotFetched, match=rf"^img\.example answered {status}( \([A-Z].*\))?\.$") as raised:
        fetch("http://img.example/", limits)
    assert type(raised.value) is outcome


def test_a_picture_that_a_proxy_has_changed_is_one(internet, limits):
    internet.site("img.example", answers(PICTURE, 203))
    assert fetch("http://img.example/", limits).data == PICTURE


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("999999999", 86_400),
        ("Mon, 22 Jun 2020 12:02:00 GMT", 120),
        ("Mon, 22 Jun 2020 12:02:00 -0000", 120),
        ("Mon, 22 Jun 2020 11:00:00 GMT", 0),
        ("Mon, 22 Jun 2099 12:00:00 GMT", 86_400),
        ("-5", None),
        ("soon", None),
        ("Mon, 22 Jun 99999999 12:00:00 GMT", None),
        ("9" * 400, None),
    ],
)
def test_a_busy_server_says_when_to_ask_again(internet, limits, status, header, seconds):
    internet.site("img.example", answers(b"", status, f"Retry-After: {header}"))
    with time_machine.travel("2020-06-22T12:00:00Z", tick=False), pytest.raises(Failed) as raised:
        fetch("http://img.example/", limits)
    assert raised.value.retry_after == seconds


# -- TLS


def test_a_server_is_asked_by_https_and_shows_a_certificate_for_its_name(internet, limits, server_tls):
    internet.site("img.example", answers(), certificate=server_tls("img.example"))
    assert fetch("https://img.example/a.png", limits) == Fetched(PICTURE, "https://img.example/a.png")
    assert internet.connected == [("93.184.0.1", 443)]


@pytest.mark.parametrize("name", ["other.example", "93.184.0.1"])
def test_a_certificate_for_another_name_does_not_hold(internet, limits, server_tls, name):
    server = internet.site("img.example", answers(), certificate=server_tls(name))
    with pytest.raises(Failed, match=r"img\.example shows a certificate that does not hold: .*img\.example"):
        fetch("https://img.example/", limits)
    assert server.requests == []


def test_a_certificate_of_an_unknown_authority_does_not_hold(internet, limits, server_tls):
    internet.site("img.example", answers(), certificate=server_tls("img.example", of=trustme.CA()))
    with pytest.raises(Failed, match="a certificate that does not hold: unable to get local issuer certificate"):
        fetch("https://img.example/", limits)


def test_a_server_without_tls_on_its_port_fails(internet, limits, server_tls):
    internet.site("img.example", answers(), before=answers())
    with pytest.raises(Failed, match=r"img\.example did not come to terms on a safe connection"):
        fetch("https://img.example/", limits)
