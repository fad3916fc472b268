"""The line beside the name of the site."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Subquery

from articles.models import Article, ImportRun

DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Dateline:
    """Something true about the site: how many stories came in 24 hours, and when the last import ended (or None)."""

    stories: int
    imported_at: datetime | None


def dateline(now: datetime) -> Dateline:
    """What the masthead of `now` says, in one query that counts no more than a day's stories."""
    recent = Article.objects.listed(now).filter(published_at__gt=now - DAY).order_by()
    stories = Subquery(recent.values("published").annotate(stories=Count("pk")).values("stories"))
    last = ImportRun.objects.filter(status=ImportRun.Status.FINISHED, finished_at__isnull=False).order_by(
        "-finished_at"
    )
    found = last.values_list("finished_at", stories).first()
    return Dateline(stories=found[1] or 0, imported_at=found[0]) if found else Dateline(0, None)
