"""When what programs get was last another: for those who ask by date and not by ETag."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.admin.models import LogEntry
from django.db.models import QuerySet, Subquery
from django.http import HttpResponse
from django.utils.http import http_date

from articles.models import Article, ImportRun

TOLD = ("desk_at", "imported_at", "ended_at")


def with_last_change(rows: QuerySet, now: datetime) -> QuerySet:
    """The rows, each with the same three moments, asked for once: of the desk's newest entry, of the last import's end,
    and of the last expiry before `now` (aware)."""
    desk = LogEntry.objects.order_by("-pk").values("action_time")[:1]
    imported = ImportRun.objects.filter(finished_at__isnull=False).order_by("-finished_at").values("finished_at")[:1]
    ended = Article.objects.filter(publish_until__lte=now).order_by("-publish_until").values("publish_until")[:1]
    moments = dict(zip(TOLD, map(Subquery, (desk, imported, ended)), strict=True))
    return rows.annotate(**moments)


def tell_last_change(response: HttpResponse, now: datetime, rows: Iterable, articles: Iterable[Article]) -> None:
    """Set `Last-Modified` of what was made of `rows` (see above): the newest of their moments and of those from which
    their `articles` are to be seen. Where there is no row, nothing is said."""
    moments = [getattr(row, name) for row in rows for name in TOLD] + [article.visible_from for article in articles]
    if past := [moment for moment in moments if moment and moment <= now]:
        response.headers["Last-Modified"] = http_date(max(past).timestamp())
