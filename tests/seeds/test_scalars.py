"""The format, key by key: timestamps, numbers, booleans and URLs."""

from datetime import UTC, datetime

import pytest

from .seedfiles import LINKS, problem, problem_with, read, seed_text, story, story_with

# -- timestamps


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2020-06-22T16:21:00Z", datetime(2020, 6, 22, 16, 21, tzinfo=UTC)),
        ("2020-06-22T16:21:00+05:30", datetime(2020, 6, 22, 10, 51, tzinfo=UTC)),
        ("2020-06-22T16:21:00-0830", datetime(2020, 6, 23, 0, 51, tzinfo=UTC)),
        ("2020-06-22T16:21:00", datetime(2020, 6, 22, 16, 21, tzinfo=UTC)),
        ("2020-06-22 16:21", datetime(2020, 6, 22, 16, 21, tzinfo=UTC)),
        ("2020-06-22", datetime(2020, 6, 22, tzinfo=UTC)),
        ("20200622", datetime(2020, 6, 22, tzinfo=UTC)),
        ("20200622T162100Z", datetime(2020, 6, 22, 16, 21, tzinfo=UTC)),
        ("20200622T1024", datetime(2020, 6, 22, 10, 24, tzinfo=UTC)),
        ("2020-06-24T10:24:24", datetime(2020, 6, 24, 10, 24, 24, tzinfo=UTC)),
        ("2020-06-22T16:21:00.123Z", datetime(2020, 6, 22, 16, 21, 0, 123000, tzinfo=UTC)),
        ("2020-06-22T16:21:00,5", datetime(2020, 6, 22, 16, 21, 0, 500000, tzinfo=UTC)),
        ("0001-01-01", datetime(1, 1, 1, tzinfo=UTC)),
        ("9998-12-31T23:59:59Z", datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("9999-01-01T00:00:00+01:00", datetime(9998, 12, 31, 23, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize("quote", ["", '"', "'"])
def test_a_timestamp_is_stored_in_utc(text, instant, quote):
    read_at = story(publishedDateTime=f"publishedDateTime: {quote}{text}{quote}").published_at
    assert read_at == instant
    assert read_at.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "1592842860",
        "yesterday",
        "2020-13-01",
        "2020-02-30",
        "2021-02-29T00:00:00Z",
        "2020-06-22T16:21:00+99:99",
        "10000-01-01",
        "2016-12-31T23:59:60Z",
        "2020-01-01T24:00:00Z",
        "20200101T240000Z",
        "2020-W26-1",
        "2020W261",
        "2020-W26",
        "2020W26",
        "2020-06",
        "2020",
        "0000-01-01",
        "2020-06-22T",
        " 2020-06-22",
        "２０２０-06-22",
        "16:21",
    ],
)
@pytest.mark.parametrize("key", ["publishedDateTime", "updatedDateTime"])
def test_what_is_no_calendar_time_is_refused(key, text):
    found = problem_with(f"{key}: '{text}'")
    assert found.field == key
    assert "must be a timestamp" in found.message


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00", "9999-01-01", "9998-12-31T23:59:59-01:00"]
)
def test_a_time_outside_of_the_years_1_to_9998_in_utc_is_refused(text):
    assert "in the years 1 to 9998 in UTC" in problem_with(f"publishedDateTime: {text}").message


# -- numbers and booleans


@pytest.mark.parametrize(
    ("key", "text", "number"),
    [
        ("quality", "57", 57),
        ("quality", '"57"', 57),
        ("quality", "010", 10),
        ("quality", "0" * 5000 + "7", 7),
        ("quality", "-0", 0),
        ("quality", "0", 0),
        ("quality", "1000000", 1_000_000),
        ("heat", "-1", -1),
        ("heat", "'-001'", -1),
        ("heat", "1000000", 1_000_000),
    ],
)
def test_an_integer_is_decimal(key, text, number):
    assert getattr(story(f"{key}: {text}"), key) == number


@pytest.mark.parametrize(
    "text",
    [
        "5.7",
        "+5",
        "1_000",
        "1:30",
        "0x10",
        "0o7",
        "1e3",
        ".nan",
        ".inf",
        "high",
        "true",
        "' 5'",
        "'5 '",
        "٣",
        "'-'",
        "1000001",
        "9" * 5000,
    ],
)
@pytest.mark.parametrize("key", ["quality", "heat"])
def test_what_is_no_integer_within_bounds_is_refused(key, text):
    found = problem(f"{key}: {text}")
    assert found.field == key
    assert f"must be a whole number from {0 if key == 'quality' else -1} to 1,000,000" in found.message


def test_only_heat_may_be_minus_one():
    assert problem("quality: -1").field == "quality"
    assert problem("heat: -2").field == "heat"


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("TRUE", True), ("'tRuE'", True), ("false", False), ('"False"', False)]
)
def test_published_is_true_or_false_in_any_case(text, value):
    assert story(f"published: {text}").published is value


@pytest.mark.parametrize("text", ["yes", "no", "on", "1", "0", "maybe", "t", "' true'"])
def test_published_is_nothing_else(text):
    assert "published must be true or false, not" in problem(f"published: {text}").message


# -- URLs


@pytest.mark.parametrize(
    "url",
    [
        "https://news.example.com/a?b=c&d=/#e",
        "http://EXAMPLE.com",
        "HTTPS://example.com/",
        "https://bücher.example.com/été",
        "https://xn--bcher-kva.example.com/",
        "http://[::1]:8000/admin/",
        "https://example.com:8443/",
        "https://example.com:/",
        "https://example.com/a b",
        "https://example.com/@user",
        "https://example.com/?u=a@b",
        "https://example.com?u=a@b",
        'https://example.com/"x"',
        "https://a_b.example.com/",
        "https://" + "a.com/" + "p" * 3986,
    ],
)
@pytest.mark.parametrize("key", LINKS)
def test_an_absolute_http_url_is_kept_as_it_stands(key, url):
    assert getattr(story_with(f"{key}: '  {url} '"), LINKS[key]) == url


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("javascript:alert(1)", "absolute http or https"),
        ("JaVaScRiPt://x/%0Aalert(1)", "absolute http or https"),
        ("data:text/html,x", "absolute http or https"),
        ("ftp://files.example.com/a", "absolute http or https"),
        ("//news.example.com/x", "absolute http or https"),
        ("/news/x", "absolute http or https"),
        ("news.example.com/x", "absolute http or https"),
        ("https:example.com", "valid host"),
        ("12345", "absolute http or https"),
        ("https:///path", "valid host"),
        ("https://", "valid host"),
        ("https://?x", "valid host"),
        ("https://.", "valid host"),
        ("https://:80/", "valid host"),
        ("http://[::1/", "valid host"),
        ("http://[bad]/", "valid host"),
        ("https://exa mple.com/", "valid host"),
        ("https://good.com\\\\.evil.com/", "valid host"),
        ("https:\\\\\\\\evil.com/", "valid host"),
        ("https://a<b>/", "valid host"),
        ("https://a\u2100b/", "valid host"),
        ("https://user:hunter2@example.com/", "user name or a password"),
        ("https://user@example.com/", "user name or a password"),
        ("https://@example.com/", "user name or a password"),
        ("https://good.com\\\\@evil.com/", "user name or a password"),
        ("https://example.com:99999/", "port"),
        ("https://example.com:http/", "port"),
        ("https://example.com/a\\nb", "one line"),
        ("https://example.com/a\\r\\nSet-Cookie: x", "one line"),
        ("https://exam\\tple.com/", "one line"),
        ("https://example.com/a\\tb", "one line"),
        ("https://a.com/" + "p" * 3987, "longer than 4,000"),
    ],
)
@pytest.mark.parametrize("key", LINKS)
def test_any_other_url_is_refused(key, url, why):
    found = problem_with(f'{key}: "{url}"')
    assert found.field == key
    assert why in found.message


def test_the_readers_link_is_web_url_else_original_url():
    original = "originalUrl: https://example.com/original"
    assert story(original).link == "https://news.example.com/story"
    assert story(original, webUrl=None).link == "https://example.com/original"


def test_a_file_without_a_link_is_taken_with_a_warning():
    reading = read(seed_text("ampWebUrl: https://example.com/amp", webUrl=None))
    assert reading.story.link is None
    (warning,) = reading.warnings
    assert (warning.line, warning.field) == (1, "webUrl")
    assert "neither a webUrl nor an originalUrl" in warning.message


def test_a_link_that_is_wrong_is_not_called_absent_as_well():
    assert read(seed_text(webUrl="webUrl: ftp://a.com")).warnings == ()
