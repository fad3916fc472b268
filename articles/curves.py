"""How upstream's numbers moved: heat and quality of articles over time, read from the versions."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.db.models import OuterRef, Q, Subquery

from articles.models import Version


class Point(NamedTuple):
    """What upstream said from `at` (aware, UTC) on."""

    at: datetime
    heat: int
    quality: int


def curves(articles: Collection[int], since: datetime | None = None) -> dict[int, list[Point]]:
    """For each article (by its key) the points of its curve, oldest first, in one query for any number of articles.

    `since` leaves out what was said before then, but for the last of it, which held then. Undone versions do not count;
    an article without any has no points.
    """
    versions = Version.objects.filter(article__in=articles, kind=Version.Kind.FILE, undone_by=None)
    if since is not None:
        before = versions.filter(article=OuterRef("article"), at__lt=since).order_by("-at", "-pk").values("pk")[:1]
        versions = versions.filter(Q(at__gte=since) | Q(pk=Subquery(before)))
    found: dict[int, list[Point]] = {key: [] for key in articles}
    for key, *point in versions.order_by("article", "at", "pk").values_list("article", "at", "heat", "quality"):
        found[key].append(Point(*point))
    return found
