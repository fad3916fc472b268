"""The words of the domain: what is public, how it is ordered, what it is about.

Every page, feed and program says `Article.objects.public(now)`: this file holds the one spelling of "public". Time is
an argument, so that one request sees one moment. Every order is total: it ends in the slug, which is unique.
"""

from itertools import pairwise

from django.apps import apps
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Left, Lower

from articles.ranking import BURIED

RANKED = ("-rank", "-published_at", "slug")
LATEST = ("-published_at", "slug")
AMONG = 300  # of the newest listed articles, in which sections are looked for
LINK_START = 200  # characters of a link that are indexed


class ArticleQuerySet(QuerySet):
    def existing(self):
        """All but those whose only run was undone: these wait for their return, unseen by anybody."""
        return self.filter(undone=False)

    def published(self):
        """Not hidden and not withdrawn, whatever their date says: in the words that the partial indexes are made of."""
        return self.filter(published=True, withdrawn=False)

    def public(self, now):
        """What readers may see at `now` (an aware datetime): published, there, not before its time and not after it."""
        return self.filter(
            Q(publish_until=None) | Q(publish_until__gt=now), published=True, withdrawn=False, visible_from__lte=now
        )

    def listed(self, now):
        """What is on lists: public, and not buried (heat −1)."""
        # Excluded, not compared: a range would make SQLite walk the index of heat and sort all that it finds.
        return self.public(now).exclude(heat=BURIED)

    def pinned(self, now):
        """What an editor has pinned to a place of the front page, by place; ties as in `ranked()`."""
        pinned = Q(pinned_until=None) | Q(pinned_until__gt=now)
        return self.listed(now).filter(pinned, pinned_place__isnull=False).order_by("pinned_place", *RANKED)

    def ranked(self):
        """Best first: see `articles.ranking.rank`; ties by date, then slug."""
        return self.order_by(*RANKED)

    def latest(self, *fields):
        """Newest first. (With field names it is Django's own `latest`, one row.)"""
        return super().latest(*fields) if fields else self.order_by(*LATEST)

    def about(self, topic):
        """With this topic."""
        return self.filter(article_topics__topic=topic)

    def by_provider(self, provider):
        return self.filter(provider=provider)

    def containing(self, text):
        """With this text in the title or the excerpt, in any case."""
        return self.filter(Q(title__icontains=text) | Q(excerpt__icontains=text))

    def found_by(self, words):
        """With each of these words somewhere in the title, the excerpt or the outlet's name, in any case."""
        for word in words:
            self = self.filter(
                Q(title__icontains=word) | Q(excerpt__icontains=word) | Q(provider__name__icontains=word)
            )
        return self

    def in_conflict(self):
        """Where upstream moved after an editor's decision, and no editor has said yet what now holds."""
        standing = _model("StandingDecision").objects.in_conflict()
        return self.filter(Exists(standing.filter(article=OuterRef("pk"))))

    def undecided(self):
        """On which no decision is in force."""
        return self.filter(~Exists(_model("StandingDecision").objects.filter(article=OuterRef("pk"))))

    def counted_between(self, edges):
        """How many are dated from each of the `edges` (aware, ascending) up to the next: a list, in one query.

        Each is a walk of an index over no more than was counted; grouping by a day would call Python for each row.
        """
        counts = [
            self.filter(published_at__gte=start, published_at__lt=end)
            .order_by()
            .values(place=Value(place))
            .annotate(stories=Count("*"))
            for place, (start, end) in enumerate(pairwise(edges))
        ]
        found = {row["place"]: row["stories"] for row in counts[0].union(*counts[1:], all=True)}
        return [found.get(place, 0) for place in range(len(counts))]

    def for_cards(self):
        """With what a card in a list shows, in three queries for any number of rows."""
        return self.select_related("provider").prefetch_related("images", _ordered_topics()).defer(*HEAVY)

    def in_full(self):
        """With all that upstream said of each, in four queries for any number of rows."""
        pictures = ("images", "provider__images", _ordered_topics())
        return self.select_related("provider").prefetch_related(*pictures).defer("file_digest", "content_digest")


HEAVY = ("body", "featured_content", "tags", "file_digest", "content_digest")


def _ordered_topics():
    return Prefetch("article_topics", queryset=_model("ArticleTopic").objects.select_related("topic"))


class RelatedLinkQuerySet(QuerySet):
    def with_stored(self, articles, column="slug"):
        """Each with `stored`: the `column` of the best of `articles` that has the same link, None where none has."""
        start = Left(OuterRef("link"), LINK_START)
        same = articles.filter(link_start=start, link=OuterRef("link")).exclude(link_start="")
        others = same.exclude(pk=OuterRef("article")).order_by(*RANKED)
        return self.annotate(stored=Subquery(others.values(column)[:1]))


class StandingDecisionQuerySet(QuerySet):
    def in_conflict(self):
        return self.filter(Q(moved_since__isnull=False) | Q(link_since__isnull=False))


class CorrectionQuerySet(QuerySet):
    def of_public(self, now):
        """Those of stories that readers may see at `now`, newest first."""
        public = _model("Article").objects.public(now).filter(pk=OuterRef("article"))
        return self.filter(Exists(public)).select_related("article__provider").order_by("-at", "-id")


class TopicQuerySet(QuerySet):
    def with_public_articles(self, now):
        """Those that a reader finds something under."""
        return self.filter(Exists(_listed(now).filter(article_topics__topic=OuterRef("pk"))))

    def leading(self, now, count, among=AMONG):
        """The `count` most frequent among the `among` newest listed articles: bounded, however many there are."""
        newest = _listed(now).latest().values("pk")[:among]
        topics = self.filter(article_topics__article__in=newest)
        return topics.annotate(stories=Count("article_topics")).order_by("-stories", "name")[:count]


class ProviderQuerySet(QuerySet):
    def with_public_articles(self, now):
        """Those that a reader finds something by."""
        return self.filter(Exists(_listed(now).filter(provider=OuterRef("pk")))).order_by(Lower("name"), "domain")


def _listed(now):
    return _model("Article").objects.listed(now)


def _model(name):
    # The models are built from these querysets, so they cannot be imported here.
    return apps.get_model("articles", name)
