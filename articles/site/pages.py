"""What every public page has in common: its frame, and the headers that let anybody keep a copy of it."""

from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from articles.site.masthead import masthead
from articles.site.open_graph import open_graph
from articles.site.structured_data import absolute, as_script
from articles.site.words import local_time

NOT_INDEXED = "noindex, follow"
LATEST_FEED = "/feeds/latest"


def page(request: HttpRequest, template: str, now, context: dict, *, status=200, about=None, robots="", canonical=None):
    """Render a page in the site's frame. One query: the masthead, unless the context has it.

    `about` is its structured data; `robots` what search engines may do (blank: all); `canonical` the address it is to
    be known under: by default its own without a query, "" for none.
    """
    frame = {
        "now": now,
        "today": local_time(now).date(),
        "path": request.path,
        "masthead": context["masthead"] if "masthead" in context else masthead(now),
        "structured_data": as_script(about) if about else "",
        "robots": robots,
        "feeds": [(context.get("feed", LATEST_FEED), context.get("feed_query", ""))],
        "open_graph": open_graph(request.path) if canonical is None else [],
        "canonical": absolute(request.path) if canonical is None else canonical,
    }
    return render(request, template, frame | context, status=status, using="site")


def public(view, *, aged: bool = True, framed: bool = False, varies: str = ""):
    """A page for everybody: only read, kept by nobody without asking again, and with no script of any kind.

    Whoever has it as it is in the edition of now (see `newsdesk.editions`) is told so before it is built. `aged`: it
    says how long ago something was, or looks at the last hours, and so is another one each minute. `framed`: its view
    gives it a policy of its own, which browsers must be told again with each answer. `varies`: a header of the request
    that it depends on. A view that tags what it made is its own judge of what is known.
    """

    vary = f"{varies}, Accept-Encoding" if varies else "Accept-Encoding"

    @wraps(view)
    def answer(request, *args, **kwargs):
        edition = getattr(request, "edition", None)  # none where the database does not say
        if edition is not None and not framed and edition.is_known(request, aged):
            known = HttpResponseNotModified(headers={"ETag": edition.tag(aged), "Vary": vary})
            return with_public_headers(request, known)
        response = with_public_headers(request, view(request, *args, **kwargs))
        if edition is not None and response.status_code == 200 and not response.has_header("ETag"):
            response.edition_tag, response.is_aged = edition.tag(aged), aged
        return response

    return csrf_exempt(require_safe(answer))


def with_public_headers(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Set `Cache-Control`, with CDN_SECONDS also for shared caches, and take scripts out of the CSP of the settings.

    No cookie either: Django answers a broken one of the desk's with a new one, or deletes it, on whatever page.
    """
    request.META.pop("CSRF_COOKIE_NEEDS_UPDATE", None)
    request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
    parts = ["public", "max-age=0", "must-revalidate"]
    if settings.CDN_SECONDS and response.status_code < 400:  # nothing that is missing or wrong is kept by others
        parts += [f"s-maxage={settings.CDN_SECONDS}", f"stale-while-revalidate={settings.CDN_SECONDS}"]
    response.headers.setdefault("Cache-Control", ", ".join(parts))
    # Where there is no script nothing connects; what is left is for tools that read robots.txt through the open page.
    response._csp_replace = {"script-src": None}
    return response
