"""How a story unfolded for readers: who told it when, when it came here, and what was changed since. Public facts only:
what editors do behind the scenes is the desk's (`articles.timeline`)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from articles.models import Article, Correction, RelatedLink

CORRECTIONS = 10  # of the newest that are told; all of them stand on /corrections/


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a story at a time (aware). `what` is one of `published`, `told`, `updated`, `came` and
    `changed`; `outlets` the names of those who told it; `field` and `before` what a change was of, and its text."""

    at: datetime
    what: str
    outlets: tuple[str, ...] = ()
    field: str = ""
    before: str = ""


def chronicle(article: Article, related: Iterable[RelatedLink], now: datetime) -> list[Event]:
    """The events up to `now`, oldest first, of an article that was asked for `with_corrections()`. Asks nothing."""
    outlet = (article.provider.name,) if article.provider else ()
    events = [Event(article.published_at, "published", outlet)]
    dated = [item for item in related if item.published_at and item.provider]
    events += [Event(item.published_at, "told", (item.provider.name,)) for item in dated]
    # An embargo is the desk's own affair: what readers may know is when it came to be seen.
    events.append(Event(max(article.created_at, article.visible_from), "came"))
    if article.updated_at:
        events.append(Event(article.updated_at, "updated", outlet))
    events += _changes(article.corrected or [])
    return _folded(sorted((event for event in events if event.at <= now), key=lambda event: event.at))


def _changes(corrected: Iterable[dict]) -> list[Event]:
    words = dict(Correction.Field.choices)
    found = [Event(_moment(each["at"]), "changed", (), words[each["field"]], each["before"]) for each in corrected]
    return sorted(found, key=lambda event: event.at)[-CORRECTIONS:]


def _moment(text: str) -> datetime:
    """A time as a database writes it into JSON: SQLite without its zone, which is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _folded(events: list[Event]) -> list[Event]:
    """The events, each run of outlets that told it one after the other as one event, each outlet named once."""
    folded = []
    for is_told, run in groupby(events, key=lambda event: event.what == "told"):
        run = list(run)
        if is_told:
            outlets = dict.fromkeys(name for event in run for name in event.outlets)
            run = [Event(run[0].at, "told", tuple(outlets))]
        folded += run
    return folded
