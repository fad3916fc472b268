"""A bulk action taken back as one: an undo for each of its decisions, which can be undone together again."""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from uuid import UUID, uuid4

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from articles.bulk.applying import Batch, LeftOut, Signature, enter, newest_entries, write
from articles.bulk.candidates import Candidate, Made, candidates, is_kept
from articles.bulk.planning import BATCH, GONE
from articles.curation import RELEASE_OTHERS, CurationRefused, not_undoable, require_permission
from articles.logbook import log_decisions
from articles.merge import Standing
from articles.models import Decision
from articles.projection import counting
from articles.rebuilding import rebuild
from articles.rows import update
from articles.writing import batched, one_writer

REBUILT_AT_ONCE = 100  # articles whose whole logs are held


def undo_batch(batch: UUID, *, by: AbstractBaseUser, note: str = "") -> Batch:
    """Take back all that one action decided, in one transaction, as if it had never been done; of an undo, bring back
    what it took.

    Where somebody has decided since, or it is undone already, the article is left as it is, and named. Raises
    `CurationRefused` where there is no such action, or `by` may not.
    """
    require_permission(by)
    undone = Batch(uuid4())
    signature = Signature(by, note, timezone.now(), undone.key)
    with one_writer():
        decisions = list(Decision.objects.filter(batch=batch).order_by("article", "pk"))
        _require_right_to_undo(decisions, by)
        of_articles = [list(group) for _, group in groupby(decisions, key=attrgetter("article_id"))]
        for some in batched(of_articles, BATCH):
            _undo([decision for group in some for decision in group], signature, undone)
    return undone


def _require_right_to_undo(decisions: Sequence[Decision], by: AbstractBaseUser) -> None:
    if not decisions:
        raise CurationRefused([("", "There is no such action: it decided nothing, or its address is wrong.")])
    others = next((each.username for each in decisions if each.user_id != by.pk), None)
    if others and not by.has_perm(RELEASE_OTHERS):
        raise CurationRefused([("", f"{others} did it, and only chief editors undo what others did.")])


def _undo(decisions: Sequence[Decision], signature: Signature, undone: Batch) -> None:
    keys = list(dict.fromkeys(decision.article_id for decision in decisions))
    found = {each.article.pk: each for each in candidates(keys, {decision.field for decision in decisions})}
    newest, logs = newest_entries(keys), _logs(keys, {decision.field for decision in decisions})
    replayed: dict[int, Candidate] = {}  # what only both logs from their beginning can tell
    for decision in decisions:
        key = decision.article_id
        log = logs[key, decision.field]
        if key not in found:
            undone.left_out.append(LeftOut(key, f"article {key}", decision.field, GONE))
        elif (why := not_undoable(decision, log)) is not None:
            undone.left_out.append(LeftOut(key, found[key].article.title, decision.field, why))
        elif not _take_back(found[key], decision, log, newest[key]):
            replayed[key] = found[key]
    acted = {key: each for key, each in found.items() if each.made}
    write([each for key, each in acted.items() if key not in replayed], signature)
    for some in batched(replayed.values(), REBUILT_AT_ONCE):
        _replay(some, signature)
    undone.changed += len(acted)


def _logs(keys: Sequence[int], fields: set[str]) -> dict[tuple[int, str], list[Decision]]:
    logs: dict[tuple[int, str], list[Decision]] = {}
    found = Decision.objects.filter(article__in=keys, field__in=fields).order_by("pk")
    for decision in found.defer("old", "new", "note"):
        logs.setdefault((decision.article_id, decision.field), []).append(decision)
    return logs


def _take_back(candidate: Candidate, decision: Decision, log: list[Decision], newest: int) -> bool:
    """Enter the undo; whether what is then in force is known without a replay."""
    entry = Decision(pk=log[-1].pk + 1, kind=Decision.Kind.UNDO, undoes_id=decision.pk)
    before = next(reversed(counting([*log, entry])), None)
    ends = before is None or before.kind == Decision.Kind.RELEASE
    known = ends or is_kept(before, newest)
    standing = None if ends or not known else _standing(before)
    made = Made(
        decision.field,
        Decision.Kind.UNDO,
        None,
        candidate.effective(decision.field),
        standing,
        decision=before.pk if standing else None,
        undoes=decision.pk,
    )
    candidate.settle(made)
    return known


def _standing(decision: Decision) -> Standing:
    """The decision in force where upstream has said nothing since it was made."""
    value, base, link = decision.value, decision.base, decision.base_link
    return Standing(decision.field, decision.kind, value, base, link, (link,), base, link)


def _replay(some: Sequence[Candidate], signature: Signature) -> None:
    decisions = enter(some, signature)
    keys = [candidate.article.pk for candidate in some]
    rebuild(keys)
    now = {each.article.pk: each for each in candidates(keys, {decision.field for decision in decisions})}
    for decision in decisions:
        decision.new = now[decision.article_id].effective(decision.field)
    update(Decision, ("new",), [(decision.pk, decision.new) for decision in decisions])
    log_decisions(decisions)
