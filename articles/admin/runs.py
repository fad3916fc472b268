"""Import runs: what each read, what came of it, every problem it met, and what it changed."""

from urllib.parse import unquote

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.utils.html import format_html

from articles.admin import imports
from articles.admin.changed_stories import ChangedStory, changed_stories
from articles.admin.display import EMPTY, dated
from articles.admin.readonly import ReadOnlyAdmin
from articles.admin.slices import PER_PAGE, Slice
from articles.importing.changes import changes_of
from articles.importing.report import COUNTS
from articles.importing.runs import PERMISSION
from articles.models import ImportRun, Upload

FINE = (ImportRun.Status.FINISHED, ImportRun.Status.RUNNING)
LISTED = 500  # problems on one page


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin):
    list_display = ("id", "source", "outcome", "started", "seconds", "by", *COUNTS)
    list_filter = ("status", "started_at")
    search_fields = ("source", "username")
    search_help_text = "sources and who ran them"
    show_facets = admin.ShowFacets.NEVER

    def get_queryset(self, request):
        queryset = super().get_queryset(request)
        if request.resolver_match.url_name.endswith("changelist"):
            queryset = queryset.light()  # thousands of problems, where a whole folder was bad
        return queryset

    def get_urls(self):
        return [*imports.urls(self), *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        extra_context = {"title": "Import runs", "may_run": request.user.has_perm(PERMISSION)} | (extra_context or {})
        return super().changelist_view(request, extra_context)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The run's page: it shows, and its buttons lead to pages that say first what they will do."""
        run = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, run):
            raise PermissionDenied
        if run is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        frame = self.admin_site.each_context(request) | {"title": f"Run {run.pk} of {run.source}", "opts": self.opts}
        return TemplateResponse(request, "admin/articles/run.html", frame | self._shown(request, run))

    def _shown(self, request, run: ImportRun) -> dict:
        upload = Upload.objects.defer("data").filter(run=run).first()
        told = upload.report if upload else {}
        errors = told.get("errors") or run.errors
        return {
            "run": run,
            "outcome": self._told(run),
            "is_fine": run.status in FINE,
            "seconds": self.seconds(run),
            "counts": [(name, getattr(run, name)) for name in COUNTS],
            "errors": errors[:LISTED],
            "more_errors": len(run.errors) - len(errors[:LISTED]),
            "warnings": run.warnings[:LISTED],
            "more_warnings": len(run.warnings) - LISTED,
            "stories": _stories(request, run),
            "was_applied": run.status not in (ImportRun.Status.HELD, ImportRun.Status.REFUSED),
            "waits": run.status == ImportRun.Status.HELD and ImportRun.objects.waiting().filter(pk=run.pk).exists(),
            "may_run": request.user.has_perm(PERMISSION),
        }

    @admin.display(description="status", ordering="status")
    def outcome(self, run):
        told = self._told(run)
        return told if run.status in FINE else format_html('<span class="conflict">{}</span>', told)

    def _told(self, run):
        told = [run.get_status_display()]
        told += [f"undo of run {run.undoes_id}"] if run.undoes_id else []
        told += [f"undone by run {run.undone_by_id}"] if run.undone_by_id else []
        return ", ".join(told)

    @admin.display(description="started at", ordering="started_at")
    def started(self, run):
        return dated(run.started_at)

    @admin.display(description="seconds")
    def seconds(self, run):
        return f"{(run.finished_at - run.started_at).total_seconds():.1f}" if run.finished_at else EMPTY

    @admin.display(description="by", ordering="username")
    def by(self, run):
        return run.username or EMPTY


def _stories(request, run: ImportRun) -> Slice:
    """What it changed, from the versions; of one that was not applied, what it would have, as it was kept."""
    if run.status in (ImportRun.Status.HELD, ImportRun.Status.REFUSED):
        page = Slice.of(request, run.differences)
        return page.with_rows(changed_stories(page.rows, run.source))
    page = Slice.asked(request)
    changes, more = changes_of(run, page.start, PER_PAGE)
    return page.with_rows([ChangedStory.of_run(change) for change in changes], more)
