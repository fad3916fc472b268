"""The words in which two texts differ."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.differences import MOST_WORDS, links, lists, texts

TEXTS = st.text() | st.lists(st.sampled_from(["a", "bee", "新", "闻", "مرحبا", "नमस्ते", " ", "\n"])).map(" ".join)


def marked(parts):
    return "".join(f"[{part.text}]" if part.differs else part.text for part in parts)


def told(parts):
    return "".join(part.text for part in parts)


@given(TEXTS, TEXTS)
def test_the_parts_are_the_texts_and_what_does_not_differ_is_the_same_words(one, other):
    left, right = texts(one, other)
    assert (told(left), told(right)) == (one, other)
    same = [" ".join(part.text for part in parts if not part.differs).split() for parts in (left, right)]
    assert "".join(same[0]) == "".join(same[1])


@given(TEXTS)
def test_a_text_differs_in_nothing_from_itself(text):
    assert not any(part.differs for parts in texts(text, text) for part in parts)


@given(TEXTS, TEXTS)
def test_texts_of_other_words_differ_and_of_the_same_words_do_not(one, other):
    marked_somewhere = any(part.differs for parts in texts(one, other) for part in parts)
    if one.split() == other.split():
        assert not marked_somewhere
    elif "".join(one.split()) != "".join(other.split()):
        assert marked_somewhere


@pytest.mark.parametrize(
    ("one", "other", "left", "right"),
    [
        ("A bridge that listens", "A dam that listens", "A [bridge] that listens", "A [dam] that listens"),
        ("one two three", "one three", "one [two] three", "one three"),
        ("新闻今天", "新闻明天", "新闻[今]天", "新闻[明]天"),
        ("الجسر يصغي اليوم", "السد يصغي اليوم", "[الجسر] يصغي اليوم", "[السد] يصغي اليوم"),
        ("", "new", "", "[new]"),
        ("a  b", "a b", "a  b", "a b"),
    ],
)
def test_words_that_differ_are_marked_in_any_script(one, other, left, right):
    found = texts(one, other)
    assert (marked(found[0]), marked(found[1])) == (left, right)


def test_a_word_is_never_marked_in_its_middle():
    left, _ = texts("नमस्ते दुनिया", "नमस्कार दुनिया")
    assert marked(left) == "[नमस्ते] दुनिया"


def test_a_text_of_any_length_is_compared_in_no_time():
    many = MOST_WORDS * 1000
    left, right = texts("start " + "a " * many + "end", "start " + "b a " * many + "end")
    assert [part.differs for part in left] == [part.differs for part in right] == [False, True, False, False]


def test_topics_that_only_one_list_has_are_marked_and_else_those_that_moved():
    assert [part.differs for part in lists(["AI", "Law"], ["Law", "Bees"])[0]] == [True, False]
    assert [part.differs for part in lists(["AI", "Law"], ["Law", "AI"])[0]].count(True) == 1


@pytest.mark.parametrize(
    ("one", "other", "left", "right"),
    [
        (
            "https://a.example/x/one",
            "https://a.example/x/two",
            "https://a.example/x/[one]",
            "https://a.example/x/[two]",
        ),
        ("https://a.example/", "https://b.example/", "https://[a.example/]", "https://[b.example/]"),
        ("https://a.example/x", "https://a.example/xy", "https://a.example/[x]", "https://a.example/[xy]"),
        ("", "https://a.example/", "", "[https://a.example/]"),
        ("https://a.example/", "https://a.example/", "https://a.example/", "https://a.example/"),
    ],
)
def test_two_links_are_marked_from_where_they_part(one, other, left, right):
    found = links(one, other)
    assert (marked(found[0]), marked(found[1])) == (left, right)
