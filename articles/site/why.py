"""Why a story stands where it does, in plain words: in the details of its card, on its page, and on the page about the
ranking. Pure functions of what they are given."""

from functools import lru_cache
from math import log2

from django.conf import settings

from articles.ranking import BURIED
from articles.site.cards import Card
from articles.site.words import duration, heat_word

_IN_ORDER_OF = {  # what a list is in order of, where that is not the ranking
    "date": "This list is by date alone, the newest first. ",
    "words": "This list is by how well a story fits your words, and by how new it is. ",
    "outlets": "This list is by how many outlets tell a story. ",
}


def head_start(heat: int) -> float:
    """By how many hours a story of this heat stands as if it were newer than one without."""
    return log2(max(heat, 1)) * settings.HALF_LIFE_HOURS


@lru_cache(1_000)
def _worth(heat: int, half_life: float) -> str:
    return duration(head_start(heat))


def why(card: Card, how_old: str, is_pinned: bool, order: str) -> str:
    """Why this card stands here, in a list in order of `rank`, `date`, `words` (searched for) or `outlets`: its heat,
    its age (as `words.age` says it), how covered it is, and what editors did to its place."""
    moved = editors_did(card.heat, card.upstreams_heat) if card.heat_decided else ""
    if card.heat == BURIED:
        return f"It stands on no list. {moved or 'It repeats another story, or is a minor part of one.'}"
    pinned = is_pinned and f" The editors pinned it to place {card.pinned_place} of the front page."
    parts = (
        _IN_ORDER_OF.get(order, ""),
        f"Heat {card.heat} is {heat_word(card.heat)}",
        f", worth a head start of {_worth(card.heat, settings.HALF_LIFE_HOURS)} on a story without. "
        if card.heat > 1
        else ". ",
        moved or "No editor has changed that.",
        f" Published {how_old}; newer ones stand higher. " if how_old else " It is more than a month old. ",
        told_by(card.outlets),
        pinned or "",
    )
    return "".join(parts)


def editors_did(heat: int, before: int | None) -> str:
    """What editors did, as a sentence, where they decided a heat that upstream says is `before`."""
    before = before or 0
    if heat == before:
        return "The editors confirmed that."
    if heat == BURIED:
        return f"The editors buried it, from heat {before}."
    if before == BURIED:
        return "It came to us as a duplicate, and the editors brought it back."
    return f"The editors {'raised' if heat > before else 'lowered'} it from {before}."


def told_by(others: int) -> str:
    """How many outlets tell a story, `others` besides its own, as a sentence."""
    return f"Told by {others + 1:,} outlets." if others else "We know of no other outlet that tells it."
