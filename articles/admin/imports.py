"""Imports from the browser: upload, look at the dry run, confirm; let a held run through; take a run back."""

from functools import partial, wraps

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from articles.admin.changed_stories import changed_stories
from articles.admin.slices import Slice
from articles.importing import SourceBusy
from articles.importing.packing import PACKED_LIMIT, TOO_LARGE
from articles.importing.runs import PERMISSION
from articles.importing.undoing import CannotUndo, foreseen, undo_run
from articles.importing.uploads import (
    SOURCE,
    WAIT,
    NotHeld,
    UploadRefused,
    confirm,
    discard,
    let_through,
    readable_paths,
    receive,
)
from articles.models import ImportRun, Upload
from articles.seeds.problems import printable
from articles.site.words import counted

BODY_LIMIT = PACKED_LIMIT + (1 << 20)  # with what a form has around its files
DRAINED = 8 * BODY_LIMIT  # a browser that still sends does not read an answer
TOO_MANY = "Those are too many files for one form: at most 100. Put them into a zip, and upload that."
BROKEN = "The upload did not arrive whole. Choose the files again."
UNDO_IN_BROWSER = 5_000  # stories: half a minute


def urls(model_admin) -> list[URLPattern]:
    """The pages beside the list of runs."""
    pages = {
        "upload/": (upload, "upload"),
        "upload/<int:key>/": (dry_run, "dry_run"),
        "<int:key>/undo/": (undo, "undo"),
        "<int:key>/let-through/": (through, "let_through"),
    }
    wrap = model_admin.admin_site.admin_view
    return [
        path(route, wrap(_for_chiefs(model_admin, view)), name=f"articles_importrun_{name}")
        for route, (view, name) in pages.items()
    ]


def _for_chiefs(model_admin, view):
    @wraps(view)
    def checked(request, **kwargs):
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        return view(request, partial(_page, request, model_admin), **kwargs)

    return require_http_methods(["GET", "HEAD", "POST"])(checked)


def _page(request: HttpRequest, model_admin, template: str, title: str, status: int = 200, **context) -> HttpResponse:
    frame = model_admin.admin_site.each_context(request) | {"title": title, "opts": ImportRun._meta}
    return TemplateResponse(request, f"admin/articles/{template}.html", frame | context, status=status)


def _busy(source: SourceBusy) -> str:
    return f"Another import ({str(source).strip('_')}) is at work. Nothing was done; try again in a minute."


# -- upload


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files of one input, as a list."""

    widget = FilesInput

    def clean(self, data, initial=None):
        files = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(file, initial) for file in (files or [None])]


class UploadForm(forms.Form):
    files = FilesField(
        label="Files",
        help_text="Seed files, or a zip of them, or several of both. At most 100 at once, "
        f"{PACKED_LIMIT >> 20} MiB together.",
        error_messages={"required": "Choose at least one file."},
    )
    source = forms.RegexField(
        f"^{SOURCE.pattern}$",
        initial="default",
        strip=True,
        help_text="Whose files they are. A story is known by its source and its file’s name: in another source, the "
        "same file is another story.",
        error_messages={"invalid": "1 to 40 of a-z, 0-9 and hyphens."},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["files"].widget.attrs["accept"] = ".zip,.md,.markdown,.yml,.yaml,.txt"
        self.fields["source"].widget.attrs |= {"list": "sources", "spellcheck": "false", "autocapitalize": "none"}


@csrf_exempt  # the token is in the body, which is read only once it is known not to be too large; see below
def upload(request, page):
    if request.method != "POST":
        return _upload_page(page, UploadForm())
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > BODY_LIMIT:
        _drain(request)
        return _refused(page, TOO_LARGE, 413)
    try:
        return _received(request, page)
    except SuspiciousOperation:
        return _refused(page, TOO_MANY, 400)
    except (MultiPartParserError, UnreadablePostError):
        return _refused(page, BROKEN, 400)


def _received(request, page):
    @csrf_protect
    def received(request):
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            files = [(file.name, file) for file in form.cleaned_data["files"]]
            try:
                found = receive(files, form.cleaned_data["source"], by=request.user)
                return redirect("admin:articles_importrun_dry_run", found.pk)
            except UploadRefused as refusal:
                form.add_error("files", str(refusal))
            except SourceBusy as busy:
                form.add_error(None, _busy(busy))
        return _upload_page(page, form)

    return received(request)


def _refused(page, sentence: str, status: int):
    form = UploadForm({"source": "default"}, {})
    form.full_clean()
    form._errors = forms.utils.ErrorDict({"files": form.error_class([sentence])})
    return _upload_page(page, form, status)


def _drain(request) -> None:
    left = DRAINED
    while left > 0 and (chunk := request.read(1 << 16)):
        left -= len(chunk)


def _upload_page(page, form: UploadForm, status: int = 200):
    sources = ImportRun.objects.order_by("source").values_list("source", flat=True).distinct()[:100]
    something = Q(report__counts__created__gt=0) | Q(report__counts__updated__gt=0)  # else there is no button for it
    waiting = Upload.objects.filter(something, run=None).defer("data", "report")[:20]
    return page("upload", "Import seed files", status, form=form, sources=sources, waiting=waiting)


# -- the dry run


def dry_run(request, page, key: int):
    if request.method == "POST":
        return _decided(request, key)
    found = Upload.objects.defer("data").filter(pk=key).first()
    if found is None:
        messages.warning(request, "This upload is not there any more: it was discarded.")
        return redirect("admin:articles_importrun_upload")
    if found.run_id:
        return redirect("admin:articles_importrun_change", found.run_id)
    report = found.report
    since = set(report.get("since", ()))
    stories = Slice.of(request, report["stories"])
    counts = report["counts"]
    return page(
        "dry_run",
        f"Dry run of {found.name}",
        upload=found,
        report=report,
        counts=counts,
        to_import=counts["created"] + counts["updated"],
        since=since,
        stories=stories.with_rows(changed_stories(stories.rows, found.source, since)),
    )


def _decided(request, key: int):
    try:
        if "discard" in request.POST:
            there = discard(key, by=request.user)
            messages.success(request, "Discarded: nothing was imported." if there else "It was not there any more.")
            return redirect("admin:articles_importrun_upload")
        if "confirm" not in request.POST:
            return redirect("admin:articles_importrun_dry_run", key)
        found = confirm(key, by=request.user)
    except Upload.DoesNotExist:
        messages.warning(request, "Nothing was imported: this upload was discarded meanwhile.")
        return redirect("admin:articles_importrun_upload")
    except SourceBusy as busy:
        messages.error(request, _busy(busy))
        return redirect("admin:articles_importrun_dry_run", key)
    if found.run_id is None:
        return redirect("admin:articles_importrun_dry_run", key)
    messages.success(request, f"Imported by run {found.run_id}: {found.name}.")
    return redirect("admin:articles_importrun_change", found.run_id)


# -- a run that was held, and one to take back


def through(request, page, key: int):
    if request.method == "POST":
        try:
            run = let_through(key, by=request.user)
        except (NotHeld, SourceBusy) as error:
            messages.error(request, _busy(error) if isinstance(error, SourceBusy) else f"Nothing was imported. {error}")
            return redirect("admin:articles_importrun_change", key)
        messages.success(request, f"Run {key} was let through: what it read is imported, by run {run.pk}.")
        return redirect("admin:articles_importrun_change", run.pk)
    run = _run(key)
    refusal, paths = "", []
    try:
        if not ImportRun.objects.waiting().filter(pk=key).exists():
            raise NotHeld("It is not held, or a newer run of its source came: there is nothing to let through.")
        paths = [printable(path) for path in readable_paths(run)]
    except NotHeld as reason:
        refusal = str(reason)
    return page("let_through", f"Let run {key} through", run=run, paths=paths, refusal=refusal)


def undo(request, page, key: int):
    if request.method == "POST":
        return _undone(request, key)
    run = _run(key)
    try:
        plan = _undoable_here(key)
    except CannotUndo as refusal:
        return page("undo_run", f"Undo run {key}", run=run, refusal=str(refusal))
    title = f"Bring run {plan.brings_back} back" if plan.brings_back else f"Undo run {key}"
    return page("undo_run", title, run=run, plan=plan)


def _undoable_here(key: int):
    plan = foreseen(key)
    if plan.articles > UNDO_IN_BROWSER:
        raise CannotUndo(
            f"It speaks of {plan.articles:,} stories: that takes too long for a browser. On the machine, "
            f"`manage.py undo_import {key}` does it."
        )
    return plan


def _undone(request, key: int):
    try:
        _undoable_here(key)
        undone = undo_run(key, WAIT, by=request.user)
    except (CannotUndo, SourceBusy) as error:
        messages.error(request, _busy(error) if isinstance(error, SourceBusy) else f"Nothing was undone. {error}")
        return redirect("admin:articles_importrun_change", key)
    stand = f" {counted(len(undone.decisions), 'decision')} made on them since stand." if undone.decisions else ""
    messages.success(request, f"Run {key}, which spoke of {counted(undone.articles, 'story')}, is undone.{stand}")
    return redirect("admin:articles_importrun_change", undone.run)


def _run(key: int) -> ImportRun:
    run = ImportRun.objects.light().filter(pk=key).first()
    if run is None:
        raise Http404("There is no such run.")
    return run
