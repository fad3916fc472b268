"""Every problem says where: line and column from 1 in characters, lines ended by a newline alone, and the field."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.seeds.frontmatter import Mapping, Scalar, Sequence, parse
from articles.seeds.problems import Report, printable

from .seedfiles import problem, problems, read, seed_text


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        (["heat: hot"], (5, 1, "heat")),
        (["  ", "", "# comment", "heat: hot"], (8, 1, "heat")),
        (["topics:", "  - ok", "  - [a]"], (7, 5, "topics[1]")),
        (["topics: [ok, [a]]"], (5, 14, "topics[1]")),
        (["related:", "  - title: a", "    webUrl: x"], (7, 5, "related[0].webUrl")),
        (["related:", "- title: a", "-  webUrl: https://a.com"], (7, 4, "related[1].title")),
        (["provider:", "  domain: a b"], (6, 3, "provider.domain")),
        (["provider:", "  name: a"], (5, 1, "provider.domain")),
        (["images:", "  -", "    width: 1"], (7, 5, "images[0].url")),
        (["featuredContent:", "  - a"], (5, 1, "featuredContent")),
        (["related: {a: b}"], (5, 1, "related")),
        (["excerpt: |", "  a", "  b", "heat: hot"], (8, 1, "heat")),
        (["excerpt: 'a", "  b'", "heat: hot"], (7, 1, "heat")),
        (["excerpt: '😀'", "heat: hot"], (6, 1, "heat")),
        (["provider: {name: 😀👩‍👩‍👧, domain: a b}"], (5, 26, "provider.domain")),
        (["excerpt: 'a\u2028b\u2029c'", "heat: hot"], (6, 1, "heat")),
        (["topics: ['\u2028', [a]]"], (5, 15, "topics[1]")),
    ],
)
def test_a_problem_has_its_place(lines, place):
    found = problem(*lines)
    assert (found.line, found.column, found.field) == place


@pytest.mark.parametrize("change", [lambda text: text.replace("\n", "\r\n"), lambda text: "\ufeff" + text])
def test_windows_line_ends_and_a_byte_order_mark_do_not_move_places(change):
    text = seed_text("excerpt: 'a", "  b'", "topics: [a, [b]]", "related:", "  - title: a", "    heat: [")
    places = [(p.line, p.column, p.field) for p in read(text).problems]
    assert places[-1][0] >= 10
    assert [(p.line, p.column, p.field) for p in read(change(text)).problems] == places


def test_a_place_after_the_byte_order_mark_of_a_second_file_is_right():
    """A file glued together from two has a byte order mark inside, which YAML tolerates at the start of its text."""
    (found,) = [p for p in read("---\n\ufefftitle: t\nheat: hot\n---\n").problems if p.field == "heat"]
    assert (found.line, found.column) == (3, 1)


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("excerpt: a: b", (5, 11, "excerpt")),
        ("excerpt: 😀 a: b", (5, 13, "excerpt")),
        ("excerpt: @a", (5, 10, "excerpt")),
        ("excerpt: 'a", (5, 10, "excerpt")),
        ('excerpt: "ü\\q"', (5, 12, "excerpt")),
        ("excerpt: \ufffe", (5, 10, "excerpt")),
        ("topics: [a, b", (5, 9, "topics[2]")),
    ],
)
def test_a_mistake_in_the_yaml_has_its_place(line, place):
    found = problem(line)
    assert (found.line, found.column, found.field) == place


def test_the_file_is_named_as_walked():
    assert {p.file for p in read("---\n---\n", "../news/a b.md").problems} == {"../news/a b.md"}


def test_the_name_of_a_file_cannot_forge_a_line():
    name = "news/a\nERROR b\x1b[31m\u2028\udcff.md"
    (found, _) = read("---\n---\n", name).problems
    assert found.file == name
    assert printable(found.file) == "news/a\\nERROR b\\x1b[31m\\u2028\\xff.md"


def test_warnings_have_places_as_well():
    reading = read(seed_text("topics: [a, ~]", "layout: post"))
    assert [(w.line, w.column, w.field) for w in reading.warnings] == [(5, 13, "topics[1]"), (6, 1, "layout")]


@pytest.mark.parametrize("bad", ["\x01", "\x85"])
def test_a_control_character_has_its_own_place(bad):
    found = problems("related:", "  - title: a", f"    excerpt: 'b{bad}'", "topics: [a, 'b", f"  c{bad}']")
    assert [(p.line, p.column, p.field) for p in found] == [
        (7, 16, "related[0].excerpt"),
        (9, 4, "topics[1]"),
    ]


# -- the places of nodes, which a writer patches by


def nodes_of(node):
    yield node
    if isinstance(node, Mapping):
        for key, child in node.pairs.values():
            yield key
            yield from nodes_of(child)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from nodes_of(item)


LAYOUT = """\
---
a: plain
b:   'quoted'
c: "double 😀"   # comment
d:
  - one
  - two   # comment

# comment
e: [x, {y: z}]

f:
  g: h

i:
j: last
"""


@pytest.mark.parametrize("eol", ["\n", "\r\n"])
def test_a_node_begins_and_ends_where_its_text_does(eol):
    text = LAYOUT.replace("\n", eol)
    root = parse(text, Report())
    assert {key: text[node.start : node.end] for key, (_, node) in root.pairs.items()} == {
        "a": "plain",
        "b": "'quoted'",
        "c": '"double 😀"',
        "d": f"- one{eol}  - two",
        "e": "[x, {y: z}]",
        "f": "g: h",
        "i": "",
        "j": "last",
    }
    assert text[: root.pairs["i"][1].start].endswith("i:")


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff\ufeff"), min_size=1)
    ),
    st.sampled_from(["\n", "\r\n"]),
)
def test_the_place_of_a_quoted_text_is_right_whatever_stands_before_it(texts, eol):
    quoted = ["'" + text.replace("'", "''") + "'" for text in texts]
    yaml = "---" + eol + "a:" + eol + "".join(f"  - {each}{eol}" for each in quoted)
    root = parse(yaml, Report())
    found = [yaml[node.start : node.end] for node in nodes_of(root) if isinstance(node, Scalar) and not node.plain]
    assert found == quoted
    assert all(re.match("'", each) for each in found)
