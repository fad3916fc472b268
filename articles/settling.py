"""Conflicts settled: an editor's answers to many of them, each given to what a page showed, and done together.

An answer to what is no longer so is not done: a colleague or an import came first, and the editor has to look again.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import AbstractBaseUser

from articles.curation import Change, CurationRefused, curate, deciding, undo, why_not_yours
from articles.decidable import Refused, clean_value
from articles.merge import Value
from articles.models import Article, Decision, StandingDecision
from articles.writing import one_writer


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page showed of a field: its decision in force, by its newest entry (0 for none), and upstream's value and
    link, by their fingerprints."""

    decision: int
    value: str
    link: str

    @classmethod
    def of(cls, article: Article, field: str, row: StandingDecision | None) -> "Seen":
        if row is None:
            return cls(0, fingerprint(upstream_of(article, field, None)), fingerprint(article.link))
        return cls(row.decision_id, fingerprint(row.upstream), fingerprint(row.link))


@dataclass(frozen=True, slots=True)
class Answer:
    """What to do about a field of an article (by its key): `keep` the decision, `take` upstream's value (the decision
    ends), `own` it (upstream's value becomes the editor's own decision), or `set` it to `value`."""

    article: int
    field: str
    do: str
    seen: Seen
    value: Any = None


@dataclass(frozen=True, slots=True)
class Returned:
    """An answer that was not given effect: `changed` since it was seen, or because of what `why` says."""

    answer: Answer
    why: str = ""

    @property
    def changed(self) -> bool:
        return not self.why


@dataclass(frozen=True, slots=True)
class Settled:
    decisions: list[Decision]
    returned: list[Returned]


def fingerprint(value: Value) -> str:
    """The same for the same value: a short word for a text of any length."""
    return sha256(json.dumps(value).encode()).hexdigest()[:16]


def upstream_of(article: Article, field: str, row: StandingDecision | None) -> Value:
    """Upstream's value of now, as JSON: without a decision it is what the article shows."""
    if row is not None:
        return row.upstream
    return [topic.name for topic in article.topic_list] if field == "topics" else getattr(article, field)


def may_release(user: AbstractBaseUser, row: StandingDecision) -> bool:
    """Whether the user may end this decision: their own, or anybody's for who answers for others' too."""
    return why_not_yours(deciding(row), user) is None


def settle(answers: Iterable[Answer], *, by: AbstractBaseUser) -> Settled:
    """Give effect to all answers that still fit, in one transaction; the others are returned.

    What is decided together has a batch in common.
    """
    settled = Settled([], [])
    ordered = sorted(answers, key=attrgetter("article", "field"))
    with one_writer():
        articles = Article.objects.existing().prefetch_related("article_topics__topic")
        articles = articles.in_bulk({answer.article for answer in ordered})
        rows = StandingDecision.objects.filter(article__in=articles).select_related("decision")
        standings = {(row.article_id, row.field): row for row in rows}
        for key, of_article in groupby(ordered, key=attrgetter("article")):
            _settle_article(articles.get(key), list(of_article), standings, by, settled)
        if len(settled.decisions) > 1:
            batch = uuid4()
            Decision.objects.filter(pk__in=[each.pk for each in settled.decisions]).update(batch=batch)
    return settled


def _settle_article(article: Article | None, answers: list[Answer], standings: dict, by, settled: Settled) -> None:
    if article is None:
        settled.returned.extend(Returned(answer, GONE) for answer in answers)
        return
    fitting = []
    for answer in answers:
        row = standings.get((article.pk, answer.field))
        if answer.seen != Seen.of(article, answer.field, row):
            settled.returned.append(Returned(answer))
        elif why := _refusal(answer, row, by):
            settled.returned.append(Returned(answer, why))
        else:
            fitting.append((answer, _change(answer, upstream_of(article, answer.field, row))))
    if fitting:
        try:
            settled.decisions.extend(curate(article, [change for _, change in fitting], by=by))
        except CurationRefused as refusal:
            settled.returned.extend(Returned(answer, str(refusal)) for answer, _ in fitting)


GONE = "The story is no longer here: the import that brought it was undone."


def _refusal(answer: Answer, row: StandingDecision | None, by: AbstractBaseUser) -> str:
    if answer.do == "set":
        try:
            clean_value(answer.field, answer.value)
        except Refused as refusal:
            return str(refusal)
    elif row is None:
        return "There is no decision on it any more: it follows upstream."
    elif answer.do == "keep" and not row.in_conflict:
        return "It is settled already: nothing is in conflict there."
    elif answer.do == "take" and not may_release(by, row):
        return others_decision(row)
    return ""


def others_decision(row: StandingDecision) -> str:
    """Why an editor cannot end this decision, and what they can do."""
    return (
        f"{row.decision.username} decided it: only they or a chief editor can end that. "
        "You can decide upstream’s value as your own."
    )


def _change(answer: Answer, upstream: Value) -> Change:
    if answer.do == "own":
        absent = [] if answer.field == "topics" else ""
        return Change("set", answer.field, absent if upstream is None else upstream)
    if answer.do == "set":
        return Change("set", answer.field, answer.value)
    return Change({"keep": "keep", "take": "release"}[answer.do], answer.field)


def take_back(keys: Sequence[int], *, by: AbstractBaseUser) -> tuple[list[Decision], list[str]]:
    """Undo those of the editor's own decisions with these keys that can be undone, in one transaction; which they were,
    and for each other one why not."""
    undone, refused = [], []
    with one_writer():
        for decision in Decision.objects.filter(pk__in=keys, user=by).select_related("article"):
            try:
                undo(decision, by=by)
            except CurationRefused as refusal:
                refused.append(f"“{decision.article}”: {refusal}")
            else:
                undone.append(decision)
    return undone, refused
