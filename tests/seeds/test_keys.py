"""The format, key by key: what every key has in common, texts, and keys that are not known."""

import pytest

from .seedfiles import LINKS, problem, problem_with, problems, read, seed_text, story, story_with

NULLS = ["", "null", "Null", "NULL", "~"]
TEXTS = {
    "category": "category",
    "type": "type",
    "locale": "locale",
    "excerpt": "excerpt",
    "highlight": "highlight",
    "featuredContent": "featured_content",
    "secured": "secured",
}
OPTIONAL = {
    **TEXTS,
    **LINKS,
    "updatedDateTime": "updated_at",
    "quality": "quality",
    "heat": "heat",
    "published": "published",
    "provider": "provider",
}
LISTS = ["topics", "tags", "images", "related"]
NOT_TEXT = ["[a, b]", "{a: b}", "\n- a"]


# -- absent


@pytest.mark.parametrize("null", [*NULLS, '""', "''", '"  "', '"\\t\\n"', '"\\u200b"', "[]", "{}"])
@pytest.mark.parametrize("key", OPTIONAL)
def test_null_or_empty_is_an_absent_key(key, null):
    assert getattr(story_with(f"{key}: {null}"), OPTIONAL[key]) is None


@pytest.mark.parametrize("null", [*NULLS, '""', "[]", "{}"])
@pytest.mark.parametrize("key", LISTS)
def test_null_or_empty_is_an_absent_list(key, null):
    assert getattr(story(f"{key}: {null}"), key) == ()


@pytest.mark.parametrize("key", ["title", "publishedDateTime"])
def test_a_required_key_that_is_missing_rejects_the_file_at_its_first_line(key):
    found = problem(**{key: None})
    assert (found.line, found.column, found.field) == (1, 1, key)
    assert found.message == f"{key} is required, and is missing."


@pytest.mark.parametrize("null", [*NULLS, '""', '"  "', "[]"])
@pytest.mark.parametrize(("key", "line"), [("title", 2), ("publishedDateTime", 3)])
def test_a_required_key_without_a_value_rejects_the_file_at_its_own_line(key, line, null):
    found = problem(**{key: f"{key}: {null}"})
    assert (found.line, found.column, found.field) == (line, 1, key)
    assert "is required and must not be empty" in found.message


def test_quoted_null_is_a_text():
    assert story('excerpt: "null"').excerpt == "null"
    assert story("excerpt: '~'").excerpt == "~"


@pytest.mark.parametrize("value", NOT_TEXT)
@pytest.mark.parametrize(
    "key", [*TEXTS, *LINKS, "title", "publishedDateTime", "updatedDateTime", "quality", "heat", "published"]
)
def test_a_list_or_a_mapping_does_not_fit_a_single_value(key, value):
    found = problem_with(f"{key}: {value}")
    assert found.field == key
    assert "must be a single value, not a" in found.message


# -- text


@pytest.mark.parametrize(
    "text", ["1984", "no", "yes", "true", "2020-01-01", "12:30:45", "007", "1e3", ".nan", "0x1F", "+5", "=", "<<"]
)
@pytest.mark.parametrize("key", ["title", "category", "excerpt", "locale"])
def test_a_plain_value_is_the_text_that_stands_there(key, text):
    assert getattr(story_with(f"{key}: {text}"), key) == text


@pytest.mark.parametrize("key", TEXTS)
def test_text_is_kept_as_it_stands(key):
    assert getattr(story(f'{key}: "  a\\t b\\n<i>  "'), TEXTS[key]) == "  a\t b\n<i>  "


def test_text_may_be_a_block():
    assert story("excerpt: |", "  one", "  two", "highlight: >-", "  three", "  four").excerpt == "one\ntwo\n"


# -- title


def test_a_title_is_trimmed_and_on_one_line():
    assert story(title=r'title: "  one\ttwo\nthree\r\nfour  "').title == "one two three four"


@pytest.mark.parametrize("blank", ['"   \\t\\u00a0 "', '"\\u200b\\u200d\\u2060\\ufeff"', '"\\u200e \\u3000"'])
def test_a_title_that_shows_nothing_is_blank(blank):
    assert problem(title=f"title: {blank}").field == "title"


@pytest.mark.parametrize("title", ["👩‍👩‍👧‍👦", "عنوان", "e" + "\u0301" * 60, "<b>", "C\u200b"])
def test_a_title_of_any_script_is_kept(title):
    assert story(title=f"title: '{title}'").title == title


def test_a_title_has_at_most_500_characters():
    assert len(story(title=f"title: ' {'ü' * 500} '").title) == 500
    assert problem(title=f"title: {'ü' * 501}").message == "title must not be longer than 500 characters; it has 501."


# -- unknown keys


def test_unknown_keys_are_kept_with_a_warning_each():
    reading = read(
        seed_text("layout: post", "nested: {b: [1, ~, {c: 'null'}], a: }", "provider: {domain: a.com, x: y}")
    )
    assert reading.story.extra == '{"layout":"post","nested":{"a":null,"b":["1",null,{"c":"null"}]}}'
    assert reading.story.provider.extra == '{"x":"y"}'
    assert [(w.line, w.field) for w in reading.warnings] == [(5, "layout"), (6, "nested"), (7, "provider.x")]
    assert reading.warnings[0].message == 'The key "layout" is not known here; it is kept for the export and not used.'


@pytest.mark.parametrize("key", ["1", "2020-01-01", "true", "null", "Title", "TITLE", "title2"])
def test_a_key_of_any_kind_is_a_text(key):
    assert story(f"{key}: a").extra == f'{{"{key}":"a"}}'


def test_a_key_may_be_empty():
    assert story("'': a").extra == '{"":"a"}'


@pytest.mark.parametrize("line", ["images: [{url: /a, x: y}]", "related: [{title: a, x: y}]"])
def test_unknown_keys_of_items_are_kept(line):
    found = story(line)
    assert (found.images + found.related)[0].extra == '{"x":"y"}'


def test_all_problems_of_a_file_are_reported_in_its_order():
    found = problems(
        "heat: -2",
        "published: maybe",
        "related: [{title: [a], webUrl: x}, {quality: 1.5}]",
        "provider: {domain: 'a b', images: [{}]}",
        title="title: [a]",
        publishedDateTime="publishedDateTime: 2020-02-31",
    )
    assert [(p.line, p.field) for p in found] == [
        (2, "title"),
        (3, "publishedDateTime"),
        (5, "heat"),
        (6, "published"),
        (7, "related[0].title"),
        (7, "related[0].webUrl"),
        (7, "related[1].title"),
        (7, "related[1].quality"),
        (8, "provider.domain"),
        (8, "provider.images[0].url"),
    ]
