"""The addresses of articles and topics, given once, by their text and their identity."""

from hashlib import sha256

import pytest

from articles.slugs import article_slug, topic_slug


def hex6(identity: str) -> str:
    return sha256(identity.encode()).hexdigest()[:6]


@pytest.mark.parametrize(
    ("stem", "slug"),
    [
        ("2020-06-22-a-Story_of.Things", "a-story_ofthings"),
        ("2020-06-22-2021-01-01-x", "2021-01-01-x"),
        ("2020-06-22-Über-Zürich", "über-zürich"),
        ("2020-06-22-слово", "слово"),
        ("2020-06-22-新闻", "新闻"),
    ],
)
def test_a_dated_stem_gives_the_slug_without_its_date(stem, slug):
    assert article_slug("default", stem, "The title", ()) == slug


@pytest.mark.parametrize("stem", ["000_3cb819e9a71866b0", "2020-06-22-", "2020-06-22", "20-06-22-story", "story"])
def test_a_stem_without_a_date_or_with_nothing_after_it_leaves_the_title(stem):
    assert article_slug("default", stem, "The Title, again", ()) == "the-title-again"


@pytest.mark.parametrize(("stem", "title"), [("story", "!!!"), ("2020-06-22-!!!", "The title"), ("x", "🙂")])
def test_where_that_gives_nothing_the_identity_gives_six_digits(stem, title):
    assert article_slug("feed-1", stem, title, ()) == hex6(f"feed-1/{stem}")


def test_a_taken_slug_gets_six_digits_of_the_identity():
    assert article_slug("default", "2020-06-22-story", "", {"story"}) == "story-" + hex6("default/2020-06-22-story")


def test_where_that_is_taken_too_a_longer_digest_decides():
    digits = hex6("default/2020-06-22-story")
    slug = article_slug("default", "2020-06-22-story", "", {"story", f"story-{digits}"})
    assert slug.startswith(f"story-{digits}")
    assert len(slug) == len(f"story-{digits}") + 1


def test_a_long_name_is_cut_at_200_characters():
    assert article_slug("default", "2020-06-22-" + "a" * 300, "", ()) == "a" * 200
    assert article_slug("default", "2020-06-22-" + "a" * 300, "", {"a" * 200}).startswith("a" * 200 + "-")


def test_topics_that_slugify_alike_are_told_apart_by_their_names():
    taken = set()
    for name in ("C", "C++", "C#"):
        taken.add(topic_slug(name, taken))
    assert taken == {"c", "c-" + hex6("C++"), "c-" + hex6("C#")}


def test_the_topic_named_page_leaves_that_address_to_the_pages():
    assert topic_slug("Page", ()) == "page-" + hex6("Page")


@pytest.mark.parametrize("name", ["!!!", "🙂"])
def test_a_topic_of_signs_has_six_digits_of_its_name(name):
    assert topic_slug(name, ()) == hex6(name)


def test_a_topic_that_begins_with_a_date_keeps_it():
    assert topic_slug("2020-06-22-hearing", ()) == "2020-06-22-hearing"
