"""The editors' verbs: set, boost, release, keep, undo. Each adds to the log of decisions; the article follows at once.

A call is one transaction: one refusal, and nothing is done. Upstream's log is only read here, so that no editor can
change what upstream said, as no import can change what an editor decided.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from articles import merge
from articles.decidable import Refused, clean_boost, clean_value
from articles.logbook import log_decisions
from articles.merge import Standing, Value
from articles.models import Article, Decision, FormerSlug, KeptImage, StandingDecision
from articles.projection import columns, counting, newest_entry, newest_file, standing_of, story_of, taken_back
from articles.rebuilding import rebuild
from articles.seeds import Story
from articles.writing import TakenSlugs, one_writer, replace_standings, replace_topics, update_articles

PERMISSION = "articles.curate_article"
RELEASE_OTHERS = "articles.release_others_decision"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to do to one field: `set` to a value, `boost` by a number, `release`, or `keep`."""

    kind: str
    field: str
    value: Any = None


class CurationRefused(Exception):
    """What was asked cannot be done; `problems` has (field, sentence) for each reason. Nothing was changed."""

    def __init__(self, problems: Sequence[tuple[str, str]]):
        super().__init__(" ".join(f"{field}: {sentence}" if field else sentence for field, sentence in problems))
        self.problems = list(problems)


def set_value(article: Article, field: str, value: Any, *, by: AbstractBaseUser, note: str = "") -> None:
    """Decide the field's value. Where it is upstream's own of now, that is a decision too: it pins it."""
    curate(article, [Change("set", field, value)], by=by, note=note)


def boost(article: Article, field: str, amount: int, *, by: AbstractBaseUser, note: str = "") -> None:
    """Decide that heat or quality stands `amount` above (or below) whatever upstream says."""
    curate(article, [Change("boost", field, amount)], by=by, note=note)


def release(article: Article, field: str, *, by: AbstractBaseUser, note: str = "") -> None:
    """Take the decision back: the field follows upstream again. One that somebody else made takes `RELEASE_OTHERS`."""
    curate(article, [Change("release", field)], by=by, note=note)


def keep(article: Article, field: str, *, by: AbstractBaseUser, note: str = "") -> None:
    """Settle a conflict: the decision stands, and upstream's value of now has been seen."""
    curate(article, [Change("keep", field)], by=by, note=note)


def undo(decision: Decision, *, by: AbstractBaseUser, note: str = "") -> Decision:
    """Take a decision back, as if it had never been made; of an undo, bring back what it took. Returns its own entry.

    Raises `CurationRefused` where it is undone already, or somebody has decided on the field since, or `by` may not:
    what others decided takes `RELEASE_OTHERS`.
    """
    require_permission(by)
    if why := why_not_yours(decision, by):
        raise CurationRefused([(decision.field, why)])
    with one_writer():
        article = Article.objects.select_for_update().get(pk=decision.article_id)
        if (why := not_undoable(decision, list(article.decisions.filter(field=decision.field)))) is not None:
            raise CurationRefused([(decision.field, why)])
        before = _State.of(article)
        entry = before.entered(decision.field, Decision.Kind.UNDO, None, by, note)
        entry.undoes = decision
        entry.save()
        rebuild([article.pk])
        article.refresh_from_db()
        entry.new = _State.of(article).effective(decision.field)
        entry.save(update_fields=["new"])
        log_decisions([entry])
    return entry


def undoable(decisions: Collection[Decision], by: AbstractBaseUser | None = None) -> set[int]:
    """Which of an article's decisions (all of them, by their keys) `undo` would take back now; for `by`, if given."""
    undone = taken_back(decisions)
    newest = {decision.field: decision.pk for decision in counting(decisions)}
    free = (each for each in decisions if each.pk not in undone and each.pk >= newest.get(each.field, 0))
    return {each.pk for each in free if by is None or why_not_yours(each, by) is None}


def why_not_yours(decision: Decision, by: AbstractBaseUser) -> str | None:
    """Why `by` may not take this decision back (release it, or undo it); None where that is allowed."""
    if decision.user_id == by.pk or by.has_perm(RELEASE_OTHERS):
        return None
    return (
        f"{decision.username} decided it, and only chief editors take back what others decided; "
        "you can decide another value over it."
    )


def deciding(standing: StandingDecision) -> Decision:
    """The entry of the log that decided what is in force: the newest one may have only kept it. No query but then."""
    newest = standing.decision
    if newest.kind != Decision.Kind.KEEP:
        return newest
    entries = counting(Decision.objects.filter(article=standing.article_id, field=standing.field, pk__lte=newest.pk))
    return next((each for each in reversed(entries) if each.kind != Decision.Kind.KEEP), newest)


def not_undoable(decision: Decision, decisions: Collection[Decision]) -> str | None:
    """Why a decision cannot be undone now, of all that were made on its article and field; None where it can."""
    if undo := taken_back(decisions).get(decision.pk):
        return f"It is undone already, by {undo.username}."
    since = [each for each in counting(decisions) if each.field == decision.field and each.pk > decision.pk]
    return f"{since[-1].username} has decided on it since: undo that first, or decide anew." if since else None


def require_permission(by: AbstractBaseUser) -> None:
    """Raises `CurationRefused` where `by` may not decide anything."""
    if not by.is_active or not by.has_perm(PERMISSION):
        raise CurationRefused([("", f"{by.get_username()} may not curate (the permission is {PERMISSION}).")])


def curate(article: Article, changes: Sequence[Change], *, by: AbstractBaseUser, note: str = "") -> list[Decision]:
    """Do all of `changes`, in their order, in one transaction; `article` is brought up to date.

    Raises `CurationRefused`, and changes nothing, where a field or a value is wrong, there is nothing to release or to
    keep, or `by` may not curate, or not release what somebody else decided.
    """
    require_permission(by)
    with one_writer():
        state = _State.of(Article.objects.select_for_update().get(pk=article.pk))
        decisions = state.apply(changes, by, note)
        _write(state, decisions)
        log_decisions(decisions)
    article.refresh_from_db()
    return decisions


class _State:
    """One article while it is being curated: what upstream says, and what is decided so far."""

    def __init__(self, article: Article, story: Story, standings: dict[str, tuple[Standing, int]]):
        self.article, self.story, self.standings = article, story, standings
        self.heard = merge.said(story)
        self.entry = newest_entry(article)

    @classmethod
    def of(cls, article: Article) -> "_State":
        if article.undone:  # while its page was open
            raise CurationRefused([("", "It is gone: the import that brought it was undone.")])
        standings = {row.field: (standing_of(row), row.decision_id) for row in article.standing_decisions.all()}
        return cls(article, story_of(newest_file(article)), standings)

    def effective(self, field: str) -> Value:
        """What the site shows of the field, as JSON: the decision's value, else upstream's."""
        standing = self.standing(field)
        if field == "slug" and standing is None:
            return self.article.given_slug
        return standing.effective if standing else self.heard.values.get(field)

    def standing(self, field: str) -> Standing | None:
        return self.standings[field][0] if field in self.standings else None

    def apply(self, changes: Sequence[Change], by: AbstractBaseUser, note: str) -> list[Decision]:
        decisions, problems = [], []
        for change in changes:
            try:
                decisions.append(self._decide(change, by, note))
            except Refused as refusal:
                problems.append((change.field, str(refusal)))
        if problems:
            raise CurationRefused(problems)
        return decisions

    def _decide(self, change: Change, by: AbstractBaseUser, note: str) -> Decision:
        if change.kind == "release":
            self._require_own(change.field, by)
        standing, value = _VERBS[change.kind](self, _known(change.field), change.value)
        decision = self.entered(change.field, change.kind, value, by, note)
        self.standings.pop(change.field, None)
        decision.new = standing.effective if standing else self.effective(change.field)
        decision.save()
        if standing:
            self.standings[change.field] = (standing, decision.pk)
        return decision

    def _require_own(self, field: str, by: AbstractBaseUser) -> None:
        row = self.article.standing_decisions.select_related("decision").filter(field=field).first()
        # Without a row, or with another one, it was decided a moment ago, in the same call.
        if row is not None and self.standings.get(field, (None, None))[1] == row.decision_id:
            why = why_not_yours(deciding(row), by)
            if why is not None:
                raise Refused(why)

    def entered(self, field: str, kind: str, value: Value, by: AbstractBaseUser, note: str) -> Decision:
        """An entry of the log, made against what upstream says now; what comes of it is not in it yet."""
        return Decision(
            article=self.article,
            version_id=self.entry,
            field=field,
            kind=kind,
            value=value,
            base=self.heard.values.get(field),
            base_link=self.heard.link,
            old=self.effective(field),
            at=timezone.now(),
            user=by,
            username=by.get_username(),
            note=note,
        )

    def set(self, field: str, raw: Any) -> tuple[Standing, Value]:
        value = clean_value(field, raw)
        if field == "slug" and taken_by_another(value, self.article):
            raise Refused(f"{value!r} is the address of another article, or was; choose another.")
        if field == "picture" and not KeptImage.objects.filter(digest=value).exists():
            raise Refused("No picture with this digest is kept here.")
        return merge.decide(field, "set", value, self.heard), value

    def boost(self, field: str, raw: Any) -> tuple[Standing, Value]:
        amount = clean_boost(field, raw)
        return merge.decide(field, "boost", amount, self.heard), amount

    def release(self, field: str, _: Any) -> tuple[None, None]:
        if field not in self.standings:
            raise Refused("There is no decision on it to release.")
        return None, None

    def keep(self, field: str, _: Any) -> tuple[Standing, Value]:
        standing = self.standing(field)
        if standing is None or not standing.in_conflict:
            raise Refused("It is not in conflict with upstream: there is nothing to keep.")
        return merge.keep(standing), standing.value


_VERBS = {"set": _State.set, "boost": _State.boost, "release": _State.release, "keep": _State.keep}


def _known(field: str) -> str:
    if field not in merge.FIELDS:
        raise Refused(f"There is no such field. The fields are {', '.join(merge.FIELDS)}.")
    return field


def taken_by_another(slug: str, article: Article) -> bool:
    """Whether the slug is, or was, the address of another article."""
    own = slug in (article.slug, article.given_slug) or article.former_slugs.filter(slug=slug).exists()
    return not own and slug in TakenSlugs([slug])


# -- what follows for the article


def _write(state: _State, decisions: Sequence[Decision]) -> None:
    article = state.article
    effective = merge.project(state.story, {field: standing for field, (standing, _) in state.standings.items()})
    for name, value in columns(state.story, effective).items():
        setattr(article, name, value)
    for decision in decisions:  # each address that it was given leads to it, also one for a moment only
        if decision.field == "slug":
            readdress(article, decision.new)
    update_articles([article], timezone.now())
    replace_standings({article.pk: state.standings})
    if tuple(topic.name for topic in article.topic_list) != effective.topics:
        replace_topics({article.pk: effective.topics}, [article.pk])


def readdress(article: Article, slug: str) -> None:
    """Give the article this slug; its old address will lead there."""
    if slug != article.slug:
        article.former_slugs.filter(slug=slug).delete()
        FormerSlug.objects.create(slug=article.slug, article=article)
        article.slug = slug


def fields_of(article: Article) -> Mapping[str, dict]:
    """For each of upstream's fields: what upstream says, the decision, what holds, the conflict, by whom and when."""
    heard = merge.said(story_of(newest_file(article)))
    rows = {row.field: row for row in article.standing_decisions.select_related("decision")}
    return {field: _field(heard.values[field], rows.get(field)) for field in merge.UPSTREAM_FIELDS}


def _field(upstream: Value, row) -> dict:
    if row is None:
        return dict.fromkeys(("decision", "conflict", "by", "at")) | {"upstream": upstream, "effective": upstream}
    return {
        "upstream": row.upstream,
        "decision": {"kind": row.kind, "value": row.value, "base": row.base},
        "effective": standing_of(row).effective,
        "conflict": conflict_of(row),
        "by": row.decision.username,
        "at": row.decision.at,
    }


def conflict_of(row) -> dict | None:
    """What an open conflict is about: upstream's two values, or its two links where those differ; else None."""
    if row.link_since is not None:
        return {"was": row.base_link or None, "now": row.link or None, "since": row.link_since, "reason": "link"}
    if row.moved_since is not None:
        return {"was": row.base, "now": row.upstream, "since": row.moved_since, "reason": "moved"}
    return None
