"""A planned bulk action, done: decisions, what is in force, columns and Django's log, in a few wide statements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Max
from django.utils import timezone

from articles.bulk.candidates import Candidate, Made
from articles.bulk.planning import BATCH, GONE, NotYours, Row, cleaned, weighed
from articles.changes import NOTED, note_changes
from articles.corrections import note_corrections
from articles.curation import Change, require_permission
from articles.logbook import log_decisions
from articles.models import Article, Correction, Decision, StandingDecision, Version
from articles.projection import STANDING_COLUMNS
from articles.rows import insert, new_keys, update
from articles.writing import batched, one_writer, replace_topics


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An article that a bulk action or its undo left as it was, with the field it is about ("" for all) and why."""

    key: int
    title: str
    field: str
    why: str


@dataclass(slots=True)
class Batch:
    """What one action decided: the mark of its decisions, how many articles they are about, and who was left out."""

    key: UUID
    changed: int = 0
    left_out: list[LeftOut] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Signature:
    """Who decides, and what all decisions of one action share."""

    by: AbstractBaseUser
    note: str
    at: datetime
    batch: UUID


CHANGED = "it changed meanwhile"


def apply(changes: Sequence[Change], seen: Mapping[int, str], *, by: AbstractBaseUser, note: str = "") -> Batch:
    """Do what was planned, in one transaction: `seen` has, for each article by its key, the digest of its planned row.

    An article that would not change now as it was planned to is left as it is, and named. Raises as `plan` does.
    """
    require_permission(by)
    changes = cleaned(changes)
    batch = Batch(uuid4())
    signature = Signature(by, note, timezone.now(), batch.key)
    with one_writer():
        for keys in batched(seen, BATCH):
            planned = [(candidate, row) for candidate, row in weighed(keys, changes, by) if candidate]
            ready = [each for each, row in planned if isinstance(row, Row) and row.seen == seen[each.article.pk]]
            write(ready, signature)
            batch.changed += len(ready)
            batch.left_out += _left_out(keys, planned, {each.article.pk for each in ready}, changes)
    return batch


def _left_out(keys: list[int], planned: list, done: set[int], changes: Sequence[Change]) -> Iterable[LeftOut]:
    about = changes[0].field if len(changes) == 1 else ""
    for candidate, row in planned:
        if (key := candidate.article.pk) not in done:
            why = str(row) if isinstance(row, NotYours) else CHANGED
            yield LeftOut(key, candidate.article.title, about, why)
    gone = set(keys) - {candidate.article.pk for candidate, _ in planned}
    if gone:
        titles = dict(Article.objects.filter(pk__in=gone).values_list("pk", "title"))
        yield from (LeftOut(key, titles.get(key, f"article {key}"), "", GONE) for key in gone)


# -- the rows


DECISION_COLUMNS = (
    "id article_id version_id field kind value base base_link old new at user_id username note undoes_id batch"
).split()
COLUMNS_OF = {
    "publish_at": ("publish_at", "visible_from", "published_at"),
    "pinned": ("pinned_place", "pinned_until"),
    "topics": (),
}


def newest_entries(keys: Iterable[int]) -> dict[int, int]:
    """The key of the newest entry in upstream's log of each article: decisions are placed after it."""
    entries = Version.objects.filter(article__in=keys).order_by().values("article").annotate(newest=Max("pk"))
    return dict(entries.values_list("article", "newest"))


def write(candidates: Sequence[Candidate], signature: Signature) -> list[Decision]:
    """Write down what was made of these articles. The caller holds the transaction."""
    if not candidates:
        return []
    decisions = enter(candidates, signature)
    made = [(candidate, each) for candidate in candidates for each in candidate.made]
    replaced = [c.rows[each.field].pk for c, each in made if each.field in c.rows]
    for some in batched(replaced, BATCH):
        StandingDecision.objects.filter(pk__in=some).delete()
    insert(
        StandingDecision,
        ("article_id", "decision_id", "field", *STANDING_COLUMNS),
        [
            (decision.article_id, each.decision or decision.pk, each.field, *_standing_values(each))
            for decision, (_, each) in zip(decisions, made, strict=True)
            if each.standing is not None
        ],
    )
    _update_articles(candidates, {each.field for _, each in made}, signature.at)
    log_decisions(decisions)
    return decisions


def enter(candidates: Sequence[Candidate], signature: Signature) -> list[Decision]:
    """The entries of the log, and nothing of what follows from them."""
    newest = newest_entries([candidate.article.pk for candidate in candidates])
    decisions = [
        _decision(candidate, each, newest[candidate.article.pk], signature)
        for candidate in candidates
        for each in candidate.made
    ]
    for key, decision in zip(new_keys(Decision, len(decisions)), decisions, strict=True):
        decision.pk = key
    insert(Decision, DECISION_COLUMNS, [[getattr(each, name) for name in DECISION_COLUMNS] for each in decisions])
    return decisions


def _decision(candidate: Candidate, made: Made, entry: int, signature: Signature) -> Decision:
    """Made against what upstream says now, as `articles.curation` makes one."""
    return Decision(
        article=candidate.article,
        version_id=entry,
        field=made.field,
        kind=made.kind,
        value=made.value,
        base=candidate.upstream(made.field),
        base_link=candidate.heard.link,
        old=made.old,
        new=candidate.effective(made.field),
        at=signature.at,
        user=signature.by,
        username=signature.by.get_username(),
        note=signature.note,
        undoes_id=made.undoes,
        batch=signature.batch,
    )


def _standing_values(made: Made) -> list:
    values = [getattr(made.standing, name) for name in STANDING_COLUMNS]
    return [list(value) if isinstance(value, tuple) else value for value in values]


def _update_articles(candidates: Sequence[Candidate], changed: set[str], at: datetime) -> None:
    names = ["rank", *(name for each in sorted(changed) for name in COLUMNS_OF.get(each, (each,)))]
    for candidate in candidates:
        for name, value in candidate.columns().items():
            setattr(candidate.article, name, value)
    articles = [candidate.article for candidate in candidates]
    if changed & set(Correction.Field.values):
        note_corrections(articles, at)
    note_changes(articles)
    names += NOTED
    update(Article, names, [(each.pk, *(getattr(each, name) for name in names)) for each in articles])
    if "topics" in changed:
        topics = {each.article.pk: tuple(each.effective("topics") or ()) for each in candidates}
        replace_topics(topics, list(topics))
