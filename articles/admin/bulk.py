"""Bulk actions of the article list: chosen there, looked at first, done in one transaction, undone with one button."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.core.signing import BadSignature
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from articles.admin import bulk_forms
from articles.admin.bulk_pages import (
    SHOWN,
    described,
    examples,
    packed_keys,
    packed_plan,
    reasons,
    told_batch,
    told_left_out,
    told_not_undone,
    unpacked_keys,
    unpacked_plan,
)
from articles.admin.front_moves import front_moves
from articles.admin.rows import PREFIX, UNSAVED, posted_keys
from articles.bulk import MOST, apply, plan, undo_batch
from articles.curation import PERMISSION, CurationRefused, why_not_yours
from articles.models import Article
from articles.ranking import PLACES
from articles.site.words import counted


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of bulk action: its words in the list's menu, over its page and on the button that does it; its form."""

    name: str
    label: str
    title: str
    button: str
    form: type[bulk_forms.Asked]


KINDS = {
    kind.name: kind
    for kind in (
        Kind("publish", "publish", "Publish", "Publish {}", bulk_forms.Publish),
        Kind("unpublish", "unpublish", "Unpublish", "Unpublish {}", bulk_forms.Unpublish),
        Kind("bury", "bury", "Bury", "Bury {}", bulk_forms.Bury),
        Kind("set_number", "set heat or quality…", "Set heat or quality", "Set it for {}", bulk_forms.SetNumber),
        Kind("boost", "boost heat or quality…", "Boost heat or quality", "Boost {}", bulk_forms.Boost),
        Kind("release", "follow upstream again…", "Follow upstream again", "Release {}", bulk_forms.Release),
        Kind("embargo", "embargo or end…", "Embargo or end", "Set the times of {}", bulk_forms.Embargo),
        Kind("move_topic", "move to another topic…", "Move to another topic", "Move {}", bulk_forms.MoveTopic),
    )
}


def _action(kind: Kind):
    @admin.action(permissions=["change"], description=kind.label)
    def begin(model_admin, request, queryset):
        keys, problem = _chosen(request, queryset)
        if problem:
            model_admin.message_user(request, problem, messages.WARNING)
            return None
        form = kind.form(keys, model_admin.admin_site, {} if issubclass(kind.form, bulk_forms.Fixed) else None)
        return _page(model_admin, request, kind, form, back=request.GET.urlencode())

    begin.__name__ = kind.name
    return begin


ACTIONS = [_action(kind) for kind in KINDS.values()]


def urls(model_admin) -> list[URLPattern]:
    def view(function):
        def shown(request, *args, **kwargs):
            if not request.user.has_perm(PERMISSION):
                raise PermissionDenied
            return function(model_admin, request, *args, **kwargs)

        return model_admin.admin_site.admin_view(shown)

    return [
        path("bulk/", view(decide), name="articles_article_bulk"),
        path("bulk/<uuid:batch>/", view(done), name="articles_article_bulk_done"),
    ]


# -- in the list


def action_posted(data: QueryDict) -> QueryDict | None:
    """What the list's bar posted, fit for Django's actions; None where it is no action.

    "Everything this list finds" needs no tick. Values typed into the list and not saved are not lost: that makes it a
    Save, which comes back and says so.
    """
    if "index" not in data or "_save" in data:
        return None
    data = data.copy()
    ticked = [key for key in data.getlist(ACTION_CHECKBOX_NAME) if re.fullmatch("[0-9]{1,18}", key)]
    across = data.get("select_across") == "1"
    data.setlist(ACTION_CHECKBOX_NAME, ticked or (["0"] if across else []))
    if _has_unsaved(data):
        data["_save"] = data[UNSAVED] = "1"
    return data


def _has_unsaved(data: QueryDict) -> bool:
    def differs(row: int, name: str) -> bool:
        shown, now = data.get(f"initial-{PREFIX}-{row}-{name}"), data.get(f"{PREFIX}-{row}-{name}")
        if name == "published":
            now = str(now is not None)
        return shown is not None and shown != now

    return any(differs(row, name) for row in posted_keys(data) for name in ("published", "quality", "heat"))


def _chosen(request, queryset) -> tuple[list[int], str]:
    """The keys of the stories chosen, or why there are none to go on with."""
    if request.POST.get("select_across") != "1":
        # Ticked is ticked: also a story that the list's filter has ceased to find meanwhile.
        ticked = [int(key) for key in request.POST.getlist(ACTION_CHECKBOX_NAME)[:MOST]]
        queryset = Article.objects.existing().filter(pk__in=ticked)
    keys = list(dict.fromkeys(queryset.values_list("pk", flat=True)[: MOST + 1]))
    if len(keys) > MOST:
        return [], f"That would be more than {MOST:,} stories, the most for one action: narrow the list by a filter."
    return keys, "" if keys else "No story is chosen: tick some, or choose everything this list finds."


# -- its page


def decide(model_admin, request):
    """Look at what would change, change what was asked, do it: each a POST of the same page."""
    if request.method != "POST":
        return redirect("admin:articles_article_changelist")
    kind = KINDS.get(request.POST.get("kind", ""))
    back = _query(request.POST.get("back", ""))
    try:
        keys = unpacked_keys(request.POST.get("chosen", ""))
        seen = unpacked_plan(request.POST["seen"]) if "_do" in request.POST and "seen" in request.POST else None
    except BadSignature:
        kind = None
    if kind is None:
        told = "That page can no longer be read, and nothing was changed: choose the stories once more."
        model_admin.message_user(request, told, messages.ERROR)
        return _to_list(back)
    form = kind.form(keys, model_admin.admin_site, request.POST)
    if seen is None or not form.is_valid():
        return _page(model_admin, request, kind, form, back)
    if form.changes != seen.changes:
        told = "You asked for something else than what you had looked at. This is what would change now."
        model_admin.message_user(request, told, messages.WARNING)
        return _page(model_admin, request, kind, form, back)
    return _do(model_admin, request, seen, form.cleaned_data["note"], back)


def _do(model_admin, request, seen, note: str, back: str):
    try:
        batch = apply(seen.changes, seen.digests, by=request.user, note=note)
    except CurationRefused as refusal:
        model_admin.message_user(request, f"Nothing was changed. {refusal}", messages.ERROR)
        return _to_list(back)
    if batch.changed:
        told = described(seen.changes)
        _tell_done(model_admin, request, batch, f"{told[0].upper()}{told[1:]}: {counted(batch.changed, 'story')}.")
    else:
        model_admin.message_user(request, "Nothing was changed.", messages.WARNING)
    if batch.left_out:
        told = told_left_out(batch.left_out, seen, timezone.now())
        _tell_left_out(model_admin, request, len(batch.left_out), "left as it is", told)
    return _to_list(back)


def _page(model_admin, request, kind: Kind, form, back: str) -> HttpResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": kind.title,
        "kind": kind,
        "form": form,
        "media": model_admin.media,
        "chosen": packed_keys(form.keys),
        "chosen_told": counted(len(form.keys), "story"),
        "back": back,
        "list": _list_address(back),
    }
    if form.is_bound and form.is_valid():
        context |= _previewed(plan(form.keys, form.changes, by=request.user), kind)
    else:
        context |= _unasked(form.keys)
    return TemplateResponse(request, "admin/articles/bulk.html", context)


def _unasked(keys: Sequence[int]) -> dict:
    """While nothing is asked yet: the first of those that were chosen."""
    titles = dict(Article.objects.filter(pk__in=keys[:SHOWN]).values_list("pk", "title"))
    return {"titles": [titles[key] for key in keys[:SHOWN] if key in titles], "more": len(keys) > SHOWN}


def _previewed(planned, kind: Kind) -> dict:
    places = front_moves(planned.rows, timezone.now()) if planned.rows else []
    shown = examples(planned)
    return {
        "planned": True,
        "described": described(planned.changes),
        "changing": len(planned.rows),
        "changing_told": counted(len(planned.rows), "story"),
        "staying": sum(planned.staying.values()),
        "staying_told": reasons(planned.staying),
        "refused": sum(planned.refused.values()),
        "refused_told": reasons(planned.refused),
        "examples": shown,
        "more": len(planned.rows) - len(shown),
        "places": places,
        "front": PLACES,
        "seen": packed_plan(planned),
        "button": kind.button.format(counted(len(planned.rows), "story")),
    }


# -- what was done, and its undo


def done(model_admin, request, batch: UUID):
    """What an action did; a POST undoes it."""
    if request.method == "POST":
        return _undo(model_admin, request, batch)
    told = told_batch(batch)
    if told is None:
        raise Http404("There is no such action.")
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": f"One action on {told['stories']}",
        "may_undo": why_not_yours(told["first"], request.user) is None,
        **told,
    }
    return TemplateResponse(request, "admin/articles/bulk_batch.html", context)


def _undo(model_admin, request, key: UUID):
    back = _query(request.POST.get("back", ""))
    try:
        batch = undo_batch(key, by=request.user)
    except CurationRefused as refusal:
        model_admin.message_user(request, f"Nothing was undone. {refusal}", messages.ERROR)
        return _to_list(back)
    if batch.changed:
        _tell_done(model_admin, request, batch, f"Undone: {counted(batch.changed, 'story')}.")
    else:
        model_admin.message_user(request, "Nothing was undone.", messages.WARNING)
    if batch.left_out:
        told = told_not_undone(batch.left_out)
        _tell_left_out(model_admin, request, len(batch.left_out), "not undone", told)
    return _to_list(back)


def _tell_done(model_admin, request, batch, sentence: str) -> None:
    context = {"sentence": sentence, "batch": batch.key, "back": request.POST.get("back", "")}
    model_admin.message_user(
        request, render_to_string("admin/articles/bulk_done.html", context, request), messages.SUCCESS
    )


def _tell_left_out(model_admin, request, count: int, what: str, sentences: Sequence[str]) -> None:
    context = {"count": counted(count, "story"), "what": what, "sentences": sentences}
    model_admin.message_user(request, render_to_string("admin/articles/bulk_left_out.html", context), messages.WARNING)


def _query(text: str) -> str:
    """The query of the list that the editor came from, as this site writes one."""
    return QueryDict(text[:2000]).urlencode()


def _list_address(back: str) -> str:
    address = reverse("admin:articles_article_changelist")
    return f"{address}?{back}" if back else address


def _to_list(back: str) -> HttpResponse:
    return HttpResponseRedirect(_list_address(back))
