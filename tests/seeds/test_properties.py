"""Laws of reading, for any file."""

import hashlib
import random
from datetime import datetime, timedelta

import yaml
from hypothesis import assume, example, given
from hypothesis import strategies as st

from articles.seeds import FoundFile, SeedFile, read_story
from articles.seeds.problems import printable

from .seedfiles import seed_text

TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n\t"), max_size=30)
VISIBLE = TEXT.map(lambda text: f"a{text}z")
SCRAPS = st.sampled_from(
    [
        "---\n",
        "\n",
        "\r\n",
        "\r",
        "title: ",
        "heat: ",
        "related:\n  - ",
        "- ",
        "? ",
        ": ",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "&a ",
        "*a",
        "!t ",
        "<<: ",
        "'",
        '"',
        "|\n",
        ">\n",
        "# ",
        "%",
        "@",
        "~",
        "\\",
        "\t",
        "\x00",
        "\x85",
        "\u2028",
        "\ufeff",
        "\ufffe",
        "...",
        "1",
        "x",
        "é",
        "😀",
        "  ",
        "publishedDateTime: 2020-01-01",
        '"\\e"',
        '"\\ud800"',
    ]
)


def check(data: bytes):
    found = FoundFile("a\n\udcff.md", "a", "a", named=False)
    reading = read_story(SeedFile(found, data, hashlib.sha256(data).digest()))
    assert (reading.story is None) == bool(reading.problems)
    lines = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").split("\n")
    for problem in (*reading.problems, *reading.warnings):
        assert problem.message.endswith(".")
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
        for said in (printable(problem.file), problem.field, problem.message):
            assert "\n" not in said
            said.encode()
    if reading.story:
        assert len(reading.story.content_digest()) == 32
        hash(reading.story)
    return reading


@given(st.binary(max_size=200))
@example(b"\xef\xbb\xbf---")
@example(b"---\r")
@example(b"---\n\xff---\n")
def test_any_bytes_are_read(data):
    check(data)
    check(b"---\n" + data + b"\n---\n")


@given(st.lists(SCRAPS, max_size=40).map("".join))
def test_any_heap_of_yaml_is_read(scraps):
    check(scraps.encode())
    check(f"---\n{scraps}\n---\n".encode())
    check(seed_text(scraps).encode())


SCALARS = TEXT | st.none() | st.booleans() | st.integers() | st.floats() | st.datetimes() | st.dates()
KEYS = TEXT | st.sampled_from(
    ["title", "url", "domain", "name", "images", "provider", "quality", "webUrl", "related", "topics"]
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_any_mapping_is_read(mapping):
    check(b"---\n" + yaml.safe_dump(mapping, allow_unicode=True).encode() + b"---\n")


@given(VISIBLE, TEXT, TEXT)
def test_any_text_is_read_as_it_was_written(title, excerpt, body):
    front = {"title": title, "publishedDateTime": "2020-01-01", "webUrl": "https://a.com", "excerpt": excerpt + "z"}
    text = f"---\n{yaml.safe_dump(front, allow_unicode=True)}---\n{body}"
    story = check(text.encode()).story
    assert story.title == title.replace("\n", " ").replace("\t", " ")
    assert story.excerpt == excerpt + "z"
    assert story.body == body


# -- the digest, for any story

LINKS = st.integers(0, 999).map("https://example.com/{}".format)
IMAGES = st.lists(
    st.fixed_dictionaries(
        {"url": LINKS},
        optional={
            "width": st.integers(0, 9),
            "isCached": st.booleans(),
            "title": VISIBLE,
            "attribution": VISIBLE,
            "x": VISIBLE,
        },
    ),
    max_size=2,
)
PROVIDERS = st.fixed_dictionaries(
    {"domain": st.sampled_from(["a.com", "b.org"])}, optional={"name": VISIBLE, "images": IMAGES, "founded": VISIBLE}
)
RELATED = st.lists(
    st.fixed_dictionaries(
        {"title": VISIBLE},
        optional={
            "excerpt": VISIBLE,
            "webUrl": LINKS,
            "quality": st.integers(0, 9),
            "provider": PROVIDERS,
            "images": IMAGES,
        },
    ),
    max_size=2,
)
TIMES = st.datetimes(max_value=datetime(9998, 12, 31)).map(lambda at: at.isoformat())  # noqa: DTZ001
FRONT = st.fixed_dictionaries(
    {"title": VISIBLE, "publishedDateTime": TIMES},
    optional={
        "category": VISIBLE,
        "excerpt": VISIBLE,
        "webUrl": LINKS,
        "heat": st.integers(-1, 99),
        "published": st.booleans(),
        "provider": PROVIDERS,
        "topics": st.lists(VISIBLE.map(str.strip), max_size=3, unique=True),
        "images": IMAGES,
        "related": RELATED,
        "featuredContent": VISIBLE,
        "secured": VISIBLE,
        "unknown": st.recursive(VISIBLE, lambda inner: st.dictionaries(VISIBLE, inner, max_size=3), max_leaves=5),
    },
)


class Dumper(yaml.SafeDumper):
    """Writes a value as often as it occurs, not once and then by alias."""

    def ignore_aliases(self, data):
        return True


STYLES = st.fixed_dictionaries(
    {
        "default_style": st.sampled_from([None, "'", '"', "|", ">"]),
        "default_flow_style": st.booleans(),
        "width": st.sampled_from([10, 80, 10_000]),
        "indent": st.integers(2, 6),
        "allow_unicode": st.booleans(),
    }
)


def written(front: dict, body: str, **style) -> str:
    style = {"allow_unicode": True, "sort_keys": False} | style
    values = as_text(front)
    text = yaml.dump(values, Dumper=Dumper, **style)
    # PyYAML's writer is wrong where a double-quoted text does not fit the width: `a\\_ z` gains a backslash.
    assume(yaml.load(text, yaml.CSafeLoader) == values)
    return f"---\n{text}---\n{body}"


def as_text(value):
    """All scalars as text, as a style for numbers and booleans would bring YAML tags."""
    if isinstance(value, dict):
        return {key: as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_text(item) for item in value]
    return str(value)


def shuffled(value, chance: random.Random):
    if isinstance(value, dict):
        items = [(key, shuffled(item, chance)) for key, item in value.items()]
        chance.shuffle(items)
        return dict(items)
    return [shuffled(item, chance) for item in value] if isinstance(value, list) else value


def leaves(value, path=()):
    """The paths of all single values."""
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in leaves(item, (*path, key))]
    if isinstance(value, list):
        return [leaf for index, item in enumerate(value) for leaf in leaves(item, (*path, index))]
    return [path]


def changed(value, path):
    """A copy whose value at `path` is another."""
    if path:
        copied = value.copy()
        copied[path[0]] = changed(value[path[0]], path[1:])
        return copied
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if value in ("a.com", "b.org"):
        return "other.org"
    try:
        return (datetime.fromisoformat(value) + timedelta(microseconds=1)).isoformat()
    except ValueError:
        return value + "z"


def digest(text: str) -> bytes:
    reading = check(text.encode())
    assert reading.problems == ()
    return reading.story.content_digest()


@given(FRONT, TEXT, STYLES, st.randoms(use_true_random=False), st.sampled_from(["\n", "\r\n"]))
def test_a_story_written_in_another_way_has_the_same_digest(front, body, style, chance, eol):
    other = written(shuffled(front, chance), body, **style).replace("\n", eol)
    assert digest(other) == digest(written(front, body))


@given(FRONT, TEXT, st.data())
def test_a_story_with_one_other_value_has_another_digest(front, body, data):
    path = data.draw(st.sampled_from(leaves(front)))
    same = path == ("secured",)
    assert (digest(written(changed(front, path), body)) == digest(written(front, body))) == same


@given(FRONT, TEXT, st.data())
def test_a_story_with_a_key_less_has_another_digest(front, body, data):
    optional = [key for key in front if key not in ("title", "publishedDateTime")]
    key = data.draw(st.sampled_from([*optional, None]))
    less = {name: value for name, value in front.items() if name != key}
    same = key in (None, "secured") or front[key] in ([], {}, None)
    assert (digest(written(less, body)) == digest(written(front, body))) == same


@given(FRONT, TEXT, TEXT)
def test_the_body_is_content(front, one, other):
    assert (digest(written(front, one)) == digest(written(front, other))) == (one == other)
