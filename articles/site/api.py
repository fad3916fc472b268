"""The JSON API in upstream's own shape, so that its clients need not notice who answers.

The keys, their order and their nulls are those of the files that upstream made itself; CONTRACT.md §10 has the rules.
Errors are problems as RFC 9457 describes them. Anybody may ask, from any site.
"""

import json
from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from articles.models import Article, Image, Provider, Topic
from articles.site.filters import LatestFilters, MomentField
from articles.site.freshness import tell_last_change, with_last_change
from articles.site.openapi import description

PAGE_SIZE = 25
DEFAULT_LOCALE = "en-us"
LAST_PAGE = 10**9  # a number that every database can still take an offset from
PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
}


class Problem(Exception):
    """What keeps a request from being answered, as RFC 9457 has it."""

    def __init__(self, status: int, title: str, detail: str, **members):
        super().__init__(detail)
        self.status = status
        self.members = {"type": "about:blank", "title": title, "status": status, "detail": detail} | members


def api(view: Callable) -> Callable:
    """An answer in JSON for programs on any site, and a problem in JSON where there is none."""

    @wraps(view)
    def answer(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        try:
            response = view(request, timezone.now(), *args, **kwargs)
        except Problem as problem:
            response = _json(problem.members, problem.status, "application/problem+json")
        except Http404 as missing:
            members = Problem(404, "Not found", str(missing)).members
            response = _json(members, 404, "application/problem+json")
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = "ETag, Last-Modified"
        return response

    return answer


def asked_before(view: Callable) -> Callable:
    """`view`, and an answer to what a browser asks first for a program of another site that sends headers of its own
    (https://fetch.spec.whatwg.org/#cors-preflight-fetch): yes, and for a day it need not ask again."""

    @wraps(view)
    def answer(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        return (
            HttpResponse(status=204, headers=PREFLIGHT)
            if request.method == "OPTIONS"
            else view(request, *args, **kwargs)
        )

    return answer


@api
def news(request: HttpRequest, now, number: int = 1):
    """The listed stories, newest first, a page of them."""
    return _page(Article.objects.listed(now).latest(), number, now)


@api
def topic(request: HttpRequest, now, slug: str, number: int = 1):
    """Those of one topic; an old address of it leads to the new one."""
    topics = Topic.objects.with_public_articles(now).with_size()
    found = topics.filter(slug=slug).first()
    if found is None:
        moved = topics.filter(former_slugs__slug=slug).first()
        if moved is None:
            raise Http404(f"There is no topic {slug} with a public story.")
        return redirect(request.path.replace(f"/{slug}/", f"/{moved.slug}/", 1), permanent=True)
    return _page(Article.objects.listed(now).about(found).latest(), number, now)


@api
def nothing(request: HttpRequest, now, rest: str):
    """What no address of the API is."""
    raise Http404("There is nothing here; /api/news/index.json is where the stories begin.")


@api
def filtered(request: HttpRequest, now):
    """Those that the filters of `/latest/` leave, by `page`."""
    filters = LatestFilters(request.GET, Article.objects.listed(now).latest())
    errors = {name: [str(error) for error in told] for name, told in filters.form.errors.items()}
    number = request.GET.get("page", "1")
    if not (number.isascii() and number.isdecimal() and len(number) < 10 and int(number) > 0):
        errors["page"] = ["A whole number from 1 was expected."]
    try:
        since = MomentField(required=False).clean(request.GET.get("changed_since"))
    except ValidationError as wrong:
        errors["changed_since"] = wrong.messages
    if errors:
        names = ", ".join(sorted(errors))
        raise Problem(400, "Bad request", f"Values that cannot be meant: {names}.", errors=errors)
    if since is not None:
        return _changes(filters.qs if filters.asked else None, since, int(number), now)
    return _page(filters.qs, int(number), now)


def _changes(filtered: QuerySet | None, since: datetime, number: int, now: datetime) -> HttpResponse:
    """A page of what changed by content since an instant, newest first: the stories as they are now, and, in `removed`,
    those that who asks must not show any more. `filtered` are the stories that fit the filters, None for all.

    A page is 25 changes, of either kind. What changes while a client walks the pages moves before the first of them:
    others may be met twice, none is missed but that one, which the client's next walk begins with.
    """
    end = number * PAGE_SIZE + 1
    changed = Article.objects.changed(since, now, end) if number <= LAST_PAGE else Article.objects.none()
    if filtered is not None:
        changed = changed.annotate(fits=Exists(filtered.order_by().filter(pk=OuterRef("pk"))))
    start = end - PAGE_SIZE - 1
    found = list(with_last_change(changed.in_full(), now)[start:end])
    if not found and number > 1:
        raise Http404(f"There is no page {number}.")
    shown = found[:PAGE_SIZE]
    kept = [each for each in shown if each.is_listed and getattr(each, "fits", True)]
    removed = [_removed(each, now) for each in shown if each not in kept]
    value = [as_upstream(article) for article in kept]
    following = number + 1 if len(found) > PAGE_SIZE else None
    page = _json({"page": number, "value": value, "nextPage": following, "removed": removed})
    tell_last_change(page, now, found, kept)
    return page


def _removed(article: Article, now: datetime) -> dict:
    """The tombstone of a story that was public: no word of what it said."""
    state = article.state(now)
    if article.is_listed:
        reason = "filtered"
    elif state == Article.State.PUBLIC:
        reason = "buried" if article.is_buried else "muted"
    else:
        reason = str(state)
    path = as_upstream_path(article)
    return {"path": path, "slug": article.slug, "removedDateTime": article.moment, "reason": reason}


@api
def openapi(request: HttpRequest, now):
    """What the API is, for programs."""
    return _json(description())


def _page(articles: QuerySet, number: int, now: datetime) -> HttpResponse:
    """A page of an ordered list. Raises Http404 past the last one; the first is there even where it is empty."""
    if not 1 <= number <= LAST_PAGE:
        raise Http404("There is no such page.")
    start = (number - 1) * PAGE_SIZE
    found = list(with_last_change(articles.in_full(), now)[start : start + PAGE_SIZE + 1])
    if not found and number > 1:
        raise Http404(f"There is no page {number}.")
    more = len(found) > PAGE_SIZE
    value = [as_upstream(article) for article in found[:PAGE_SIZE]]
    page = _json({"page": number, "value": value, "nextPage": number + 1 if more else None})
    tell_last_change(page, now, found, found)
    return page


def _json(data: dict, status: int = 200, content_type: str = "application/json") -> HttpResponse:
    text = json.dumps(data, default=_instant, ensure_ascii=False, separators=(",", ":"))
    return HttpResponse(text, status=status, content_type=content_type)


def _instant(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


# -- stories as upstream writes them


def as_upstream(article: Article) -> dict:
    """The story with upstream's keys: what the desk decided where it decided, absent texts, lists and times null."""
    return {
        "path": as_upstream_path(article),
        "title": article.title,
        "excerpt": article.excerpt or None,
        "sourceUrl": None,
        "webUrl": article.web_url or None,
        "originalUrl": article.original_url or None,
        "featuredContent": article.featured_content or None,
        "highlight": article.highlight or None,
        "heat": article.heat,
        "tags": article.tags or None,
        "images": [_image(image) for image in article.images.all()] or None,
        "content": article.body.replace("\n", "\r\n"),
        "type": article.type or None,
        "ampWebUrl": article.amp_web_url or None,
        "cdnAmpWebUrl": article.cdn_amp_web_url or None,
        "publishedDateTime": article.published_at,
        "updatedDateTime": article.updated_at,
        "provider": _provider(article.provider) if article.provider else None,
        "locale": article.locale or DEFAULT_LOCALE,
        "categories": [article.category],
        "topics": [topic.name for topic in article.topic_list] or None,
    }


def as_upstream_path(article: Article) -> str:
    """What upstream knows it by: the only key of its own that never changes."""
    return f"_{article.category}/{article.path.rpartition('/')[2]}"


def _provider(provider: Provider) -> dict:
    return {
        "name": provider.name,
        "domain": provider.domain,
        "images": [_image(image) for image in provider.images.all()] or None,
        "publishers": None,
        "authors": None,
    }


def _image(image: Image) -> dict:
    return {
        "url": image.url,
        "width": image.width,
        "height": image.height,
        "title": image.title or None,
        "attribution": image.attribution or None,
        "isCached": bool(image.is_cached),
    }
