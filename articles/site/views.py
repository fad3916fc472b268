"""The public pages: each a named list and a template. One `now` a request, so that it sees one moment."""

from calendar import day_name
from datetime import date, timedelta
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Lower
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from articles.models import Article, Correction, Provider, Topic
from articles.seeds import read_player
from articles.site import archive as archived
from articles.site import structured_data
from articles.site.cards import lines, page_of_cards
from articles.site.days import by_day
from articles.site.errors import INSTEAD
from articles.site.filters import LatestFilters, SearchFilters
from articles.site.front import below, front_page
from articles.site.masthead import masthead
from articles.site.open_graph import open_graph
from articles.site.pages import LATEST_FEED, NOT_INDEXED, page
from articles.site.paging import page_of
from articles.site.pictures import with_logos
from articles.site.search import MOST_HITS, found_by
from articles.site.story import around, of_public_article
from articles.site.today import today
from articles.site.words import address

BEST = 4
NAMES_A_PAGE = 200


def front(request):
    now = timezone.now()
    cursor = _cursor(request)
    found = front_page(now, cursor)
    head = masthead(now)
    covered, blocks = below(now, head.sections, found.rows) if found.is_first else ([], [])
    context = {"page": found, "more": _more(found.next), "masthead": head, "covered": covered, "blocks": blocks}
    context["feeds"] = [("/feeds/front", ""), (LATEST_FEED, "")]
    data = structured_data.list_page(settings.SITE_NAME, request.path, found.rows)
    data["isPartOf"] = structured_data.searchable_website()
    return page(request, "front.html", now, context, about=data, robots=_robots(cursor))


def latest(request):
    now = timezone.now()
    filters = LatestFilters(request.GET, Article.objects.listed(now).latest())
    asked = filters.asked
    context = {"filters": filters, "asked": asked, "first": "?" + urlencode(asked) if asked else ""}
    context["feed_query"] = context["first"]
    if not filters.is_valid():
        context["instead"] = lines(Article.objects.listed(now), INSTEAD)
        context["feed_query"] = ""
        return page(request, "latest.html", now, context, status=400, robots=NOT_INDEXED, canonical="")
    head = masthead(now)
    found = page_of_cards(filters.qs, _cursor(request))
    context |= {"page": found, "days": by_day(found.rows), "more": _more(found.next, asked)}
    context["instead"] = [] if found.rows or not asked else lines(Article.objects.listed(now), INSTEAD)
    names = {"provider": found.rows[0].outlet} if found.rows and "provider" in asked else {}
    sections = {each.name.lower(): each.name for each in head.sections} | {
        each.slug: each.name for each in head.sections
    }
    names |= {"topic": sections.get(asked.get("topic", "").lower(), asked.get("topic"))}
    context |= {"said": filters.said(names), "masthead": head}
    data = structured_data.list_page("Latest stories", request.path, found.rows)
    robots = _robots(asked or not found.is_first)
    return page(request, "latest.html", now, context, about=data, robots=robots)


def search(request):
    now = timezone.now()
    filters = SearchFilters(request.GET, Article.objects.public(now))
    asked, is_valid = filters.asked, filters.is_valid()
    context = {"filters": filters, "asked": asked, "question": filters.question, "most": MOST_HITS}
    if asked.get("q") and is_valid:
        found = found_by(filters.qs, filters.question, _cursor(request))
        context |= {"feed": "/feeds/search", "feed_query": "?" + urlencode(asked)}
        context |= {"page": found, "more": _more(found.next, asked), "first": "?" + urlencode(asked)}
    if not (asked.get("q") and is_valid and found.rows):
        context["instead"] = lines(Article.objects.listed(now), INSTEAD)
    status = 200 if is_valid else 400
    return page(request, "search.html", now, context, status=status, robots=NOT_INDEXED, canonical="")


@of_public_article
def article(request, article, now):
    context = around(article, now)
    first = [topic for topic in article.topic_list[:1] if topic.pk in context["followed"]]
    trail = [(topic.name, topic.get_absolute_url()) for topic in first]
    about = structured_data.article_page(article, context["related"], trail)
    context["open_graph"] = open_graph(request.path, article)
    return page(request, "article.html", now, context, about=about, **_indexing(article))


@of_public_article
def player(request, article, now):
    found = read_player(article.featured_content, settings.EMBED_HOSTS)
    if found is None:
        raise Http404("This story has nothing to play.")
    context = {"article": article, "player": found}
    response = page(request, "player.html", now, context, robots=NOT_INDEXED, canonical="")
    response._csp_update = {"frame-src": [f"https://{urlsplit(found.src).netloc}"]}
    return response


def topics(request):
    now = timezone.now()
    rows = Topic.objects.with_public_articles(now).select_related("parent").order_by("name")
    return _names(request, now, "topics.html", rows)


def topic(request, slug):
    now = timezone.now()
    rows = Topic.objects.with_public_articles(now).with_size().select_related("parent")
    found = rows.filter(slug=slug).first()
    if found is None:
        found = get_object_or_404(rows, former_slugs__slug=slug)
        return redirect(request.resolver_match.view_name, found.slug, permanent=True)
    kin = Q(parent=found) | Q(pk=found.parent_id)
    relatives = list(Topic.objects.with_public_articles(now).filter(kin).order_by("name"))
    stories = Article.objects.listed(now).about(found)
    context = {
        "topic": found,
        "feed": f"{found.get_absolute_url()}latest",
        "parent": next((relative for relative in relatives if relative.pk == found.parent_id), None),
        "children": [relative for relative in relatives if relative.pk != found.parent_id],
        "best": lines(stories, BEST),
    }
    above = [context["parent"]] if context["parent"] else []
    context["trail"] = [("Topics", "/topics/"), *((each.name, each.get_absolute_url()) for each in above)]
    return _days(request, now, "topic.html", stories, found.name, context)


def providers(request):
    now = timezone.now()
    rows = with_logos(Provider.objects.with_public_articles(now)).annotate(sort_name=Lower("name"))
    return _names(request, now, "providers.html", rows.order_by("sort_name", "domain"))


def provider(request, domain):
    now = timezone.now()
    rows = with_logos(Provider.objects.with_public_articles(now))
    found = get_object_or_404(rows, domain=domain.lower())
    if domain != found.domain:
        return redirect(found, permanent=True)
    stories = Article.objects.listed(now).by_provider(found)
    context = {"provider": found, "feed": f"{found.get_absolute_url()}latest", "best": lines(stories, BEST)}
    context["trail"] = [("Outlets", "/providers/")]
    return _days(request, now, "provider.html", stories, found.name, context)


def archive(request):
    now = timezone.now()
    return page(request, "archive.html", now, {"years": archived.years(now)})


def archive_year(request, year):
    now = timezone.now()
    months = archived.months(now, year)
    context = {"year": year, "months": months, "stories": sum(span.stories for span in months)}
    context["neighbours"] = archived.neighbours(now, date(year, 1, 1), date(year + 1, 1, 1), "{0.year}", "{0.year:04}/")
    return page(request, "archive_year.html", now, context)


def archive_month(request, year, month):
    now = timezone.now()
    weeks = archived.weeks(now, year, month)
    days = [span for week in weeks for span in week if span]
    first, end = days[0].date, days[-1].date + timedelta(days=1)
    context = {"first": first, "weeks": weeks, "weekdays": list(day_name), "stories": sum(day.stories for day in days)}
    context["neighbours"] = archived.neighbours(now, first, end, "{0:%B} {0.year}", "{0.year:04}/{0.month:02}/")
    return page(request, "archive_month.html", now, context)


def archive_day(request, year, month, day):
    now = timezone.now()
    found = page_of_cards(archived.stories_of_day(now, year, month, day), _cursor(request))
    if not found.rows:
        raise Http404("No public story is of that day.")
    first = date(year, month, day)
    context = {"first": first, "page": found, "more": _more(found.next)}
    text, address_of = "{0.day} {0:%B} {0.year}", "{0.year:04}/{0.month:02}/{0.day:02}/"
    context["neighbours"] = archived.neighbours(now, first, first + timedelta(days=1), text, address_of)
    trail = [("Archive", "/archive/"), (f"{year:04}", f"/archive/{year:04}/")]
    trail += [(f"{first:%B %Y}", f"/archive/{year:04}/{month:02}/")]
    data = structured_data.list_page(f"{first:%-d %B %Y}", request.path, found.rows, trail)
    return page(request, "archive_day.html", now, context, about=data, robots=_robots(not found.is_first))


def corrections(request):
    now = timezone.now()
    found = page_of(Correction.objects.of_public(now), _cursor(request))
    context = {"page": found, "more": _more(found.next), "feed": "/corrections/latest"}
    context["instead"] = [] if found.rows else lines(Article.objects.listed(now), INSTEAD)
    return page(request, "corrections.html", now, context, robots=_robots(not found.is_first))


def about(request):
    now = timezone.now()
    context = {"half_life": settings.HALF_LIFE_HOURS, "contact": settings.CONTACT_EMAIL, "numbers": today(now)}
    context |= {"images": settings.IMAGES, "media_host": urlsplit(settings.MEDIA_URL).netloc}
    return page(request, "about.html", now, context)


# -- what several of them share


def _days(request, now, template, stories, name, context):
    """A page of stories under the days they were published on, newest first."""
    found = page_of_cards(stories.latest(), _cursor(request))
    context |= {"page": found, "days": by_day(found.rows), "more": _more(found.next)}
    data = structured_data.list_page(name, request.path, found.rows, context["trail"])
    return page(request, template, now, context, about=data, robots=_robots(not found.is_first))


def _names(request, now, template, rows):
    found = page_of(rows, _cursor(request), NAMES_A_PAGE)
    context = {"page": found, "more": _more(found.next)}
    return page(request, template, now, context, robots=_robots(not found.is_first))


def _cursor(request) -> str:
    return request.GET.get("cursor", "")


def _more(cursor: str, asked: dict[str, str] | None = None) -> str:
    """The query of the page that starts after `cursor`, of the same filters; "" at the end of the list."""
    if not cursor:
        return ""
    return "?" + urlencode((asked or {}) | {"cursor": cursor})


def _robots(is_variant) -> str:
    """Search engines index a list at its one plain address; its filtered and further pages they only follow."""
    return NOT_INDEXED if is_variant else ""


def _indexing(article) -> dict[str, str]:
    """What ARTICLE_INDEXING says of an article's page: by default not indexed, for it holds nothing but an excerpt."""
    if settings.ARTICLE_INDEXING == "noindex":
        return {"robots": NOT_INDEXED, "canonical": ""}
    if settings.ARTICLE_INDEXING == "original" and article.link:
        return {"canonical": address(article.link)}
    return {}
