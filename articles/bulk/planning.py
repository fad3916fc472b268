"""What a bulk action would do, before it does it: which articles change and how, and which do not and why."""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from django.contrib.auth.models import AbstractBaseUser

from articles import merge
from articles.bulk.candidates import MOVE, Candidate, NotYours, Stays, candidates
from articles.curation import RELEASE_OTHERS, Change, CurationRefused, require_permission
from articles.decidable import Refused, clean_boost, clean_value
from articles.merge import Value
from articles.models import Article
from articles.writing import batched

BATCH = 500  # articles that share their statements
MOST = 10_000  # articles of one action: to undo it, the logs of all of them may have to be replayed in one request
GONE = "no longer here: the import that brought it was undone"


@dataclass(frozen=True, slots=True)
class Move:
    """How one field of an article moves: effective values as JSON."""

    field: str
    old: Value
    new: Value


@dataclass(frozen=True, slots=True)
class Row:
    """An article that changes: how, its columns afterwards, and a digest of all that this rests on."""

    article: Article
    moves: tuple[Move, ...]
    columns: dict
    seen: str


@dataclass(slots=True)
class Plan:
    """What is to be done to which articles; of all others how many, by the reason why not."""

    changes: tuple[Change, ...]
    rows: list[Row] = field(default_factory=list)
    staying: Counter = field(default_factory=Counter)
    refused: Counter = field(default_factory=Counter)


def plan(keys: Collection[int], changes: Sequence[Change], *, by: AbstractBaseUser) -> Plan:
    """What `changes` would do to the articles of these keys. Nothing is locked, nothing is written.

    A change is one of `articles.curation`, without its keep, or `Change(MOVE, "topics", (old, new))`. Where it would
    change nothing, an article stays as it is, without a decision. Raises `CurationRefused` where `by` may not curate,
    or a field or a value is wrong.
    """
    require_permission(by)
    planned = Plan(cleaned(changes))
    for some in batched(dict.fromkeys(keys), BATCH):
        for _, outcome in weighed(some, planned.changes, by):
            if isinstance(outcome, Row):
                planned.rows.append(outcome)
            else:
                counter = planned.staying if isinstance(outcome, Stays) else planned.refused
                counter[str(outcome)] += 1
    return planned


def weighed(
    keys: Sequence[int], changes: Sequence[Change], by: AbstractBaseUser
) -> Iterator[tuple[Candidate | None, Row | Stays | NotYours]]:
    """For each article what becomes of it, with itself as it then is (None where it is gone)."""
    may_release = by.has_perm(RELEASE_OTHERS)
    found = candidates(keys, [change.field for change in changes])
    yield from ((None, NotYours(GONE)) for _ in range(len(keys) - len(found)))
    for candidate in found:
        yield candidate, _weigh(candidate, changes, by, may_release)


def _weigh(candidate: Candidate, changes: Sequence[Change], by, may_release: bool) -> Row | Stays | NotYours:
    reasons = []
    for change in changes:
        try:
            candidate.decide(change, by, may_release)
        except Stays as reason:
            reasons.append(str(reason))
        except NotYours as refusal:
            return refusal
    if not candidate.made:
        return Stays(reasons[0] if len(reasons) == 1 else _IN_GENERAL.get(changes[0].kind, "; ".join(reasons)))
    moves = tuple(Move(each.field, each.old, candidate.effective(each.field)) for each in candidate.made)
    return Row(candidate.article, moves, candidate.columns(), _digest(candidate, moves))


_IN_GENERAL = {"release": "nothing is decided on it"}


def _digest(candidate: Candidate, moves: tuple[Move, ...]) -> str:
    """The same as long as this article would change in the same way, over the same decisions."""
    rows = candidate.rows
    seen = [
        [move.field, move.old, move.new, rows[move.field].decision_id if move.field in rows else None] for move in moves
    ]
    return blake2b(json.dumps(seen).encode(), digest_size=6).hexdigest()


# -- what may be asked for


def cleaned(changes: Sequence[Change]) -> tuple[Change, ...]:
    """The changes with their values as the log keeps them. Raises `CurationRefused` with all that is wrong."""
    problems = [] if changes else [("", "There is nothing to do.")]
    clean = []
    for change in changes:
        try:
            clean.append(Change(change.kind, change.field, _CLEANERS[change.kind](_open_to_all(change), change.value)))
        except Refused as refusal:
            problems.append((change.field, str(refusal)))
    if len({change.field for change in changes}) < len(changes):
        problems.append(("", "One field is to be changed twice: decide which of the two it shall be."))
    if problems:
        raise CurationRefused(problems)
    return tuple(clean)


def _open_to_all(change: Change) -> str:
    if change.field not in merge.FIELDS:
        raise Refused(f"There is no such field. The fields are {', '.join(merge.FIELDS)}.")
    if change.field == "slug":
        raise Refused("Addresses are decided one story at a time.")
    return change.field


def _move(name: str, move: tuple[str, str]) -> tuple[str, str]:
    if name != "topics":
        raise Refused("Only topics can be moved.")
    before, after = (clean_value("topics", [topic])[0] for topic in move)
    if before == after:
        raise Refused("The topic would be moved to itself: choose another one.")
    return before, after


_CLEANERS = {"set": clean_value, "boost": clean_boost, "release": lambda name, value: None, MOVE: _move}
