"""What the pages say to machines: schema.org as JSON-LD. Pure functions from articles to dicts.

The site is an aggregator and says so: a story's publisher is its provider, it is based on the original, and this site
only published the structured data (`sdPublisher`). https://schema.org/sdPublisher, https://schema.org/isBasedOn
"""

import json
from datetime import datetime

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from articles.site.words import address, cut, picture_address, plain

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


def article_page(article, related) -> dict:
    """The page of a story: a web page of ours about a news article of theirs. `related` are its related links."""
    return {
        "@context": "https://schema.org",
        "@type": "WebPage",
        "url": absolute(article.get_absolute_url()),
        "name": plain(article.title),
        "isPartOf": {"@type": "WebSite", "name": settings.SITE_NAME, "url": settings.SITE_URL + "/"},
        "mainEntity": news_article(article, related),
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
            "image": [picture(image) for image in article.images.all() if picture_address(image.url)],
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


def picture(image) -> dict:
    return _without_blanks(
        {
            "@type": "ImageObject",
            "url": absolute(picture_address(image.url)),
            "width": image.width,
            "height": image.height,
            "caption": plain(image.title),
            "creditText": image.attribution,
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


def list_page(name: str, path: str, articles) -> dict:
    """A list of stories, in its order; by address only, for each story has a page that describes it."""
    return {
        "@context": "https://schema.org",
        "@type": "CollectionPage",
        "name": name,
        "url": absolute(path),
        "mainEntity": {
            "@type": "ItemList",
            "itemListElement": [
                {"@type": "ListItem", "position": place, "url": absolute(article.get_absolute_url())}
                for place, article in enumerate(articles, 1)
            ],
        },
    }


def _utc(moment: datetime | None) -> str | None:
    return moment and moment.isoformat().replace("+00:00", "Z")


def _without_blanks(data: dict) -> dict:
    return {key: value for key, value in data.items() if value not in (None, "", [])}
