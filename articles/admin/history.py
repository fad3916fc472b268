"""An article's history: upstream's versions and the editors' decisions as one timeline, each with its way back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from articles.admin.changes import Changed, decision_change, story_changes
from articles.admin.display import shown, worded
from articles.admin.picture_words import pictures_named
from articles.admin.plot import plot_of
from articles.curation import CurationRefused, undo, undoable
from articles.merge import UPSTREAM_FIELDS, same
from articles.models import Article, Decision, Version
from articles.projection import story_of, taken_back
from articles.seeds import Story
from articles.timeline import Logs, Moment

ENTRIES = 40  # of a page: of each of upstream's a file is read, which takes a third of a millisecond


@dataclass(slots=True)
class Told:
    """An entry of the timeline: `what` happened, what it changed, and what has become of it since."""

    moment: Moment
    what: str
    anchor: str
    version: Version | None = None
    changes: list[Changed] = field(default_factory=list)
    unreadable: str = ""
    upstream_then: str | None = None  # of a decision: what it was made against, where that tells something
    undoes: Decision | None = None
    undone_by: Decision | None = None
    can_undo: bool = False

    @property
    def alone(self) -> Changed | None:
        """The one thing that upstream changed, where the sentence itself has room for it."""
        return self.changes[0] if self.what == "changed" and len(self.changes) == 1 else None


def article_history(model_admin: admin.ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Django's own address of an object's history. A post undoes the decision that its button names."""
    key = unquote(object_id)
    article = Article.objects.existing().filter(pk=key if is_key(key) else None).select_related("provider").first()
    if article is None:
        return model_admin._get_obj_does_not_exist_redirect(request, model_admin.opts, object_id)
    if not model_admin.has_view_or_change_permission(request, article):
        raise PermissionDenied
    if request.method == "POST":
        return _undone(model_admin, request, article)
    logs = Logs.of(article)
    moments = logs.walk()
    page = Paginator(moments[::-1], ENTRIES).get_page(_page_asked_for(request.GET, moments))
    may = model_admin.has_change_permission(request, article)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": "History",
        "subtitle": str(article),
        "opts": model_admin.opts,
        "article": article,
        "state": article.state(timezone.now()),
        "page": page,
        "entries": _told(article, logs, page.object_list, undoable(logs.decisions, request.user) if may else set()),
        "plot": plot_of(moments, taken_back(logs.decisions), decision_in_words),
        "now": moments[-1],
    }
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(request, "admin/articles/timeline.html", context)


def is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def history_address(decision: Decision) -> str:
    """Where a decision stands in its article's timeline."""
    address = reverse("admin:articles_article_history", args=[decision.article_id])
    return f"{address}?decision={decision.pk}#decision-{decision.pk}"


def undo_and_tell(model_admin: admin.ModelAdmin, request: HttpRequest, decision: Decision) -> None:
    """Take the decision back, as the signed-in editor, and say what came of it."""
    try:
        undo(decision, by=request.user)
    except CurationRefused as refusal:
        model_admin.message_user(request, f"Nothing was undone. {refusal}", messages.ERROR)
    else:
        model_admin.message_user(request, f"Undone: {decision}.", messages.SUCCESS)


def _undone(model_admin: admin.ModelAdmin, request: HttpRequest, article: Article) -> HttpResponse:
    if not model_admin.has_change_permission(request, article):
        raise PermissionDenied
    key = request.POST.get("_undo", "")
    decision = get_object_or_404(Decision, pk=key if is_key(key) else None, article=article)
    undo_and_tell(model_admin, request, decision)
    return redirect(request.get_full_path())


def _page_asked_for(asked: QueryDict, moments: Sequence[Moment]) -> int | str:
    """The page with the decision that the address names, else the page that it names."""
    key = asked.get("decision", "")
    newest_first = enumerate(reversed(moments))
    place = next((at for at, moment in newest_first if moment.decision and str(moment.decision.pk) == key), None)
    return asked.get("p", 1) if place is None else place // ENTRIES + 1


def decision_in_words(moment: Moment) -> str:
    """For who points at it: "erin set heat: 57 → 80"."""
    decision = moment.decision
    old, new = worded(decision.field, decision.old), worded(decision.field, decision.new)
    return f"{decision.username} {decision.kind} {decision.get_field_display()}: {old[:60]} → {new[:60]}"


# -- entries


def _told(article: Article, logs: Logs, moments: Sequence[Moment], can_undo: set[int]) -> list[Told]:
    back, by_key = taken_back(logs.decisions), {decision.pk: decision for decision in logs.decisions}
    stories = _Stories(article, moments)
    pictures = pictures_named(moment.decision for moment in moments if moment.decision)
    entries = []
    for moment in moments:
        if moment.said:
            entries.append(_told_of_upstream(moment, logs.rows[moment.said.key], stories))
        else:
            entries.append(_told_of_decision(moment, back, by_key, can_undo, pictures))
    return entries


def _told_of_decision(moment: Moment, back: dict, by_key: dict, can_undo: set[int], pictures: Mapping) -> Told:
    decision = moment.decision
    made = decision.kind not in (Decision.Kind.UNDO, Decision.Kind.RELEASE)
    differs = made and decision.field in UPSTREAM_FIELDS and not same(decision.base, decision.old)
    return Told(
        moment,
        decision.kind,
        f"decision-{decision.pk}",
        changes=[decision_change(decision.field, decision.old, decision.new, pictures)],
        upstream_then=shown(decision.base)[:300] if differs else None,
        undoes=by_key.get(decision.undoes_id),
        undone_by=back.get(decision.pk),
        can_undo=decision.pk in can_undo,
    )


def _told_of_upstream(moment: Moment, version: Version, stories: "_Stories") -> Told:
    told = Told(moment, _what_upstream_did(moment), f"version-{version.pk}", version=version)
    if moment.before and moment.shown and moment.before.key != moment.shown.key:
        try:
            told.changes = story_changes(stories.of(moment.before.key), stories.of(moment.shown.key))
        except ValueError as error:  # its bytes were taken by the rules of another day
            told.unreadable = str(error)
    return told


def _what_upstream_did(moment: Moment) -> str:
    entry = moment.said
    if entry.kind == Version.Kind.UNDO:
        return "run undone" if entry.stops else "run restored"
    if entry.kind == Version.Kind.WITHDRAWAL:
        return "withdrawn"
    if moment.before is None:
        return "arrived"
    if moment.shown is not entry:
        return "laid under"
    return "returned" if moment.was_withdrawn else "changed"


class _Stories:
    """The files that a page compares, read in one query and each parsed once."""

    def __init__(self, article: Article, moments: Iterable[Moment]):
        self.article, self.read = article, {}
        keys = set()
        for moment in moments:
            if moment.said and moment.before and moment.shown and moment.before.key != moment.shown.key:
                keys |= {moment.before.key, moment.shown.key}
        self.files = Version.objects.filter(pk__in=keys).only("path", "data", "file_digest").in_bulk() if keys else {}

    def of(self, key: int) -> Story:
        if key not in self.read:
            version = self.files[key]
            version.article = self.article
            self.read[key] = story_of(version)
        return self.read[key]
