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
