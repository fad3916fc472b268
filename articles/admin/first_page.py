"""The desk's first page in words: what waits with a link to where it is done, what happened, and how the site does.

`articles.overview` counts; here a count becomes a sentence, a link that its reader may use, and a plot.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from statistics import fmean
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.urls import NoReverseMatch, reverse

from articles import overview
from articles.curation import PERMISSION
from articles.models import ImagesPolicy, ImportRun
from articles.site.words import age, counted, local_time

OUTLETS = 8  # are named; the others are told together
UNDISTURBED = (ImportRun.Status.FINISHED, ImportRun.Status.RUNNING)
DECISIONS = "articles_decision_changelist"
PICTURES = "articles_imagefetch_changelist"
LIST, RUN, RUNS = "articles_article_changelist", "articles_importrun_change", "articles_importrun_changelist"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for an editor: how much, of what, where it is done, and more of it in words with links."""

    number: str
    what: str
    link: str = ""
    details: list[tuple[str, str]] = field(default_factory=list)  # a text, and an address or ""

    @property
    def is_nothing(self) -> bool:
        return self.number == "0"


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot over time: what it shows in a sentence, its numbers as `plots.js` draws them, and the same as a table."""

    finding: str
    data: dict | None  # None where there is too little to draw
    rows: list


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of a table with a bar in it: of how many, and where to see them."""

    name: str
    count: int
    share: float  # per cent
    link: str = ""
    beside: float | None = None  # per cent of something to compare with
    full: float = 100.0  # per cent that a bar of full length stands for

    @property
    def length(self) -> str:
        return f"{100 * self.share / self.full:.1f}"

    @property
    def beside_length(self) -> str:
        return f"{100 * self.beside / self.full:.1f}"


def first_page(user: AbstractBaseUser, now: datetime) -> dict:
    """What the template of the first page shows to this user at `now`: nothing that they may not look at."""
    page: dict = {"now": now}
    if user.has_perm("articles.view_importrun"):
        page["runs"] = overview.runs()
    if user.has_perm("articles.view_decision"):
        decided = overview.decisions_by_editor(now)
        page["decided"] = [(each, _address(DECISIONS, query={"by": each.username})) for each in decided]
        page["all_decisions"] = _address(DECISIONS)
    if user.has_perm("articles.view_article"):
        page["gaps"] = overview.gaps()
        if page["gaps"].stories:
            page |= _plots(page["gaps"], now)
        else:
            page["is_empty"] = True
            may_import = user.has_perm("articles.run_import")
            page["import_link"] = _address("articles_importrun_upload") if may_import else ""
    page["waiting"] = _waiting(user, now, page)
    return page


def _address(*names: str, args: Sequence = (), query: dict | None = None) -> str:
    """The address of the first of these pages of the desk that there is; "" where there is none."""
    for name in names:
        try:
            address = reverse(f"admin:{name}", args=args)
        except NoReverseMatch:
            continue
        return f"{address}?{urlencode(query)}" if query and name.endswith("changelist") else address
    return ""


# -- what waits


def _waiting(user: AbstractBaseUser, now: datetime, page: dict) -> list[Waiting]:
    waiting = []
    if user.has_perm("articles.view_article"):
        decides = user.has_perm(PERMISSION)
        waiting += [_undecided(decides), _conflicts(decides, now)]
    if user.has_perm("articles.view_imagefetch") and settings.IMAGES == ImagesPolicy.CACHED:
        waiting += _missing_pictures(now)
    if "runs" in page:
        newest = page["runs"].of_each_source
        waiting += [_stopped(newest, now), _rejected(newest)]
    return waiting


def _undecided(decides: bool) -> Waiting:
    triage = ("articles_article_triage",) if decides else ()
    link = _address(*triage, LIST, query={"decided": "no"})
    return Waiting(f"{overview.undecided():,}", f"undecided among the {overview.BEST} best-ranked stories", link)


def _conflicts(decides: bool, now: datetime) -> Waiting:
    queue = ("articles_article_conflicts",) if decides else ()
    found = overview.conflicts()
    told = [f"on {counted(found.stories, 'story')}"] if found.stories else []
    told += [f"the oldest {age(found.since, now) or f'since {_date(found.since)}'}"] if found.since else []
    return Waiting(
        f"{found.fields:,}" + ("+" if found.are_more else ""),
        "conflict with upstream" if found.fields == 1 else "conflicts with upstream",
        _address(*queue, LIST, query={"decided": "conflict"}),
        [(", ".join(told), "")] if told else [],
    )


def _missing_pictures(now: datetime) -> list[Waiting]:
    """The pictures that stories have lost, or never had, of late; no line where there are none."""
    found = overview.missing_pictures(now)
    if not found:
        return []
    number = f"{found:,}" + ("+" if found == overview.MISSING else "")
    what = "picture is gone or was refused" if found == 1 else "pictures are gone or were refused"
    return [Waiting(number, f"{what} in the last 24 hours", _address(PICTURES))]


def _stopped(runs: Sequence[ImportRun], now: datetime) -> Waiting:
    """The sources whose newest import was held, or ended before it was done."""
    stopped = [run for run in runs if run.status not in UNDISTURBED]
    held = all(run.status == ImportRun.Status.HELD for run in stopped)
    what = "imports are held: too much would change" if held else "imports were held or stopped short"
    if len(stopped) == 1:
        what = "import is held: too much would change" if held else "import stopped short"
    details = [
        (f"run {run.pk} of {run.source} {run.status}, {age(run.started_at, now) or _date(run.started_at)}", _run(run))
        for run in stopped
    ]
    return Waiting(str(len(stopped)), what if stopped else "imports are held", _of(stopped), details)


def _rejected(runs: Sequence[ImportRun]) -> Waiting:
    bad = [run for run in runs if run.rejected]
    number = sum(run.rejected for run in bad)
    details = [(f"{run.rejected:,} in run {run.pk} of {run.source}", _run(run)) for run in bad]
    what = "file was rejected" if number == 1 else "files were rejected"
    return Waiting(f"{number:,}", f"{what} in the newest imports", _of(bad), details)


def _of(runs: Sequence[ImportRun]) -> str:
    return _run(runs[0]) if len(runs) == 1 else _address(RUNS)


def _run(run: ImportRun) -> str:
    return _address(RUN, args=[run.pk])


def _date(moment: datetime) -> str:
    return f"{local_time(moment):%-d %B %Y}"


# -- how the site does


def _plots(gaps: overview.Gaps, now: datetime) -> dict:
    shares = overview.shares(now)
    return {
        "days": _days(overview.stories_a_day(now), now),
        "heat": _heat(overview.heat_over_time()),
        "shares": {"finding": _mix(shares), "bars": _outlets(shares, gaps), "of": shares.stories},
        "lacking": _lacking(gaps),
    }


def _days(days: Sequence[overview.Day], now: datetime) -> Plot:
    if not days:
        return Plot("No story is published yet.", None, [])
    *before, last = days
    mean = fmean(day.stories for day in before)
    if days[-1].date == local_time(now).date():
        finding = f"{last.stories:,} so far today; {_number(mean)} a day in the {len(before)} days before."
    else:
        finding = f"None since {last.date:%-d %B %Y}. In the {len(before)} days before, {_number(mean)} a day."
    x = [_drawn(datetime.combine(day.date, time.min)) for day in days]
    series = [{"name": "stories", "kind": "bars", "values": [day.stories for day in days]}]
    return Plot(finding, {"by": "day", "x": x, "series": series}, list(reversed(days)))


def _heat(heat: overview.HeatOverTime) -> Plot:
    if not heat.points:
        return Plot("Upstream has said nothing yet.", None, [])
    last, rows = heat.points[-1], list(reversed(heat.points))
    finding = (
        f"In the newest {heat.by}: half above {_number(last.median)}, one in ten above {_number(last.ninth)}; "
        f"{_percent(last.buried, last.said):.0f} % buried."
    )
    if len(heat.points) == 1:
        return Plot(f"{finding} All that was looked at came in one {heat.by}: no line to draw yet.", None, rows)
    series = [
        {"name": "one in ten above", "kind": "upper", "values": [round(point.ninth, 1) for point in heat.points]},
        {"name": "half above", "kind": "line", "values": [round(point.median, 1) for point in heat.points]},
    ]
    return Plot(finding, {"by": heat.by, "x": [_drawn(point.at) for point in heat.points], "series": series}, rows)


def _drawn(local: datetime) -> int:
    """A time of the site's own zone as the seconds that show it in a plot, which is drawn in UTC for everybody."""
    return int(local.replace(tzinfo=UTC).timestamp())


def _mix(shares: overview.Shares) -> str:
    if not shares.outlets:
        return "No story of the front page names its outlet." if shares.stories else "No story is on the front page."
    _, name, count = shares.outlets[0]
    index = shares.herfindahl
    few = "in few hands" if index > 0.25 else "leaning on a few" if index > 0.15 else "well mixed"
    equal = counted(max(round(1 / index), 1), "outlet")
    return (
        f"{name} has {100 * shares.largest:.0f} % of the front page, {count} of {shares.stories} stories. "
        f"It is {few}: as if {equal} had equal shares (Herfindahl index {index:.2f})."
    )


def _outlets(shares: overview.Shares, gaps: overview.Gaps) -> list[Bar]:
    """The outlets of the front page, beside what they have of the newest stories; those past `OUTLETS` as one."""
    named, rest = shares.outlets[:OUTLETS], shares.outlets[OUTLETS:]
    rows = [(name, count, gaps.outlets[key]) for key, name, count in named]
    if rest:
        beside = sum(gaps.outlets[outlet.key] for outlet in rest)
        rows.append((counted(len(rest), "other outlet"), sum(outlet.stories for outlet in rest), beside))
    if shares.unnamed:
        rows.append(("no outlet named", shares.unnamed, gaps.provider))
    percents = [(_percent(count, shares.stories), _percent(beside, gaps.stories)) for _, count, beside in rows]
    full = max((max(pair) for pair in percents), default=100.0)
    return [
        Bar(name, count, share, beside=beside, full=full)
        for (name, count, _), (share, beside) in zip(rows, percents, strict=True)
    ]


def _lacking(gaps: overview.Gaps) -> dict:
    kinds = [
        ("outlet", gaps.provider, {"provider__isnull": "True"}),
        ("link", gaps.link, {"link__exact": ""}),
        ("picture", gaps.image, {"image": "no"}),
        ("excerpt", gaps.excerpt, {"excerpt__exact": ""}),
    ]
    bars = [
        Bar(f"without {name}", count, _percent(count, gaps.stories), _address(LIST, query=query) if count else "")
        for name, count, query in kinds
    ]
    whole = not any(bar.count for bar in bars)
    worst = max(bars, key=lambda bar: bar.count)
    finding = (
        f"Each of the newest {gaps.stories:,} has outlet, link, picture and excerpt."
        if whole
        else f"{worst.share:.0f} % of the newest {gaps.stories:,} are {worst.name}."
    )
    return {"finding": finding, "bars": bars, "of": gaps.stories}


def _percent(part: float, whole: float) -> float:
    return 100 * part / whole if whole else 0.0


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"
