"""An article's own page: finding it by its address, and what stands around it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps

from django.conf import settings
from django.db import router
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404
from django.shortcuts import redirect
from django.utils import timezone

from articles.models import Article, ArticleTopic, Provider, RelatedLink, Topic
from articles.querysets import AMONG, DIGESTS, RANKED, Chosen
from articles.seeds import read_player
from articles.site.archive import day_of
from articles.site.cards import Card, cards
from articles.site.chronicle import chronicle
from articles.site.errors import gone
from articles.site.pictures import on_page, pictures_of
from articles.site.why import editors_did, head_start
from articles.statements import Statement

NEXT = 3
TOLD_DECISIONS = {  # in this order, after "The editors of this site decided its …"
    "published": "publication",
    "publish_at": "time of publication",
    "publish_until": "time of removal",
    "pinned": "place on the front page",
    "picture": "picture",
    "focal_point": "part of the picture that counts",
    "heat": "heat",
    "quality": "quality",
    "title": "title",
    "excerpt": "excerpt",
    "topics": "topics",
    "slug": "address",
}


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why a story stands where it does: the head start that its heat gives it, in hours; what editors decided, and what
    they did to its heat, as a sentence."""

    head_start: float
    half_life: float
    decided: list[str]
    editors_did: str
    pinned_place: int | None


def of_public_article(view: Callable) -> Callable:
    """Turns `view(request, article, now)` into one of (request, slug).

    A withdrawn article is answered 410; one that is not public or not there 404; an old slug 301 to the same page of
    the article that had it, where that is public.
    """

    @wraps(view)
    def answer(request, slug):
        now = timezone.now()
        article = public_story(slug, now)
        if article is not None:
            return view(request, article, now)
        article = next(iter(Article.objects.existing().with_address(slug).order_by()), None)
        if article is None:
            raise Http404("No story has this address.")
        if article.state(now) == Article.State.WITHDRAWN:
            return gone(request)
        if article.state(now) != Article.State.PUBLIC:
            raise Http404("No story has this address.")
        return redirect(request.resolver_match.view_name, article.slug, permanent=True)

    return answer


def public_story(slug: str, now: datetime) -> Article | None:
    """The article that readers see at this address, as `for_page()` and `with_pictures` give it, in three queries;
    None where there is none."""
    row = next(iter(STORY.rows(now, words=[slug])), None)
    if row is None:
        return None
    values = dict(zip(STORY_COLUMNS, row, strict=True))
    article = Article.from_db(router.db_for_read(Article), ARTICLE_COLUMNS, [values[name] for name in ARTICLE_COLUMNS])
    for name in TOLD:
        setattr(article, name, values[name])
    if article.provider_id is not None:
        outlet = [values[f"provider__{name}"] for name in PROVIDER_COLUMNS]
        article.provider = Provider.from_db(router.db_for_read(Provider), PROVIDER_COLUMNS, outlet)
    article.pictures = pictures_of(article, now)
    article.filed = [ArticleTopic(topic=Topic(*row)) for row in TOPICS.rows(now, article.pk)]
    return article


ARTICLE_COLUMNS = [field.attname for field in Article._meta.concrete_fields if field.name not in ("body", *DIGESTS)]
PROVIDER_COLUMNS = [field.attname for field in Provider._meta.concrete_fields]
TOLD = ["decided", "corrected", "going_on", "chosen"]
STORY_COLUMNS = [*ARTICLE_COLUMNS, *(f"provider__{name}" for name in PROVIDER_COLUMNS), *TOLD]


def _story(now: datetime, slug: str) -> QuerySet:
    told = Article.objects.public(now).filter(slug=slug).told_on_page(now)
    return told.annotate(chosen=Chosen("picture")).values_list(*STORY_COLUMNS)


STORY = Statement(_story, words=1)


def _topics(now: datetime, article: int) -> QuerySet:
    return ArticleTopic.objects.filter(article=article).values_list(*(f"topic__{name}" for name in TOPIC_COLUMNS))


TOPIC_COLUMNS = [field.attname for field in Topic._meta.concrete_fields]
TOPICS = Statement(_topics, keys=1)


def around(article: Article, now: datetime) -> dict:
    """What the story's page shows, the story itself and all that stands around it. Two queries."""
    related = coverage(article, now)
    return {
        "article": article,
        "picture": on_page(article),
        "related": related,
        "events": chronicle(article, related, now),
        "day": day_of(article.published_at),
        "followed": topics_with_a_page(article),
        "reasons": reasons(article, now),
        "next": read_next(article, now),
        "player": read_player(article.featured_content, settings.EMBED_HOSTS),
    }


def coverage(article: Article, now: datetime) -> list[RelatedLink]:
    """How other outlets told the story, oldest first; what has no date at the end, in upstream's order. One query."""
    related = [_link(dict(zip(COVERAGE_COLUMNS, row, strict=True))) for row in COVERAGE.rows(now, article.pk)]
    return sorted(related, key=lambda item: (item.published_at is None, item.published_at or article.published_at))


def _link(values: dict) -> RelatedLink:
    link = RelatedLink.from_db(router.db_for_read(RelatedLink), LINK_COLUMNS, [values[name] for name in LINK_COLUMNS])
    link.stored = values["stored"]
    if link.provider_id is not None:
        link.provider = Provider(name=values["provider__name"], domain=values["provider__domain"], pk=link.provider_id)
    return link


_SHOWN = {"id", "article_id", "provider_id", "position", "title", "link", "published_at", "type"}
LINK_COLUMNS = [field.attname for field in RelatedLink._meta.concrete_fields if field.attname in _SHOWN]  # in its order
COVERAGE_COLUMNS = [*LINK_COLUMNS, "provider__name", "provider__domain", "stored"]


def _coverage(now: datetime, article: int) -> QuerySet:
    links = RelatedLink.objects.filter(article=article).order_by("position")
    return links.with_stored(Article.objects.public(now)).values_list(*COVERAGE_COLUMNS)


COVERAGE = Statement(_coverage, keys=1)


def read_next(article: Article, now: datetime) -> list[Card]:
    """The best other stories that share its first topic, of those that came last, filled up with the best of all. One
    query, which looks at no more than AMONG stories of a topic."""
    topic = next((topic.pk for topic in article.topic_list), 0)
    return [Card._make(row) for row in READ_NEXT.rows(now, article.pk, topic)]


def _read_next(now: datetime, article: int, topic: int) -> QuerySet:
    others = Article.objects.listed(now).exclude(pk=article).ranked()
    near = ArticleTopic.objects.filter(article=OuterRef("pk"), topic=topic)
    of_topic = others.filter(
        pk__in=ArticleTopic.objects.filter(topic=topic).order_by("-article").values("article")[:AMONG]
    )
    candidates = Article.objects.in_any(others.values("pk")[:NEXT], of_topic.values("pk")[:NEXT])
    return cards(candidates.order_by(Exists(near).desc(), *RANKED), pictured=False)[:NEXT]


READ_NEXT = Statement(_read_next, keys=2)


def topics_with_a_page(article: Article) -> set[int]:
    """The keys of those of its topics that readers find something under: all, where it is listed itself."""
    if article.is_on_no_list:
        return set(article.going_on or [])
    return {topic.pk for topic in article.topic_list}


def reasons(article: Article, now: datetime) -> Reasons:
    """What *Why is this here?* tells of an article that was asked for `for_page()`."""
    pinned = article.pinned_place and (article.pinned_until is None or article.pinned_until > now)
    fields = {each["field"]: each for each in article.decided or []}
    if not pinned:  # what is over is no reason any more
        fields.pop("pinned", None)
    return Reasons(
        head_start=head_start(article.heat),
        half_life=settings.HALF_LIFE_HOURS,
        decided=[words for field, words in TOLD_DECISIONS.items() if field in fields],
        editors_did=editors_did(article.heat, fields["heat"]["upstream"]) if "heat" in fields else "",
        pinned_place=article.pinned_place if pinned else None,
    )
