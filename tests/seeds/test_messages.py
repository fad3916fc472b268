"""What a problem says: short, printable, and never a secret."""

import unicodedata

import pytest

from articles.seeds.problems import printable, shown

from .seedfiles import problem, problems, read, seed_text

HOSTILE = "\x1b[31mred\x07 \u202egnp.exe\u2028ERROR forged \x85"


def everything_said(reading):
    return [text for p in (*reading.problems, *reading.warnings) for text in (printable(p.file), p.field, p.message)]


@pytest.mark.parametrize(
    "line",
    [
        "heat: {}",
        "published: {}",
        "webUrl2: {}",
        "provider: {{domain: {}}}",
        "images: [{{url: {}}}]",
        "{}: a",
        "{}: {{a: 1, a: 2}}",
    ],
)
@pytest.mark.parametrize("quote", ["'", '"'])
def test_nothing_raw_of_a_value_reaches_a_message(line, quote):
    text = "x\u202e\u2028\u2066" if quote == "'" else "a\\nERROR forged\\t\\u2028\\u202e"
    for said in everything_said(read(seed_text(line.format(quote + text + quote)))):
        assert all(unicodedata.category(c) not in ("Cc", "Zl", "Zp", "Cs") for c in said)
        assert "\u202e" not in said


def test_no_raw_control_character_reaches_a_message():
    for said in everything_said(read(seed_text(f"heat: '{HOSTILE}'", f"'{HOSTILE}': a"))):
        assert said.isprintable()


@pytest.mark.parametrize(
    "line", ["heat: {}", "publishedDateTime2: {}", "{}: a", "topics: [[{}]]", "published: {}", "? {}\n: a"]
)
def test_a_long_value_is_not_echoed(line):
    for said in everything_said(read(seed_text(line.format("k" * 1000)))):
        assert said.count("k") < 70
        assert len(said) < 250


@pytest.mark.parametrize(
    "secured",
    [
        "[SECRET]",
        "{SECRET: a}",
        "'SECRET",
        "SECRET: b",
        "&SECRET",
        '"SECRET\\q"',
        "@SECRET",
        "SECRET\x01",
        '"SECRET\\e"',
        "!x SECRET",
    ],
)
def test_the_ciphertext_is_never_echoed(secured):
    found = problems(f"secured: {secured}")
    if "&" not in secured:  # the name of an anchor is no value
        assert "SECRET" not in "".join(p.message for p in found)


def test_bad_utf8_in_the_ciphertext_is_not_echoed():
    (found,) = read(seed_text("secured: SECRET€").encode("cp1252")).problems
    assert (found.field, "SECRET" in found.message) == ("secured", False)


@pytest.mark.parametrize("url", ["https://user:hunter2@a.com/", "user:hunter2@a.com"])
def test_a_password_is_never_echoed(url):
    assert "hunter2" not in problem(webUrl=f"webUrl: {url}").message
    assert "hunter2" not in problem(f"provider: {{domain: '{url}'}}").message
    assert "hunter2" not in problem(f"images: [{{url: '{url}'}}]").message


def test_every_message_is_a_sentence():
    found = problems(
        "heat: hot", "a: &b c", "topics: a", "provider: {}", "related: [a, {title: b, webUrl: c}]", 'x: "\\e"'
    )
    for each in found:
        assert each.message.endswith(".")
        assert " " in each.message


def test_printable_text_stays_as_it_is():
    assert printable("a b – ü 😀 \\ é") == "a b – ü 😀 \\ é"


def test_shown_text_is_in_quotes_and_cut():
    assert shown("a\nb") == '"a\\nb"'
    assert len(shown("x" * 100)) == 62
