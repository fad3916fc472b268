"""The format, key by key: providers, lists of text, images and related stories."""

from datetime import UTC, datetime

import pytest

from articles.seeds import Image, Provider, Related

from .seedfiles import problem, problems, read, seed_text, story

LISTS = ["topics", "tags", "images", "related"]


# -- provider


def test_a_provider_has_a_domain_and_may_have_a_name_and_images():
    found = story(
        "provider:", "  name: ' Mint '", "  domain: livemint.com", "  images:", "    - url: /logo.png"
    ).provider
    assert found == Provider("livemint.com", "Mint", (Image("/logo.png"),))


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("EXAMPLE.Com", "example.com"),
        ("bücher.example.com", "xn--bcher-kva.example.com"),
        ("BÜCHER.example.com", "xn--bcher-kva.example.com"),
        ("bu\u0308cher.example.com", "xn--bcher-kva.example.com"),
        ("xn--bcher-kva.example.com", "xn--bcher-kva.example.com"),
        ("例え。jp", "xn--r8jz45g.jp"),
        ("a_b.example.com", "a_b.example.com"),
        ("' example.com '", "example.com"),
        ("example.com.", "example.com"),
        ("localhost", "localhost"),
        ("a" * 63 + ".com", "a" * 63 + ".com"),
        (".".join(["a" * 49] * 5) + ".co", ".".join(["a" * 49] * 5) + ".co"),
    ],
)
def test_a_domain_is_a_bare_host_name_in_ascii(text, domain):
    assert story(f"provider: {{domain: {text}}}").provider.domain == domain


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com",
        "example.com:8080",
        "example.com/a",
        "example..com",
        ".example.com",
        "exa mple.com",
        "a@b.com",
        "<img>",
        "-a.com",
        "a-.com",
        "a.com?b",
        "[::1]",
        "a" * 64 + ".com",
        "ü" * 64 + ".com",
        "ü" * 60 + ".com",
        ".",
        ".".join(["a" * 50] * 5) + ".com",
        "a℀b.com",
        "a\nb.com",
        'x"y',
        "a\\b",
        "\u200b.com",
        ".".join(["ü"] * 40),
        "a" + "\u200b" * 300 + ".com",
        "ü" * 300_000,
    ],
)
def test_what_is_no_bare_host_name_is_refused(text):
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    found = problem(f'provider: {{name: N, domain: "{quoted}"}}')
    assert found.field == "provider.domain"
    assert "must be a bare host name such as example.com" in found.message


@pytest.mark.parametrize("provider", ["{name: N}", "{name: N, domain: ~}", '{name: N, domain: ""}', "{unknown: a}"])
def test_a_provider_without_a_domain_is_refused(provider):
    found = problem(f"provider: {provider}")
    assert (found.field, found.line) == ("provider.domain", 5)
    assert "is required" in found.message


@pytest.mark.parametrize("provider", ["Example News", "[a, b]", "5"])
def test_a_provider_that_is_no_mapping_is_refused(provider):
    assert "provider must be a mapping with a domain, not" in problem(f"provider: {provider}").message


# -- topics and tags


@pytest.mark.parametrize("key", ["topics", "tags"])
def test_a_list_of_text_keeps_its_order_and_loses_doubles(key):
    assert getattr(story(f"{key}: [b, a, b, a, B, 2020, no]"), key) == ("b", "a", "B", "2020", "no")


def test_a_topic_is_trimmed_and_a_tag_kept_as_it_stands():
    found = story("topics: [' a ', a]", "tags: [' a ', a]")
    assert (found.topics, found.tags) == (("a",), (" a ", "a"))


def test_a_topic_is_its_exact_name_in_nfc():
    assert story("topics: ['cafe\u0301', 'café', C, C++, 'C#']").topics == ("café", "C", "C++", "C#")


@pytest.mark.parametrize("key", ["topics", "tags"])
def test_a_text_in_a_list_has_at_most_200_characters(key):
    assert len(getattr(story(f"{key}: ['{'x' * 200}']"), key)[0]) == 200
    found = problem(f"{key}: [a, {'x' * 201}]")
    assert (found.field, found.message) == (
        f"{key}[1]",
        f"{key}[1] must not be longer than 200 characters; it has 201.",
    )


@pytest.mark.parametrize("key", ["topics", "tags"])
def test_a_text_instead_of_a_list_is_refused(key):
    assert problem(f'{key}: "AI, ML"').message == f"{key} must be a list, not a single value."
    assert problem(f"{key}: {{a: b}}").message == f"{key} must be a list, not a mapping."


def test_an_item_that_is_no_text_is_refused():
    found = problems("topics: [ok, {a: b}, [c], {}, []]")
    assert [p.field for p in found] == ["topics[1]", "topics[2]", "topics[3]", "topics[4]"]


@pytest.mark.parametrize("key", LISTS)
def test_null_and_blank_items_are_dropped_with_a_warning(key):
    item = {"topics": "a", "tags": "a", "images": "{url: /a}"}.get(key, "{title: a, webUrl: 'https://a.com'}")
    reading = read(seed_text(f'{key}: [~, {item}, "", "  ", null, ]'))
    assert len(getattr(reading.story, key)) == 1
    assert [w.field for w in reading.warnings] == [f"{key}[{i}]" for i in (0, 2, 3, 4)]
    assert reading.warnings[0].message == f"{key}[0] is empty; it is left out."


# -- images


def test_an_image_has_all_that_the_file_says():
    found = story(
        "images:",
        "  - url: ' https://img.example.com/a.jpg '",
        "    width: 600",
        "    height: '0'",
        "    isCached: TRUE",
        '    title: " a\\tb "',
        "    attribution: ' (c) '",
    ).images
    assert found == (Image("https://img.example.com/a.jpg", 600, 0, True, "a b", " (c) "),)


@pytest.mark.parametrize("url", ["/assets/x.png", "/", "/a//b", "/a b"])
def test_an_image_may_be_relative_to_the_site_root(url):
    assert story(f"images: [{{url: '{url}'}}]").images[0].url == url


@pytest.mark.parametrize(
    "url", ["//evil.com/x", "/\\evil.com", "assets/x.png", "javascript:x", "./x", "/a\nb", "/\t/x", "/" + "a" * 4000]
)
def test_any_other_image_url_is_refused(url):
    quoted = url.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
    assert problem(f'images: [{{url: "{quoted}"}}]').field == "images[0].url"


@pytest.mark.parametrize(
    ("image", "field"),
    [
        ("{width: 5}", "images[0].url"),
        ("{}", "images[0].url"),
        ("{url: ~}", "images[0].url"),
        ("{url: /a, width: -1}", "images[0].width"),
        ("{url: /a, height: 600px}", "images[0].height"),
        ("{url: /a, height: 1000001}", "images[0].height"),
        ("{url: /a, isCached: 1}", "images[0].isCached"),
        ("{url: /a, title: [b]}", "images[0].title"),
        ("/a", "images[0]"),
        ("[/a]", "images[0]"),
    ],
)
def test_an_image_that_does_not_fit_is_refused(image, field):
    assert problem(f"images: [{image}]").field == field


@pytest.mark.parametrize("key", ["images", "related"])
def test_a_mapping_instead_of_a_list_is_refused(key):
    assert problem(f"{key}: {{url: /a}}").message == f"{key} must be a list, not a mapping."


def test_the_title_of_an_image_may_be_long():
    assert len(story(f"images: [{{url: /a, title: {'x' * 900}}}]").images[0].title) == 900


# -- related


def test_a_related_story_has_all_that_the_file_says():
    found = story(
        "related:",
        '  - title: " a\\nb "',
        "    excerpt: ' e '",
        "    publishedDateTime: 2020-06-19",
        "    webUrl: https://a.com/w",
        "    originalUrl: https://a.com/o",
        "    ampWebUrl: https://a.com/amp",
        "    cdnAmpWebUrl: https://a.com/cdn",
        "    type: video",
        "    provider: {domain: a.com}",
        "    quality: 5",
        "    images: [{url: /a}]",
    ).related
    links = ("https://a.com/w", "https://a.com/o", "https://a.com/amp", "https://a.com/cdn")
    published = datetime(2020, 6, 19, tzinfo=UTC)
    assert found == (Related("a b", " e ", published, *links, "video", Provider("a.com"), 5, (Image("/a"),)),)
    assert found[0].link == "https://a.com/w"


def test_a_related_story_without_a_link_is_taken_with_a_warning():
    reading = read(seed_text("related:", "  - title: a", "    originalUrl: https://a.com", "  - title: b"))
    assert [r.link for r in reading.story.related] == ["https://a.com", None]
    (warning,) = reading.warnings
    assert (warning.line, warning.column, warning.field) == (8, 5, "related[1]")


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ("{}", "related[0].title"),
        ("{title: ' '}", "related[0].title"),
        ("{excerpt: a}", "related[0].title"),
        ("{title: a, webUrl: 'javascript:x'}", "related[0].webUrl"),
        ("{title: a, quality: -1}", "related[0].quality"),
        ("{title: a, publishedDateTime: soon}", "related[0].publishedDateTime"),
        ("{title: a, provider: {name: b}}", "related[0].provider.domain"),
        ("{title: a, images: [{url: /b}, {url: c}]}", "related[0].images[1].url"),
        ("a", "related[0]"),
        ("[a]", "related[0]"),
    ],
)
def test_a_related_story_that_does_not_fit_is_refused(item, field):
    assert problem(f"related: [{item}]").field == field


def test_two_related_stories_may_be_the_same():
    assert len(story("related: [{title: a}, {title: a}]").related) == 2
