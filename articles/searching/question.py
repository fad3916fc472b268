"""From what somebody typed to what is asked for. Whatever was typed is a question; some ask for nothing."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache
from unicodedata import combining, normalize

MOST_TERMS = 10  # that are looked for, and as many that are left out: each costs a walk through its postings
LONGEST_QUESTION = 1_000  # characters that are read
_NO_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # controls, and halves of characters: no database takes them
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»〝〞＂", '"'))
_TERM = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"(?P<star>\**)|(?P<word>[^\s"]+))')
# Written without blanks: an index of words holds whole runs of these, so what stands inside one is looked for as text.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)


@dataclass(frozen=True, slots=True)
class Term:
    """A word, or words that stand side by side in this order; with `is_prefix` the last may go on."""

    text: str
    is_prefix: bool = False

    @property
    def is_unspaced(self) -> bool:
        """Whether it is of a script without blanks (Chinese, Japanese, Thai …), and so may stand inside of a word."""
        return bool(_UNSPACED.search(self.text))

    @property
    def pattern(self) -> re.Pattern:
        """What finds it in a folded text: whole words, or to the end of one that goes on."""
        return _pattern(self, goes_on=self.is_prefix)

    @property
    def whole(self) -> re.Pattern:
        """What finds it in a folded text where its last word does not go on."""
        return _pattern(self, goes_on=False)


@dataclass(frozen=True, slots=True)
class Question:
    """Stories that have all of `terms`, and none of `without`. Without terms it asks for nothing."""

    terms: tuple[Term, ...] = ()
    without: tuple[Term, ...] = ()

    def lacking(self, terms: Collection[Term]) -> "Question":
        """The same, but for these terms."""
        return replace(self, terms=tuple(term for term in self.terms if term not in terms))


def read_question(text: str) -> Question:
    """What is asked for in any text: words, "words side by side", begun* words, -words that shall not be there.

    The last word may be unfinished, as people type. Signs are nothing, and so are AND, OR and NOT: they are words.
    """
    typed = _NO_TEXT.sub(" ", text[:LONGEST_QUESTION].translate(_QUOTES))
    terms, without = [], []
    for found in _TERM.finditer(typed):
        bare = found["phrase"] if found["word"] is None else found["word"]
        if not any(map(str.isalnum, bare)):
            continue
        is_last = found["word"] is not None and not typed[found.end() :].strip()
        goes_on = (found["star"] or bare).endswith("*") or (is_last and bare[-1].isalnum() and not found["minus"])
        term = Term(" ".join(bare.replace("*", " ").split()), goes_on)
        (without if found["minus"] else terms).append(term)
    return Question(tuple(dict.fromkeys(terms))[:MOST_TERMS], tuple(dict.fromkeys(without))[:MOST_TERMS])


def fold(text: str) -> str:
    """The text without accents and case, as both databases compare it (nearly: they know fewer scripts)."""
    if text.isascii():
        return text.lower()
    return "".join(letter for letter in normalize("NFD", text) if not combining(letter)).lower()


@lru_cache(maxsize=256)
def _pattern(term: Term, goes_on: bool) -> re.Pattern:
    words = re.findall(r"[^\W_]+", fold(term.text))
    inside = r"[\W_]+".join(map(re.escape, words)) or r"(?!)"
    if term.is_unspaced:
        return re.compile(inside)
    return re.compile(rf"(?<![^\W_]){inside}" + (r"[^\W_]*" if goes_on else r"(?![^\W_])"))
