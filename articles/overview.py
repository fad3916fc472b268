"""What the desk's first page tells: what waits, what happened, and how the site does.

Each question costs the same however many stories there are: it looks at the best, the newest, or a day's own, and says
at how many. `now` (aware) is always an argument.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import quantiles
from typing import NamedTuple

from django.db.models import BooleanField, Case, Count, Exists, Max, OuterRef, Q, Sum, When
from django.utils.timezone import get_current_timezone, localtime

from articles.models import (
    Article,
    Decision,
    Image,
    ImageFetch,
    ImagesPolicy,
    ImportRun,
    KeptImage,
    StandingDecision,
    Version,
    images_policy,
)
from articles.ranking import BURIED, PLACES

BEST = 500  # stories by rank, among which the undecided are counted
NEWEST = 500  # stories by date, in which gaps are looked for
CONFLICTS = 1_000  # are counted one by one; more are "1,000 or more"
LAST = 8  # imports
EDITORS = 20
DECISIONS = 10_000  # the newest; a bulk action alone makes thousands
DAYS = 30
VERSIONS = 3_000  # the newest things upstream said
FIRST_DATE = date(2, 1, 1)  # a story may be of the first day of the year 1, and there are no days before that

# -- what waits


@dataclass(frozen=True, slots=True)
class Conflicts:
    """How many fields are in conflict (at most `CONFLICTS` are looked at), of how many stories, and since when."""

    fields: int
    stories: int
    since: datetime | None

    @property
    def are_more(self) -> bool:
        return self.fields == CONFLICTS


def undecided() -> int:
    """How many of the `BEST` best stories nobody has decided anything about, those included that upstream hides."""
    best = Article.objects.existing().filter(withdrawn=False).ranked().values("pk")[:BEST]
    return Article.objects.filter(pk__in=best).undecided().count()


def conflicts() -> Conflicts:
    """The open conflicts, where an editor is asked for another look."""
    rows = StandingDecision.objects.in_conflict().order_by("article")
    rows = rows.values_list("article", "moved_since", "link_since")[:CONFLICTS]
    since = [moment for _, *moments in rows for moment in moments if moment]
    return Conflicts(len(rows), len({article for article, *_ in rows}), min(since, default=None))


@dataclass(frozen=True, slots=True)
class Runs:
    """The newest imports, and the newest one of each source: what that held back or rejected still waits."""

    last: list[ImportRun]
    of_each_source: list[ImportRun]


def runs() -> Runs:
    """The last `LAST` imports, without those that read a repository's history: a run for each of its commits."""
    newest = ImportRun.objects.order_by().values("source").annotate(newest=Max("pk")).values("newest")
    last = ImportRun.objects.filter(commit="").order_by("-pk").values("pk")[:LAST]
    found = ImportRun.objects.filter(Q(pk__in=newest) | Q(pk__in=last)).order_by("-pk")
    found = list(found.defer("errors", "warnings", "differences"))  # thousands, where a whole folder was bad
    newest_of = {run.source: run for run in reversed(found)}
    return Runs([run for run in found if not run.commit][:LAST], sorted(newest_of.values(), key=lambda run: -run.pk))


MISSING = 1_000  # pictures that did not come are counted one by one; more are "1,000 or more"


def missing_pictures(now: datetime) -> int:
    """How many addresses turned out gone, or were refused, in the last 24 hours (at most `MISSING` are looked at)."""
    states = (ImageFetch.State.GONE, ImageFetch.State.REFUSED)
    lately = ImageFetch.objects.filter(state__in=states, removed=False, tried_at__gt=now - timedelta(days=1))
    return len(lately.order_by().values_list("pk")[:MISSING])


@dataclass(frozen=True, slots=True)
class Pictures:
    """What this site keeps itself: how many pictures, of which editors gave `uploaded`, how large they came and are;
    and of the addresses that pictures are wanted from, how many are in each state. Looks at all of them."""

    kept: int
    uploaded: int
    original_bytes: int
    kept_bytes: int
    wanted: int
    gone: int
    refused: int
    taken_down: int


def pictures() -> Pictures:
    """In three queries, of which none reads more than an index, but for what was refused."""
    sums = {"original": Sum("original_bytes", default=0), "all_kept": Sum("kept_bytes", default=0)}
    of = KeptImage.objects.aggregate(kept=Count("pk"), uploaded=Count("pk", filter=~Q(uploaded_by="")), **sums)
    counts = Counter(dict(ImageFetch.objects.order_by().values_list("state").annotate(Count("pk"))))
    taken_down = ImageFetch.objects.filter(state=ImageFetch.State.REFUSED, removed=True).count()
    return Pictures(
        kept=of["kept"],
        uploaded=of["uploaded"],
        original_bytes=of["original"],
        kept_bytes=of["all_kept"],
        wanted=counts["wanted"],
        gone=counts["gone"],
        refused=counts["refused"] - taken_down,
        taken_down=taken_down,
    )


# -- what happened


class Decided(NamedTuple):
    """By one editor, among the newest `DECISIONS`: in 24 hours, in 7 days, and when last."""

    username: str
    day: int
    week: int
    last: datetime


def decisions_by_editor(now: datetime) -> list[Decided]:
    """Who decided how much in the last seven days, the busiest first."""
    newest = Decision.objects.order_by("-pk").values("pk")[:DECISIONS]
    found = Decision.objects.filter(pk__in=newest, at__gt=now - timedelta(days=7)).order_by().values("username")
    lately = Count("pk", filter=Q(at__gt=now - timedelta(days=1)))
    found = found.annotate(day=lately, week=Count("pk"), last=Max("at")).order_by("-week", "username")
    return [Decided(**row) for row in found[:EDITORS]]


# -- stories a day


class Day(NamedTuple):
    date: date
    stories: int


def stories_a_day(now: datetime) -> list[Day]:
    """Published stories by their date, over `DAYS` days to today: or, where these are empty, to the newest story's day.

    Today's count goes up to `now`. Without any published story it is empty.
    """
    newest = Article.objects.published().filter(published_at__lte=now).latest().only("published_at").first()
    if newest is None:
        return []
    today, last = localtime(now).date(), localtime(max(newest.published_at, _midnight(FIRST_DATE))).date()
    end = today if last > today - timedelta(days=DAYS) else last
    days = [end - timedelta(days=back) for back in reversed(range(DAYS))]
    edges = [_midnight(day) for day in (*days, end + timedelta(days=1))]
    edges[-1] = min(edges[-1], now)
    counts = Article.objects.published().counted_between(edges)
    return [Day(day, counts[place]) for place, day in enumerate(days)]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=get_current_timezone())


# -- what upstream's stories lack, and whose they are


@dataclass(frozen=True, slots=True)
class Gaps:
    """Of the `stories` newest, how many lack each (a picture: readers see none), and how many there are of each
    outlet, by its key."""

    stories: int
    provider: int
    link: int
    image: int
    excerpt: int
    outlets: Counter


def pictured() -> Q:
    """A condition on stories: readers see a picture, as the policies are now. What an editor gave counts under each of
    them; of upstream's the first, unless it was taken down, and under `cached` only where it is kept or of this site.

    Index look-ups alone, for each story that the rest of a query leaves.
    """
    first = Image.objects.filter(article=OuterRef("pk"), position=0)
    kept = ImageFetch.objects.filter(kept__isnull=False).of_url(OuterRef("url"))
    of_this_site = Q(url__startswith="/")
    shown = {
        ImagesPolicy.HOTLINK: Exists(first.not_removed()),
        ImagesPolicy.CACHED: Exists(first.filter(of_this_site | Q(Exists(kept))).not_removed()),
    }
    found = Q(Exists(KeptImage.objects.filter(digest=OuterRef("picture"))), picture__isnull=False)
    for policy, condition in shown.items():
        own = [word for word in ("", *ImagesPolicy.values) if images_policy(word) == policy]
        whose = Q(provider__images_policy__in=own)
        if "" in own:
            whose |= Q(provider=None)
        if own:
            found |= whose & Q(condition)
    return found


def gaps() -> Gaps:
    """What the `NEWEST` newest stories lack that says whose they are or shows them, the unpublished included."""
    lacking = {
        "no_link": Q(link=""),
        "no_excerpt": Q(excerpt=""),
        "no_image": Case(When(pictured(), then=False), default=True, output_field=BooleanField()),
    }
    newest = Article.objects.existing().filter(withdrawn=False).latest().annotate(**lacking)
    rows = list(newest.values_list("provider", *lacking)[:NEWEST])
    outlets, *counts = zip(*rows, strict=True) if rows else ((), (), (), ())
    link, excerpt, image = map(sum, counts)
    return Gaps(len(rows), outlets.count(None), link, image, excerpt, Counter(filter(None, outlets)))


# -- whose stories lead


class Outlet(NamedTuple):
    key: int
    name: str
    stories: int


@dataclass(frozen=True, slots=True)
class Shares:
    """How the ranked list of the front page is divided among outlets."""

    stories: int
    unnamed: int  # without a provider
    outlets: list[Outlet]  # the one with the most stories first

    @property
    def largest(self) -> float:
        """The share of the outlet that has most of it, from 0 to 1."""
        return self.outlets[0].stories / self.stories if self.outlets else 0.0

    @property
    def herfindahl(self) -> float:
        """The sum of the squared shares of those named: 1 where one has all, 1/n where n have the same; 0 for none."""
        named = self.stories - self.unnamed
        return sum((outlet.stories / named) ** 2 for outlet in self.outlets) if named else 0.0


def shares(now: datetime) -> Shares:
    """Whose stories stand on the front page at `now`, those included that are pinned there."""
    names = ("pk", "provider", "provider__name")
    rows = list(Article.objects.pinned(now).values_list(*names)[:PLACES])
    rest = Article.objects.listed(now).exclude(pk__in=[key for key, *_ in rows]).ranked()
    rows += rest.values_list(*names)[: PLACES - len(rows)]
    counted = Counter((key, name) for _, key, name in rows if key is not None)
    outlets = [Outlet(key, name, stories) for (key, name), stories in counted.items()]
    outlets.sort(key=lambda outlet: (-outlet.stories, outlet.name.lower(), outlet.key))
    return Shares(len(rows), len(rows) - counted.total(), outlets)


# -- heat over time


class Heat(NamedTuple):
    """Of what upstream said in the hour or day from `at` on: the middle one, the one that a tenth are above, how many
    files, and how many of these it buried, which the other two leave out."""

    at: datetime
    median: float
    ninth: float
    said: int
    buried: int


@dataclass(frozen=True, slots=True)
class HeatOverTime:
    by: str  # "hour" or "day"
    points: list[Heat]


def heat_over_time() -> HeatOverTime:
    """Upstream's own heat in the `VERSIONS` newest versions, oldest first: by hour where they are of few days."""
    versions = Version.objects.filter(kind=Version.Kind.FILE, undone_by=None, heat__isnull=False)
    rows = list(versions.order_by("-pk").values_list("at", "heat")[:VERSIONS])
    times = [at for at, _ in rows]
    by = "hour" if not rows or max(times) - min(times) <= timedelta(days=3) else "day"
    groups: dict[datetime, list[int]] = {}
    floors = {at: _floor(at, by) for at in set(times)}  # few: a run has one time for all
    for at, heat in rows:
        groups.setdefault(floors[at], []).append(heat)
    return HeatOverTime(by, [_heat(at, groups[at]) for at in sorted(groups)])


def _floor(at: datetime, by: str) -> datetime:
    local = localtime(at)
    return local.replace(minute=0, second=0, microsecond=0, **({"hour": 0} if by == "day" else {}))


def _heat(at: datetime, heats: Sequence[int]) -> Heat:
    alive = [heat for heat in heats if heat != BURIED]
    deciles = quantiles(alive, n=10, method="inclusive") if len(alive) > 1 else (alive or [0]) * 9
    return Heat(at, deciles[4], deciles[8], len(heats), len(heats) - len(alive))
