"""The YAML that is refused: what no seed file needs and what makes small files dangerous."""

from types import SimpleNamespace

import pytest

from articles.seeds import frontmatter
from articles.seeds.frontmatter import NESTING_LIMIT

from .seedfiles import problem, problems, read, seed_text, story


@pytest.mark.parametrize("escape", [r"\e", r"\0", r"\a", r"\x85", r"\N", r"\x07", r"\u009f", r"\r", r"\ra"])
def test_a_control_character_out_of_an_escape_is_refused(escape):
    found = problem(f'excerpt: "a{escape}b"')
    assert found.field == "excerpt"
    assert "control character" in found.message


@pytest.mark.parametrize("key", ["tags", "related", "provider", "unknown"])
def test_a_control_character_out_of_an_escape_is_refused_wherever_it_stands(key):
    assert f"{key}[1]" in [p.field for p in problems(f'{key}: ["a", "b\\e"]')]


def test_a_windows_line_end_as_an_escape_is_kept_as_real_files_have_it():
    assert story(r'excerpt: "one\r\ntwo"').excerpt == "one\r\ntwo"


@pytest.mark.parametrize("escape", [r"\ud800", r"\uD83D\uDE00", r"\udfff"])
def test_a_surrogate_out_of_an_escape_is_refused(escape):
    assert "escape that is not valid" in problem(f'excerpt: "a{escape}b"').message


@pytest.mark.parametrize(
    "value",
    ["!custom a", "! a", "!!str a", "!!binary YQ==", "!!python/name:os.system", "!<x> a", "!!set {a}", "!!seq [a]"],
)
def test_a_tag_is_refused(value):
    found = problem(f"unknown: {value}")
    assert (found.field, found.line, found.column) == ("unknown", 5, 10)
    assert found.message.startswith("The YAML tag")


def test_a_tag_at_a_key_is_refused():
    assert "YAML tag" in problem("!!str unknown: a").message


@pytest.mark.parametrize("value", ["&a b", "&a [b]", "&a {b: c}", "&a", "&a 'b'"])
def test_an_anchor_is_refused(value):
    found = problem(f"unknown: {value}")
    assert found.field == "unknown"
    assert 'anchor "&a" is not allowed' in found.message


def test_an_alias_is_refused():
    found = problem("unknown: [*a]")
    assert found.field == "unknown[0]"
    assert 'alias "*a" is not allowed' in found.message


def test_each_alias_is_reported_where_it_stands():
    found = [p.field for p in problems("one: &a b", "two: *a", "three: [*a, *a]")]
    assert found == ["one", "two", "three[0]", "three[1]"]


def test_a_required_key_that_is_an_alias_is_not_called_missing_as_well():
    assert "alias" in problem(title="title: *a").message


def test_a_merge_key_is_refused():
    found = problem("provider: {<<: {domain: example.com}}")
    assert found.field == "provider"
    assert "Merge keys (<<) are not allowed" in found.message


def test_a_quoted_merge_key_is_an_unknown_key():
    assert story('"<<": a').extra == '{"<<":"a"}'


@pytest.mark.parametrize("key", ["? [a, b]\n", "? {a: b}\n", "? - a\n"])
def test_a_key_that_is_not_a_single_value_is_refused(key):
    assert "A key must be text" in problem(f"{key}: c").message


def test_a_template_in_a_title_is_told_to_be_quoted():
    found = problems(title="title: {{ page.title }}")
    assert {p.field for p in found} == {"title"}
    assert any("must be put in quotes" in p.message for p in found)


@pytest.mark.parametrize("second", ["title: Two", "'title': Two", '"title": Two', "? title\n: Two"])
def test_a_duplicate_key_is_refused(second):
    found = problem(second)
    assert (found.line, found.field) == (5, "title")
    assert '"title" is a duplicate' in found.message


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("provider: {domain: a.com, domain: b.com}", "provider.domain"),
        ("related: [{title: a, title: b}]", "related[0].title"),
        ("images: [{url: /a}, {url: /b, url: /c}]", "images[1].url"),
        ("unknown: {a: 1, a: 2}", "unknown.a"),
        ("unknown: [[{a: 1, a: 2}]]", "unknown[0][0].a"),
        ("1: a\n'1': b", "1"),
    ],
)
def test_a_duplicate_key_is_refused_in_any_mapping(line, field):
    assert problem(line).field == field


def test_a_second_document_is_refused():
    assert "more than one YAML document" in problem("--- # two", "title: b").message


def test_a_document_end_before_the_closing_line_is_fine():
    assert story("...").title == "A story"


def test_nesting_up_to_the_limit_is_read():
    inner = NESTING_LIMIT - 1
    assert story("unknown: " + "[" * inner + "]" * inner).extra == '{"unknown":' + "[" * inner + "]" * inner + "}"


def test_nesting_past_the_limit_is_refused():
    found = problem("unknown: " + "[" * NESTING_LIMIT + "]" * NESTING_LIMIT)
    assert (found.line, found.column) == (5, 10 + NESTING_LIMIT - 1)
    assert "nested more than 50 levels deep" in found.message


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_deep_nesting_is_not_read_to_its_end(opening, monkeypatch):
    pulled = []

    def counted(yaml, parser=frontmatter.CParser):
        pull = parser(yaml).get_event
        return SimpleNamespace(get_event=lambda: pulled.append(1) or pull())

    monkeypatch.setattr(frontmatter, "CParser", counted)
    (found,) = read(seed_text("unknown:\n  " + opening * 200_000)).problems
    assert "nested" in found.message
    assert len(pulled) < 4 * NESTING_LIMIT


def test_nested_merge_keys_are_not_followed():
    lines = ["m0: &m0 {k: 1}"]
    lines += [f"m{i}: &m{i}\n  <<: [{', '.join([f'*m{i - 1}'] * 9)}]" for i in range(1, 12)]
    assert len(problems(*lines)) == 1 + 11 * (1 + 1 + 9)  # its anchor, its merge key, its aliases


def test_all_refusals_of_a_file_are_reported():
    found = problems("a: &a b", "c: !d e", "f: *g", "h: {i: 1, i: 2}", "heat: hot", 'j: "\\e"', "<<: {}")
    assert [p.field for p in found] == ["a", "c", "f", "h.i", "heat", "j", ""]


def test_what_stands_before_a_mistake_in_the_yaml_is_judged_too():
    found = problems("heat: hot", "quality: 5.7", 'excerpt: "never closed', title="title: [a]")
    assert [p.field for p in found] == ["title", "heat", "quality", "excerpt"]
    deep = problems("heat: hot", f"tags: {'[' * 60}{']' * 60}")
    assert [p.field for p in deep[:1]] == ["heat"]


def test_what_stands_after_a_mistake_in_the_yaml_is_not_called_missing():
    assert [p.field for p in problems(title="'title", publishedDateTime="x: y")] == [""]


def test_every_place_that_is_no_utf_8_is_reported():
    data = seed_text("excerpt: QQ", "highlight: ZZ").encode().replace(b"QQ", b"\xff").replace(b"ZZ", b"\xfe\xfe")
    assert [(p.field, "0xf" in p.message) for p in read(data).problems] == [("excerpt", True), ("highlight", True)]


def test_for_the_places_of_many_control_characters_a_long_list_is_looked_through_once(monkeypatch):
    looked, look = [], frontmatter._items
    monkeypatch.setattr(frontmatter, "_items", lambda node: looked.append(node) or look(node))
    found = problems("tags: [" + "a\x01," * 1000 + "a," * 20_000 + "]")
    assert (found[500].field, len(looked)) == ("tags[500]", 2)  # the root and the list


def test_thousands_of_problems_are_counted_and_not_listed():
    found = problems("topics: [" + "[]," * 3000 + "]")
    assert len(found) == 1001
    assert found[-1].message == "There are 2,000 more in this file, which are not listed."


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("excerpt: Breaking: the colon", "put the value in quotes"),
        ("excerpt: @handle says", 'must not begin with the character "@"'),
        ("excerpt: `code`", "put it in quotes"),
        ("%: a", 'must not begin with "%"'),
        ("excerpt: %a", "put it in quotes"),
        ("excerpt: - a", 'a text that begins with "- " must be put in quotes'),
        ("excerpt: ? a", 'begins with "? "'),
        ("excerpt: *bold* words", "read as a YAML alias"),
        ("excerpt: & more", "read as a YAML anchor"),
        ("excerpt: !<a b> c", "read as a YAML tag"),
        ("excerpt: !a!b!c d", "read as a YAML tag"),
        ("excerpt: > 5 per cent", "begins on the next line"),
        ("provider:\n\tdomain: a.com", "indent with spaces"),
        ("provider:\n    name: a\n  domain: a.com", "check the indentation"),
        ("excerpt: 'never closed", "never closed"),
        ('excerpt: "a\\qb"', "double the backslash"),
        ("excerpt: 'a' b", "quotation mark"),
        ("topics: [a, b", "a ] at its end"),
        ("provider: {domain: a.com", "a } at its end"),
        ("no colon here\nheat: 1", 'A line must be "key: value"'),
        ("- item", "A key was expected here"),
        ("k" * 1500 + ": 1", "longer than 1,024 characters"),
        ("excerpt: \ufffe", "U+FFFE is not allowed in YAML"),
        ("...\nheat: 1", "may follow the end of the YAML document"),
    ],
)
def test_a_mistake_in_the_yaml_comes_with_advice(line, advice):
    assert advice in problem(line).message
