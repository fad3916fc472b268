"""Triage: one story after the other, with all that is needed to judge it, and a key for each decision.

Without a script each story is a form whose answer is the next story; what a sitting has come to (how many are done,
which are put off) then stands in the address. With one (static/newsdesk/triage.js) the next stories are on the page
already, and each decision is one small request in the background.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import wraps
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from articles.admin.triage_answers import KEY, Answer, Asked, asked_keys, decide_as_seen, undo_decisions
from articles.admin.triage_cards import Card, cards
from articles.admin.triage_queue import AHEAD, Queue, UnknownFilter, count_waiting, walk
from articles.decidable import Refused
from articles.models import Article

NAME = "admin:articles_article_triage"
MOST_PUT_OFF = 200  # stories: an address has an end
KINDS = {"undecided": "Undecided", "conflicts": "In conflict"}


def urls(model_admin) -> list:
    """The page, and the stories that a script asks for."""

    def of_the_desk(view: Callable) -> Callable:
        @wraps(view)
        def answer(request):
            if not model_admin.has_change_permission(request):
                raise PermissionDenied
            return view(request, model_admin)

        return model_admin.admin_site.admin_view(never_cache(answer))

    return [
        path("triage/", of_the_desk(_triage), name="articles_article_triage"),
        path("triage/cards/", of_the_desk(_more_cards), name="articles_article_triage_cards"),
    ]


@dataclass(frozen=True, slots=True)
class Sitting:
    """What the address of the page says of a sitting without a script."""

    queue: Queue
    cursor: str = ""
    done: int = 0
    later: tuple[int, ...] = ()
    last: tuple[int, ...] = ()  # the decisions to undo, and the story they are on
    story: int | None = None
    show: int | None = None

    @classmethod
    def of(cls, data: QueryDict) -> "Sitting":
        return cls(
            queue=Queue.of(data),
            cursor=data.get("from", ""),
            done=_number(data.get("done")) or 0,
            later=tuple(asked_keys(data.get("later", ""))[-MOST_PUT_OFF:]),
            last=tuple(asked_keys(data.get("last", ""))),
            story=_number(data.get("story")),
            show=_number(data.get("show")),
        )

    @property
    def address(self) -> str:
        said = self.queue.asks | {
            "from": self.cursor,
            "done": self.done or "",
            "later": ",".join(map(str, self.later)),
            "last": ",".join(map(str, self.last)),
            "story": self.story or "",
            "show": self.show or "",
        }
        return f"{reverse(NAME)}?{urlencode({name: value for name, value in said.items() if value != ''})}"

    def decided(self, answer: Answer, cursor: str) -> "Sitting":
        later = tuple(key for key in self.later if key != answer.article)
        moved = self.cursor if self.show == answer.article else cursor or self.cursor
        done = self.done + 1
        return replace(
            self, cursor=moved, done=done, later=later, last=answer.decisions, story=answer.article, show=None
        )

    def undone(self, answer: Answer) -> "Sitting":
        return replace(self, done=max(0, self.done - 1), last=(), story=None, show=answer.article)

    def put_off(self, article: int, cursor: str) -> "Sitting":
        later = (*(key for key in self.later if key != article), article)[-MOST_PUT_OFF:]
        return replace(self, cursor=cursor or self.cursor, later=later, show=None)


# -- the page


@require_http_methods(["GET", "HEAD", "POST"])
def _triage(request: HttpRequest, model_admin) -> HttpResponse:
    sitting = Sitting.of(request.GET)
    if request.method != "POST":
        return _page(request, model_admin, sitting)
    if "application/json" in request.headers.get("Accept", ""):
        return _answer_script(request)
    return _answer_form(request, model_admin, sitting)


def _page(request: HttpRequest, model_admin, sitting: Sitting, told: Mapping[int, str] = {}) -> HttpResponse:
    try:
        stories = sitting.queue.stories(model_admin, request)
        found = walk(stories.exclude(pk__in=sitting.later), sitting.cursor)
        waiting = count_waiting(stories)
    except UnknownFilter:
        messages.error(request, "The list has no such filter. Set it in the list and follow its link to triage again.")
        return redirect(NAME)
    keys = [sitting.show] if sitting.show else []
    keys += [row.pk for row in found.rows]
    keys += sitting.later[:AHEAD] if not found.rows else ()  # at the end those that were put off
    on_hand = cards(keys, timezone.now())
    context = {
        **model_admin.admin_site.each_context(request),
        "title": f"Triage: {sitting.queue.title}",
        "opts": model_admin.opts,
        "sitting": sitting,
        "kinds": KINDS,
        "cards": [(card, told.get(card.article.pk, ""), sitting.show == card.article.pk) for card in on_hand],
        "cursor": on_hand[-1].cursor if found.rows else "",
        "is_end": not found.next,
        "waiting": waiting,
        "now": timezone.now(),
    }
    return TemplateResponse(request, "admin/articles/triage.html", context)


def _answer_form(request: HttpRequest, model_admin, sitting: Sitting) -> HttpResponse:
    """Decide as the form says, and go on to the next story; or come back with what is in the way."""
    story, cursor = _number(request.POST.get("article")), request.POST.get("cursor", "")
    if request.POST.get("do") == "later" and story:
        return redirect(sitting.put_off(story, cursor).address)
    answer = _answer(request)
    if answer.problem:
        if Article.objects.existing().filter(pk=answer.article).exists():
            again = replace(sitting, show=answer.article, cursor=cursor or sitting.cursor)
            return _page(request, model_admin, again, {answer.article: answer.problem})
        messages.error(request, answer.problem)
        return redirect(sitting.address)
    messages.success(request, answer.told)
    is_undo = request.POST.get("do") == "undo"
    return redirect((sitting.undone(answer) if is_undo else sitting.decided(answer, cursor)).address)


def _answer_script(request: HttpRequest) -> JsonResponse:
    """What came of it, and the story as it is now where it comes back to the screen."""
    answer = _answer(request)
    said = {"told": answer.told, "decisions": answer.decisions, "problem": answer.problem, "card": None}
    if answer.article and (answer.problem or request.POST.get("do") == "undo"):
        now = timezone.now()
        said["card"] = next((_for_script(card, now, answer.problem) for card in cards([answer.article], now)), None)
    return JsonResponse(said, status=409 if answer.problem else 200)


def _answer(request: HttpRequest) -> Answer:
    story = _number(request.POST.get("article")) or 0
    try:
        if request.POST.get("do") == "undo":
            return undo_decisions(story, asked_keys(request.POST.get("decisions", ""))[:20], by=request.user)
        return decide_as_seen(Asked.of(request.POST), by=request.user)
    except Refused as refusal:
        return Answer(story, "", problem=str(refusal))


# -- more stories, for the script


@require_GET
def _more_cards(request: HttpRequest, model_admin) -> JsonResponse:
    """Those after a cursor (`from`), or certain ones (`only`); and whether there are none after them."""
    now = timezone.now()
    if only := asked_keys(request.GET.get("only", "")):
        found = cards(only[:AHEAD], now)
        return JsonResponse({"cards": [_for_script(card, now) for card in found], "cursor": "", "end": True})
    try:
        stories = Queue.of(request.GET).stories(model_admin, request)
        rows = walk(stories, request.GET.get("from", ""))
    except UnknownFilter:
        return JsonResponse({"problem": "The list has no such filter."}, status=400)
    found = cards([row.pk for row in rows.rows], now)
    cursor = found[-1].cursor if found else ""
    return JsonResponse({"cards": [_for_script(card, now) for card in found], "cursor": cursor, "end": not rows.next})


def _for_script(card: Card, now, problem: str = "") -> dict:
    html = render_to_string("admin/articles/triage_card.html", {"card": card, "told": problem, "now": now})
    return {"id": card.article.pk, "html": html}


def _number(text: str | None) -> int | None:
    return int(text) if text and KEY.fullmatch(text) else None
