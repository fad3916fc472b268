"""Articles as a bulk action weighs them: what upstream says of each and what is decided, read for hundreds at once.

Their files are not read for that. Of a decided field its decision in force knows what upstream says; of any other field
that is the article's own column.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import F

from articles import merge
from articles.curation import Change
from articles.merge import Standing, Value, same
from articles.models import Article, ArticleTopic, Decision, StandingDecision
from articles.projection import EFFECTIVE, counting, newest_files, standing_of, story_of
from articles.ranking import BURIED, rank
from articles.seeds import Story

MOVE = "move"  # the one kind of change that `curate` has not: one topic replaced by another, a set for each article
LOADED = (
    "slug title excerpt published quality heat published_at visible_from publish_at publish_until pinned_place "
    "pinned_until picture focal_point link withdrawn provider"
).split()


class Stays(Exception):
    """There is nothing to change; the message says why, to go with "12 articles: …"."""


class NotYours(Exception):
    """It cannot be done for this article by this editor; the message says why."""


@dataclass(frozen=True, slots=True)
class Made:
    """What is decided on one field: what the site showed, and the decision then in force (None: upstream's value).

    `decision` is the key of that decision's newest entry where it is not the one to be made now.
    """

    field: str
    kind: str
    value: Value
    old: Value
    standing: Standing | None
    decision: int | None = None
    undoes: int | None = None


class Candidate:
    """One article: what upstream says of it, what is decided, and what is made of that."""

    def __init__(self, article: Article, rows: dict[str, StandingDecision], topics: tuple[str, ...], dated: datetime):
        self.article, self.rows, self.topics = article, rows, topics
        self.standings = {field: standing_of(row) for field, row in rows.items()}
        self.story = self._upstreams(dated)
        self.heard = merge.said(self.story)
        self.made: list[Made] = []

    def _upstreams(self, dated: datetime) -> Story:
        """What upstream says, as far as it can be decided: all that the rules ask for."""
        article = self.article
        values = {name: getattr(article, name) for name in ("published", "quality", "heat", "title", "excerpt")}
        values["topics"] = self.topics
        values |= {field: each.upstream for field, each in self.standings.items() if field in merge.UPSTREAM_FIELDS}
        values["topics"] = tuple(values["topics"] or ())
        return Story(published_at=dated, web_url=article.link or None, **values)

    def upstream(self, field: str) -> Value:
        return self.heard.values.get(field)

    def effective(self, field: str) -> Value:
        standing = self.standings.get(field)
        return standing.effective if standing else self.upstream(field)

    def decide(self, change: Change, by: AbstractBaseUser, may_release: bool) -> None:
        """Do what `articles.curation` would; raises `Stays` or `NotYours` where there is nothing to do, or no right."""
        kind = "set" if change.kind == MOVE else change.kind
        value = self._moved(change.value) if change.kind == MOVE else change.value
        _WEIGHED[kind](self, change.field, value, by, may_release)
        standing = None if kind == "release" else merge.decide(change.field, kind, value, self.heard)
        self.settle(Made(change.field, kind, value, self.effective(change.field), standing))

    def settle(self, made: Made) -> None:
        self.made.append(made)
        self.standings.pop(made.field, None)
        if made.standing is not None:
            self.standings[made.field] = made.standing

    def columns(self) -> dict:
        """The article's columns by name, as far as a decision can change them."""
        effective = merge.project(self.story, self.standings)
        columns = {name: getattr(effective, name) for name in EFFECTIVE}
        return columns | {"rank": rank(effective.heat, effective.published_at, settings.HALF_LIFE_HOURS)}

    # -- where there is nothing to do

    def _weigh_set(self, field: str, value: Value, *_) -> None:
        standing = self.standings.get(field)
        if same(self.effective(field), value) and not (standing and standing.in_conflict):
            raise Stays(_ALREADY.get((field, str(value))) or _ALREADY.get(field, f"{field} is that already"))

    def _weigh_boost(self, field: str, amount: Value, *_) -> None:
        if self.upstream(field) == BURIED:
            raise Stays("upstream buries it, and a boost digs nothing out")
        standing = self.standings.get(field)
        if standing and (standing.kind, standing.value) == ("boost", amount) and not standing.in_conflict:
            raise Stays(f"{field} is boosted by {amount:+d} already")

    def _weigh_release(self, field: str, _, by: AbstractBaseUser, may_release: bool) -> None:
        if field not in self.rows:
            raise Stays(f"nothing is decided on {field.replace('_', ' ')}")
        if not may_release and self.rows[field].author != by.pk:
            raise NotYours("what others decided only chief editors take back")

    def _moved(self, move: tuple[str, str]) -> list[str]:
        before, after = move
        topics = list(self.effective("topics") or ())
        if before not in topics:
            raise Stays(f"“{before}” is not among its topics")
        return list(dict.fromkeys(after if name == before else name for name in topics))


_WEIGHED = {"set": Candidate._weigh_set, "boost": Candidate._weigh_boost, "release": Candidate._weigh_release}
_ALREADY = {
    ("published", "True"): "published already",
    ("published", "False"): "unpublished already",
    ("heat", str(BURIED)): "buried already",
    "publish_at": "its start is that already",
    "publish_until": "its end is that already",
}


def candidates(keys: Collection[int], changed: Iterable[str]) -> list[Candidate]:
    """The articles of these keys, in their order, without those that are gone; for changes of the fields `changed`.

    Two queries, and one more each for topics, for dates that only files tell, and for decisions that somebody kept.
    """
    changed = set(changed)
    articles = Article.objects.existing().filter(pk__in=keys).only(*LOADED).in_bulk()
    rows: dict[int, dict[str, StandingDecision]] = {}
    standing = StandingDecision.objects.filter(article__in=keys).order_by()
    for row in standing.annotate(author=F("decision__user"), entered=F("decision__kind")):
        rows.setdefault(row.article_id, {})[row.field] = row
    _name_who_set([row for of_article in rows.values() for row in of_article.values() if row.field in changed])
    topics = _topics(keys) if "topics" in changed else {}
    covered = [] if "publish_at" not in changed else [key for key, each in articles.items() if _is_covered(each)]
    dates = {version.article_id: story_of(version).published_at for version in newest_files(covered)} if covered else {}
    found = (articles[key] for key in keys if key in articles)
    return [
        Candidate(
            article, rows.get(article.pk, {}), topics.get(article.pk, ()), dates.get(article.pk, article.published_at)
        )
        for article in found
    ]


def _name_who_set(rows: Collection[StandingDecision]) -> None:
    """Whoever kept a decision has not made it: the author is who did."""
    kept = {(row.article_id, row.field): row for row in rows if row.entered == Decision.Kind.KEEP}
    if not kept:
        return
    articles, fields = zip(*kept, strict=True)
    log = Decision.objects.filter(article__in=set(articles), field__in=set(fields)).order_by("pk")
    for decision in counting(log):
        row = kept.get((decision.article_id, decision.field))
        if row is not None and decision.kind != Decision.Kind.KEEP and decision.pk < row.decision_id:
            row.author = decision.user_id


def _is_covered(article: Article) -> bool:
    """Whether the desk's date stands before upstream's, which only the file then tells."""
    return article.publish_at is not None and article.published_at == article.publish_at


def _topics(keys: Collection[int]) -> dict[int, tuple[str, ...]]:
    rows = ArticleTopic.objects.filter(article__in=keys).order_by("article", "position")
    found: dict[int, tuple[str, ...]] = {}
    for key, name in rows.values_list("article", "topic__name"):
        found[key] = (*found.get(key, ()), name)
    return found


def is_kept(decision: Decision, newest: int) -> bool:
    """Whether the decision in force after this one needs no file to be known: upstream has said nothing since."""
    return decision.kind in (Decision.Kind.SET, Decision.Kind.BOOST) and decision.version_id == newest
