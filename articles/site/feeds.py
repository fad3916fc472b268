"""Feeds of stories for feed readers: which stories each has. `feed_formats` has what they are written in.

Each list of the site has its own: all stories, the front page in its order, topics, outlets, any search and any filter
of `/latest/`, and corrections. Only listed stories are in them.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from urllib.parse import urlencode
from xml.etree import ElementTree

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from articles.models import Article, Correction, Provider, Topic
from articles.site.feed_formats import FORMATS, Channel, Entry, Feed, Tombstone, tag, text
from articles.site.filters import LatestFilters
from articles.site.freshness import tell_last_change, with_last_change
from articles.site.front import front_page
from articles.site.pictures import with_pictures
from articles.site.structured_data import absolute

CORRECTIONS = "/corrections/"
MOST_OF_A_KIND = 1_000  # topics or outlets in the list of feeds
LENGTH = 50  # entries of a feed
XML = ("application/rss+xml", "application/atom+xml")
REMEMBERED = timedelta(days=30)  # how long a feed tells that a story has left it


def feed(view: Callable) -> Callable:
    """A feed for programs, and for people who open it: browsers show one by its stylesheet, but only where it is called
    XML. They alone tell (by `Sec-Fetch-Dest`) that somebody went there."""

    @wraps(view)
    def answer(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        patch_vary_headers(response, ["Sec-Fetch-Dest"])
        is_xml = response.headers.get("Content-Type", "").partition(";")[0] in XML
        if is_xml and request.headers.get("Sec-Fetch-Dest") == "document":
            response.headers["Content-Type"] = "application/xml; charset=utf-8"
        return response

    return answer


# -- the addresses


@feed
def latest(request: HttpRequest, ending: str) -> HttpResponse:
    """All listed stories, or those that the filters of `/latest/` leave."""
    now = timezone.now()
    return _filtered(request, LatestFilters(request.GET, Article.objects.all()), "latest", now, ending)


@feed
def search(request: HttpRequest, ending: str) -> HttpResponse:
    """What a search finds, newest first."""
    now = timezone.now()
    filters = LatestFilters(request.GET, Article.objects.all())
    if not _asked(filters):
        return _in_words({"q": ["Words to search for were expected, such as ?q=election."]}, "The address lacks q.")
    return _filtered(request, filters, "search", now, ending)


@feed
def front(request: HttpRequest, ending: str) -> HttpResponse:
    """The first page of the ranked list, in its order."""
    now = timezone.now()
    keys = [card.pk for card in front_page(now, "").rows]
    shown = with_pictures(Article.objects.filter(pk__in=keys).with_corrected_at().for_cards())
    articles = with_last_change(shown, now).in_bulk()
    found = [articles[key] for key in keys if key in articles]
    channel = Channel(f"Front page – {settings.SITE_NAME}", "/", "/feeds/front")
    response = _written(Feed(channel, [Entry.of(article) for article in found]), ending)
    tell_last_change(response, now, found, found)
    return response


@feed
def topic(request: HttpRequest, slug: str, ending: str) -> HttpResponse:
    now = timezone.now()
    topics = Topic.objects.with_public_articles(now).with_size()
    found = topics.filter(slug=slug).first()
    if found is None:
        moved = get_object_or_404(topics, former_slugs__slug=slug)
        return redirect("site:topic-feed", moved.slug, ending, permanent=True)
    page = found.get_absolute_url()
    channel = Channel(f"{found.name} – {settings.SITE_NAME}", page, f"{page}latest")
    return _stories(channel, Article.objects.about(found), now, ending)


@feed
def provider(request: HttpRequest, domain: str, ending: str) -> HttpResponse:
    now = timezone.now()
    found = get_object_or_404(Provider.objects.with_public_articles(now), domain=domain.lower())
    if domain != found.domain:
        return redirect("site:provider-feed", found.domain, ending, permanent=True)
    page = found.get_absolute_url()
    channel = Channel(f"{found.name} – {settings.SITE_NAME}", page, f"{page}latest")
    return _stories(channel, Article.objects.by_provider(found), now, ending)


@feed
def corrections(request: HttpRequest, ending: str) -> HttpResponse:
    channel = Channel(f"Corrections – {settings.SITE_NAME}", CORRECTIONS, f"{CORRECTIONS}latest")
    now = timezone.now()
    found = list(with_last_change(Correction.objects.of_public(now), now)[:LENGTH])
    response = _written(Feed(channel, [Entry.of_correction(correction) for correction in found]), ending)
    tell_last_change(response, now, found, [correction.article for correction in found])
    return response


def opml(request: HttpRequest) -> HttpResponse:
    """All feeds in one file (http://opml.org/spec2.opml), for readers to subscribe to at once."""
    now = timezone.now()
    topics = Topic.objects.with_public_articles(now).order_by("name")
    providers = Provider.objects.with_public_articles(now)
    root = ElementTree.Element("opml", version="2.0")
    ElementTree.SubElement(ElementTree.SubElement(root, "head"), "title").text = text(settings.SITE_NAME)
    body = ElementTree.SubElement(root, "body")
    _outline(body, settings.SITE_NAME, "/latest/", "/feeds/latest.rss")
    _outline(body, f"Front page of {settings.SITE_NAME}", "/", "/feeds/front.rss")
    _outline(body, "Corrections", CORRECTIONS, f"{CORRECTIONS}latest.rss")
    for name, rows in (("Topics", topics), ("Outlets", providers)):
        group = ElementTree.SubElement(body, "outline", text=name)
        for row in rows[:MOST_OF_A_KIND]:
            _outline(group, row.name, row.get_absolute_url(), f"{row.get_absolute_url()}latest.rss")
    document = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    response = HttpResponse(document, content_type="text/x-opml; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="feeds.opml"'
    return response


def _outline(parent: ElementTree.Element, name: str, page: str, feed: str) -> None:
    named = {"type": "rss", "text": text(name), "xmlUrl": absolute(feed), "htmlUrl": absolute(page)}
    ElementTree.SubElement(parent, "outline", named)


# -- what several of them share


def _asked(filters) -> dict[str, str]:
    """What was asked for, as it was typed: the filters of the address that are known and not blank."""
    typed = {name: filters.data.get(name, "").strip() for name in filters.filters}
    return {name: value for name, value in typed.items() if value}


def _filtered(request: HttpRequest, filters, name: str, now: datetime, ending: str) -> HttpResponse:
    """The feed of a list that was filtered: it knows itself under the address at which it was asked for."""
    if not filters.is_valid():
        return _in_words(filters.form.errors)
    asked = _asked(filters)
    query = "?" + urlencode(asked) if asked else ""
    told = f"{', '.join(asked.values())} – {settings.SITE_NAME}" if asked else settings.SITE_NAME
    exact = query and set(request.GET) == set(asked)  # as it was typed: the same may be written in several ways
    path, own = f"/feeds/{name}", request.get_full_path().partition("?")[2]
    channel = Channel(told, f"/{name}/{query}", path, f"?{own}" if exact else query)
    articles = filters.qs
    if "q" in asked:  # what matches words is no subquery: its newest are looked up before
        newest = [
            *articles.listed(now).values_list("pk", flat=True)[:LENGTH],
            *articles.values_list("pk", flat=True)[:500],
        ]
        articles = Article.objects.filter(pk__in=newest)
    return _stories(channel, articles, now, ending)


def _in_words(errors, headline: str = "There is no such feed.") -> HttpResponse:
    """400: what cannot be meant, for whoever typed it."""
    lines = [f"{name}: {error}" for name, wrong in errors.items() for error in wrong]
    told = "\n".join([headline, *lines, ""])
    return HttpResponse(told, status=400, content_type="text/plain; charset=utf-8")


def _stories(channel: Channel, articles: QuerySet, now: datetime, ending: str) -> HttpResponse:
    """The feed of the listed ones of these articles, newest first; in Atom also which of them are gone. Asks once for
    both, and for what hangs on them."""
    wanted = [articles.listed(now).latest().values("pk")[:LENGTH]]
    if ending == "atom":
        for left in Article.objects.left(now - REMEMBERED, now):  # the last of all: of one topic it would be a search
            wanted.append(articles.filter(pk__in=left.values("pk")[:LENGTH]).values("pk"))
    found = Article.objects.in_any(*wanted).with_standing(now).with_corrected_at().latest().for_cards()
    found = list(with_last_change(with_pictures(found), now))
    shown = [article for article in found if article.is_listed]
    gone = sorted(
        (Tombstone(tag(each), each.moment) for each in found if not each.is_listed), key=lambda each: each.left
    )
    response = _written(Feed(channel, [Entry.of(article) for article in shown], gone[::-1][:LENGTH]), ending)
    tell_last_change(response, now, found, shown)
    return response


def _written(feed: Feed, ending: str) -> HttpResponse:
    write, content_type = FORMATS[ending]
    response = HttpResponse(write(feed), content_type=content_type)
    links = [f'<{feed.channel.address(ending)}>; rel="self"']
    if settings.WEBSUB_HUB:  # https://www.w3.org/TR/websub/#discovery wants both
        links.append(f'<{settings.WEBSUB_HUB}>; rel="hub"')
    response.headers["Link"] = ", ".join(links)
    return response
