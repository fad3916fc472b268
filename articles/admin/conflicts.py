"""The queue of conflicts: where upstream moved after a decision, what was, what is, and the next answer at hand."""

from collections.abc import Collection, Iterable, Mapping
from functools import partial

from django.contrib import messages
from django.contrib.admin.options import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html

from articles.admin.conflict_answers import Key, Posted, posted_rows, refill, tell
from articles.admin.conflict_queue import COUNTED, NAME, Queue
from articles.admin.conflict_rows import Row, curve_of, grouped, row_of, short
from articles.admin.pictures import lead_picture, thumbnail, with_kept
from articles.curves import curves
from articles.merge import NUMBERS
from articles.models import Article, Decision, StandingDecision
from articles.querysets import ordered_topics
from articles.settling import GONE, Returned, Settled, settle, take_back
from articles.site.words import counted

ANSWERS = ("keep", "take", "own", "set")
LONGEST_UNDO = 200  # decisions


def urls(model_admin: ModelAdmin) -> list[URLPattern]:
    view = model_admin.admin_site.admin_view(partial(conflicts, model_admin))
    return [path("conflicts/", view, name=NAME)]


def conflicts(model_admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """The page; posted to, it settles what was answered, and comes back with what could not be done."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    queue = Queue.of(request, model_admin.admin_site)
    if request.method != "POST":
        return _page(model_admin, request, queue)
    if not model_admin.has_change_permission(request):
        raise PermissionDenied
    return _undo(request, queue) if "undo" in request.POST else _settle(model_admin, request, queue)


# -- the page


def _page(
    model_admin: ModelAdmin,
    request: HttpRequest,
    queue: Queue,
    posted: Mapping[str, Posted] | None = None,
    settled: Settled | None = None,
) -> HttpResponse:
    """The queue as it is now; after an answer with what came back on top, and all else that was typed and ticked."""
    now, posted, settled = timezone.now(), posted or {}, settled or Settled([], [])
    back = {(each.answer.article, each.answer.field): each for each in settled.returned}
    done = {(each.article_id, each.field) for each in settled.decisions}
    number, keys, more = queue.page()
    standings = queue.standings().filter(article__in=keys).select_related("decision")
    rows = _rows(standings, back, request.user, now)
    for row in rows:
        refill(row, posted.get(row.key), done)
    tell(back, posted, rows, now)
    order = {key: place for place, key in enumerate(dict.fromkeys([*keys, *(key for key, _ in back)]))}
    count = queue.count()
    context = model_admin.admin_site.each_context(request) | {
        "title": "Conflicts",
        "opts": model_admin.opts,
        "media": model_admin.media,
        "queue": queue,
        "filters": queue.filters,
        "sections": [
            ("came-back", grouped([row for row in rows if row.told], order)),
            ("waiting", grouped([row for row in rows if not row.told], order)),
        ],
        "back": settled.returned,
        "gone": sum(each.why == GONE for each in settled.returned),
        "count": f"more than {counted(COUNTED, 'conflict')}" if count > COUNTED else counted(count, "conflict"),
        "waits": bool(rows),
        "now": now,
        "may_curate": model_admin.has_change_permission(request),
        "number": number,
        "before": queue.address(page=number - 1) if number > 1 else "",
        "after": queue.address(page=number + 1) if more else "",
    }
    return TemplateResponse(request, "admin/articles/conflicts.html", context)


def _rows(standings: Iterable[StandingDecision], back: Mapping[Key, Returned], user, now) -> list[Row]:
    """The rows of these conflicts, and of what came back whether it still is one or not."""
    by_key = {(row.article_id, row.field): row for row in standings}
    if missing := back.keys() - by_key.keys():
        others = StandingDecision.objects.filter(article__in={key for key, _ in missing}).select_related("decision")
        by_key |= {(row.article_id, row.field): row for row in others if (row.article_id, row.field) in missing}
    articles = with_kept(Article.objects.existing().for_cards(), ordered_topics())
    articles = articles.in_bulk({key for key, _ in (*by_key, *missing)})
    for article in articles.values():
        article.picture = thumbnail([picture], titled=False) if (picture := lead_picture(article)) else ""
        article.state_now = article.state(now)
    numbers = {row.article_id for row in by_key.values() if row.field in NUMBERS}
    points = curves(numbers) if numbers else {}

    def curve(key: Key) -> str:
        return curve_of(by_key[key], points.get(key[0], []), now) if key in by_key else ""

    wanted = [key for key in dict.fromkeys((*by_key, *missing)) if key[0] in articles]
    return [row_of(articles[key[0]], key[1], by_key.get(key), user, curve(key)) for key in wanted]


# -- answers


def _settle(model_admin: ModelAdmin, request: HttpRequest, queue: Queue) -> HttpResponse:
    posted = posted_rows(request.POST)
    do, _, key = request.POST.get("do", "typed").partition(":")
    if key:
        chosen = [posted[key]] if key in posted else []
    elif do == "typed":
        do, chosen = "set", [row for row in posted.values() if row.touched]
    else:
        chosen = [row for row in posted.values() if row.ticked]
    if do not in ANSWERS or not chosen:
        messages.info(request, "Nothing was changed: nothing was ticked, and no other value typed.")
        return _page(model_admin, request, queue, posted)
    settled = settle([row.answer(do) for row in chosen], by=request.user)
    unused = do != "set" and any(row.touched for row in chosen)
    _tell_done(request, settled.decisions, " What you had typed there was not used." if unused else "")
    if settled.returned or any((row.touched or row.ticked) and row not in chosen for row in posted.values()):
        return _page(model_admin, request, queue, posted, settled)
    return redirect(queue.address(**_page_number(queue)) + _next_row(list(posted), key))


def _page_number(queue: Queue) -> dict:
    return {"page": queue.number} if queue.number > 1 else {}


def _next_row(keys: list[str], done: str) -> str:
    """The row after the one that is done, to go on where the hand already is."""
    after = keys[keys.index(done) + 1 :] if done in keys else []
    return f"#row-{after[0]}" if after else ""


def _tell_done(request: HttpRequest, decisions: Collection[Decision], more: str) -> None:
    if not decisions:
        return
    undo = ",".join(str(each.pk) for each in decisions[:LONGEST_UNDO])
    told = (
        _told(next(iter(decisions)))
        if len(decisions) == 1
        else f"{counted(len(decisions), 'decision')} made on {_stories(decisions)}."
    )
    sentence = '{}{} <button class="undo" form="undo-form" name="undo" value="{}">Undo</button>'
    messages.success(request, format_html(sentence, told, more, undo))


def _told(decision: Decision) -> str:
    ways = {
        "keep": "Kept: {} of “{}” stays {}.",
        "release": "Upstream’s again: {} of “{}” is {}.",
        "set": "Decided: {} of “{}” is {}.",
    }
    return ways[decision.kind].format(decision.get_field_display(), decision.article, short(decision.new))


def _stories(decisions: Iterable[Decision]) -> str:
    return counted(len({each.article_id for each in decisions}), "story")


def _undo(request: HttpRequest, queue: Queue) -> HttpResponse:
    keys = [int(key) for key in request.POST["undo"].split(",")[:LONGEST_UNDO] if key.isdecimal() and len(key) < 19]
    undone, refused = take_back(keys, by=request.user)
    if undone:
        told = str(undone[0]) if len(undone) == 1 else f"{counted(len(undone), 'decision')} on {_stories(undone)}"
        messages.success(request, f"Undone: {told}. All is as before it.")
    for sentence in refused or ([] if undone else ["There is nothing of yours to undo."]):
        messages.error(request, f"Not undone: {sentence}" if refused else sentence)
    anchor = f"#row-{undone[0].article_id}-{undone[0].field}" if undone else ""
    return redirect(queue.address(**_page_number(queue)) + anchor)
