"""What a reader sees where there is nothing, nothing any more, or something broke: what happened, where to go on."""

from django.contrib import admin
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from articles.models import Article
from articles.site.cards import lines
from articles.site.pages import NOT_INDEXED, page, with_public_headers

INSTEAD = 3


def not_found(request: HttpRequest, exception=None) -> HttpResponse:
    """404, with the best stories of now."""
    return _nothing_here(request, "404.html", 404)


def gone(request: HttpRequest) -> HttpResponse:
    """410: upstream took the story back."""
    return _nothing_here(request, "410.html", 410)


def bad_request(request: HttpRequest, exception=None) -> HttpResponse:
    """400, for what no browser sends. An unknown host gets no stories: their links would lead to that host again."""
    if isinstance(exception, DisallowedHost):
        return _private(with_public_headers(request, render(request, "400.html", status=400, using="site")))
    return _private(_nothing_here(request, "400.html", 400))


def permission_denied(request: HttpRequest, exception=None) -> HttpResponse:
    """403, with the best stories of now."""
    return _private(_nothing_here(request, "403.html", 403))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose token is missing or old: Django's CSRF_FAILURE_VIEW. On the desk, for who is signed in
    there, in the desk's own frame."""
    if request.path.startswith(reverse("admin:index")) and admin.site.has_permission(request):
        context = admin.site.each_context(request)
        context |= {"title": "Not sent", "is_stale": True, "anew": request.get_full_path()}
        return _private(render(request, "admin/refused.html", context, status=403))
    return _private(_nothing_here(request, "403.html", 403, is_stale_form=True))


def server_error(request: HttpRequest) -> HttpResponse:
    """500: no context, no query, for either may be what broke."""
    return _private(render(None, "500.html", status=500, using="site"))


def _nothing_here(request: HttpRequest, template: str, status: int, **context) -> HttpResponse:
    now = timezone.now()
    context["articles"] = lines(Article.objects.listed(now), INSTEAD)
    found = page(request, template, now, context, status=status, robots=NOT_INDEXED, canonical="")
    return with_public_headers(request, found)


def _private(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    return response
