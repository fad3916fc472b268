"""What differs between two texts, two lists or two links: by words, whatever the script. Pure: values in, parts out."""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

# Chinese, Japanese and Thai are written without blanks: there each sign is a word, with the marks that belong to it.
_ALONE = "\u0e00-\u0e2e\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_MARKS = "\u0300-\u036f\u0e2f-\u0e5b\u3099\u309a\ufe00-\ufe0f\U000e0100-\U000e01ef"
_WORD = re.compile(rf"(?:[{_ALONE}][{_MARKS}]*|[^\s{_ALONE}]+)\s*|\s+")
MOST_WORDS = 300  # that are compared with each other: past that all between the same start and the same end differs


class Part(NamedTuple):
    """A piece of a text; `differs` where the other text does not have it there."""

    text: str
    differs: bool


def texts(one: str, other: str) -> tuple[list[Part], list[Part]]:
    """Both texts in parts; those that do not differ are the same words in the same order on either side.

    The parts of a text, joined, are that text. How words are set apart is no difference.
    """
    left, right = _WORD.findall(one), _WORD.findall(other)
    same_left, same_right = _in_common([word.strip() for word in left], [word.strip() for word in right])
    return _joined(left, same_left), _joined(right, same_right)


def word_differences(before: str, after: str) -> list[tuple[str, str]]:
    """Both texts as one, in pieces: (`same`, `gone` or `new`; text), what is gone before what came in its place.

    The pieces that are not new, joined, are `before` but for blanks; those that are not gone are `after` to the letter.
    """
    left, right = _WORD.findall(before), _WORD.findall(after)
    same_left, same_right = _in_common([word.strip() for word in left], [word.strip() for word in right])
    woven, place = [], 0
    for at, word in enumerate(right):
        if at in same_right:
            while place not in same_left:
                woven.append(("gone", left[place]))
                place += 1
            place += 1
        woven.append(("same" if at in same_right else "new", word))
    woven += [("gone", word) for word in left[place:]]
    return _gone_first(woven)


def _gone_first(woven: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    pieces = []
    for same, run in groupby(woven, key=lambda piece: piece[0] == "same"):
        run = list(run)
        for kind in ("same",) if same else ("gone", "new"):
            if text := "".join(word for of_kind, word in run if of_kind == kind):
                pieces.append((kind, text))
    return pieces


def lists(one: Sequence[str], other: Sequence[str]) -> tuple[list[Part], list[Part]]:
    """The items of both lists; those that do not differ are in the other list too, at whatever place.

    Where both have the same items, what differs is their place.
    """
    if sorted(one) == sorted(other) and list(one) != list(other):
        same_left, same_right = _in_common(one, other)
        return _items(one, same_left), _items(other, same_right)
    return [Part(item, item not in other) for item in one], [Part(item, item not in one) for item in other]


def links(one: str, other: str) -> tuple[list[Part], list[Part]]:
    """Both links, from the last "/" on before which they are the same, marked as differing to their end."""
    shared = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if shared is None:
        shared = min(len(one), len(other))
    start = shared if one == other else one.rfind("/", 0, shared) + 1
    return _cut(one, start), _cut(other, start)


def _cut(text: str, place: int) -> list[Part]:
    return [part for part in (Part(text[:place], False), Part(text[place:], True)) if part.text]


def _items(items: Sequence[str], same: set[int]) -> list[Part]:
    return [Part(item, place not in same) for place, item in enumerate(items)]


def _joined(words: Sequence[str], same: set[int]) -> list[Part]:
    parts = []
    for differs, run in groupby(enumerate(words), key=lambda numbered: numbered[0] not in same):
        text = "".join(word for _, word in run)
        end = len(text.rstrip()) if differs else len(text)  # what stands between words is not marked
        parts += [part for part in (Part(text[:end], differs), Part(text[end:], False)) if part.text]
    return parts


def _in_common(left: Sequence[str], right: Sequence[str]) -> tuple[set[int], set[int]]:
    """The places, in either, of their longest common sequence (of what is compared at all)."""
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    end = 0
    while end < min(len(left), len(right)) - start and left[-1 - end] == right[-1 - end]:
        end += 1
    pairs = [(place, place) for place in range(start)]
    pairs += [(len(left) - 1 - back, len(right) - 1 - back) for back in range(end)]
    inner_left, inner_right = left[start : len(left) - end], right[start : len(right) - end]
    if max(len(inner_left), len(inner_right)) <= MOST_WORDS:
        pairs += [(start + a, start + b) for a, b in _longest_common(inner_left, inner_right)]
    return {a for a, _ in pairs}, {b for _, b in pairs}


def _longest_common(left: Sequence[str], right: Sequence[str]) -> Iterable[tuple[int, int]]:
    """The pairs of places of the longest common sequence. The work is |left| × |right|, whatever they are."""
    longest = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]  # of what follows a place in either
    for a in range(len(left) - 1, -1, -1):
        below, row = longest[a + 1], longest[a]
        for b in range(len(right) - 1, -1, -1):
            row[b] = below[b + 1] + 1 if left[a] == right[b] else max(below[b], row[b + 1])
    a = b = 0
    while a < len(left) and b < len(right):
        if left[a] == right[b]:
            yield a, b
            a, b = a + 1, b + 1
        elif longest[a + 1][b] >= longest[a][b + 1]:
            a += 1
        else:
            b += 1
