"""How a story that is not public would look: its page as readers would see it, for those who may look at it here."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from articles.admin.display import worded
from articles.models import Article
from articles.site.pages import page
from articles.site.pictures import with_pictures
from articles.site.story import around


def urls(model_admin) -> list[URLPattern]:
    def view(request, pk):
        return preview(request, pk, model_admin)

    return [path("<int:pk>/preview/", model_admin.admin_site.admin_view(view), name="articles_article_preview")]


def preview(request, pk: int, model_admin):
    """The story's page under a banner that says why readers do not see it; one that is public, at its own address."""
    now = timezone.now()
    article = get_object_or_404(with_pictures(Article.objects.existing().for_page(now)), pk=pk)
    if not model_admin.has_view_permission(request, article):
        raise PermissionDenied
    if article.state(now) == Article.State.PUBLIC:
        return redirect(article)
    back = reverse("admin:articles_article_change", args=[pk])
    context = around(article, now) | {"preview": _why(article, now), "back": back}
    response = page(request, "article.html", now, context, robots="noindex, nofollow", canonical="")
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _why(article: Article, now) -> str:
    """Why readers do not see it, in a sentence."""
    state = article.state(now)
    if state == Article.State.SCHEDULED:
        return f"Readers see it from {worded('publish_at', article.visible_from.isoformat())}."
    if state == Article.State.EXPIRED:
        return f"Readers saw it until {worded('publish_until', article.publish_until.isoformat())}."
    if state == Article.State.WITHDRAWN:
        return "Upstream’s file is gone, so the story is withdrawn."
    return "It is unpublished: publish it, and readers see this page."
