"""The words of the domain: what is public, how it is ordered, what it is about.

Every page, feed and program says `Article.objects.public(now)`: this file holds the one spelling of "public". Time is
an argument, so that one request sees one moment. Every order is total: it ends in the slug, which is unique.
"""

from itertools import pairwise

from django.db import connections
from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    JSONField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Coalesce, Greatest, Left

from articles.querysets.aggregates import JSONList, JSONPairs
from articles.querysets.reach import listed, model
from articles.ranking import BURIED
from articles.searching import Question, fts5_expression, tsquery

RANKED = ("-rank", "-published_at", "slug")
LATEST = ("-published_at", "slug")
LINK_START = 200  # characters of a link that are indexed
KEY_BITS = 25  # of a rowid of SQLite's full-text index; above them are the seconds of the story's date
DIGESTS = ("file_digest", "content_digest", "facts_digest")
HEAVY = ("body", "featured_content", "tags", *DIGESTS)


class ArticleQuerySet(QuerySet):
    def existing(self):
        """All but those whose only run was undone: these wait for their return, unseen by anybody."""
        return self.filter(undone=False)

    def published(self):
        """Not hidden and not withdrawn, whatever their date says: in the words that the partial indexes are made of."""
        return self.filter(published=True, withdrawn=False)

    def public(self, now):
        """What readers may see at `now` (an aware datetime): published, there, not before its time and not after it."""
        return self.filter(_is_public(now))

    def listed(self, now):
        """What is on lists: public, not buried (heat −1), and of no muted provider."""
        return self.filter(_is_listed(now))

    def out_of_time(self, now):
        """What is published, but not public at `now`: its time has not come, or is over. Each kind by its own index."""
        shown = self.model.objects.published()
        early = shown.filter(publish_at__gt=now), shown.filter(publish_at=None, published_at__gt=now)
        return self.in_any(shown.filter(publish_until__lte=now).values("pk"), *(kind.values("pk") for kind in early))

    def ended(self, now):
        """What was on lists until its `publish_until`, which has passed at `now`."""
        ended = self.published().filter(publish_until__lte=now, visible_from__lt=F("publish_until"))
        return ended.exclude(heat=BURIED).filter(_of_no_muted_provider())

    def left(self, since, now):
        """Those that were on lists, and left them between `since` and `now`, as two lists: those that were taken off,
        and those whose end has come; the last to leave first."""
        taken = self.filter(~_is_listed(now), left_at__gte=since).order_by("-left_at", "slug")
        ended = self.ended(now).filter(~_is_listed(now), publish_until__gte=since)
        return taken, ended.order_by("-publish_until", "slug")

    def changed(self, since, now, most):
        """What has to be told at `now` to who knows the lists of `since`: those on lists that became others or came on
        them, and those that left, each with `is_listed` and the `moment` of that, newest first.

        Right for the first `most` rows: no more of each kind are looked for, each by its own index.
        """
        shown = self.listed(now)
        anew = shown.filter(changed_at__gte=since).order_by("-changed_at", "slug")
        appeared = shown.filter(visible_from__gt=F("changed_at"), visible_from__gte=since).order_by("-visible_from")
        kinds = [kind.values("pk")[:most] for kind in (anew, appeared, *self.left(since, now))]
        return self.model.objects.in_any(*kinds).with_standing(now).order_by("-moment", "slug")

    def in_any(self, *lists):
        """Those that are in any of these lists of articles, or of keys, of any length.

        Each list is asked for by itself: whether a row is in one or in the other PostgreSQL would try on every row.
        """
        keys = [self.model.objects.filter(pk__in=each).order_by().values("pk") for each in lists]
        return self.filter(pk__in=keys[0].union(*keys[1:]))

    def with_standing(self, now):
        """Each with `is_listed`, and the `moment` at which it was told anew where it is, or left where it is not."""
        left = Case(
            When(
                Exists(self.model.objects.ended(now).filter(pk=OuterRef("pk"))),
                then=Greatest(_left_at, "publish_until"),
            ),
            default="left_at",
        )
        moment = Case(When(is_listed=True, then=Greatest("changed_at", "visible_from")), default=left)
        return self.annotate(is_listed=_is_listed(now)).annotate(moment=moment)

    def pinned(self, now):
        """What an editor has pinned to a place of the front page, by place; ties as in `ranked()`."""
        pinned = Q(pinned_until=None) | Q(pinned_until__gt=now)
        return self.listed(now).filter(pinned, pinned_place__isnull=False).order_by("pinned_place", *RANKED)

    def pinned_by_desk(self, now):
        """What is pinned at `now`, seen by readers or not."""
        return self.filter(Q(pinned_until=None) | Q(pinned_until__gt=now), pinned_place__isnull=False)

    def ranked(self):
        """Best first: see `articles.ranking.rank`; ties by date, then slug."""
        return self.order_by(*RANKED)

    def latest(self, *fields):
        """Newest first. (With field names it is Django's own `latest`, one row.)"""
        return super().latest(*fields) if fields else self.order_by(*LATEST)

    def about(self, topic):
        """With this topic (or its key). A page of one that is known `with_size()` to have many costs no more."""
        if getattr(topic, "many", None) is None:
            return self.filter(article_topics__topic=topic)
        # Each story is asked for its topic: from a join SQLite would take, and sort, all that are filed under it.
        return self.filter(Exists(model("ArticleTopic").objects.filter(article=OuterRef("pk"), topic=topic)))

    def with_address(self, slug):
        """Those that have this slug, or had it."""
        former = model("FormerSlug").objects.filter(slug=slug).values("article")
        return self.in_any(self.model.objects.filter(slug=slug).values("pk"), former)

    def by_provider(self, provider):
        return self.filter(provider=provider)

    def containing(self, text):
        """With this text in the title or the excerpt, in any case."""
        return self.filter(Q(title__icontains=text) | Q(excerpt__icontains=text))

    def matching(self, question: Question):
        """Those whose title or excerpt has all that is asked for, newest first; none where nothing is asked for.

        SQLite reads them from its full-text index in the order of their dates, so that the first ones cost the same
        however many match; PostgreSQL walks its index of dates, or that of words, whichever it thinks shorter. Say it
        once of a QuerySet that is no subquery, and order it no more.
        """
        indexed = question.lacking([term for term in question.terms if term.is_unspaced])
        found = self if question.terms else self.none()
        for term in set(question.terms) - set(indexed.terms):
            found = found.containing(term.text)
        return found._with_indexed(indexed) if indexed.terms else found.without(question).latest()

    def _with_indexed(self, question):
        if connections[self.db].vendor == "postgresql":
            sql, terms = tsquery(question)
            return self.extra(where=[f"articles_article.words @@ ({sql})"], params=terms).latest()  # noqa: S610
        same = f"articles_article.id = articles_search.rowid & {(1 << KEY_BITS) - 1}"
        found = self.extra(  # noqa: S610
            tables=["articles_search"], where=[same, "articles_search MATCH %s"], params=[fts5_expression(question)]
        )
        dated = RawSQL("articles_search.rowid", (), BigIntegerField())
        return found.annotate(dated=dated).order_by("-dated")

    def without(self, question: Question):
        """Those that have none of what a question wants to be left out."""
        found = self
        for term in question.without:
            found = found.exclude(Q(title__icontains=term.text) | Q(excerpt__icontains=term.text))
        return found

    def in_conflict(self):
        """Where upstream moved after an editor's decision, and no editor has said yet what now holds."""
        return self.with_any(model("StandingDecision").objects.in_conflict())

    def with_any(self, standings):
        """Those with one or more of these standing decisions."""
        return self.filter(pk__in=standings.order_by().values("article"))

    def in_range(self, column, least=None, most=None):
        """Those whose heat or quality is neither less than `least` nor more than `most`; None is no bound."""
        bounds = {f"{column}__gte": least, f"{column}__lte": most}
        return self.filter(**{lookup: bound for lookup, bound in bounds.items() if bound is not None})

    def with_words(self, words):
        """Those with each of the words in title, excerpt, or the name or domain of their provider."""
        found = self
        for word in words:
            # Providers are few: they are looked through once, not beside each article.
            providers = model("Provider").objects.filter(Q(name__icontains=word) | Q(domain__icontains=word))
            named = Q(provider__in=providers.order_by().values("pk"))
            found = found.filter(Q(title__icontains=word) | Q(excerpt__icontains=word) | named)
        return found

    def for_desk(self):
        """With what a row of the desk's list shows, in three queries for any number of rows."""
        return self.select_related("provider").prefetch_related("images", "standing_decisions").defer(*HEAVY)

    def undecided(self):
        """Without any decision in force, and still there: what no editor has said anything about."""
        standing = model("StandingDecision").objects.filter(article=OuterRef("pk"))
        return self.filter(~Exists(standing), withdrawn=False)

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
        return self.select_related("provider").prefetch_related("images", ordered_topics()).defer(*HEAVY)

    def with_decided(self):
        """Each with `decided`: the fields that editors decided, in any order, as `field`, and `upstream`, what its heat
        would be without (None for the other fields)."""
        standing = model("StandingDecision").objects.filter(article=OuterRef("pk")).order_by().values("article")
        heat = Case(When(field="heat", then=Cast("upstream", IntegerField())))
        parts = JSONPairs(field="field", upstream=heat)
        return self.annotate(decided=Subquery(standing.annotate(all=JSONList(parts)).values("all")))

    def with_corrections(self):
        """Each with `corrected`: what changed of it for readers, in any order, as `at`, `field` and the start of what
        it was `before`."""
        corrections = model("Correction").objects.filter(article=OuterRef("pk")).order_by().values("article")
        parts = JSONPairs(at="at", field="field", before=Left("before", LINK_START))
        return self.annotate(corrected=Subquery(corrections.annotate(all=JSONList(parts)).values("all")))

    def with_topics_that_go_on(self, now):
        """Each that is on no list itself with `going_on`: the keys of those of its topics under which readers find
        something else; None for all others, whose topics all have a page."""
        filed = model("ArticleTopic").objects.filter(article=OuterRef("pk")).order_by()
        other = listed(now).filter(article_topics__topic=OuterRef("topic"))
        keys = filed.filter(Exists(other)).values("article").annotate(keys=JSONList("topic")).values("keys")
        on_no_list = Q(heat=BURIED) | Q(provider__muted=True)
        return self.annotate(going_on=Case(When(on_no_list, then=Subquery(keys)), output_field=JSONField()))

    def told_on_page(self, now):
        """With what a story's own page tells besides its columns: `decided`, `corrected` and `going_on`."""
        return self.with_decided().with_corrections().with_topics_that_go_on(now)

    def for_page(self, now):
        """With all that a story's own page shows, in three queries."""
        return self.for_cards().told_on_page(now).defer(None).defer("body")

    def with_corrected_at(self):
        """Each with `corrected_at`: when readers were last given another title or excerpt of it; None where never."""
        corrections = model("Correction").objects.filter(article=OuterRef("pk")).order_by("-at")
        return self.annotate(corrected_at=Subquery(corrections.values("at")[:1]))

    def in_full(self):
        """With all that upstream said of each, but for pictures that were taken down, in four queries for any number
        of rows."""
        there = model("Image").objects.not_removed()
        pictures = (Prefetch("images", there), Prefetch("provider__images", there), ordered_topics())
        return self.select_related("provider").prefetch_related(*pictures).defer(*DIGESTS)


_left_at = Coalesce("left_at", "publish_until")


def _of_no_muted_provider():
    muted = model("Provider").objects.filter(muted=True).order_by().values("pk")
    return Q(provider=None) | ~Q(provider__in=muted)


def _is_public(now):
    lasts = Q(publish_until=None) | Q(publish_until__gt=now)
    return lasts & Q(published=True, withdrawn=False, visible_from__lte=now)


def _is_listed(now):
    # Excluded, not compared: a range would make SQLite walk the index of heat and sort all that it finds. Nor is there
    # a join: the few muted providers are looked up once, however many articles are walked.
    return _is_public(now) & ~Q(heat=BURIED) & _of_no_muted_provider()


def ordered_topics():
    """What `topic_list` looks at, of many articles in one query."""
    return Prefetch("article_topics", queryset=model("ArticleTopic").objects.select_related("topic"), to_attr="filed")
