"""Seed files in every way that YAML allows to write a key, and values that editors may decide over them."""

from dataclasses import dataclass

import hypothesis.strategies as st

from articles.decidable import clean_value
from articles.seeds import FoundFile, SeedFile, Story, read_story

# Ways to write a key with a value, "K" being the key; those of each field are ways that the import takes.
KEYS = ("K:", "K :", '"K":', "'K':", "? K\n:", "?   K # why: so\n:")
NUMBERS = (
    " 57",
    "  57   # hot",
    ' "57"',
    " '057'",
    " |-\n  57",
    " >-\n  57\n",
    "\n  57",
    " ~",
    "",
    " []",
    " {}",
    " # no",
)
FLAGS = (" true", " FALSE # no", " 'True'", ' "false"', " |-\n  true", "", " ~")
TEXTS = (
    " plain",
    " plain # why",
    " 'it''s'",
    ' "a \\"b\\" \\u00e9"',
    " one\n  two\n\n  three # end",
    ' "one\n  two\\\n  three"',
    " 'one\n\n  two'",
    " |\n  one\n  two",
    " |-\n  one\n\n  ---\n  two\n",
    " |+\n  one\n\n\n",
    " |2\n   one\n  two",
    " >\n  one\n  two\n\n  three",
    " >-  # folded: yes\n  one",
    " |\n  one\n     \n",
    " |\n    one  \n",
    "\n  under",
    ' "---"',
    " 'a: b'",
)
NO_TEXT = ("", " ~", ' ""', " ''", " # nothing", " |\n", " >\n\n", " []", " {}", " Null # none")
LISTS = (
    "\n  - A\n  - B",
    "\n- A\n- B",
    "\n    - A # first - or not\n    # a comment\n    - 'B'",
    " [A, B]",
    " [\"A\", 'B',]",
    " [ A # one, two\n  , B ]",
    "\n  - |\n    A\n  - >-\n    B\n",
    "\n  - # a - b\n    A\n  -\n  - B",
    "\n  - A\n  -   \n",
    " # see: this\n  - A",
    "\n  - ~\n  - '~'",
    " [~, A, 'null']",
    "\n  - one\n    two\n  - Cafe\u0301",
    "",
    " ~",
    " []",
    " {}",
    ' ""',
)
# What stands around them: other keys, whose lines must stay as they are.
OTHERS = (
    "category: news",
    "secured: |\n  C1PHER\n  ---\n",
    "odd key: [1, {a: b}]",
    "# heat: 5 is not said",
    "",
    "provider:\n  name: The Outlet\n  domain: outlet.example # why not\n",
    "tags: [x, y]",
    "type:",
    "images:\n  - url: /a.png\n    title: |\n      A text\n",
    "related:\n- title: R\n  quality: 5\n- title: heat\n  excerpt: >\n   x\n",
    "highlight: 'heat: 7\n\n  topics: [A]'",
    "? locale",
)
FLOW = ("heat: 57", '"heat":57', "heat", "? heat", "excerpt: it's", "topics: [A, 'B']", "topics: []", "published: true")


@dataclass(frozen=True)
class Written:
    """A seed file as pieces: each the key that it writes ("" for other lines) and its text."""

    pieces: tuple[tuple[str, str], ...]
    tail: str
    crlf: bool = False
    bom: bool = False

    @property
    def data(self) -> bytes:
        text = "---\n" + "".join(text for _, text in self.pieces) + self.tail
        return (b"\xef\xbb\xbf" if self.bom else b"") + self._ends(text).encode()

    def lines_but_of(self, keys) -> list[bytes]:
        pieces = () if self.pieces[0][1].startswith("{") else self.pieces  # a flow mapping can be one line of all keys
        others = "".join(text for key, text in pieces if key not in keys) + self.tail
        return self._ends(others).encode().splitlines(keepends=True)

    def _ends(self, text: str) -> str:
        return text.replace("\n", "\r\n") if self.crlf else text


def _piece(key: str, ways) -> st.SearchStrategy:
    return st.builds(
        lambda form, value: (key, form.replace("K", key) + value.removesuffix("\n") + "\n"),
        st.sampled_from(KEYS),
        st.sampled_from(ways),
    )


def _written(pieces, tail, crlf, bom, indent) -> Written:
    if indent:
        pieces = [(key, "".join(f" {line}" for line in text.splitlines(keepends=True))) for key, text in pieces]
    return Written(tuple(pieces), tail, crlf, bom)


_DATE = st.just(("publishedDateTime", "publishedDateTime: 2020-06-22\n"))
_OPTIONAL = [
    _piece("excerpt", TEXTS + NO_TEXT),
    _piece("heat", NUMBERS),
    _piece("quality", NUMBERS),
    _piece("published", FLAGS),
    _piece("topics", LISTS),
]
_OTHER = st.lists(st.sampled_from(OTHERS), max_size=4, unique=True).map(
    lambda texts: [("", text.removesuffix("\n") + "\n") for text in texts]
)
_PIECES = st.tuples(_piece("title", TEXTS), _DATE, *(st.none() | each for each in _OPTIONAL), _OTHER).map(
    lambda drawn: [piece for piece in drawn[:-1] if piece] + drawn[-1]
)
_TAILS = st.sampled_from(["---\n", "---", "---\nbody\n", "---  \n\nheat: 5\n---\nno end of line", "...\n---\n"])
_BLOCKS = st.builds(
    _written,
    _PIECES.flatmap(st.permutations),
    _TAILS,
    st.booleans(),
    st.booleans(),
    st.sampled_from([False] * 4 + [True]),
)
_FLOWS = st.builds(
    lambda pairs, gap, end: Written(
        (("", "{title: T, publishedDateTime: 2020-06-22"), *(("", gap + pair) for pair in pairs), ("", end)), "---\n"
    ),
    st.lists(st.sampled_from(FLOW), max_size=3, unique_by=lambda pair: pair.strip('"? ')[:4]),
    st.sampled_from([", ", ",\n ", ", # a: b\n "]),
    st.sampled_from(["}\n", ",}\n", " # end\n}\n", ",\n}\n"]),
)
WRITINGS = st.one_of(_BLOCKS, _BLOCKS, _BLOCKS, _FLOWS)

_ODD = st.sampled_from("\n\t:#'\"\\-|>[]{}&*!%@`,~? é\u2028\u200b🙂")
_ANY = st.text(st.characters(exclude_categories=("Cs", "Cc")) | _ODD, max_size=40)
_TEXTS = st.sampled_from(["null", "~", "true", "1984", "- a", "a: b", "# no", "---", "...", "? a", "'", '"', "\n---\n"])
DECIDED = {
    "title": (_ANY | _TEXTS).map(lambda text: f"T{text}" if not text.strip().isprintable() else text or "T"),
    "excerpt": _ANY | _TEXTS | st.just("One line.\nAnother.\n"),
    "heat": st.integers(-1, 10**6),
    "quality": st.integers(0, 10**6),
    "published": st.booleans(),
    "topics": st.lists(_ANY | _TEXTS | st.sampled_from(["A", "B", "Café", "one two"]), max_size=4),
}


def _cleaned(changes: dict) -> dict:
    clean = {}
    for field, value in changes.items():
        try:
            clean[field] = clean_value(field, value)
        except ValueError:  # no editor can decide that
            continue
    return clean


CHANGES = st.fixed_dictionaries({}, optional=DECIDED).map(_cleaned)


def story_of(data: bytes) -> Story | None:
    return read_story(SeedFile(FoundFile("x.md", "x.md", "x", True), data, b"")).story
