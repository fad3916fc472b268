"""What the pages say to machines: schema.org as JSON-LD. Pure functions from articles to dicts.

The site is an aggregator and says so: a story's publisher is its provider, it is based on the original, and this site
only published the structured data (`sdPublisher`). https://schema.org/sdPublisher, https://schema.org/isBasedOn
"""

import json
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from articles.site.pictures import Shown, all_of
from articles.site.words import address, cut, plain

_UNSAFE_IN_SCRIPT = {
    ord(">"): "\\u003E",
    ord("<"): "\\u003C",
    ord("&"): "\\u0026",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}


def absolute(path: str) -> str:
    """The full address of a page or picture of this site; any other URL stays as it is."""
    return settings.SITE_URL + path if path.startswith("/") else path


def as_script(data: dict) -> SafeString:
    """The data as a JSON-LD block, escaped as `json_script` does, so that no text in it can end the block."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_UNSAFE_IN_SCRIPT)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308


Trail = Sequence[tuple[str, str]]  # the names and paths of pages, each above the next


def article_page(article, related, trail: Trail = ()) -> dict:
    """The page of a story: a web page of ours about a news article of theirs. `related` are its related links, `trail`
    the pages that stand above it."""
    path = article.get_absolute_url()
    return _without_blanks(
        {
            "@context": "https://schema.org",
            "@type": "WebPage",
            "url": absolute(path),
            "name": plain(article.title),
            "isPartOf": website(),
            "breadcrumb": breadcrumb([*trail, (plain(article.title), path)]),
            "mainEntity": news_article(article, related),
        }
    )


def website() -> dict:
    """This site."""
    return {"@type": "WebSite", "name": settings.SITE_NAME, "url": settings.SITE_URL + "/"}


def searchable_website() -> dict:
    """This site, as its front page tells of it: with how it is searched."""
    target = {"@type": "EntryPoint", "urlTemplate": absolute("/search/?q={search_term_string}")}
    search = {"@type": "SearchAction", "target": target, "query-input": "required name=search_term_string"}
    return website() | {"potentialAction": search}


def breadcrumb(trail: Trail) -> dict | None:
    """Where a page stands: those above it, and itself; None where nothing is above it."""
    if len(trail) < 2:
        return None
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": absolute(path)}
            for place, (name, path) in enumerate(trail, 1)
        ],
    }


def news_article(article, related) -> dict:
    """The original story, as upstream describes it; what upstream does not say is left out."""
    original = address(article.link)
    return _without_blanks(
        {
            "@type": "NewsArticle",
            "headline": plain(article.title),
            "description": cut(article.excerpt),
            "url": original,
            "isBasedOn": original,
            "datePublished": _utc(article.published_at),
            "dateModified": _utc(article.updated_at),
            "inLanguage": article.locale,
            "publisher": provider(article.provider),
            "image": [picture(shown) for shown in all_of(article)],
            "about": [{"@type": "Thing", "name": topic.name} for topic in article.topic_list],
            "citation": [citation(item) for item in related if item.link],
            "sdPublisher": {"@type": "Organization", "name": settings.SITE_NAME, "url": settings.SITE_URL + "/"},
            "sdDatePublished": _utc(article.visible_from),
        }
    )


def provider(outlet) -> dict | None:
    if outlet is None:
        return None
    return {"@type": "Organization", "name": outlet.name, "url": f"https://{outlet.domain}/"}


def picture(shown: Shown) -> dict:
    """A picture, by its largest file where it is kept here: search engines want 1,200 pixels, and read WebP."""
    return _without_blanks(
        {
            "@type": "ImageObject",
            "url": absolute(shown.largest.address),
            "encodingFormat": "image/webp" if shown.files else "",
            "width": shown.largest.width,
            "height": shown.largest.height,
            "caption": plain(shown.title),
            "creditText": shown.attribution,
        }
    )


def citation(item) -> dict:
    return _without_blanks(
        {
            "@type": "NewsArticle",
            "headline": plain(item.title),
            "url": address(item.link),
            "datePublished": _utc(item.published_at),
            "publisher": provider(item.provider),
        }
    )


def list_page(name: str, path: str, articles, trail: Trail = ()) -> dict:
    """A list of stories, in its order; by address only, for each story has a page that describes it. `trail` are the
    pages that stand above it."""
    page = {
        "@context": "https://schema.org",
        "@type": "CollectionPage",
        "name": name,
        "url": absolute(path),
        "isPartOf": website(),
        "breadcrumb": breadcrumb([*trail, (name, path)]),
        "mainEntity": {
            "@type": "ItemList",
            "itemListElement": [
                {"@type": "ListItem", "position": place, "url": absolute(article.get_absolute_url())}
                for place, article in enumerate(articles, 1)
            ],
        },
    }
    return _without_blanks(page)


def _utc(moment: datetime | None) -> str | None:
    return moment and moment.isoformat().replace("+00:00", "Z")


def _without_blanks(data: dict) -> dict:
    return {key: value for key, value in data.items() if value not in (None, "", [])}
