"""What a bulk action's pages carry and show: which stories were chosen, what was seen of them, and both in words.

The stories are fixed when they are chosen: what the filter finds later is another matter. Page after page carries them
in one signed field, whatever their number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.core import signing
from django.db.models import Max

from articles.admin.blame import last_change
from articles.admin.display import quoted, worded
from articles.bulk import MOVE, LeftOut, Move, Plan
from articles.bulk.applying import CHANGED
from articles.curation import Change
from articles.merge import DESK_FIELDS
from articles.models import Article, Decision
from articles.models.decision import Field
from articles.site.words import age, counted

SALT = "articles.bulk"
DIGEST = 12  # characters
SHOWN = 25  # stories of a plan that are shown as examples
NAMED = 10  # stories left out that are named with who changed them


@dataclass(frozen=True, slots=True)
class Seen:
    """What a preview showed: the changes, a digest for each article to change, and the newest decision of then."""

    changes: tuple[Change, ...]
    digests: Mapping[int, str]
    newest: int


def packed_keys(keys: Sequence[int]) -> str:
    return signing.dumps(list(keys), salt=SALT, compress=True)


def unpacked_keys(text: str) -> list[int]:
    """Raises `signing.BadSignature` where it is not what was given out."""
    return signing.loads(text, salt=SALT)


def packed_plan(plan: Plan) -> str:
    keys, digests = [row.article.pk for row in plan.rows], "".join(row.seen for row in plan.rows)
    newest = Decision.objects.aggregate(newest=Max("pk"))["newest"] or 0
    return signing.dumps([_listed(plan.changes), keys, digests, newest], salt=f"{SALT}.seen", compress=True)


def unpacked_plan(text: str) -> Seen:
    """Raises `signing.BadSignature` where it is not what was given out."""
    changes, keys, digests, newest = signing.loads(text, salt=f"{SALT}.seen")
    starts = range(0, len(digests), DIGEST)
    seen = {key: digests[start : start + DIGEST] for key, start in zip(keys, starts, strict=True)}
    return Seen(tuple(Change(kind, field, _tupled(value)) for kind, field, value in changes), seen, newest)


def _listed(changes: Sequence[Change]) -> list:
    return [[change.kind, change.field, change.value] for change in changes]


def _tupled(value):
    return tuple(value) if isinstance(value, list) else value


# -- in words


def described(changes: Sequence[Change]) -> str:
    """What the changes do to a story: "heat set to 60"."""
    if len(changes) > 2:
        return "released"
    return " and ".join(_described(change) for change in changes)


def _described(change: Change) -> str:
    if (change.field, change.value) in _DONE:
        return _DONE[change.field, change.value]
    name = Field(change.field).label
    if change.kind == MOVE:
        return f"topic “{change.value[0]}” replaced by “{change.value[1]}”"
    if change.kind == "boost":
        return f"{name} boosted by {change.value:+d}"
    if change.kind == "release":
        return f"{name} released"
    return f"{name} set to {worded(change.field, change.value)}"


_DONE = {("published", True): "published", ("published", False): "unpublished", ("heat", -1): "buried"}


@dataclass(frozen=True, slots=True)
class Example:
    """A story that changes, and how, in words: (field, old, new)."""

    article: Article
    moves: list[tuple[str, str, str]]


def examples(plan: Plan) -> list[Example]:
    return [Example(row.article, [_moved(move) for move in row.moves]) for row in plan.rows[:SHOWN]]


def _moved(move: Move) -> tuple[str, str, str]:
    return Field(move.field).label, worded(move.field, move.old), worded(move.field, move.new)


def reasons(counts: Mapping[str, int]) -> list[str]:
    """How many stories do not change, by reason: "12 stories: published already"."""
    return [f"{counted(count, 'story')}: {why}." for why, count in sorted(counts.items(), key=lambda each: -each[1])]


# -- who was quicker


def told_left_out(left_out: Sequence[LeftOut], seen: Seen, now) -> list[str]:
    """A sentence for each of the first stories left out, with who changed it meanwhile, and one for all others."""
    named = left_out[:NAMED]
    articles = Article.objects.in_bulk([each.key for each in named])
    told = [_told(each, articles.get(each.key), seen, now) for each in named]
    return [*told, *_and_more(left_out)]


def told_not_undone(left_out: Sequence[LeftOut]) -> list[str]:
    """Likewise for an undo, which knows why."""
    told = [f"“{left.title}”, {Field(left.field).label}: {left.why}" for left in left_out[:NAMED]]
    return [*told, *_and_more(left_out)]


def _and_more(left_out: Sequence[LeftOut]) -> list[str]:
    return [f"And {len(left_out) - NAMED:,} more."] if len(left_out) > NAMED else []


def _told(left: LeftOut, article: Article | None, seen: Seen, now) -> str:
    if left.why != CHANGED or article is None:
        return f"“{left.title}”: {left.why}."
    fields = [change.field for change in seen.changes]
    since = article.decisions.filter(field__in=fields, pk__gt=seen.newest).first()
    if since is not None:
        field, who, when = since.field, since.username, since.at
        now_says = since.new
    else:
        field = left.field or fields[0]
        who, when = last_change(article, field)
        now_says = getattr(article, field) if field != "topics" else [topic.name for topic in article.topic_list]
    label, value = Field(field).label, _value(field, now_says)
    return f"“{left.title}”: {who} changed its {label} to {value} {age(when, now) or f'on {when:%Y-%m-%d}'}."


def _value(field: str, value) -> str:
    return worded(field, value) if field in DESK_FIELDS and field != "slug" else quoted(value)


# -- what an action did


def told_batch(batch: UUID) -> dict | None:
    """What a page says of an action that was done, in three queries; None where there is no such action."""
    decisions = Decision.objects.filter(batch=batch)
    first = decisions.select_related("article").order_by("pk").first()
    if first is None:
        return None
    shown = decisions.select_related("article").order_by("pk")[:SHOWN]
    stories = decisions.order_by().values("article").distinct().count()
    rows = [(each, worded(each.field, each.old), worded(each.field, each.new)) for each in shown]
    return {"first": first, "stories": counted(stories, "story"), "rows": rows, "more": stories > len(rows)}
