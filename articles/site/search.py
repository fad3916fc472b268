"""What a search finds: the newest matches, ranked by how much they are about the question and how new they are."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import QuerySet

from articles.models import Article, Provider
from articles.searching import Question, Term, fold, relevance, standing
from articles.site.cards import Card, cards
from articles.site.paging import page_of_ranked

MOST_HITS = 2_000  # the newest ones, that are ranked: to rank every match of a common word is what makes searches slow
MOST_OUTLETS = 5  # that one word can mean: a word that more have in their names is no outlet's name
ROW = ("pk", "title", "published_at")


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what was found; `hits` are all, or one more than MOST_HITS. `next` is the cursor of the page after."""

    rows: list
    hits: int
    next: str
    is_first: bool


def found_by(articles: QuerySet, question: Question, cursor: str) -> Found:
    """The page after `cursor` ("" for the first) of those of `articles` that answer the question, best first.

    Three queries whatever is found, and one for each outlet that the question names. Raises Http404 for a cursor that
    is none.
    """
    matches = newest_matches(articles, question)
    half_life = settings.HALF_LIFE_HOURS
    places = [
        (standing(relevance(question, title), published_at, half_life), key) for key, title, published_at in matches
    ]
    keys, after = page_of_ranked(places[:MOST_HITS], cursor)
    rows = cards(Article.objects.filter(pk__in=keys), pictured=False)
    by_key = {card.pk: card for card in map(Card._make, rows)}
    return Found([by_key[key] for key in keys if key in by_key], len(matches), after, not cursor)


def newest_matches(articles: QuerySet, question: Question) -> list[tuple]:
    """The newest of the articles that have what is asked for in title or excerpt, or partly in their outlet's name:
    `ROW` of each, newest first, at most one more than MOST_HITS."""
    found = list(articles.matching(question).values_list(*ROW)[: MOST_HITS + 1])
    outlets, rest = _outlets_named(question)
    for outlet in outlets:
        own = articles.by_provider(outlet)
        own = own.matching(rest) if rest.terms else own.without(rest).latest()
        found += own.values_list(*ROW)[: MOST_HITS + 1]
    if outlets:
        found = sorted(set(found), key=lambda row: (row[2], row[0]), reverse=True)
    return found[: MOST_HITS + 1]


def _outlets_named(question: Question) -> tuple[list[int], Question]:
    """The outlets that the question names (their keys), and what is then still asked for: "mint rain" is what Mint has
    of rain. Where its words name different outlets, those that the most words name, of equals the first word's."""
    if not question.terms:
        return [], question
    outlets = Provider.objects.order_by("pk").values_list("pk", "name", "domain")
    names = {key: fold(f"{name} {domain}") for key, name, domain in outlets}
    terms_of: dict[int, tuple[Term, ...]] = {}
    for term in question.terms:
        named = [key for key, name in names.items() if term.pattern.search(name)]
        for key in named if len(named) <= MOST_OUTLETS else ():
            terms_of[key] = (*terms_of.get(key, ()), term)
    if not terms_of:
        return [], question
    terms = max(terms_of.values(), key=len)
    return [key for key, own in terms_of.items() if own == terms], question.lacking(terms)
