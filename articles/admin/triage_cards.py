"""All that an editor needs to judge a story, for a few stories at once in a bounded number of queries."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise

from django.db.models import Max, Prefetch, QuerySet, Window
from django.db.models.functions import RowNumber

from articles.admin.changes import Changed, story_changes
from articles.admin.curves import heat_curve
from articles.admin.display import Shown, shown
from articles.admin.pictures import Picture, lead_picture, with_kept
from articles.admin.triage_place import FrontPage
from articles.admin.triage_queue import place_in_queue
from articles.curves import curves
from articles.models import Article, Decision, RelatedLink, StandingDecision, Version
from articles.projection import story_of
from articles.querysets import ordered_topics
from articles.ranking import BURIED

STEP = 10  # of a boost
VERSIONS = 3  # of upstream's newest, compared with each other
LINES = 5  # of a list that is to be read at a glance
LADDER = (1, 4, 10, 25)  # places worth knowing the price of
CLOSELY = ("published", "heat", "quality")


@dataclass(frozen=True, slots=True)
class Told:
    """What upstream changed, and when."""

    changed: Changed
    at: datetime


@dataclass(frozen=True, slots=True)
class Outlet:
    """What another outlet told of the story: its first report, and how many more there are."""

    name: str
    first: RelatedLink
    more: int


@dataclass(frozen=True, slots=True)
class Value:
    """One of the values that are decided in triage, with the decision on it, if any."""

    field: str
    value: str
    decided: Shown | None


@dataclass(frozen=True, slots=True)
class Card:
    """A story as triage shows it."""

    article: Article
    state: str
    cursor: str
    values: list[Value]
    decided: list[Shown]  # on all other fields
    outlets: list[Outlet]
    coverage: int
    changes: list[Told]
    curve: str
    place: int | None
    places: list[tuple[int, int]]
    newest_decision: int

    @property
    def picture(self) -> Picture | None:
        return lead_picture(self.article)

    @property
    def upstream_heat(self) -> int:
        row = next((each.decided.row for each in self.values if each.field == "heat" and each.decided), None)
        return row.upstream or 0 if row else self.article.heat

    @property
    def up(self) -> int | None:
        return self._boosted(STEP)

    @property
    def down(self) -> int | None:
        return self._boosted(-STEP)

    def _boosted(self, step: int) -> int | None:
        """The boost over upstream's heat that moves the heat of now by `step`; what upstream buries cannot be."""
        if self.upstream_heat == BURIED:
            return None
        base = self.upstream_heat if self.article.is_buried else self.article.heat
        return max(0, base + step) - self.upstream_heat

    @property
    def ladder(self) -> list[tuple[int, int]]:
        return [(place, heat) for place, heat in self.places if place in LADDER]

    @property
    def places_json(self) -> str:
        return json.dumps(self.places)

    @property
    def conflicts(self) -> list[StandingDecision]:
        return [row for row in self.article.standing_decisions.all() if row.in_conflict]

    @property
    def offered(self) -> str:
        """What keeping and following are offered for: see `triage_answers`."""
        return json.dumps(offered(self.conflicts))


def offered(conflicts: Collection[StandingDecision]) -> dict[str, list]:
    return {row.field: [row.upstream, row.link, row.decision_id] for row in conflicts}


def cards(keys: Sequence[int], now: datetime) -> list[Card]:
    """The stories with these keys, in their order, without those that are gone: eleven queries for any number."""
    if not keys:
        return []
    found = {article.pk: article for article in _articles(keys)}
    front, heats, lately = FrontPage.of(now), curves(found), _versions(found)
    newest = dict(Decision.objects.filter(article__in=found).order_by().values_list("article").annotate(Max("pk")))
    return [
        _card(found[key], now, front, heats[key], lately.get(key, []), newest.get(key, 0))
        for key in dict.fromkeys(keys)
        if key in found
    ]


def _articles(keys: Collection[int]) -> QuerySet:
    related = RelatedLink.objects.select_related("provider").defer("excerpt")
    standing = StandingDecision.objects.select_related("decision")
    beside = (ordered_topics(), Prefetch("related", related), Prefetch("standing_decisions", standing))
    return with_kept(Article.objects.existing().filter(pk__in=keys).for_cards(), *beside)


def _card(article, now, front, points, versions, newest_decision) -> Card:
    standings = {row.field: Shown.of(row) for row in article.standing_decisions.all()}
    related = list(article.related.all())
    return Card(
        article=article,
        state=article.state(now),
        cursor=place_in_queue(article),
        values=[Value(field, shown(getattr(article, field)), standings.get(field)) for field in CLOSELY],
        decided=[each for field, each in standings.items() if field not in CLOSELY],
        outlets=list(_by_outlet(related))[:LINES],
        coverage=len(related),
        changes=list(_changes(article, versions))[:LINES],
        curve=heat_curve(points, now),
        place=front.place(article, article.heat),
        places=front.heats_for_places(article),
        newest_decision=newest_decision,
    )


def _by_outlet(related: Collection[RelatedLink]) -> Iterator[Outlet]:
    """Outlets in upstream's order of their first report."""
    reports: dict[str, list[RelatedLink]] = {}
    for link in related:
        reports.setdefault(link.provider.name if link.provider else "", []).append(link)
    for name, links in reports.items():
        yield Outlet(name, links[0], len(links) - 1)


def _versions(keys: Collection[int]) -> dict[int, list[Version]]:
    """The newest few files of each article, the newest first, in one query: the bytes of no others are read."""
    files = Version.objects.filter(article__in=keys, kind=Version.Kind.FILE, undone_by=None)
    nth = Window(RowNumber(), partition_by="article", order_by=["-at", "-pk"])
    newest = files.order_by().annotate(nth=nth).filter(nth__lte=VERSIONS).values("pk")
    found = Version.objects.filter(pk__in=newest).order_by("article", "-at", "-pk")
    return {key: list(versions) for key, versions in groupby(found, key=lambda version: version.article_id)}


def _changes(article: Article, versions: Collection[Version]) -> Iterator[Told]:
    """What upstream changed from each of these versions to the next, the newest first."""
    for version in versions:
        version.article = article
    told = [(version.at, story_of(version)) for version in versions]
    for (at, new), (_, old) in pairwise(told):
        changes = story_changes(old, new)
        yield from (Told(change, at) for change in changes or [Changed("something else")])
