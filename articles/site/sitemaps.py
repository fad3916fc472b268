"""For search engines: sitemaps (sitemaps.org), the news sitemap (Google News), robots.txt (RFC 9309), OpenSearch 1.1.

Only what may be indexed is named: stories only where ARTICLE_INDEXING lets them be. Addresses have the site's own host.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from io import StringIO

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.templatetags.static import static
from django.utils import timezone
from django.utils.xmlutils import SimplerXMLGenerator

from articles.models import Article, Provider, Topic
from articles.site.presentation import language_tag
from articles.site.structured_data import absolute
from articles.site.words import NOT_IN_XML, plain

LAST_PART = 50_000  # that an index of sitemaps may name
MOST = 50_000  # addresses in one part: sitemaps.org takes no more
LONGEST = 2_047  # characters of an address; a slug of 255 letters of a rare script has more
NEWS_HOURS, MOST_NEWS = 48, 1_000  # https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
SEARCHES = {
    "text/html": "/search/",
    "application/atom+xml": "/feeds/search.atom",
    "application/rss+xml": "/feeds/search.rss",
}
PAGES = ("/", "/latest/", "/topics/", "/providers/", "/about/")


def index(request: HttpRequest) -> HttpResponse:
    """The parts: one of the site's own pages, and as many of topics, outlets and stories as these fill."""
    now = timezone.now()
    parts = ["pages-1"]
    for name, rows in _sections(now).items():
        parts += [f"{name}-{number + 1}" for number in range(-(-rows.order_by().count() // MOST))]
    with _Xml("sitemapindex", {"xmlns": SITEMAP}) as xml:
        for part in parts:
            xml.element("sitemap", {"loc": absolute(f"/sitemap-{part}.xml")})
    return xml.response()


def part(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """One part. Raises Http404 for one that there is not."""
    if name == "pages":
        found: Iterable[dict] = [{"loc": absolute(page)} for page in PAGES] if number == 1 else []
    else:
        rows = _sections(timezone.now()).get(name)
        found = [] if rows is None or not 1 <= number <= LAST_PART else _addresses(rows, number)
    found = list(found)
    if not found:
        raise Http404("There is no such part of the sitemap.")
    with _Xml("urlset", {"xmlns": SITEMAP}) as xml:
        for url in found:
            xml.element("url", url)
    return xml.response()


def news(request: HttpRequest) -> HttpResponse:
    """The stories of the last two days, newest first; none while stories are not to be indexed."""
    now = timezone.now()
    recent = Article.objects.listed(now).filter(published_at__gte=now - timedelta(hours=NEWS_HOURS)).latest()
    stories = recent.only("slug", "title", "published_at", "locale") if settings.ARTICLE_INDEXING != "noindex" else []
    with _Xml("urlset", {"xmlns": SITEMAP, "xmlns:news": NEWS}) as xml:
        for story in stories[:MOST_NEWS]:
            if len(loc := absolute(story.get_absolute_url())) > LONGEST:
                continue
            about = {
                "news:publication": {"news:name": settings.SITE_NAME, "news:language": _language(story.locale)},
                "news:publication_date": story.published_at.isoformat(),
                "news:title": plain(story.title),
            }
            xml.element("url", {"loc": loc, "news:news": about})
    return xml.response()


def robots(request: HttpRequest) -> HttpResponse:
    """Stories are not kept from robots here: to read that they must not be indexed, a robot must be let in."""
    lines = ["User-agent: *", "Disallow: /admin/", "Disallow: /api/", "Disallow: /search/", ""]
    lines += [f"Sitemap: {absolute('/sitemap.xml')}", f"Sitemap: {absolute('/news-sitemap.xml')}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


def opensearch(request: HttpRequest) -> HttpResponse:
    """https://github.com/dewitt/opensearch/blob/master/opensearch-1-1-draft-6.md"""
    with _Xml("OpenSearchDescription", {"xmlns": "http://a9.com/-/spec/opensearch/1.1/"}) as xml:
        xml.element("ShortName", settings.SITE_NAME[:16])
        xml.element("Description", f"Stories on {settings.SITE_NAME}")
        xml.element("InputEncoding", "UTF-8")
        image = {"width": "32", "height": "32", "type": "image/x-icon"}
        xml.element("Image", absolute(static("newsdesk/icons/favicon.ico")), image)
        for kind, address in SEARCHES.items():
            xml.element("Url", "", {"type": kind, "template": absolute(f"{address}?q={{searchTerms}}")})
    return xml.response("application/opensearchdescription+xml")


def _language(locale: str) -> str:
    """The language as Google News wants it: two or three letters, Chinese by its script."""
    tag = language_tag(locale).lower()
    if tag.startswith("zh"):
        return "zh-tw" if tag in ("zh-tw", "zh-hk", "zh-mo") or "hant" in tag else "zh-cn"
    return tag.partition("-")[0] or "en"


def _sections(now) -> dict[str, QuerySet]:
    """What else has pages that may be indexed, each in an order that only grows at its end."""
    sections = {
        "topics": Topic.objects.with_public_articles(now).order_by("pk"),
        "providers": Provider.objects.with_public_articles(now).order_by("pk"),
    }
    if settings.ARTICLE_INDEXING == "self":
        stories = Article.objects.listed(now).only("slug", "published_at", "updated_at")
        sections["articles"] = stories.order_by("pk")
    return sections


def _addresses(rows: QuerySet, number: int) -> Iterator[dict]:
    for row in rows[(number - 1) * MOST : number * MOST].iterator(chunk_size=2_000):
        url = {"loc": absolute(row.get_absolute_url())}
        if len(url["loc"]) > LONGEST:
            continue
        if isinstance(row, Article):  # by what it says, not by its heat
            url["lastmod"] = max(row.published_at, row.updated_at or row.published_at).isoformat()
        yield url


class _Xml:
    """An XML document whose root is open for the length of a block."""

    def __init__(self, root: str, attributes: dict[str, str]):
        self.root, self.attributes = root, attributes
        self.text = StringIO()
        self.writer = SimplerXMLGenerator(self.text, "utf-8", short_empty_elements=True)

    def __enter__(self) -> "_Xml":
        self.writer.startDocument()
        self.writer.startElement(self.root, self.attributes)
        return self

    def __exit__(self, *error) -> None:
        self.writer.endElement(self.root)
        self.writer.endDocument()

    def element(self, name: str, content: str | dict, attributes: dict[str, str] | None = None) -> None:
        """An element with a text, or with an element for each of a dictionary."""
        if isinstance(content, str):
            self.writer.addQuickElement(name, NOT_IN_XML.sub("\ufffd", content), attributes or {})
            return
        self.writer.startElement(name, attributes or {})
        for child, inner in content.items():
            self.element(child, inner)
        self.writer.endElement(name)

    def response(self, content_type: str = "application/xml") -> HttpResponse:
        return HttpResponse(self.text.getvalue(), content_type=f"{content_type}; charset=utf-8")
