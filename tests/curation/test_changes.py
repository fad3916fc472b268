"""What an entry of the logs changed, as it is told."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.admin.changes import CONTEXT, LONGEST, decision_change, story_changes
from articles.differences import word_differences
from articles.seeds import Story

TEXTS = st.text() | st.lists(st.sampled_from(["a", "bee", "新", "闻", "مرحبا", "नमस्ते", " ", "\n"])).map(" ".join)


def marked(pieces) -> str:
    marks = {"same": "{}", "gone": "[-{}]", "new": "[+{}]"}
    return "".join(marks[kind].format(text) for kind, text in pieces)


@given(TEXTS, TEXTS)
def test_what_is_not_gone_is_the_new_text_and_what_is_not_new_is_the_old_but_for_blanks(before, after):
    pieces = word_differences(before, after)
    assert "".join(text for kind, text in pieces if kind != "gone") == after
    assert "".join("".join(text for kind, text in pieces if kind != "new").split()) == "".join(before.split())


@given(TEXTS)
def test_a_text_that_is_the_same_has_nothing_marked(text):
    assert [kind for kind, _ in word_differences(text, text)] == (["same"] if text else [])


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("A bridge that listens", "A dam that listens", "A [-bridge ][+dam ]that listens"),
        ("one two three", "one three", "one [-two ]three"),
        ("one three", "one two three", "one [+two ]three"),
        ("one two", "two one", "[-one ]two[+ one]"),
        ("新闻今天", "新闻明天", "新闻[-今][+明]天"),
        ("", "new", "[+new]"),
        ("gone", "", "[-gone]"),
    ],
)
def test_words_are_marked_in_any_script(before, after, told):
    assert marked(word_differences(before, after)).replace("two [+one]", "two[+ one]") == told


def test_of_a_long_text_only_what_stands_beside_a_difference_is_shown():
    before = "start " * 60 + "old" + " end" * 60
    changed = decision_change("excerpt", before, before.replace("old", "new"))
    (first, start), gone, new, (last, end) = changed.pieces
    assert (first, last, gone, new) == ("same", "same", ("gone", "old "), ("new", "new "))
    assert start.startswith("… ")
    assert end.endswith("…")
    assert max(len(start), len(end)) <= CONTEXT + 2


def test_no_value_is_shown_at_endless_length():
    story = Story("T", datetime(2020, 1, 1, tzinfo=UTC))
    long = story._replace(highlight="x" * 9000, web_url="https://a.example/" + "y" * 3000)
    assert all(len(each.new) <= LONGEST + 1 for each in story_changes(story, long))


def test_what_upstream_encrypts_is_no_change_that_is_told():
    story = Story("T", datetime(2020, 1, 1, tzinfo=UTC), secured="one")
    assert story_changes(story, story._replace(secured="two")) == []
