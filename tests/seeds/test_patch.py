"""The lossless writer: a value is changed where it stands, and every other byte stays."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.seeds import FoundFile, SeedFile, read_story
from articles.seeds.patch import ORDER, patch

HEAD = "---\ntitle: T\npublishedDateTime: 2020-06-22\n"


def story_of(data: bytes):
    reading = read_story(SeedFile(FoundFile("x.md", "x.md", "x", True), data, b""))
    assert reading.story, (data, reading.problems)
    return reading.story


@pytest.mark.parametrize(
    ("before", "key", "value", "after"),
    [
        ("heat: 57\n", "heat", 80, "heat: 80\n"),
        ("heat: -1\n", "heat", 120, "heat: 120\n"),
        ("heat: 57   # hot\n", "heat", 80, "heat: 80   # hot\n"),
        ('heat: "57"\n', "heat", 80, 'heat: "80"\n'),
        ("heat: '57'\n", "heat", 80, "heat: '80'\n"),
        ("heat:\n", "heat", 80, "heat: 80\n"),
        ("heat: ~\n", "heat", 80, "heat: 80\n"),
        ("heat: []\n", "heat", 80, "heat: 80\n"),
        ("published: true\n", "published", False, "published: false\n"),
        ("published: True\n", "published", False, "published: False\n"),
        ("published: FALSE\n", "published", True, "published: TRUE\n"),
        ("excerpt: plain\n", "excerpt", "other", "excerpt: other\n"),
        ("excerpt: plain\n", "excerpt", "a: b", 'excerpt: "a: b"\n'),
        ("excerpt: plain\n", "excerpt", "null", 'excerpt: "null"\n'),
        ("excerpt: plain\n", "excerpt", "# no comment", 'excerpt: "# no comment"\n'),
        ("excerpt: 'it''s'\n", "excerpt", "that's", "excerpt: 'that''s'\n"),
        ("excerpt: 'one'\n", "excerpt", "two\nlines", 'excerpt: "two\\nlines"\n'),
        ('excerpt: "one"\n', "excerpt", 'a "quoted" \\ 🙂\t—', 'excerpt: "a \\"quoted\\" \\\\ 🙂\\t—"\n'),
        ('excerpt: "one"\n', "excerpt", "", 'excerpt: ""\n'),
        ('excerpt: "one\n  two"\n', "excerpt", "three", 'excerpt: "three"\n'),
        ("excerpt: |\n  one\n  two\nheat: 5\n", "excerpt", "three\nfour\n", "excerpt: |\n  three\n  four\nheat: 5\n"),
        ("excerpt: |\n    one\n\nheat: 5\n", "excerpt", "three\n", "excerpt: |\n    three\n\nheat: 5\n"),
        ("excerpt: >-\n  one\n  two\nheat: 5\n", "excerpt", "three", "excerpt: >-\n  three\nheat: 5\n"),
        ("excerpt: |  # why\n  one\n", "excerpt", "three\n", "excerpt: |  # why\n  three\n"),
        ("excerpt: |\n  one\n# comment\nheat: 5\n", "excerpt", "2\n", "excerpt: |\n  2\n# comment\nheat: 5\n"),
        ("topics: [A, B]\n", "topics", ["B", "C, D"], 'topics: [B, "C, D"]\n'),
        ("topics: []\n", "topics", ["A"], "topics: [A]\n"),
        ("topics:\n", "topics", ["A", "B"], "topics:\n  - A\n  - B\n"),
        ("topics:\n  - A\n  - B\nheat: 5\n", "topics", ["B"], "topics:\n  - B\nheat: 5\n"),
        ("topics:\n  - A\n  - B\nheat: 5\n", "topics", [], "topics: []\nheat: 5\n"),
        ("topics:\n- A # first\n- B\n", "topics", ["B", "A", "C"], "topics:\n- B\n- A # first\n- C\n"),
        ('topics:\n    - "A"\n', "topics", ["A", "B"], 'topics:\n    - "A"\n    - "B"\n'),
        (
            "quality: 5\nprovider:\n  domain: a.example\n",
            "heat",
            7,
            "quality: 5\nheat: 7\nprovider:\n  domain: a.example\n",
        ),
        ("? locale\n", "quality", 7, "? locale\nquality: 7\n"),
        ("topics:\n  - A\n\nimages: []\n", "published", True, None),
    ],
)
def test_a_value_is_changed_in_place(before, key, value, after):
    for eol in ("\n", "\r\n"):
        data = (HEAD + before + "---\nbody\n").replace("\n", eol).encode()
        patched = patch(data, {key: value})
        if after is not None:
            assert patched.decode() == (HEAD + after + "---\nbody\n").replace("\n", eol)
        wanted = tuple(value) if isinstance(value, list) else value if value != "" else None
        found = getattr(story_of(patched), key)
        assert (found.replace("\r\n", "\n") if isinstance(found, str) else found) == wanted


def test_an_absent_key_gets_its_line_where_the_formats_order_has_it():
    data = (
        b"---\ncategory: news\ntitle: T\npublishedDateTime: 2020-06-22\ntype: article\n\n"
        b"provider:\n  domain: a.example\n---\n"
    )
    patched = patch(data, {"heat": 9, "quality": 8, "published": True, "topics": ["AI"], "excerpt": "E: x"})
    assert patched.decode() == (
        '---\ncategory: news\ntitle: T\nexcerpt: "E: x"\npublishedDateTime: 2020-06-22\ntype: article\n'
        "quality: 8\nheat: 9\npublished: true\n\nprovider:\n  domain: a.example\ntopics:\n  - AI\n---\n"
    )


def test_a_flow_mapping_stays_one():
    data = b"---\n{title: T, publishedDateTime: 2020-06-22, heat: 5}\n---\n"
    patched = patch(data, {"heat": 7, "title": "a, b", "published": True, "topics": ["x, y"]})
    story = story_of(patched)
    assert (story.heat, story.title, story.published, story.topics) == (7, "a, b", True, ("x, y",))


def test_a_byte_order_mark_stays():
    data = b"\xef\xbb\xbf" + (HEAD + "heat: 5\n---\n").encode()
    assert patch(data, {"heat": 6}) == data.replace(b"heat: 5", b"heat: 6")


STYLES = ("plain", "single", "double", "literal", "absent")
texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("\n\t:#'\"\\-|>[]{}&*!%@`, "), max_size=60
)
titles = texts.map(lambda text: text.replace("\n", " ").replace("\t", " ").strip()).filter(
    lambda text: text.strip("\u200b\u200c\u200d\u2060\ufeff \xa0\xad") and text.isprintable()
)


@given(
    st.sampled_from(STYLES),
    titles,
    texts,
    st.integers(-1, 10**6),
    st.booleans(),
    st.lists(titles, max_size=4, unique=True),
    st.booleans(),
)
def test_whatever_is_written_reads_as_itself(style, title, excerpt, heat, published, topics, crlf):
    written = {"plain": "old", "single": "'old'", "double": '"old"', "literal": "|\n  old", "absent": None}[style]
    lines = "" if written is None else f"excerpt: {written}\n"
    data = f"---\ntitle: {written or 'old'}\n{lines}publishedDateTime: 2020-06-22\nsecured: x\n---\nbody\n".encode()
    data = data.replace(b"\n", b"\r\n") if crlf else data
    changes = {"title": title, "excerpt": excerpt, "heat": heat, "published": published, "topics": topics}
    patched = patch(data, changes)
    story = story_of(patched)
    assert (story.title, story.heat, story.published) == (title, heat, published)
    assert set(story.topics) <= {unicodedata.normalize("NFC", topic).strip() for topic in topics}
    assert (
        (story.excerpt or "").strip() == excerpt.strip()
        or not excerpt.isprintable()
        or not (story.excerpt or "").strip()
    )
    assert patch(patched, changes) == patched, "writing the same again changes nothing"


def test_every_key_of_the_format_has_its_place_in_the_order():
    from articles.seeds.schema import ARTICLE

    assert set(ORDER) == set(ARTICLE)
