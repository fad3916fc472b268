"""Where front matter and body begin and end, and what a file is made of."""

import pytest

from .seedfiles import problem, problems, read, seed_text, story


def said(content):
    return [problem.message for problem in read(content).problems]


def test_a_byte_order_mark_is_tolerated():
    assert read(b"\xef\xbb\xbf" + seed_text().encode()).story == story()


@pytest.mark.parametrize("blanks", ["", " ", "\t", " \t  "])
def test_blanks_after_the_dashes_do_not_count(blanks):
    text = seed_text(body="the body\n")
    assert read(text.replace("---", "---" + blanks)).story == read(text).story


def test_windows_line_ends_change_nothing():
    text = seed_text("excerpt: |", "  one", "  two", "highlight: a", "  b", body="one\ntwo\n")
    assert read(text.replace("\n", "\r\n")).story == read(text).story


def test_mixed_line_ends_change_nothing():
    text = seed_text("heat: 1", "quality: 2")
    assert read(text.replace("heat: 1\n", "heat: 1\r\n")).story == read(text).story


def test_the_file_may_end_right_after_the_closing_dashes():
    assert read(seed_text().removesuffix("\n")).story == story()


def test_dashes_in_the_body_are_body():
    assert story(body="one\n---\ntitle: other\n---\n").body == "one\n---\ntitle: other\n---\n"


def test_indented_dashes_in_a_block_text_are_text():
    assert story("excerpt: |", "  before", "  ---", "  after").excerpt == "before\n---\nafter\n"


def test_the_body_is_kept_as_it_stands_but_for_its_line_ends():
    assert story(body="  one\r\n\r\ntwo ").body == "  one\n\ntwo "


@pytest.mark.parametrize(
    "content",
    ["", "text\n", "----\ntitle: t\n----\n", "\n---\ntitle: t\n---\n", " ---\n---\n", "---x\n---\n", "# ---\n"],
)
def test_a_file_whose_first_line_is_not_three_dashes_has_no_front_matter(content):
    assert said(content) == ["The file has no front matter: its first line must be ---."]


@pytest.mark.parametrize(
    "content", ["---", "---\n", "---\ntitle: t\n", "---\ntitle: t\n ---\n", "---\ntitle: t\n...\n", "---\n----\n"]
)
def test_front_matter_that_is_never_closed_is_said_to_be(content):
    assert said(content) == ["The front matter is never closed: a line --- must follow its last key."]


@pytest.mark.parametrize("content", ["---\n---\n", "---\n\n# nothing\n---\n"])
def test_an_empty_front_matter_lacks_the_required_keys(content):
    assert [p.field for p in read(content).problems] == ["title", "publishedDateTime"]


@pytest.mark.parametrize(
    ("front", "found"),
    [
        ("text", "a single value"),
        ("~", "a single value"),
        ("'quoted'", "a single value"),
        ("- a\n- b", "a list"),
        ("[]", "a list"),
    ],
)
def test_a_front_matter_that_is_no_mapping_is_refused(front, found):
    expected = f"The front matter must be a mapping of keys, such as title: …, not {found}."
    assert said(f"---\n{front}\n---\n") == [expected]


def test_bytes_that_are_no_utf8_are_named_with_their_line_and_key():
    data = seed_text("excerpt: ‘é’", "heat: 1").encode().replace("é".encode(), b"\xe9")
    (problem,) = read(data).problems
    assert (problem.line, problem.column, problem.field) == (5, 11, "excerpt")
    assert problem.message.startswith("The byte 0xe9 is not valid UTF-8")


def test_the_rest_of_a_file_that_is_no_utf8_is_judged_as_well():
    data = seed_text("excerpt: é", "heat: hot").encode("latin-1")
    assert [p.field for p in read(data).problems] == ["excerpt", "heat"]


def test_bytes_that_are_no_utf8_in_the_body_reject_the_file():
    (problem,) = read(seed_text(body="one\nb").encode() + b"\xff").problems
    assert (problem.line, problem.column, problem.field) == (7, 2, "")


@pytest.mark.parametrize("code", [*range(9), 11, 12, *range(14, 32), *range(0x7F, 0xA0)])
def test_a_control_character_rejects_the_file(code):
    found = problem(f"excerpt: 'a{chr(code)}b'")
    assert (found.line, found.column, found.field) == (5, 12, "excerpt")
    assert "control character" in found.message
    assert f"U+{code:04X}" in found.message


def test_a_lone_carriage_return_is_a_control_character():
    assert "U+000D" in problem("excerpt: 'a\rb'").message


def test_a_control_character_in_the_body_rejects_the_file():
    assert problem(body="one\ntwo\x00").line == 7


def test_every_control_character_is_named():
    found = problems("excerpt: a\x01b\x02", "heat: hot")
    assert [p.field for p in found] == ["excerpt", "excerpt", "heat"]


def test_tab_newline_and_characters_that_begin_with_the_same_byte_are_fine():
    assert story("excerpt: 'a\tb £\u00a0'").excerpt == "a\tb £\u00a0"


def test_a_line_separator_in_quotes_is_text():
    assert story("excerpt: 'a\u2028b'").excerpt == "a\u2028b"
