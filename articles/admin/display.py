"""What the desk shows of stories, in HTML that Django escapes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html

from articles.admin.picture_words import ANOTHER, UPSTREAMS, cropped_around
from articles.curation import conflict_of
from articles.merge import UPSTREAM_FIELDS, Value, same
from articles.models import Article, StandingDecision
from articles.projection import standing_of
from articles.site.words import age, local_time

EMPTY = "–"  # said in full where Django would print None


def admin_link(text: str, name: str, *args, query: dict | None = None) -> str:
    address = reverse(f"admin:{name}", args=args)
    return format_html('<a href="{}">{}</a>', f"{address}?{urlencode(query)}" if query else address, text)


# -- values


def quoted(value: Value) -> str:
    """As `shown`, with a text in quotes, for a sentence."""
    return f"“{value}”" if isinstance(value, str) and value else shown(value)


def shown(value: Value) -> str:
    """A decidable value in words: as an editor would write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if same(value, None):
        return "nothing"
    if isinstance(value, list | tuple):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value)


def worded(field: str, value: Value, pictures: Mapping[str, str] = {}) -> str:
    """As `shown`, the times of the desk's own fields as the desk writes times; pictures by what `pictures` calls them
    (`pictures_named`), or as another one."""
    if field == "picture":
        return pictures.get(value, ANOTHER) if value else UPSTREAMS
    if field == "focal_point":
        return cropped_around(value)
    if field == "pinned" and value:
        place, _, until = value.partition(",")
        return f"place {place} until {_moment(until)}" if until else f"place {place}"
    return _moment(value) if field in ("publish_at", "publish_until") and value else shown(value)


def _moment(text: str) -> str:
    return f"{local_time(datetime.fromisoformat(text)):%-d %b %Y %H:%M}"


# -- times


class Moment(datetime):
    """A time that templates print as it is: those of year 1 are in no other zone."""

    convert_to_local_time = False

    @classmethod
    def of(cls, when: datetime) -> "Moment":
        return cls.combine(when.date(), when.timetz())


def dated(when: datetime | None) -> str:
    return (
        EMPTY if when is None else render_to_string("admin/articles/date.html", {"date": Moment.of(local_time(when))})
    )


def ago(when: datetime, now: datetime) -> str:
    """How long ago, or the day where that was long ago or lies ahead; the exact time in its title."""
    local = Moment.of(local_time(when))
    return render_to_string("admin/articles/age.html", {"date": local, "age": age(when, now)})


def told_state(article: Article, now: datetime) -> str:
    """What readers see of the story at `now`, and the clocks that change it: embargo, expiry, the end of a pin."""
    state = article.state(now)
    clocks = {
        Article.State.SCHEDULED: ("from", article.visible_from),
        Article.State.PUBLIC: ("until", article.publish_until),
        Article.State.EXPIRED: ("since", article.publish_until),
    }
    word, when = clocks.get(state, ("", None))
    pinned = article.pinned_place and (article.pinned_until is None or article.pinned_until > now)
    context = {
        "state": state,
        "buried": article.is_buried,
        "word": word,
        "clock": dated(when) if when else "",
        "place": article.pinned_place if pinned else None,
        "pinned_until": dated(article.pinned_until) if pinned and article.pinned_until else "",
    }
    return render_to_string("admin/articles/state.html", context)


# -- decisions in force


@dataclass(frozen=True, slots=True)
class Shown:
    """A decision in force as the desk shows it: upstream's value of now, the one that holds, and the conflict."""

    row: StandingDecision
    upstream: str | None  # None for the desk's own fields: upstream says nothing of them
    effective: str
    by: str  # "+20" of a boost
    conflict: dict | None

    @classmethod
    def of(cls, row: StandingDecision) -> "Shown":
        return cls(
            row=row,
            upstream=shown(row.upstream) if row.field in UPSTREAM_FIELDS else None,
            effective=worded(row.field, standing_of(row).effective),
            by=f"{row.value:+d}" if row.kind == "boost" else "",
            conflict=_conflict(row),
        )


IN_CELLS = ("published", "quality", "heat")  # beside their inputs in the list
CLOCKS = ("publish_at", "publish_until", "pinned")  # told with what readers see


def decided_in_row(article: Article) -> dict[str, Shown]:
    """The decisions in force on the three fields that the list has an input for, by field."""
    return {row.field: Shown.of(row) for row in article.standing_decisions.all() if row.field in IN_CELLS}


def cell(decision: Shown) -> str:
    """What stands below an input of the list: `57 → ● 80`, and in conflict upstream's two values."""
    return render_to_string("admin/articles/cell.html", {"each": decision})


def beside_cells(article: Article) -> str:
    """The decisions that neither an input of the list nor a clock tells of, and conflicts of links, or ""."""
    decisions = [Shown.of(row) for row in article.standing_decisions.all() if row.field not in CLOCKS]
    told = [each for each in decisions if each.row.field not in IN_CELLS or (each.conflict or {}).get("by_link")]
    context = {"decisions": told, "in_cells": IN_CELLS}
    return render_to_string("admin/articles/decided.html", context) if told else ""


def _conflict(row: StandingDecision) -> dict | None:
    """The two values in words, or the two links with the ends in which they differ."""
    conflict = conflict_of(row)
    if conflict is None:
        return None
    was, now = conflict["was"], conflict["now"]
    if conflict["reason"] == "moved":
        return {"by_link": False, "was": quoted(was), "now": quoted(now)}
    return {"by_link": True, "was": was, "now": now, "ends": [_end(was, now), _end(now, was)]}


def _end(link: str | None, other: str | None) -> str:
    """A link from the last part on that it begins like the other: "…/a-second-story"."""
    if not link or not other:
        return link or "no link"
    shared = next((place for place, (a, b) in enumerate(zip(link, other, strict=False)) if a != b), 0)
    start = link.rfind("/", 0, shared)
    return link if start < len("https://") else "…" + link[start:]
