"""The three-way merge: what upstream says, what an editor decided, what the site shows. Pure: values in, values out.

Upstream proposes, the editor disposes. An editor's decision stands whatever upstream says later; where upstream moves
away from what the editor had seen, that is a conflict for the editors to look at, never a change of the page.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from articles.ranking import BURIED
from articles.seeds import Story
from articles.seeds.values import NUMBER_LIMIT as HIGHEST

UPSTREAM_FIELDS = ("published", "quality", "heat", "title", "excerpt", "topics")
DESK_FIELDS = ("slug", "publish_at", "publish_until", "pinned", "picture", "focal_point")
FIELDS = UPSTREAM_FIELDS + DESK_FIELDS
NUMBERS = ("quality", "heat")
FAR = 20  # a number that moved by so much from what the editor saw is worth another look

Value = Any  # JSON: bool, int, str, list of str, or None


@dataclass(frozen=True, slots=True)
class Said:
    """What upstream says of the fields that editors can decide: JSON values, and the reader's link ("" for none)."""

    values: Mapping[str, Value]
    link: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A decision in force on one field, and how upstream stands to it.

    `base` and `base_link` are what the editor had seen of upstream; `links` all links accepted for this decision;
    `upstream` and `link` are upstream's of now; `moved_since` and `link_since` since when either is in conflict.
    """

    field: str
    kind: str  # "set" or "boost"
    value: Value
    base: Value
    base_link: str
    links: tuple[str, ...]
    upstream: Value
    link: str
    moved_since: datetime | None = None
    link_since: datetime | None = None

    @property
    def effective(self) -> Value:
        return boosted(self.upstream, self.value) if self.kind == "boost" else self.value

    @property
    def in_conflict(self) -> bool:
        return self.moved_since is not None or self.link_since is not None


@dataclass(frozen=True, slots=True)
class Effective:
    """What the site shows of an article: upstream's values with the decisions in force over them."""

    published: bool
    quality: int
    heat: int
    title: str
    excerpt: str
    topics: tuple[str, ...]
    published_at: datetime
    visible_from: datetime
    slug: str | None
    publish_at: datetime | None
    publish_until: datetime | None
    pinned_place: int | None
    pinned_until: datetime | None
    picture: str | None
    focal_point: str | None


def said(story: Story) -> Said:
    """Upstream's values of the decidable fields, each with its default where the key is absent."""
    return Said(
        {
            "published": bool(story.published),
            "quality": story.quality or 0,
            "heat": story.heat or 0,
            "title": story.title,
            "excerpt": story.excerpt or None,
            "topics": list(story.topics) or None,
        },
        story.link or "",
    )


def boosted(upstream: int | None, by: int) -> int:
    """Upstream's number, moved by an editor; what upstream buries stays buried."""
    return BURIED if upstream == BURIED else min(HIGHEST, max(0, (upstream or 0) + by))


def same(one: Value, other: Value) -> bool:
    """Whether two values of a field mean the same: an empty text or list is an absent one."""
    return (None if one in ("", []) else one) == (None if other in ("", []) else other)


def decide(field: str, kind: str, value: Value, heard: Said) -> Standing:
    """A new decision: what upstream says at this moment is what it is made against."""
    now = heard.values.get(field)
    return Standing(field, kind, value, now, heard.link, (heard.link,), now, heard.link)


def keep(standing: Standing) -> Standing:
    """The decision goes on, made against upstream's value and link of now."""
    links = standing.links if standing.link in standing.links else (*standing.links, standing.link)
    return replace(
        standing, base=standing.upstream, base_link=standing.link, links=links, moved_since=None, link_since=None
    )


def hear(standing: Standing, heard: Said, at: datetime) -> Standing:
    """Upstream spoke after the decision: it stands, and may come into conflict, or out of it.

    Where upstream comes to say what the site shows already, it has adopted the decision: a boost becomes a set of that
    value, or the next import would boost it once more. A decision of the desk's own fields hears nothing.
    """
    if standing.field not in UPSTREAM_FIELDS:
        return standing
    now, link = heard.values[standing.field], heard.link
    if same(now, standing.upstream) and link == standing.link:
        return standing
    spoken = replace(standing, upstream=now, link=link)
    if same(now, standing.effective):
        return keep(replace(spoken, kind="set", value=standing.effective))
    moved_since = None if same(now, standing.base) else standing.moved_since
    if moved_since is None and _moved_far(standing, now):
        moved_since = at
    return replace(
        spoken,
        moved_since=moved_since,
        link_since=None if link in standing.links else standing.link_since or at,
    )


def _moved_far(standing: Standing, now: Value) -> bool:
    if standing.kind == "boost":  # it moves with upstream
        return False
    if standing.field not in NUMBERS:
        return not same(now, standing.base)
    was_buried, is_buried = standing.base == BURIED, now == BURIED
    return was_buried != is_buried or abs(now - standing.base) >= FAR


def project(story: Story, standings: Mapping[str, Standing]) -> Effective:
    """What the site shows: for each field the decision in force, else what upstream says."""
    values = said(story).values | {field: standing.effective for field, standing in standings.items()}
    publish_at = _instant(values.get("publish_at"))
    place, _, until = (values.get("pinned") or "").partition(",")
    return Effective(
        published=values["published"],
        quality=values["quality"],
        heat=values["heat"],
        title=values["title"],
        excerpt=values["excerpt"] or "",
        topics=tuple(values["topics"] or ()),
        # The desk's date replaces that of a story from the future; an embargo does not make an old story new.
        published_at=min(story.published_at, publish_at) if publish_at else story.published_at,
        visible_from=publish_at or story.published_at,
        slug=values.get("slug"),
        publish_at=publish_at,
        publish_until=_instant(values.get("publish_until")),
        pinned_place=int(place) if place else None,
        pinned_until=_instant(until),
        picture=values.get("picture"),
        focal_point=values.get("focal_point"),
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
