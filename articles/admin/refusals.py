"""What somebody sees on the desk who may not do what they asked for: whose it is to do, and a way back."""

from urllib.parse import urlsplit

from django.contrib.admin import AdminSite
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from articles.curation import PERMISSION as CURATE
from articles.images.keeping import REMOVE
from articles.importing.runs import PERMISSION as IMPORT

ROLES = ("Viewers", "Editors", "Chief editors")
# The right that a page asks for, by the name of its address, where it is more than to look at or to change a row.
OF_PAGES = {
    "autocomplete": "articles.view_provider",
    "articles_article_preview": "articles.view_article",
    "articles_decision_change": "articles.view_decision",
    "articles_article_triage": CURATE,
    "articles_article_triage_cards": CURATE,
    "articles_article_open": CURATE,
    "articles_article_bulk": CURATE,
    "articles_article_bulk_done": CURATE,
    "articles_keptimage_take_down": REMOVE,
    "articles_importrun_upload": IMPORT,
    "articles_importrun_dry_run": IMPORT,
    "articles_importrun_undo": IMPORT,
    "articles_importrun_let_through": IMPORT,
    "auth_user_add": "auth.add_user",
    "auth_user_link": "auth.change_user",
    "auth_user_password_change": "superuser",  # as Django has no such right, nobody but who has all
}
# To change one of these is none of Django's own rights, which are a model's alone.
TO_CHANGE = dict.fromkeys(("article", "decision", "imagefetch", "keptimage"), CURATE)
# Pages that who may look may post to as well: only some of what is posted there changes anything.
LOOKED_AT = {"changelist", "history"}
ONLY_TO_CHANGE = {"articles_decision_changelist", "articles_article_history"}
BY_HAND = ("add", "delete")


def needed(request: HttpRequest) -> str:
    """The right that was missing, as `articles.view_topic`; "" for what nobody may, whatever their rights."""
    name = request.resolver_match.url_name or ""
    if name in OF_PAGES:
        return OF_PAGES[name]
    app, model, page = (*name.split("_", 2), "", "")[:3]
    if page in BY_HAND:
        return "" if app == "articles" else f"{app}.{page}_{model}"
    view = f"{app}.view_{model}"
    looks = request.method in ("GET", "HEAD") or (page in LOOKED_AT and name not in ONLY_TO_CHANGE)
    if model == "importrun" or (looks and not request.user.has_perm(view)):
        return view
    return TO_CHANGE.get(model, f"{app}.change_{model}")


def who_may(right: str) -> str:
    """In a sentence, the roles that have a right. One query."""
    app, _, codename = right.partition(".")
    having = Group.objects.filter(name__in=ROLES, permissions__codename=codename)
    having = set(having.filter(permissions__content_type__app_label=app).values_list("name", flat=True))
    *others, last = [role for role in ROLES if role in having] or ["Only superusers"]
    return f"{', '.join(others)} and {last} may." if others else f"{last} may."


def refused(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """403, for somebody who is signed in."""
    right = needed(request)
    context = {
        "title": "Not allowed",
        "right": right,
        # Who has the right and is refused all the same wanted to reach somebody, or something, that is beyond them.
        "is_beyond": bool(right) and request.user.has_perm(right),
        "who_may": who_may(right) if right else "",
        "roles": list(request.user.groups.order_by("pk").values_list("name", flat=True)),
        "back": _came_from(request),
    }
    return render(request, "admin/refused.html", site.each_context(request) | context, status=403)


def _came_from(request: HttpRequest) -> str:
    """The page of this site that led here; "" where that is unknown, or was this one."""
    address = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure()):
        return ""
    return "" if urlsplit(address).path == request.path and request.method == "GET" else address
