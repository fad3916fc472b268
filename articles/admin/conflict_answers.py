"""What a browser posts of the queue of conflicts, and what is said of an answer that could not be given effect."""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict

from articles.admin.blame import newest_decision, upstreams_last_change
from articles.admin.conflict_rows import WAYS, Row, plain, short
from articles.admin.display import quoted
from articles.merge import NUMBERS, UPSTREAM_FIELDS
from articles.models import Decision
from articles.settling import Answer, Returned, Seen, fingerprint, upstream_of
from articles.site.words import age

Key = tuple[int, str]  # an article's key and a field


@dataclass(frozen=True, slots=True)
class Posted:
    """A row as a browser posts it. `said` is upstream's value that the page displayed, in words."""

    article: int
    field: str
    seen: Seen
    said: str
    typed: str | None  # None where the row has no input
    touched: bool
    ticked: bool

    def answer(self, do: str) -> Answer:
        """Setting what was not typed over is keeping it."""
        do = "keep" if do == "set" and not self.touched else do
        return Answer(self.article, self.field, do, self.seen, typed_value(self.field, self.typed or ""))


def typed_value(name: str, text: str) -> Any:
    """What was typed as what can be decided; whether it can is for the verb to say."""
    if name == "published":
        return {"yes": "true", "no": "false"}.get(text, text)
    if name == "topics":
        return [line.strip() for line in text.splitlines() if line.strip()]
    return text.strip() if name in NUMBERS else text


_KEY = re.compile(rf"([0-9]{{1,18}})-({'|'.join(UPSTREAM_FIELDS)})")


def posted_rows(data: QueryDict) -> dict[str, Posted]:
    """The rows of a posted page, in its order. What does not look like one of its rows is passed over."""
    ticked = set(data.getlist("row"))
    found = {}
    for name in data:
        key = name.removeprefix("seen-")
        matched = _KEY.fullmatch(key)
        if name == key or matched is None or (loaded := _loaded(data[name])) is None:
            continue
        decision, value, link, said, untouched = loaded
        typed = data.get(f"value-{key}")
        touched = typed is not None and fingerprint(plain(typed)) != untouched
        seen = Seen(decision, value, link)
        found[key] = Posted(int(matched[1]), matched[2], seen, said, typed, touched, key in ticked)
    return found


def _loaded(text: str) -> list | None:
    try:
        loaded = json.loads(text)
        str(loaded).encode()  # a lone surrogate is in no page of ours
    except (ValueError, RecursionError):
        return None
    kinds = [int, str, str, str, str]
    return loaded if isinstance(loaded, list) and [type(each) for each in loaded] == kinds else None


def refill(row: Row, posted: Posted | None, done: Collection[Key]) -> None:
    """Put back into a row what its editor had typed and ticked, where that was not done."""
    if posted is None or (posted.article, posted.field) in done:
        return
    row.ticked = posted.ticked
    if posted.touched and posted.typed is not None:
        row.typed = posted.typed


# -- what came back


def tell(back: Mapping[Key, Returned], posted: Mapping[str, Posted], rows: Iterable[Row], now: datetime) -> None:
    """Say on each row that came back why it did, and what its editor wanted."""
    for row in rows:
        if returned := back.get((row.article.pk, row.field)):
            was = posted[row.key]
            row.told = [returned.why]
            if returned.changed:
                wanted = f"You wanted to {_wanted(returned.answer.do, was)}. Press again to do so."
                row.told = [_changed(row, was, now), wanted]


def _changed(row: Row, was: Posted, now: datetime) -> str:
    """Who or what came first: a colleague, an import, or both; and the two values."""
    seen, holding = was.seen, Seen.of(row.article, row.field, row.standing)
    told = []
    if seen.decision != holding.decision and (decision := newest_decision(row.article, row.field)):
        holds = "" if decision.kind == Decision.Kind.KEEP else f", {quoted(decision.new)} holds now"
        told.append(f"{decision.username} {WAYS[decision.kind]} {_ago(decision.at, now)}{holds}")
    if seen.value != holding.value:
        who, when = upstreams_last_change(row.article, row.field)
        upstream = short(upstream_of(row.article, row.field, row.standing))
        told.append(f"{who} changed upstream’s to {upstream} {_ago(when, now)}, this page showed {was.said}")
    elif seen.link != holding.link:
        who, when = upstreams_last_change(row.article, None)
        told.append(f"{who} changed upstream’s link {_ago(when, now)}")
    return "; ".join(told or ["It has changed since this page was made"]) + "."


def _wanted(do: str, was: Posted) -> str:
    return {
        "keep": "keep the desk’s value",
        "take": f"follow upstream ({was.said})",
        "own": f"decide upstream’s value ({was.said}) as your own",
        "set": f"decide {short(was.typed or '')}",
    }[do]


def _ago(when: datetime, now: datetime) -> str:
    return age(when, now) or f"on {when:%Y-%m-%d}"
