"""How the site looks where others show it: the pictures drawn for what has none, and the web app manifest."""

import json
from hashlib import sha256
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.utils.cache import get_conditional_response

from articles.models import Article
from articles.site.card_image import Card, card, draw
from articles.site.open_graph import SAYING
from articles.site.story import of_public_article
from articles.site.words import plain

KEPT = 7 * 24 * 3600  # seconds that a drawn card stays in the cache: by its words, so it is never an old one
PAPER = "#fbf9f4"  # --paper of site.css


@of_public_article
def story_card(request: HttpRequest, article: Article, now) -> HttpResponse:
    """The drawn card of a public story, 404 or 410 as its page."""
    outlet, domain = (article.provider.name, article.provider.domain) if article.provider else ("", "")
    return _drawn(request, card(plain(article.title), outlet, domain, settings.SITE_NAME, _host()))


def site_card(request: HttpRequest) -> HttpResponse:
    """The card of all pages that are no story's."""
    return _drawn(request, card(SAYING, "", "", settings.SITE_NAME, _host()))


def _host() -> str:
    return urlsplit(settings.SITE_URL).netloc


def _drawn(request: HttpRequest, written: Card) -> HttpResponse:
    """The card as a PNG; not even drawn for who has it already, and drawn once for all others."""
    digest = sha256(json.dumps(written).encode()).hexdigest()[:32]
    etag = f'"{digest}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        key = f"card-{digest}"
        image = cache.get(key)
        if image is None:
            image = draw(written)
            cache.set(key, image, KEPT)
        response = HttpResponse(image, content_type="image/png")
    response.headers["ETag"] = etag
    if settings.ARTICLE_INDEXING == "noindex":
        response.headers["X-Robots-Tag"] = "noindex"
    return response


# -- the web app manifest


def manifest(request: HttpRequest) -> HttpResponse:
    """https://www.w3.org/TR/appmanifest/: the site as something to put on a phone's first screen."""
    icons = [
        {"src": static("newsdesk/favicon.svg"), "sizes": "any", "type": "image/svg+xml"},
        {"src": static("newsdesk/icons/icon-192.png"), "sizes": "192x192", "type": "image/png"},
        {"src": static("newsdesk/icons/icon-512.png"), "sizes": "512x512", "type": "image/png"},
        {
            "src": static("newsdesk/icons/icon-maskable-512.png"),
            "sizes": "512x512",
            "type": "image/png",
            "purpose": "maskable",
        },
    ]
    told = {
        "name": settings.SITE_NAME,
        "short_name": settings.SITE_NAME[:12].strip(),
        "description": f"{SAYING}.",
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "browser",
        "lang": "en",
        "dir": "ltr",
        "categories": ["news"],
        "background_color": PAPER,
        "theme_color": PAPER,
        "icons": icons,
    }
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return HttpResponse(text, content_type="application/manifest+json; charset=utf-8")
