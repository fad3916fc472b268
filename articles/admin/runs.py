"""Import runs: what each read, what came of it, and every problem it met."""

from django.contrib import admin
from django.template.loader import render_to_string

from articles.admin.display import EMPTY, dated
from articles.admin.readonly import ReadOnlyAdmin
from articles.importing.report import COUNTS
from articles.models import ImportRun


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin):
    list_display = ("id", "source", "outcome", "started", "seconds", *COUNTS)
    list_filter = ("status", "started_at")
    search_fields = ("source",)
    fieldsets = (
        (None, {"fields": ("source", "read", "outcome", "started", "finished", "seconds")}),
        ("What came of it", {"fields": COUNTS}),
        ("Problems", {"fields": ("error_list", "warning_list")}),
    )

    def get_queryset(self, request):
        queryset = super().get_queryset(request)
        if request.resolver_match.url_name.endswith("changelist"):
            queryset = queryset.defer("errors", "warnings")  # thousands, where a whole folder was bad
        return queryset

    @admin.display(description="status", ordering="status")
    def outcome(self, run):
        told = [run.get_status_display()]
        told += [f"undo of run {run.undoes_id}"] if run.undoes_id else []
        told += [f"undone by run {run.undone_by_id}"] if run.undone_by_id else []
        return ", ".join(told)

    @admin.display(description="paths")
    def read(self, run):
        return ", ".join(run.paths)

    @admin.display(description="started at", ordering="started_at")
    def started(self, run):
        return dated(run.started_at)

    @admin.display(description="finished at")
    def finished(self, run):
        return dated(run.finished_at)

    @admin.display(description="seconds")
    def seconds(self, run):
        return f"{(run.finished_at - run.started_at).total_seconds():.1f}" if run.finished_at else EMPTY

    @admin.display(description="errors")
    def error_list(self, run):
        return _problems(run.errors)

    @admin.display(description="warnings")
    def warning_list(self, run):
        return _problems(run.warnings)


def _problems(problems: list[dict]) -> str:
    return render_to_string("admin/articles/problems.html", {"problems": problems[:500], "more": len(problems) - 500})
