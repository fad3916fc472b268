"""Where a text has what was asked for: pieces of the text, as it stands, each marked or not. No HTML is made here."""

import re
from unicodedata import combining, normalize

from articles.searching.question import Question, Term

LEAD = 60  # characters before the first mark of a snippet, at most
READ = 10_000  # characters of a text that are looked through, as many as are indexed


def marked(text: str, question: Question) -> list[tuple[str, bool]]:
    """The text in pieces, `(piece, is_marked)`; together they are the text."""
    pieces, at = [], 0
    for start, end in _spans(text, question):
        pieces += [(text[at:start], False), (text[start:end], True)]
        at = end
    pieces.append((text[at:], False))
    return [piece for piece in pieces if piece[0]]


def snippet(text: str, question: Question) -> tuple[bool, str]:
    """Whether the start is left out, and the text from a little before its first mark on; all of it without a mark."""
    spans = _spans(text, question)
    if not spans or spans[0][0] <= 2 * LEAD:
        return False, text
    start = text.find(" ", spans[0][0] - LEAD, spans[0][0]) + 1
    return True, text[start or spans[0][0] :]


def _spans(text: str, question: Question) -> list[tuple[int, int]]:
    """The places of the terms, in order, those that overlap made one."""
    folded, places = _folded_with_places(text[:READ])
    found = sorted(match.span() for term in question.terms for match in _to_mark(term, folded).finditer(folded))
    spans: list[tuple[int, int]] = []
    for start, end in ((places[start], places[end]) for start, end in found if start < end):
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


def _to_mark(term: Term, folded: str) -> re.Pattern:
    """What begins with the few letters of "the" is noise where the word itself stands, and with "a" always."""
    length = len(term.text)
    return term.pattern if length > 3 or (length > 1 and not term.whole.search(folded)) else term.whole


def _folded_with_places(text: str) -> tuple[str, list[int]]:
    """The text folded, and for each of its letters, and its end, where that stands in the text."""
    if text.isascii():
        return text.lower(), list(range(len(text) + 1))
    folded, places = [], []
    for place, letter in enumerate(text):
        for part in normalize("NFD", letter):
            if not combining(part):
                low = part.lower()
                folded.append(low)
                places += [place] * len(low)
    return "".join(folded), [*places, len(text)]
