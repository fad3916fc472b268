"""Conflicts as rows: upstream when it was decided, upstream now, and the desk's; and what a browser posts of them."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from articles import differences
from articles.admin.curves import decided_curve
from articles.admin.display import shown
from articles.curves import Point
from articles.differences import Part
from articles.merge import NUMBERS, UPSTREAM_FIELDS, Value
from articles.models import Article, StandingDecision
from articles.models.decision import Field
from articles.projection import standing_of
from articles.settling import Seen, fingerprint, may_release, others_decision, upstream_of

LONGEST = 4000  # characters of a text that a row shows; a longer one is decided on the story's own page
SCROLLS = 400
SAID = 80  # characters of a value in a sentence
WORDY = ("title", "excerpt", "topics")  # their values stand right above the buttons
THIS = "this"
WAYS = {"set": "set it", "boost": "boosted it", "keep": "kept it", "release": "released it", "undo": "undid a decision"}


@dataclass(frozen=True, slots=True)
class Column:
    """What upstream said at a moment: its value and its link, in parts, and the link's address."""

    value: list[Part]
    link: list[Part]
    address: str


@dataclass(slots=True)
class Row:
    """A field of an article that waits for an answer, or came back from one."""

    key: str
    field: str
    label: str
    article: Article
    standing: StandingDecision | None
    was: Column | None
    now: Column
    yours: str
    take: str  # on the buttons: the value, where it is short
    keep: str
    boost: str  # "+20"
    by_link: bool
    since: datetime | None
    may_release: bool
    others: str  # why it may not be released
    editable: bool
    typed: str  # what stands in the input
    seen: str  # for the hidden input
    curve: str = ""
    ticked: bool = False
    told: list[str] = field(default_factory=list)

    @property
    def is_number(self) -> bool:
        return self.field in NUMBERS

    @property
    def is_long(self) -> bool:
        """Whether its texts may scroll inside themselves, and so must be reached by keyboard."""
        return sum(len(part.text) for part in self.now.value) > SCROLLS or len(self.yours) > SCROLLS

    @property
    def in_conflict(self) -> bool:
        return self.standing is not None and self.standing.in_conflict

    @property
    def way(self) -> str:
        return WAYS[self.standing.decision.kind]


def row_of(article: Article, name: str, standing: StandingDecision | None, user, curve: str = "") -> Row:
    """A row as it is now; without a decision in force only upstream's value is in it."""
    upstream = upstream_of(article, name, standing)
    effective = standing_of(standing).effective if standing else upstream
    link = standing.link if standing else article.link
    base = standing.base if standing else upstream
    was, now = _parts(name, base, upstream)
    was_link, now_link = differences.links(standing.base_link if standing else link, link)
    by_link = standing is not None and standing.link_since is not None
    mine = standing is not None and may_release(user, standing)
    typed = input_text(name, effective)
    return Row(
        key=f"{article.pk}-{name}",
        field=name,
        label=Field(name).label,
        article=article,
        standing=standing,
        was=Column(was, was_link, standing.base_link) if standing else None,
        now=Column(now, now_link, link),
        yours=short(effective, LONGEST),
        take=THIS if name in WORDY else short(upstream),
        keep=THIS if name in WORDY else short(effective),
        boost=f"{standing.value:+d}" if standing and standing.kind == "boost" else "",
        by_link=by_link,
        since=(standing.link_since or standing.moved_since) if standing else None,
        may_release=mine,
        others="" if mine or standing is None else others_decision(standing),
        editable=len(typed) <= LONGEST,
        typed=typed,
        seen=seen_text(Seen.of(article, name, standing), shown(upstream), typed),
        curve=curve,
    )


def _parts(name: str, was: Value, now: Value) -> tuple[list[Part], list[Part]]:
    if name == "topics" and was and now:
        return differences.lists(was, now)
    if name in ("title", "excerpt") and was and now:
        return differences.texts(short(was, LONGEST), short(now, LONGEST))
    differs = was != now
    return [Part(short(was, LONGEST), differs)], [Part(short(now, LONGEST), differs)]


def short(value: Value, length: int = SAID) -> str:
    text = shown(value)
    return text if len(text) <= length else text[: length - 1] + "…"


def curve_of(standing: StandingDecision, points: list[Point], now: datetime) -> str:
    """How upstream's number went since it was decided, with the desk's as a line; "" for what is no number."""
    if standing.field not in NUMBERS:
        return ""
    values = [(point.at, getattr(point, standing.field)) for point in points]
    return decided_curve(standing.field, values, standing_of(standing).effective, standing.decision.at, now)


# -- the input of another value


def input_text(name: str, value: Value) -> str:
    """A value as it stands in its input: topics one a line."""
    if name == "topics":
        return "\n".join(value or ())
    return "" if value in (None, "") else shown(value)


# -- what a page showed


def seen_text(seen: Seen, said: str, typed: str) -> str:
    """For a hidden input: what the row is about, and, to tell of it should it change, what it displayed."""
    values = [seen.decision, seen.value, seen.link, said[:SAID], fingerprint(plain(typed))]
    return json.dumps(values, ensure_ascii=False)


def plain(text: str) -> str:
    """As a browser sends it back, whatever it does to line ends and to what stands around a text."""
    return "\n".join(text.replace("\0", "").splitlines()).strip()


def grouped(rows: Collection[Row], order: Mapping[int, int]) -> list[tuple[Article, list[Row]]]:
    """The rows by their article, the articles in this order."""
    by_article: dict[int, list[Row]] = {}
    for row in sorted(rows, key=lambda row: (order[row.article.pk], UPSTREAM_FIELDS.index(row.field))):
        by_article.setdefault(row.article.pk, []).append(row)
    return [(rows[0].article, rows) for rows in by_article.values()]
