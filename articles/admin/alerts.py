"""What the desk warns of on its busiest pages: an import that waits for somebody, and one that did not come."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from articles.admin.changed_stories import ChangedStory
from articles.importing.runs import PERMISSION
from articles.models import ImportRun
from articles.querysets import EXAMPLES
from articles.site.words import duration

SHOWN = 5  # sources
WHERE = ("index", "articles_importrun_changelist", "articles_article_changelist")


@dataclass(frozen=True, slots=True)
class ImportAlerts:
    """The held runs that wait, each with its first differences, and how long ago the last good import was, where that
    is longer than it should be."""

    held: list[tuple[ImportRun, list[ChangedStory]]]
    late: ImportRun | None
    late_by: str
    may_run: bool

    def __bool__(self) -> bool:
        return bool(self.held or self.late)


def import_alerts(request: HttpRequest) -> ImportAlerts | None:
    """What is to be said on this page: on most pages nothing, and nothing is asked. One query."""
    match = request.resolver_match
    if match is None or match.url_name not in WHERE or not request.user.has_perm("articles.view_importrun"):
        return None
    rows = list(ImportRun.objects.to_look_after())
    held = [(run, _examples(run)) for run in rows if run.status == ImportRun.Status.HELD][:SHOWN]
    last = next((run for run in rows if run.status == ImportRun.Status.FINISHED), None)
    ago = timezone.now() - last.finished_at if last else timedelta()
    is_late = bool(settings.IMPORT_EVERY_HOURS) and ago > timedelta(hours=settings.IMPORT_EVERY_HOURS)
    return ImportAlerts(
        held=held,
        late=last if is_late else None,
        late_by=duration(ago.total_seconds() / 3600),
        may_run=request.user.has_perm(PERMISSION),
    )


def _examples(run: ImportRun) -> list[ChangedStory]:
    kept = [getattr(run, f"example_{place}") for place in range(EXAMPLES)]
    return [ChangedStory.kept(entry, None) for entry in kept if entry]
