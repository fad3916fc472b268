"""A plot of an article's two numbers over time, drawn by the server as SVG: read without a script, under any CSP.

It stretches with its box, so lines keep their width by themselves (`vector-effect`) and all that is written stands
beside it, in HTML.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.utils import timezone

from articles.merge import NUMBERS
from articles.models import Decision
from articles.timeline import Moment, Numbers

WIDTH = 1000  # units across; desk.css gives the size
ROOM = 6  # units above the highest value and below the lowest, for the marks
APART = 4  # units: marks that are nearer lie over each other
MOST_ROWS = 100  # of the table beside it


@dataclass(frozen=True, slots=True)
class Mark:
    """A decision in the plot: where, and what it says when it is pointed at."""

    x: float
    y: float
    text: str
    at: datetime
    undone: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """One number over time: the path of what upstream says, that of what the site shows, and the decisions on it."""

    name: str
    height: int
    lowest: int
    highest: int
    upstream: str
    effective: str
    marks: list[Mark]


@dataclass(frozen=True, slots=True)
class Plot:
    """Both panels over the same time, decisions on other fields in a strip below, and the numbers as rows."""

    start: datetime
    end: datetime
    panels: list[Panel]
    others: list[Mark]
    away: list[tuple[float, float]]  # from x to x: upstream's file was gone
    rows: list[Moment]
    width: int = WIDTH


def plot_of(moments: Sequence[Moment], undone: Collection[int], told: Callable[[Moment], str]) -> Plot | None:
    """The plot of an article's moments, or None where neither number ever moved and nobody decided anything.

    `undone` are the decisions that do not count any longer, `told` gives the words of a decision.
    """
    there = [moment for moment in moments if moment.effective is not None]
    if len({(each.upstream, each.effective) for each in there}) < 2 and not any(each.decision for each in there):
        return None
    drawing = _Drawing(moments, undone, told)
    return Plot(
        drawing.start,
        drawing.end,
        [drawing.panel(field, place, height) for place, (field, height) in enumerate(PANELS)],
        drawing.marks(lambda each: 6.0, lambda decision: decision.field not in NUMBERS),
        list(drawing.away()),
        list(_moved(moments))[:MOST_ROWS],
    )


PANELS = (("heat", 140), ("quality", 84))  # in their order in `Numbers`; and how many units each is high


class _Drawing:
    """Moments on paper: from times to units across."""

    def __init__(self, moments: Sequence[Moment], undone: Collection[int], told: Callable[[Moment], str]):
        self.moments, self.undone, self.told = moments, undone, told
        self.start, last = moments[0].at, moments[-1].at
        self.end = max(timezone.now(), last + timedelta(minutes=1))  # what holds, holds until now

    def x(self, at: datetime) -> float:
        return round((at - self.start) / (self.end - self.start) * WIDTH, 1)

    def panel(self, field: str, place: int, height: int) -> Panel:
        values = [
            numbers[place]
            for each in self.moments
            for numbers in (each.upstream, each.effective)
            if numbers is not None
        ]
        lowest, highest = min(0, *values), max(10, *values)

        def y(numbers: Numbers | None) -> float | None:
            if numbers is None:
                return None
            return round(ROOM + (height - 2 * ROOM) * (highest - numbers[place]) / (highest - lowest), 1)

        upstream = "".join(_steps([(self.x(each.at), y(each.upstream)) for each in self.moments]))
        effective = "".join(_steps([(self.x(each.at), y(each.effective)) for each in self.moments]))
        marks = self.marks(lambda each: y(each.effective), lambda decision: decision.field == field)
        return Panel(field, height, lowest, highest, upstream, effective, marks)

    def marks(self, y: Callable[[Moment], float | None], wanted: Callable[[Decision], bool]) -> list[Mark]:
        """One for each decision that is wanted; of those that would cover each other the newest."""
        marks = {}
        for each in self.moments:
            if each.decision and wanted(each.decision) and (height := y(each)) is not None:
                x = self.x(each.at)
                marks[x // APART] = Mark(x, height, self.told(each), each.at, each.decision.pk in self.undone)
        return list(marks.values())

    def away(self) -> Iterator[tuple[float, float]]:
        since = None
        for moment in self.moments:
            if moment.withdrawn and since is None:
                since = self.x(moment.at)
            elif not moment.withdrawn and since is not None:
                yield since, round(self.x(moment.at) - since, 1)
                since = None
        if since is not None:
            yield since, round(WIDTH - since, 1)


def _steps(points: Sequence[tuple[float, float | None]]) -> Iterator[str]:
    """A line of steps; where there is no value there is no line. Of points at the same place the last one counts."""
    drawn = [point for point, after in pairwise([*points, (None, None)]) if point[0] != after[0]]
    last = None
    for at, value in drawn:
        if last is not None and value != last:
            yield f"H{at}"
        if value is not None and value != last:
            yield f"M{at} {value}" if last is None else f"V{value}"
        last = value
    if last is not None:
        yield f"H{WIDTH}"


def _moved(moments: Sequence[Moment]) -> Iterator[Moment]:
    """Newest first: the moments with which either number came to be another, as upstream says it or as it is shown."""
    for before, after in reversed(list(pairwise([None, *moments]))):
        if before is None or (before.upstream, before.effective) != (after.upstream, after.effective):
            yield after
