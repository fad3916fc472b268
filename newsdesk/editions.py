"""Public pages by the edition that they belong to: known before they are built, and so never stale.

    one query → the edition → the page's tag → 304, or the page as it was built in this edition, or the page built now

The edition is what `EditionQuerySet.as_of` says and the `release`. What says ages ("12 minutes ago") belongs to one
minute besides. Whoever reads the edition first and builds the page after may have it newer than the edition, never
older; so what is kept under an edition may be served as long as that holds, on whatever worker and machine.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import DisallowedHost
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers, set_response_etag
from django.utils.http import parse_http_date_safe

from articles.models import Edition
from articles.site.filters import LatestFilters
from newsdesk.encodings import ENCODINGS, IDENTITY, packed, preferred
from newsdesk.health import ANSWERS
from newsdesk.release import release

logger = logging.getLogger(__name__)
NOT_PAGES = ("/admin/", "/media/", settings.STATIC_URL, *ANSWERS)
# Addresses that ask for anything else are answered, but not kept: made-up ones would push out those that are read.
PARAMETERS = {"cursor", "page", "changed_since", *LatestFilters.base_filters}
LONGEST_QUERY = 300
LARGEST = 1_000_000  # bytes of a page that is kept
KEPT_FOR = 600  # seconds; of what belongs to a minute, that
RETRY_AFTER = 5  # seconds in which a cache that did not answer is not asked again
NOT_IN_304 = ("Content-Type", "Content-Length", "Content-Encoding", "Content-Disposition")
CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE")


@dataclass(frozen=True, slots=True)
class PageEdition:
    """The edition of one address at one moment."""

    key: str
    minute: int

    @classmethod
    def of(cls, request: HttpRequest) -> "PageEdition":
        """One query. Raises DatabaseError."""
        now = timezone.now()
        address = request.scheme, request.path, request.META.get("QUERY_STRING", ""), _is_opened(request)
        text = repr((release(), Edition.objects.as_of(now), address))
        return cls(blake2b(text.encode(), digest_size=12).hexdigest(), int(now.timestamp() // 60))

    def tag(self, aged: bool) -> str:
        """The ETag of what is built now: weak, since it is the same for every encoding."""
        return f'W/"{self.key}.{self.minute}"' if aged else f'W/"{self.key}"'

    def is_known(self, request: HttpRequest, aged: bool) -> bool:
        """Whether the client says that it has the page of this edition."""
        return self.tag(aged)[2:] in request.META.get("HTTP_IF_NONE_MATCH", "")


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A page as it left for the first time; `minute` where it belongs to one."""

    minute: int | None
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Pages:
    """Kept pages, in Django's cache. One that is down is told of once, and costs no more than building the page."""

    def __init__(self):
        self.asked_again_at = 0.0
        self.answers = True

    def get(self, edition: PageEdition, encoding: str) -> KeptPage | None:
        kept = self._ask(lambda: cache.get(_name(edition, encoding)))
        if kept is None:
            return None
        kept = KeptPage(*kept)
        return kept if kept.minute in (None, edition.minute) else None

    def keep(self, edition: PageEdition, pages: dict[str, KeptPage]) -> None:
        named = {_name(edition, encoding): (kept.minute, kept.headers, kept.body) for encoding, kept in pages.items()}
        aged = any(kept.minute for kept in pages.values())
        self._ask(lambda: cache.set_many(named, 60 if aged else KEPT_FOR))

    def _ask(self, question: Callable):
        if time.monotonic() < self.asked_again_at:
            return None
        try:
            answer = question()
        except Exception as error:  # whatever the client of the cache raises, the page is served all the same
            self.asked_again_at = time.monotonic() + RETRY_AFTER
            if self.answers:
                logger.warning("The cache does not answer (%s): every page is built anew until it does.", error)
            self.answers = False
            return None
        self.answers = True
        return answer


def _name(edition: PageEdition, encoding: str) -> str:
    return f"page.{edition.key}.{encoding}"


class EditionMiddleware:
    """First of all: what is kept is answered with all that the others said of it, and without asking them again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response
        self.pages = Pages()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _may_be_page(request):
            return self.get_response(request)
        try:
            request.edition = PageEdition.of(request)
        except DatabaseError:  # the page will say so
            return self.get_response(request)
        encoding = preferred(request.META.get("HTTP_ACCEPT_ENCODING", ""))
        is_kept = _is_kept(request)
        kept = self.pages.get(request.edition, encoding) if is_kept else None
        if kept is None:
            response = self.get_response(request)
            if not hasattr(response, "edition_tag"):
                if response.status_code == 304:  # of which Django says that it is 0 bytes long, and so the page
                    del response.headers["Content-Length"]
                elif response.status_code >= 400 and not response.streaming:
                    set_response_etag(response)  # of what it says: it is of no edition, and never 304
                return response
            kept = self._built(request, response, encoding, is_kept)
        return _answer(request, kept)

    def _built(self, request: HttpRequest, response: HttpResponse, encoding: str, is_kept: bool) -> KeptPage:
        patch_vary_headers(response, ["Accept-Encoding"])
        response.headers.setdefault("ETag", response.edition_tag)
        if is_kept and request.method == "GET" and _is_for_everybody(response):
            pages = {name: _as_kept(request, response, name) for name in ENCODINGS}
            self.pages.keep(request.edition, pages)
            return pages[encoding]
        return _as_kept(request, response, encoding)


def _may_be_page(request: HttpRequest) -> bool:
    if request.method not in ("GET", "HEAD") or request.path_info.startswith(NOT_PAGES):
        return False
    try:
        request.get_host()
    except DisallowedHost:  # answered by Django's own check of it, further in
        return False
    return "HTTP_AUTHORIZATION" not in request.META


def _is_kept(request: HttpRequest) -> bool:
    """Whether an answer to this may be looked for, and kept."""
    if settings.DEBUG or settings.CACHES["default"]["BACKEND"].endswith(".DummyCache"):
        return False
    query = request.META.get("QUERY_STRING", "")
    return not query or (
        len(query) <= LONGEST_QUERY and {part.partition("=")[0] for part in query.split("&")} <= PARAMETERS
    )


def _is_opened(request: HttpRequest) -> bool:
    """Whether a browser opens it as a page: a feed then has another type, so that it is shown and not saved."""
    return request.META.get("HTTP_SEC_FETCH_DEST") == "document" and request.path.endswith((".rss", ".atom"))


def _is_for_everybody(response: HttpResponse) -> bool:
    asks_for_more = "cookie" in response.headers.get("Vary", "").lower()
    return not (response.cookies or asks_for_more) and len(response.content) <= LARGEST


def _as_kept(request: HttpRequest, response: HttpResponse, encoding: str) -> KeptPage:
    body, encoding = packed(response.content, response.headers.get("Content-Type", ""), encoding)
    headers = dict(response.items()) | {"Content-Length": str(len(body))}
    if encoding != IDENTITY:
        headers["Content-Encoding"] = encoding
    return KeptPage(request.edition.minute if response.is_aged else None, tuple(headers.items()), body)


def _answer(request: HttpRequest, kept: KeptPage) -> HttpResponse:
    """The page, or 304 (or 412) where the request says what the client has. What is kept and what is new alike."""
    headers = dict(kept.headers)
    if any(name in request.META for name in CONDITIONS):
        changed = headers.get("Last-Modified")
        changed = changed and parse_http_date_safe(changed)
        found = get_conditional_response(request, etag=headers["ETag"], last_modified=changed)
        if found is not None and found.status_code == 304:
            # All headers, and not only those that Django passes on: browsers take them over into what they have kept.
            return HttpResponseNotModified(headers={n: v for n, v in headers.items() if n not in NOT_IN_304})
        if found is not None:
            return found
    return HttpResponse(b"" if request.method == "HEAD" else kept.body, headers=headers)
