"""A small curve as inline SVG: drawn by the server, read without a script, with its numbers in words."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.template.loader import render_to_string

from articles.curves import Point

WIDTH, HEIGHT = 72, 20  # units of the drawing; desk.css gives its size
DAYS = 7


def heat_curve(points: Sequence[Point], now: datetime, days: int = DAYS) -> str:
    """Upstream's heat of the last `days` as a line of steps, or nothing where there is no point or no movement."""
    start = now - timedelta(days=days)
    before = [point for point in points if point.at <= start]
    shown = [*before[-1:], *(point for point in points if point.at > start)]
    if len(shown) < 2:
        return ""
    lowest, highest = min(p.heat for p in shown), max(p.heat for p in shown)
    span = max(highest - lowest, 1)

    def x(at: datetime) -> float:
        return round(max((at - start) / (now - start), 0) * WIDTH, 1)

    def y(heat: int) -> float:
        return round((HEIGHT - 2) * (1 - (heat - lowest) / span) + 1, 1)

    steps = [f"M{x(shown[0].at)} {y(shown[0].heat)}"]
    steps += [f"H{x(point.at)}V{y(point.heat)}" for point in shown[1:]]
    context = {
        "path": "".join(steps) + f"H{WIDTH}",
        "width": WIDTH,
        "height": HEIGHT,
        "first": shown[0].heat,
        "last": shown[-1].heat,
        "highest": highest,
        "days": days,
    }
    return render_to_string("admin/articles/curve.html", context)


def decided_curve(
    name: str, points: Sequence[tuple[datetime, int]], desk: int, decided_at: datetime, now: datetime
) -> str:
    """Upstream's number (heat or quality) from shortly before the desk decided it until now, the desk's as a line."""
    start = max(min(decided_at - timedelta(days=1), now - timedelta(days=2)), now - timedelta(days=30))
    before = [point for point in points if point[0] <= start]
    shown = [*before[-1:], *(point for point in points if point[0] > start)]
    if len(shown) < 2:
        return ""
    numbers = [number for _, number in shown] + [desk]
    lowest, span = min(numbers), max(max(numbers) - min(numbers), 1)

    def x(at: datetime) -> float:
        return round(max((at - start) / (now - start), 0) * WIDTH, 1)

    def y(number: int) -> float:
        return round((HEIGHT - 2) * (1 - (number - lowest) / span) + 1, 1)

    steps = "".join(f"H{x(at)}V{y(number)}" for at, number in shown[1:])
    context = {
        "name": name,
        "path": f"M{x(shown[0][0])} {y(shown[0][1])}{steps}H{WIDTH}",
        "desk_path": f"M0 {y(desk)}H{WIDTH}",
        "numbers": [number for _, number in shown][-12:],
        "desk": desk,
        "width": WIDTH,
        "height": HEIGHT,
    }
    return render_to_string("admin/articles/decided_curve.html", context)
