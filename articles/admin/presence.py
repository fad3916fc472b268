"""The line of an article's page that says who else has it open, and the address at which the page says that it is."""

from functools import partial

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.text import get_text_list
from django.views.decorators.http import require_POST

from articles.models import Article
from articles.presence import close_page, open_page, others_there


def urls(model_admin) -> list[URLPattern]:
    heartbeat = model_admin.admin_site.admin_view(require_POST(partial(_heartbeat, model_admin)))
    return [path("<int:key>/open/", heartbeat, name="articles_article_open")]


def who_else(article: Article, user) -> str:
    """ "carl and dora have this story open too.", or "" where nobody has."""
    names = others_there(article, user, timezone.now())
    return f"{get_text_list(names, 'and')} {'has' if len(names) == 1 else 'have'} this story open too." if names else ""


def _heartbeat(model_admin, request: HttpRequest, key: int) -> HttpResponse:
    if not model_admin.has_change_permission(request):
        raise PermissionDenied
    article = get_object_or_404(Article.objects.existing(), pk=key)
    if "leave" in request.POST:
        close_page(article, request.user)
        return HttpResponse(status=204)
    open_page(article, request.user, timezone.now())
    return JsonResponse({"line": who_else(article, request.user)})
