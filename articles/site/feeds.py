"""Feeds of stories, newest first, for feed readers: RSS 2.0, Atom (RFC 4287) and JSON Feed 1.1.

Entries lead to the story's page here, keep their id for ever, whatever their address becomes, and name the outlet as
their source. They are dated by what the story says of itself, not by its heat.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.templatetags.static import static
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, Stylesheet, rfc3339_date
from django.utils.html import escape

from articles.models import Article, Correction, Provider, Topic
from articles.site.freshness import tell_last_change, with_last_change
from articles.site.structured_data import absolute
from articles.site.words import NOT_IN_XML, address, cut, picture_address, plain

CORRECTIONS = "/corrections/"
MOST_OF_A_KIND = 1_000  # topics or outlets in the list of feeds
LENGTH = 50  # entries of a feed


@dataclass(frozen=True, slots=True)
class Channel:
    """What a feed is of: its name, the page that shows the same, and its own address without the ending."""

    title: str
    page: str
    path: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A story as feeds tell it."""

    id: str
    title: str
    url: str
    original: str
    excerpt: str
    published: datetime
    updated: datetime
    outlet: str
    outlet_url: str
    topics: tuple[str, ...]
    image: str
    language: str

    @classmethod
    def of(cls, article: Article) -> "Entry":
        provider, image = article.provider, article.lead_image
        return cls(
            id=_tag(article),
            title=_text(plain(article.title)),
            url=absolute(article.get_absolute_url()),
            original=_text(address(article.link)),
            excerpt=_text(cut(article.excerpt)),
            published=article.published_at,
            updated=max(article.published_at, article.updated_at or article.published_at),
            outlet=_text(provider.name) if provider else "",
            outlet_url=f"https://{provider.domain}/" if provider else "",
            topics=tuple(_text(topic.name) for topic in article.topic_list),
            image=absolute(picture_address(image.url)) if image and picture_address(image.url) else "",
            language=article.locale,
        )

    @classmethod
    def of_correction(cls, correction: Correction) -> "Entry":
        """What is told of a correction: what stood there before, and what does now."""
        article = correction.article
        before, after = cut(correction.before) or "nothing", cut(correction.after) or "nothing"
        return cls(
            id=f"{_tag(article)}#correction-{correction.pk}",
            title=_text(f"Corrected: {plain(article.title)}"),
            url=absolute(article.get_absolute_url()),
            original=_text(address(article.link)),
            excerpt=_text(f"{correction.get_field_display().capitalize()} before: {before} Now: {after}"),
            published=correction.at,
            updated=correction.at,
            outlet=_text(article.provider.name) if article.provider else "",
            outlet_url=f"https://{article.provider.domain}/" if article.provider else "",
            topics=(),
            image="",
            language=article.locale,
        )


def _tag(article: Article) -> str:
    """A tag URI (RFC 4151) of what a story is known by; an address may change."""
    return f"tag:{urlsplit(settings.SITE_URL).hostname},2020:{article.source}/{address('/' + article.stem)[1:]}"


def _text(text: str) -> str:
    return NOT_IN_XML.sub("\ufffd", text)


# -- the addresses


def latest(request: HttpRequest, ending: str) -> HttpResponse:
    channel = Channel(settings.SITE_NAME, "/latest/", "/feeds/latest")
    return _stories(channel, Article.objects.listed(timezone.now()), ending)


def topic(request: HttpRequest, slug: str, ending: str) -> HttpResponse:
    now = timezone.now()
    topics = Topic.objects.with_public_articles(now)
    found = topics.filter(slug=slug).first()
    if found is None:
        moved = get_object_or_404(topics, former_slugs__slug=slug)
        return redirect("site:topic-feed", moved.slug, ending, permanent=True)
    page = found.get_absolute_url()
    channel = Channel(f"{found.name} – {settings.SITE_NAME}", page, f"{page}latest")
    return _stories(channel, Article.objects.listed(now).about(found), ending)


def provider(request: HttpRequest, domain: str, ending: str) -> HttpResponse:
    now = timezone.now()
    found = get_object_or_404(Provider.objects.with_public_articles(now), domain=domain.lower())
    if domain != found.domain:
        return redirect("site:provider-feed", found.domain, ending, permanent=True)
    page = found.get_absolute_url()
    channel = Channel(f"{found.name} – {settings.SITE_NAME}", page, f"{page}latest")
    return _stories(channel, Article.objects.listed(now).by_provider(found), ending)


def corrections(request: HttpRequest, ending: str) -> HttpResponse:
    channel = Channel(f"Corrections – {settings.SITE_NAME}", CORRECTIONS, f"{CORRECTIONS}latest")
    now = timezone.now()
    found = list(with_last_change(Correction.objects.of_public(now), now)[:LENGTH])
    response = _feed(channel, [Entry.of_correction(correction) for correction in found], ending)
    tell_last_change(response, now, found, [correction.article for correction in found])
    return response


def opml(request: HttpRequest) -> HttpResponse:
    """All feeds in one file (http://opml.org/spec2.opml), for readers to subscribe to at once."""
    now = timezone.now()
    topics = Topic.objects.with_public_articles(now).order_by("name")
    providers = Provider.objects.with_public_articles(now)
    root = ElementTree.Element("opml", version="2.0")
    ElementTree.SubElement(ElementTree.SubElement(root, "head"), "title").text = _text(settings.SITE_NAME)
    body = ElementTree.SubElement(root, "body")
    _outline(body, settings.SITE_NAME, "/latest/", "/feeds/latest.rss")
    _outline(body, "Corrections", CORRECTIONS, f"{CORRECTIONS}latest.rss")
    for name, rows in (("Topics", topics), ("Outlets", providers)):
        group = ElementTree.SubElement(body, "outline", text=name)
        for row in rows[:MOST_OF_A_KIND]:
            _outline(group, row.name, row.get_absolute_url(), f"{row.get_absolute_url()}latest.rss")
    text = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    response = HttpResponse(text, content_type="text/x-opml; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="feeds.opml"'
    return response


def _outline(parent: ElementTree.Element, name: str, page: str, feed: str) -> None:
    named = {"type": "rss", "text": _text(name), "xmlUrl": absolute(feed), "htmlUrl": absolute(page)}
    ElementTree.SubElement(parent, "outline", named)


def _stories(channel: Channel, articles, ending: str) -> HttpResponse:
    now = timezone.now()
    found = list(with_last_change(articles.latest().for_cards(), now)[:LENGTH])
    response = _feed(channel, [Entry.of(article) for article in found], ending)
    tell_last_change(response, now, found, found)
    return response


def _feed(channel: Channel, entries: list[Entry], ending: str) -> HttpResponse:
    write, content_type = FORMATS[ending]
    response = HttpResponse(write(channel, entries), content_type=content_type)
    links = [f'<{absolute(f"{channel.path}.{ending}")}>; rel="self"']
    if settings.WEBSUB_HUB:  # https://www.w3.org/TR/websub/#discovery wants both
        links.append(f'<{settings.WEBSUB_HUB}>; rel="hub"')
    response.headers["Link"] = ", ".join(links)
    return response


# -- the formats


class _Rss(Rss201rev2Feed):
    """RSS 2.0 with the outlet of each entry as its `source`, which is made for aggregators."""

    def add_item_elements(self, handler, item):
        super().add_item_elements(handler, item)
        if item["entry"].outlet:
            handler.addQuickElement("source", item["entry"].outlet, {"url": item["entry"].outlet_url})


class _Atom(Atom1Feed):
    def add_item_elements(self, handler, item):
        super().add_item_elements(handler, item | {"description": None})
        entry = item["entry"]
        if entry.excerpt:  # a text: Django would call it HTML
            handler.addQuickElement("summary", entry.excerpt, {"type": "text"})
        if entry.original:
            handler.addQuickElement("link", "", {"href": entry.original, "rel": "via"})
        if entry.outlet:
            handler.startElement("source", {})
            handler.addQuickElement("id", entry.outlet_url)
            handler.addQuickElement("title", entry.outlet)
            handler.addQuickElement("updated", rfc3339_date(entry.updated))
            handler.endElement("source")


def _xml(kind: type, ending: str):
    def write(channel: Channel, entries: list[Entry]) -> str:
        feed = kind(
            title=_text(channel.title),
            link=absolute(channel.page),
            description=f"Stories that others report, chosen and ranked by {settings.SITE_NAME}.",
            language="en",
            feed_url=absolute(f"{channel.path}.{ending}"),
            feed_guid=absolute(f"{channel.path}.{ending}"),
            stylesheets=[Stylesheet(static("newsdesk/feed.css"), "text/css", "all")],
        )
        for entry in entries:
            feed.add_item(
                title=entry.title,
                link=entry.url,
                description=escape(entry.excerpt),  # RSS takes it for HTML
                unique_id=entry.id,
                unique_id_is_permalink=False,
                pubdate=entry.published,
                updateddate=entry.updated,
                author_name=entry.outlet or settings.SITE_NAME,
                categories=entry.topics,
                entry=entry,
            )
        return feed.writeString("utf-8")

    return write


def _json_feed(channel: Channel, entries: list[Entry]) -> str:
    """https://www.jsonfeed.org/version/1.1/"""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "home_page_url": absolute(channel.page),
        "feed_url": absolute(f"{channel.path}.json"),
        "language": "en",
        "items": [_as_item(entry) for entry in entries],
    }
    return json.dumps(feed, ensure_ascii=False, separators=(",", ":"))


def _as_item(entry: Entry) -> dict:
    item = {
        "id": entry.id,
        "url": entry.url,
        "external_url": entry.original,
        "title": entry.title,
        "content_text": entry.excerpt or entry.title,
        "image": entry.image,
        "date_published": rfc3339_date(entry.published),
        "date_modified": rfc3339_date(entry.updated),
        "authors": [{"name": entry.outlet, "url": entry.outlet_url}] if entry.outlet else [],
        "tags": list(entry.topics),
        "language": entry.language,
    }
    return {key: value for key, value in item.items() if value}


FORMATS = {
    "rss": (_xml(_Rss, "rss"), "application/rss+xml; charset=utf-8"),
    "atom": (_xml(_Atom, "atom"), "application/atom+xml; charset=utf-8"),
    "json": (_json_feed, "application/feed+json; charset=utf-8"),
}
