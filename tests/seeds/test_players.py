"""Known players in the HTML that upstream writes."""

import pytest

from articles.seeds import Player, read_player

YOUTUBE = "https://www.youtube-nocookie.com/embed/WJk-Y8LQlfE"


def iframe(src: str) -> str:
    return f'<iframe width="560" src="{src}" frameborder="0" allowfullscreen></iframe>'


@pytest.mark.parametrize(
    "src",
    [
        "https://www.youtube.com/embed/WJk-Y8LQlfE",
        "http://www.youtube.com/embed/WJk-Y8LQlfE",
        "//www.youtube.com/embed/WJk-Y8LQlfE",
        "HTTPS://WWW.YouTube.com/embed/WJk-Y8LQlfE",
        "https://www.youtube.com/embed/WJk-Y8LQlfE?rel=0&amp;start=5#t",
        " https://www.youtube.com/embed/WJk-Y8LQlfE ",
        "https://www.youtube-nocookie.com/embed/WJk-Y8LQlfE",
        "https://youtube-nocookie.com/embed/WJk-Y8LQlfE",
        "https:&#47;&#47;www.youtube.com/embed/WJk-Y8LQlfE",
    ],
)
def test_youtube_plays_from_the_host_without_cookies(src):
    assert read_player(iframe(src)).src == YOUTUBE


def test_the_host_and_the_id_are_those_of_the_html():
    assert read_player(iframe("http://www.youtube.com/embed/a_-1")) == Player("www.youtube.com", "a_-1")


def test_vimeo_plays_from_its_own_host():
    assert read_player(iframe("//player.vimeo.com/video/123?h=x")).src == "https://player.vimeo.com/video/123"


@pytest.mark.parametrize(
    "src",
    [
        "https://evil.test/www.youtube.com/embed/a",
        "https://www.youtube.com.evil.test/embed/a",
        "https://www.youtube.com@evil.test/embed/a",
        "https://user@www.youtube.com/embed/a",
        "https://user:pass@www.youtube.com/embed/a",
        "https://www.youtube.com:443/embed/a",
        "https://www.youtube.com\\.evil.test/embed/a",
        "https:\\\\www.youtube.com/embed/a",
        "https://youtube.com/embed/a",
        "https://m.youtube.com/embed/a",
        "https://vimeo.com/123",
        "https://www.youtube.com/watch?v=a",
        "https://www.youtube.com/embed/",
        "https://www.youtube.com/embed/a/b",
        "https://www.youtube.com/embed/../a",
        "https://www.youtube.com/embed/a%2Fb",
        "https://www.youtube.com/embed/videoseries?list=a",
        "https://www.youtube.com/embed/" + "a" * 65,
        "https://www.youtube.com/video/1",
        "https://player.vimeo.com/embed/1",
        "https://www.you\ntube.com/embed/a",
        "javascript://www.youtube.com/embed/a",
        "ftp://www.youtube.com/embed/a",
        "data:text/html,//www.youtube.com/embed/a",
        "/embed/a",
        "www.youtube.com/embed/a",
        "https:///www.youtube.com/embed/a",
        "java\tscript:alert(1)",
        "",
    ],
)
def test_any_other_source_is_no_player(src):
    assert read_player(iframe(src)) is None


@pytest.mark.parametrize(
    "html",
    [
        "<iframe src=//www.youtube.com/embed/yes>",
        "<IFRAME SRC='//www.youtube.com/embed/yes'/>",
        '<iframe/src="//www.youtube.com/embed/yes">',
        '<<iframe/src="//www.youtube.com/embed/yes">',
        "<iframe\n\tsrc\n=\n'//www.youtube.com/embed/yes'\n>",
        '<iframe src="//www.youtube.com/embed/yes" onload="x()">',
        '<iframe srcdoc="<iframe src=//www.youtube.com/embed/no>" src="//www.youtube.com/embed/yes">',
        '<iframe title="a > b" src="//www.youtube.com/embed/yes">',
        '<iframe src="//www.youtube.com/embed/yes" src="//www.youtube.com/embed/no">',
        '<iframe src="//evil.test/embed/no"></iframe><iframe src="//www.youtube.com/embed/yes">',
        "<iframe></iframe><iframe src></iframe><iframe src=//www.youtube.com/embed/yes>",
        "<!-- <iframe src=//www.youtube.com/embed/no> --><iframe src=//www.youtube.com/embed/yes>",
        '<div><p title="x">text</p><iframe src="//www.youtube.com/embed/yes"></div>',
        "<iframe ===x src=//www.youtube.com/embed/yes>",
    ],
)
def test_the_first_iframe_of_a_known_host_is_read(html):
    assert read_player(html) == Player("www.youtube.com", "yes")


@pytest.mark.parametrize(
    "html",
    [
        "",
        "text",
        "<iframe",
        '<iframe src="//www.youtube.com/embed/no"',
        '<iframe src="//www.youtube.com/embed/no>',
        "<iframes src=//www.youtube.com/embed/no>",
        "<img src=//www.youtube.com/embed/no>",
        "<!-- <iframe src=//www.youtube.com/embed/no>",
        "<script>x</script><object data=//www.youtube.com/embed/no></object>",
        '<iframe data-src="//www.youtube.com/embed/no">',
    ],
)
def test_what_is_no_iframe_is_no_player(html):
    assert read_player(html) is None


def test_a_setting_may_add_hosts():
    hosts = ["player.example.com"]
    found = read_player(iframe("http://player.example.com/v/abc.html?autoplay=1"), hosts)
    assert found == Player("player.example.com", "/v/abc.html")
    assert found.src == "https://player.example.com/v/abc.html"
    assert read_player(iframe("http://player.example.com/v/abc.html")) is None


@pytest.mark.parametrize("host", ["player.example.com:8443", "user@player.example.com"])
def test_not_even_a_setting_allows_ports_or_credentials(host):
    assert read_player(iframe(f"https://{host}/v/abc"), [host]) is None


@pytest.mark.parametrize(
    "path", ["", "/", "/../a", "/a/./b", "/a//b", "/a%2e", "/a b", '/a"b', "/a;b", "/" + "a" * 300]
)
def test_the_path_at_an_added_host_must_be_a_safe_one(path):
    assert read_player(f"<iframe src='https://p.example.com{path}'>", {"p.example.com"}) is None


@pytest.mark.parametrize(
    "garbage",
    [
        "<iframe ",
        "<iframe x>",
        "<!--",
        '<iframe a="',
        "<iframe a='",
        "<iframe src=",
        "<",
        "<iframe ==",
        "<iframe a = ",
        "&amp",
        "<iframe src='&",
        "<iframe\n/",
        "<!---->",
    ],
)
def test_megabytes_of_garbage_are_read(garbage):
    assert read_player(garbage * (2_000_000 // len(garbage))) is None  # in hours, were it not in linear time
