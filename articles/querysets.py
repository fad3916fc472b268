"""The words of the domain: what is public, how it is ordered, what it is about.

Every page, feed and program says `Article.objects.public(now)`: this file holds the one spelling of "public". Time is
an argument, so that one request sees one moment. Every order is total: it ends in the slug, which is unique.
"""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import pairwise
from math import inf
from operator import or_

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connections
from django.db.models import (
    Aggregate,
    BigIntegerField,
    Case,
    Count,
    Exists,
    F,
    Func,
    IntegerField,
    JSONField,
    Min,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Coalesce, Greatest, JSONObject, Least, Left, Lower

from articles.ranking import BURIED
from articles.searching import Question, fts5_expression, tsquery

RANKED = ("-rank", "-published_at", "slug")
LATEST = ("-published_at", "slug")
AMONG = 300  # of the newest listed articles, in which sections are looked for
EXAMPLES = 3  # of a held run's differences, shown wherever it is told of
LINK_START = 200  # characters of a link that are indexed
KEY_BITS = 25  # of a rowid of SQLite's full-text index; above them are the seconds of the story's date


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
        """What is on lists: public, not buried (heat −1), and of no muted provider."""
        # Excluded, not compared: a range would make SQLite walk the index of heat and sort all that it finds. Nor is
        # there a join: the few muted providers are looked up once, however many articles are walked.
        return self.public(now).exclude(heat=BURIED).filter(_of_no_muted_provider())

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
        found = self.model.objects.filter(reduce(or_, (Q(pk__in=kind) for kind in kinds)))
        return found.with_standing(now).order_by("-moment", "slug")

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
        """With this topic."""
        return self.filter(article_topics__topic=topic)

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
        return self.with_any(_model("StandingDecision").objects.in_conflict())

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
            providers = _model("Provider").objects.filter(Q(name__icontains=word) | Q(domain__icontains=word))
            named = Q(provider__in=providers.order_by().values("pk"))
            found = found.filter(Q(title__icontains=word) | Q(excerpt__icontains=word) | named)
        return found

    def for_desk(self):
        """With what a row of the desk's list shows, in three queries for any number of rows."""
        return self.select_related("provider").prefetch_related("images", "standing_decisions").defer(*HEAVY)

    def undecided(self):
        """Without any decision in force, and still there: what no editor has said anything about."""
        standing = _model("StandingDecision").objects.filter(article=OuterRef("pk"))
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
        return self.select_related("provider").prefetch_related("images", _ordered_topics()).defer(*HEAVY)

    def with_decided(self):
        """Each with `decided`: the fields that editors decided, in any order, as `field`, and `upstream`, what its heat
        would be without (None for the other fields)."""
        standing = _model("StandingDecision").objects.filter(article=OuterRef("pk")).order_by().values("article")
        heat = Case(When(field="heat", then=Cast("upstream", IntegerField())))
        parts = JSONPairs(field="field", upstream=heat)
        return self.annotate(decided=Subquery(standing.annotate(all=JSONList(parts)).values("all")))

    def with_corrections(self):
        """Each with `corrected`: what changed of it for readers, in any order, as `at`, `field` and the start of what
        it was `before`."""
        corrections = _model("Correction").objects.filter(article=OuterRef("pk")).order_by().values("article")
        parts = JSONPairs(at="at", field="field", before=Left("before", LINK_START))
        return self.annotate(corrected=Subquery(corrections.annotate(all=JSONList(parts)).values("all")))

    def for_page(self):
        """With what a story's own page shows, in three queries."""
        return self.for_cards().with_decided().with_corrections().defer(None).defer("body")

    def with_corrected_at(self):
        """Each with `corrected_at`: when readers were last given another title or excerpt of it; None where never."""
        corrections = _model("Correction").objects.filter(article=OuterRef("pk")).order_by("-at")
        return self.annotate(corrected_at=Subquery(corrections.values("at")[:1]))

    def in_full(self):
        """With all that upstream said of each, in four queries for any number of rows."""
        pictures = ("images", "provider__images", _ordered_topics())
        return self.select_related("provider").prefetch_related(*pictures).defer(*DIGESTS)


class JSONPairs(JSONObject):
    """Names with values, as `JSONObject`, which first asks SQLite on each new connection, in three queries, whether it
    knows JSON: it does, or no page would come."""

    def as_sqlite(self, compiler, connection, **context):
        return Func.as_sql(self, compiler, connection, **context)


class JSONList(Aggregate):
    """The values of a group as a list, in any order: what Django has for PostgreSQL alone (`ArrayAgg`)."""

    function = "json_group_array"
    output_field = JSONField()

    def as_postgresql(self, compiler, connection):
        return self.as_sql(compiler, connection, function="jsonb_agg")


DIGESTS = ("file_digest", "content_digest", "facts_digest")
HEAVY = ("body", "featured_content", "tags", *DIGESTS)


def _ordered_topics():
    return Prefetch("article_topics", queryset=_model("ArticleTopic").objects.select_related("topic"))


class ImportRunQuerySet(QuerySet):
    def light(self):
        """Without what is long: errors, warnings and differences may be thousands."""
        return self.defer("errors", "warnings", "differences")

    def imports(self):
        """Those that took files in to the end: no undo, no commit of upstream's past."""
        # Not `undoes=None`: SQLite would look up all of those by their index, and sort them.
        return self.filter(status="finished", commit="").exclude(undoes__gt=0)

    def by_the_clock(self):
        """Good ones of files on the machine that still count: an upload by hand does not prove that the clock runs."""
        by_hand = _model("Upload").objects.filter(run=OuterRef("pk"))
        return self.imports().filter(~Exists(by_hand), finished_at__isnull=False).exclude(undone_by__gt=0)

    def waiting(self):
        """Held by the guard, and nothing of their source was taken in since, nor held anew: one a source at most."""
        since = _model("ImportRun").objects.filter(source=OuterRef("source"), pk__gt=OuterRef("pk"))
        newer = since.filter(Q(status="finished", undoes=None, commit="") | Q(status="held"))
        return self.filter(~Exists(newer), status="held")

    def to_look_after(self):
        """In one query what the desk warns of: the runs that wait, each with its first differences (`example_0` and so
        on), and the last good one by the clock (if any)."""
        good = _model("ImportRun").objects.by_the_clock().order_by("-finished_at").values("pk")[:1]
        found = self.filter(Q(pk__in=self.model.objects.waiting().values("pk")) | Q(pk=Subquery(good))).light()
        return found.annotate(**{f"example_{place}": F(f"differences__{place}") for place in range(EXAMPLES)})


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

    def because(self, reason):
        """In conflict as upstream's link changed, `link`; or as only its value did, `moved`."""
        by_link = Q(link_since__isnull=False)
        return self.filter(by_link) if reason == "link" else self.filter(~by_link, moved_since__isnull=False)

    def queue(self, by_rank=False):
        """The articles of these conflicts (`article`, and `since` when the first of them is open): what has waited
        longest first, or what stands highest."""
        first = Min(Least(Coalesce("moved_since", "link_since"), Coalesce("link_since", "moved_since")))
        order = ["-article__rank", "article"] if by_rank else ["since", "article"]
        return self.values("article").annotate(since=first).order_by(*order)


class CorrectionQuerySet(QuerySet):
    def of_public(self, now):
        """Those of stories that readers may see at `now`, newest first."""
        public = _model("Article").objects.public(now).filter(pk=OuterRef("article"))
        return self.filter(Exists(public)).select_related("article__provider").order_by("-at", "-id")


class DecisionQuerySet(QuerySet):
    def made_by(self, username):
        """By this editor, whose account may be gone."""
        users = get_user_model().objects.filter(username=username).values("pk")
        return self.filter(Q(user__in=users) | Q(user=None, username=username))

    def newest(self, below=None, most=50, fold=True):
        """The keys of the newest ones, all below a key where one is given, and the key below which to go on (None at
        the end). Of what one bulk action decided (`fold`) it is the newest alone: those of one action stand together.

        Reads no more than a few hundred narrow rows in at most four queries, however many there are; where bulk actions
        fill them, it finds fewer than `most`.
        """
        found, seen = [], set()
        for _ in range(2):
            rows = self.order_by("-pk") if below is None else self.order_by("-pk").filter(pk__lt=below)
            rows = list(rows.values_list("pk", "batch")[:LOOKED_THROUGH])
            for key, batch in rows:
                if not (fold and batch in seen):
                    if len(found) == most:
                        return found, below
                    found.append(key)
                    seen |= {batch} - {None}
                below = key
            if len(rows) < LOOKED_THROUGH:
                return found, None
            if fold and batch is not None:  # past the rest of it
                below = self.filter(batch=batch).aggregate(first=Min("pk"))["first"]
        return found, below


LOOKED_THROUGH = 400


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

    def with_logo(self):
        """Each with `logo`: the address of its first picture, None where it has none."""
        images = _model("Image").objects.filter(provider=OuterRef("pk")).order_by("position", "pk")
        return self.annotate(logo=Subquery(images.values("url")[:1]))


_left_at = Coalesce("left_at", "publish_until")


def _of_no_muted_provider():
    muted = _model("Provider").objects.filter(muted=True).order_by().values("pk")
    return Q(provider=None) | ~Q(provider__in=muted)


def _is_listed(now):
    """Of each article by itself, whether it is on lists: one look by its key."""
    return Exists(_listed(now).filter(pk=OuterRef("pk")))


def _listed(now):
    return _model("Article").objects.listed(now)


def _model(name):
    # The models are built from these querysets, so they cannot be imported here.
    return apps.get_model("articles", name)


class EditionQuerySet(QuerySet):
    def bump(self, now):
        """A new number, that none had before, and the dates at which what is public will change by itself. The number
        grows with the time, and so is greater than any that a backup knew. The caller holds the transaction."""
        number = _microseconds(now)
        values = {"since": number, "due": ",".join(map(str, self._due_after(now)))}
        if not self.filter(pk=1).update(number=Greatest(F("number") + 1, Value(number)), **values):
            self.bulk_create([self.model(pk=1, number=number, **values)], ignore_conflicts=True)

    def as_of(self, now):
        """What every public page depends on at `now`, to be compared: the number, and which dates have passed.

        One query of one row; a second one where the row does not tell of that moment: before it was written, as a
        machine has it whose clock is behind, or after more dates than it holds.
        """
        with connections[self.db].cursor() as cursor:
            cursor.execute("SELECT number, since, due FROM articles_edition")
            number, since, due = cursor.fetchone() or (0, inf, "")
            at, dates = _microseconds(now), [int(date) for date in due.split(",") if date]
            if since <= at and (len(dates) < MOST_DUE or at < dates[-1]):
                return number, bisect_right(dates, at)
            cursor.execute(PASSED, [_as_stored(self.db, now)] * 4)
            return number, cursor.fetchone()

    def _due_after(self, since):
        with connections[self.db].cursor() as cursor:
            cursor.execute(DUE, [_as_stored(self.db, since), MOST_DUE] * 4)
            dates = [_aware(date) for (date,) in cursor.fetchall()]
        return sorted(map(_microseconds, dates))[:MOST_DUE]


MOST_DUE = 200  # dates that an edition knows ahead
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The dates at which a story appears or goes, or a pin ends. Each look is a seek of a partial index, whose condition it
# repeats. In SQL, since they are asked at every write, and before a page.
CHANGING = {
    "published_at": "published AND NOT withdrawn",
    "publish_at": "publish_at IS NOT NULL",
    "publish_until": "publish_until IS NOT NULL",
    "pinned_until": "pinned_until IS NOT NULL",
}
DUE = " UNION ".join(
    f"SELECT * FROM (SELECT {column} AS due FROM articles_article WHERE {condition} AND {column} > %s "  # noqa: S608
    f"ORDER BY {column} LIMIT %s) AS of_{column}"
    for column, condition in CHANGING.items()
)
PASSED = ", ".join(
    f"(SELECT MAX({column}) FROM articles_article WHERE {condition} AND {column} <= %s)"  # noqa: S608
    for column, condition in CHANGING.items()
)
PASSED = f"SELECT {PASSED}"


def _microseconds(moment):
    return (moment - EPOCH) // timedelta(microseconds=1)


def _aware(date):
    date = datetime.fromisoformat(date) if isinstance(date, str) else date  # as SQLite has it, in UTC without saying so
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _as_stored(database, moment):
    return connections[database].ops.adapt_datetimefield_value(moment)
