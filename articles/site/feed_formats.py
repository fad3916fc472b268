"""What feeds are written in: RSS 2.0, Atom (RFC 4287, with the tombstones of RFC 6721) and JSON Feed 1.1.

Entries lead to the story's page here, keep their id for ever, whatever their address becomes, and name the outlet as
their source. They are dated by what the story says of itself and by corrections of it, not by its heat.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from django.conf import settings
from django.templatetags.static import static
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, Stylesheet, rfc3339_date
from django.utils.xmlutils import SimplerXMLGenerator

from articles.models import Article, Correction
from articles.site.pictures import Shown, lead
from articles.site.presentation import language_tag
from articles.site.structured_data import absolute
from articles.site.words import NOT_IN_XML, address, cut, plain

NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # when a feed without entries changed: now would be another answer each time
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
MEDIA = "http://search.yahoo.com/mrss/"


@dataclass(frozen=True, slots=True)
class Channel:
    """What a feed is of: its name, the page that shows the same, and its own address without the ending, and query."""

    title: str
    page: str
    path: str
    query: str = ""

    def address(self, ending: str) -> str:
        return absolute(f"{self.path}.{ending}{self.query}")


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
    image: Shown | None
    language: str

    @classmethod
    def of(cls, article: Article) -> "Entry":
        """`article` has `corrected_at`, the time of its newest correction (None where there is none), and what
        `with_pictures` gives."""
        provider = article.provider
        moments = (article.published_at, article.updated_at, article.corrected_at)
        return cls(
            id=tag(article),
            title=text(plain(article.title)),
            url=absolute(article.get_absolute_url()),
            original=text(address(article.link)),
            excerpt=text(cut(article.excerpt)),
            published=article.published_at,
            updated=max(moment for moment in moments if moment),
            outlet=text(provider.name) if provider else "",
            outlet_url=f"https://{provider.domain}/" if provider else "",
            topics=tuple(text(topic.name) for topic in article.topic_list),
            image=lead(article),
            language=language_tag(article.locale),
        )

    @classmethod
    def of_correction(cls, correction: Correction) -> "Entry":
        """What is told of a correction: what stood there before, and what does now."""
        article = correction.article
        before, after = cut(correction.before) or "nothing", cut(correction.after) or "nothing"
        return cls(
            id=f"{tag(article)}#correction-{correction.pk}",
            title=text(f"Corrected: {plain(article.title)}"),
            url=absolute(article.get_absolute_url()),
            original=text(address(article.link)),
            excerpt=text(f"{correction.get_field_display().capitalize()} before: {before} Now: {after}"),
            published=correction.at,
            updated=correction.at,
            outlet=text(article.provider.name) if article.provider else "",
            outlet_url=f"https://{article.provider.domain}/" if article.provider else "",
            topics=(),
            image=None,
            language="",  # the sentence is ours
        )

    @property
    def picture(self) -> str:
        """The full address of its picture, "" without one."""
        return absolute(self.image.src) if self.image else ""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """An entry that feeds had, and that is not to be shown any more."""

    id: str
    left: datetime


@dataclass(frozen=True, slots=True)
class Feed:
    channel: Channel
    entries: Sequence[Entry]
    gone: Sequence[Tombstone] = field(default=())

    @property
    def updated(self) -> datetime:
        moments = [entry.updated for entry in self.entries] + [each.left for each in self.gone]
        return max(moments, default=NEVER)


def tag(article: Article) -> str:
    """A tag URI (RFC 4151) of what a story is known by; an address may change."""
    return f"tag:{urlsplit(settings.SITE_URL).hostname},2020:{article.source}/{address('/' + article.stem)[1:]}"


def text(value: str) -> str:
    """Without what XML cannot hold."""
    return NOT_IN_XML.sub("\ufffd", value)


class _Rss(Rss201rev2Feed):
    """RSS 2.0 with the outlet of each entry as its `source`, which is made for aggregators. A picture is told as
    `media:content`: an `enclosure` must say how many bytes it has, and nobody told us of those that lie elsewhere. One
    that is kept here is a JPEG of known length: not every reader shows WebP."""

    def rss_attributes(self):
        return super().rss_attributes() | {"xmlns:media": MEDIA}

    def latest_post_date(self):
        return self.feed["feed"].updated

    def add_root_elements(self, handler):
        super().add_root_elements(handler)
        if settings.WEBSUB_HUB:
            handler.addQuickElement("atom:link", None, {"rel": "hub", "href": settings.WEBSUB_HUB})

    def add_item_elements(self, handler, item):
        super().add_item_elements(handler, item)
        entry = item["entry"]
        handler.addQuickElement("atom:updated", rfc3339_date(entry.updated))
        if entry.outlet:
            handler.addQuickElement("source", entry.outlet, {"url": entry.outlet_url})
        if entry.image:
            known = {"fileSize": entry.image.bytes, "type": entry.image.type}
            known |= {"width": entry.image.width, "height": entry.image.height}
            told = {name: str(value) for name, value in known.items() if value}
            handler.startElement("media:content", {"url": entry.picture, "medium": "image"} | told)
            _tell_picture(handler, entry.image)
            handler.endElement("media:content")


def _tell_picture(handler: SimplerXMLGenerator, image: Shown) -> None:
    """What it shows and whose it is, as Media RSS has it (https://www.rssboard.org/media-rss)."""
    if image.title:
        handler.addQuickElement("media:title", text(plain(image.title)), {"type": "plain"})
    if image.attribution:
        handler.addQuickElement("media:credit", text(image.attribution))


class _Atom(Atom1Feed):
    def write(self, outfile, encoding):
        """As Django's, which leaves the stylesheets out."""
        handler = SimplerXMLGenerator(outfile, encoding, short_empty_elements=True)
        handler.startDocument()
        for stylesheet in self.feed["stylesheets"]:
            handler.processingInstruction("xml-stylesheet", stylesheet)
        handler.startElement("feed", self.root_attributes())
        self.add_root_elements(handler)
        self.write_items(handler)
        handler.endElement("feed")

    def root_attributes(self):
        tombstones = {"xmlns:at": TOMBSTONES} if self.feed["feed"].gone else {}
        return super().root_attributes() | tombstones

    def latest_post_date(self):
        return self.feed["feed"].updated

    def add_root_elements(self, handler):
        super().add_root_elements(handler)
        if settings.WEBSUB_HUB:
            handler.addQuickElement("link", None, {"rel": "hub", "href": settings.WEBSUB_HUB})
        for each in self.feed["feed"].gone:
            when = {"ref": each.id, "when": rfc3339_date(each.left)}
            handler.addQuickElement("at:deleted-entry", None, when)

    def item_attributes(self, item):
        language = item["entry"].language
        return super().item_attributes(item) | ({"xml:lang": language} if language else {})

    def add_item_elements(self, handler, item):
        super().add_item_elements(handler, item | {"description": None})
        entry = item["entry"]
        if entry.excerpt:  # a text: Django would call it HTML
            handler.addQuickElement("summary", entry.excerpt, {"type": "text"})
        if entry.original:
            handler.addQuickElement("link", None, {"href": entry.original, "rel": "via"})
        if entry.image and entry.image.bytes:  # as RSS, Atom wants to be told how long it is
            told = {"href": entry.picture, "type": entry.image.type, "length": str(entry.image.bytes)}
            told |= {"title": text(plain(entry.image.title))} if entry.image.title else {}
            handler.addQuickElement("link", None, {"rel": "enclosure"} | told)
        if entry.outlet:
            handler.startElement("source", {})
            handler.addQuickElement("id", entry.outlet_url)
            handler.addQuickElement("title", entry.outlet)
            handler.addQuickElement("updated", rfc3339_date(entry.updated))
            handler.addQuickElement("link", None, {"href": entry.outlet_url, "rel": "alternate"})
            handler.endElement("source")


def _xml(kind: type, ending: str) -> Callable[[Feed], str]:
    def write(feed: Feed) -> str:
        channel = feed.channel
        written = kind(
            title=text(channel.title),
            link=absolute(channel.page),
            description=description(),
            language="en",
            feed_url=channel.address(ending),
            feed_guid=channel.address(ending),
            stylesheets=[Stylesheet(static("newsdesk/feed.css"), "text/css", "all")],
            feed=feed,
        )
        for entry in feed.entries:
            written.add_item(
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
        return written.writeString("utf-8")

    return write


def description() -> str:
    return f"Stories that others report, chosen and ranked by {settings.SITE_NAME}."


def _json_feed(feed: Feed) -> str:
    """https://www.jsonfeed.org/version/1.1/"""
    channel = feed.channel
    written = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "home_page_url": absolute(channel.page),
        "feed_url": channel.address("json"),
        "description": description(),
        "language": "en",
    }
    if settings.WEBSUB_HUB:
        written["hubs"] = [{"type": "WebSub", "url": settings.WEBSUB_HUB}]
    written["items"] = [_as_item(entry) for entry in feed.entries]
    return json.dumps(written, ensure_ascii=False, separators=(",", ":"))


def _as_item(entry: Entry) -> dict:
    item = {
        "id": entry.id,
        "url": entry.url,
        "external_url": entry.original,
        "title": entry.title,
        "content_text": entry.excerpt or entry.title,
        "image": entry.picture,
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
