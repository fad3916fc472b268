"""What an editor decides on a card of triage: by the values that the card showed, and never twice.

A card may be minutes old, and its decision may be sent again because the answer to the first time was lost. So it says
which values it showed and which decision on the story was the newest then. A decision like the one asked for, by the
same editor and newer than that, is the one asked for; where a value has changed meanwhile, nothing is decided.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from articles.admin.blame import last_change
from articles.admin.display import quoted, shown
from articles.admin.triage_cards import offered
from articles.curation import Change, CurationRefused, curate, deciding, undo, why_not_yours
from articles.decidable import Refused, clean_boost, clean_value
from articles.merge import FIELDS, boosted, same
from articles.models import Article, Decision
from articles.projection import taken_back
from articles.ranking import BURIED
from articles.site.words import age
from articles.writing import one_writer

KEY = re.compile("[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be done to the story, and what its card showed: `published` and `heat`, the newest decision's key, and
    of each conflict what it was about."""

    article: int
    changes: tuple[Change, ...]
    seen: Mapping[str, object]
    after: int
    offered: Mapping[str, list]
    told: str

    @classmethod
    def of(cls, data: Mapping[str, str]) -> "Asked":
        """As a form or a script posts it. Raises `Refused` for what is none."""
        article, conflicts = _key(data.get("article")), _mapping(data.get("offered", ""))
        changes, told = _changes(data, conflicts)
        if boost := data.get("boost"):
            by = clean_boost("heat", boost)
            changes, told = (Change("boost", "heat", by), *changes), f"{told}, heat {by:+d}"
        seen = {
            "published": data.get("seen_published") == "yes",
            "heat": clean_value("heat", data.get("seen_heat", "")),
        }
        return cls(article, changes, seen, _key(data.get("after") or "0"), conflicts, told)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it: the decisions' keys, or why the story comes back (`problem`)."""

    article: int
    told: str
    decisions: tuple[int, ...] = ()
    problem: str = ""


def decide_as_seen(asked: Asked, *, by: AbstractBaseUser) -> Answer:
    """Decide what was asked, unless that was done already, or what the card showed is no longer so."""
    with one_writer():  # what is compared is what is written over
        article = Article.objects.existing().filter(pk=asked.article).first()
        if article is None:
            return Answer(asked.article, "", problem="It is gone: the import that brought it was undone.")
        since = list(article.decisions.filter(pk__gt=asked.after))
        asked = replace(asked, changes=tuple(_as_allowed(change, article, by) for change in asked.changes))
        made = [_made(change, since, by) for change in asked.changes]
        if all(made):
            return _made_before(asked, since, made)
        problems = _collisions(article, asked)
        if problems:
            return Answer(article.pk, "", problem=" ".join(problems))
        try:
            decisions = curate(article, asked.changes, by=by)
        except CurationRefused as refusal:
            return Answer(article.pk, "", problem=f"Nothing was decided. {refusal}")
    return Answer(article.pk, f"{asked.told}: “{article.title}”.", tuple(each.pk for each in decisions))


def _as_allowed(change: Change, article: Article, by: AbstractBaseUser) -> Change:
    """Where what is to end is somebody else's decision, upstream's value as one's own, as in the queue of conflicts."""
    row = article.standing_decisions.select_related("decision").filter(field=change.field).first()
    if change.kind != "release" or row is None or why_not_yours(deciding(row), by) is None:
        return change
    absent = [] if change.field == "topics" else ""
    return Change("set", change.field, absent if row.upstream is None else row.upstream)


def undo_decisions(article: int, keys: Sequence[int], *, by: AbstractBaseUser) -> Answer:
    """Take these decisions on a story back, all or none; those that the same editor took back before count as done."""
    try:
        with one_writer():
            decisions = list(Decision.objects.filter(article=article, pk__in=keys).order_by("-pk"))
            if not decisions:
                return Answer(article, "", problem="There is nothing to undo any more.")
            log = Decision.objects.filter(article=article, field__in=[each.field for each in decisions])
            undone = taken_back(list(log))
            for decision in decisions:
                if decision.pk not in undone or undone[decision.pk].user_id != by.pk:
                    undo(decision, by=by)
    except CurationRefused as refusal:
        return Answer(article, "", problem=f"Nothing was undone. {refusal}")
    return Answer(article, f"Undone: {', '.join(str(each) for each in decisions)}.")


def asked_keys(text: str) -> list[int]:
    """Keys with commas between them; what is no key is left out."""
    return [int(part) for part in text.split(",") if KEY.fullmatch(part)]


# -- what is asked


def _changes(data: Mapping[str, str], conflicts: Mapping[str, list]) -> tuple[tuple[Change, ...], str]:
    verb, _, number = data.get("do", "").partition(":")
    if verb == "boost":
        by = clean_boost("heat", number)
        return (Change("boost", "heat", by),), f"Heat {by:+d} to upstream’s"
    if verb in ("heat", "heat-publish"):
        try:
            heat = clean_value("heat", data.get("heat", "").strip())
        except Refused as refusal:
            raise Refused(f"The heat was not set. {refusal}") from None
        set_heat = Change("set", "heat", heat)
        publish = (Change("set", "published", True),) if verb == "heat-publish" else ()
        return (set_heat, *publish), f"Heat set to {heat}{', published' if publish else ''}"
    if verb in ("keep", "take") and conflicts:
        kind, told = ("keep", "Kept as decided") if verb == "keep" else ("release", "Follows upstream again")
        return tuple(Change(kind, field) for field in conflicts), told
    if verb not in _PLAIN:
        raise Refused("Triage knows no such key: publish, unpublish, bury, boost, set heat, keep, follow or undo.")
    return _PLAIN[verb]


_PLAIN = {
    "publish": ((Change("set", "published", True),), "Published"),
    "unpublish": ((Change("set", "published", False),), "Unpublished"),
    "bury": ((Change("set", "heat", BURIED),), "Buried"),
}


def _mapping(text: str) -> dict[str, list]:
    try:
        loaded = json.loads(text or "{}")
    except (ValueError, RecursionError):
        loaded = {}
    return {field: value for field, value in loaded.items() if field in FIELDS} if isinstance(loaded, dict) else {}


def _key(text: str | None) -> int:
    if not text or not KEY.fullmatch(text):
        raise Refused("The page did not say which story it showed. Load it again.")
    return int(text)


# -- what was done already


def _made(change: Change, since: Sequence[Decision], by: AbstractBaseUser) -> Decision | None:
    for each in since:
        alike = each.kind == change.kind and each.field == change.field and each.user_id == by.pk
        if alike and (change.kind in ("keep", "release") or same(each.value, change.value)):
            return each
    return None


def _made_before(asked: Asked, since: Sequence[Decision], made: Sequence[Decision]) -> Answer:
    undone = taken_back(since)
    for each in made:
        if each.pk in undone:
            problem = (
                f"You decided so already, and {undone[each.pk].username} undid it since. Decide again if you like."
            )
            return Answer(asked.article, "", problem=problem)
    return Answer(asked.article, f"{asked.told}.", tuple(each.pk for each in made))


# -- what changed meanwhile


def _collisions(article: Article, asked: Asked) -> list[str]:
    standings = {row.field: row for row in article.standing_decisions.all()}
    ways_back = [change.field for change in asked.changes if change.kind in ("keep", "release")]
    now = offered([row for row in standings.values() if row.in_conflict])
    found = [_settled(field, now) for field in ways_back if now.get(field) != asked.offered[field]]
    for change in asked.changes:
        if change.kind in ("set", "boost"):
            holding = getattr(article, change.field)
            upstream = standings[change.field].upstream if change.field in standings else holding
            wanted = boosted(upstream, change.value) if change.kind == "boost" else change.value
            if not same(asked.seen[change.field], holding) and not same(wanted, holding):
                found.append(_told(article, change.field, asked.seen[change.field], wanted))
    return found


def _told(article: Article, field: str, seen, wanted) -> str:
    who, when = last_change(article, field)
    ago = age(when, timezone.now()) or f"on {when:%Y-%m-%d}"
    now = quoted(getattr(article, field))
    return (
        f"{who} changed {field} to {now} {ago}; this card showed {quoted(seen)}, and you wanted {quoted(wanted)}. "
        f"Nothing was decided: it is yours again."
    )


def _settled(field: str, now: Mapping[str, list]) -> str:
    if field not in now:
        return f"{field} is not in conflict any more. Nothing was decided: look again."
    return f"{field} has changed since: upstream says {shown(now[field][0])} now. Nothing was decided: look again."
