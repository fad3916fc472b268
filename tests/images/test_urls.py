"""URLs and redirects: which may be asked, and how they are read."""

from dataclasses import replace

import pytest

from articles.images.fetching import Failed, Refused, fetch

from .servers import answers, redirects

# -- redirects


def test_a_redirect_to_an_address_inside_is_refused(internet, limits):
    internet.site("img.example", redirects("http://169.254.169.254/latest/meta-data/"))
    with pytest.raises(Refused, match=r"^169\.254\.169\.254 is at 169\.254\.169\.254, a link-local address\.$"):
        fetch("http://img.example/", limits)
    assert internet.connected == [("93.184.0.1", 80)]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_three_redirects_are_followed(internet, limits, status):
    for number in range(3):
        internet.site(f"img{number}.example", redirects(f"http://img{number + 1}.example/", status))
    internet.site("img3.example", answers())
    assert fetch("http://img0.example/", limits).url == "http://img3.example/"


def test_a_fourth_is_not(internet, limits):
    server = internet.site("img.example", redirects("/again"))
    with pytest.raises(Refused, match=r"^img\.example sends on more than 3 times\.$"):
        fetch("http://img.example/", limits)
    assert len(server.requests) == 4


def test_the_last_of_three_redirects_is_judged_as_the_first(internet, limits):
    internet.site("img.example", {"/": redirects("/1"), "/1": redirects("/2"), "/2": redirects("http://inside/")})
    internet.names["inside"] = [["10.0.0.1"]]
    with pytest.raises(Refused, match=r"^inside is at 10\.0\.0\.1"):
        fetch("http://img.example/", limits)


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("b.png", "http://img.example/a/b.png"),
        ("../b.png?w=1#top", "http://img.example/b.png?w=1"),
        ("?w=1", "http://img.example/a/?w=1"),
        ("//cdn.example/b", "http://cdn.example/b"),
        ("  http://CDN.example:80/b", "http://cdn.example/b"),
        ("/ä", "http://img.example/%C3%A4"),
        ("/\udce4", "http://img.example/%E4"),
        ("/ä b", "http://img.example/%C3%A4%20b"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
    ],
)
def test_a_redirect_is_read_as_browsers_do_it(internet, limits, location, url):
    internet.site("cdn.example", answers())
    internet.site("xn--bcher-kva.example", answers())
    paths = ("/a/b.png", "/b.png?w=1", "/a/?w=1", "/%C3%A4", "/%C3%A4%20b", "/%E4")
    in_utf_8 = location.encode("utf-8", "surrogateescape").decode("latin-1")
    internet.site("img.example", {path: answers() for path in paths} | {"/a/": redirects(in_utf_8)})
    assert fetch("http://img.example/a/", limits).url == url


def test_a_redirect_leads_from_http_to_https_and_back(internet, limits, server_tls):
    internet.site("plain.example", {"/": redirects("https://safe.example/"), "/end": answers()})
    internet.site("safe.example", redirects("http://plain.example/end"), certificate=server_tls("safe.example"))
    assert fetch("http://plain.example/", limits).url == "http://plain.example/end"
    assert [port for _, port in internet.connected] == [80, 443, 80]


@pytest.mark.parametrize(
    "location",
    [
        *"ftp://cdn.example/a file:///etc/passwd gopher://cdn.example/ data:image/png;base64,AAAA javascript:1".split(),
        *"http://me:secret@cdn.example/ //me@cdn.example/ http://cdn.example:22/ http://[::1/".split(),
        "http://\xff\xfe/",
        "http://" + "a" * 64 + ".example/",
        "http://cdn.example/" + "a" * 8_000,
    ],
)
def test_a_redirect_to_what_may_not_be_asked_is_refused_with_its_host_and_why(internet, limits, location):
    internet.site("img.example", redirects(location))
    with pytest.raises(Refused, match=r"^img\.example sends on to (elsewhere\. The|what is no) address") as raised:
        fetch("http://img.example/", replace(limits, header_bytes=20_000))
    assert "secret" not in str(raised.value)
    assert internet.connected == [("93.184.0.1", 80)]


@pytest.mark.parametrize("headers", [(), ("Location: ",)])
def test_a_redirect_that_does_not_say_where_to_failed(internet, limits, headers):
    internet.site("img.example", answers(b"", 302, *headers))
    with pytest.raises(Failed, match=r"^img\.example sends on \(302\), but does not say where to\.$"):
        fetch("http://img.example/", limits)


# -- URLs


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://img.example/a", "does not begin with http"),
        ("file:///etc/passwd", "does not begin with http"),
        ("/a.png", "does not begin with http"),
        ("//img.example/a.png", "does not begin with http"),
        ("", "does not begin with http"),
        ("http://me:secret@img.example/", "carries a user name or a password"),
        ("http://@img.example/", "carries a user name or a password"),
        ("http://img.example\\@127.0.0.1/", "carries a user name or a password"),
        ("http://img.example:22/", "asks for port 22; allowed are 80, 443"),
        ("http://img.example:0/", "asks for port 0"),
        ("http://img.example:99999/", "has no host"),
        ("http://img.example:x/", "has no host"),
        ("http://", "has no host"),
        ("http://:80/", "has no host"),
        ("http://./", "has no host"),
        ("http://img..example/", "has no host"),
        ("http://img%2eexample/", "has no host"),
        ("http://img example/", "has no host"),
        ("http://img.example\\a/", "has no host"),
        (f"http://{'a' * 64}.example/", "has no host"),
        (f"http://{'a.' * 130}example/", "has no host"),
        ("http://[::1%25lo]/", "has no host"),
        ("http://[fe80::1%1]/", "has no host"),
        ("http://[v1.a]/", "has no host"),
        ("http://[127.0.0.1]/", "has no host"),
        ("http://[::1/", "has no host"),
        ("http://\ud800.example/", "has no host"),
        ("http://img.example/\ud800", "has no host"),
        ("http://img.example/a\r\nCookie: a", "has control characters"),
        ("http://img.\texample/", "has control characters"),
        ("http://img.example/" + "a" * 8_000, "is longer than 8,000"),
    ],
)
def test_a_url_that_may_not_be_asked_is_refused_before_its_name_is_resolved(internet, limits, url, why):
    internet.names["img.example"] = [["93.184.0.1"]]
    with pytest.raises(Refused, match=f"^The address {why}") as raised:
        fetch(url, limits)
    assert "secret" not in str(raised.value)
    assert (internet.asked, internet.connected) == ([], [])
