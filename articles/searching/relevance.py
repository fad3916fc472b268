"""What counts for more among the stories that match. Pure, and the same for both databases."""

from datetime import datetime

from articles.ranking import EPOCH
from articles.searching.question import Question, Term, fold

IN_TITLE = 4.0  # doublings, where every term stands in the title
SIDE_BY_SIDE = 1.0  # more, where several stand there in the order they were asked for, with nothing between
PATIENCE = 30  # a search looks further back than the front page: its half-life is this many times the site's


def relevance(question: Question, title: str) -> float:
    """How much a title is about the question, in doublings: 0 where only the excerpt has what is asked for.

    How often a word occurs, and in how many stories, is left out: headlines and excerpts are too short for the first,
    and every story has all the words asked for.
    """
    folded = fold(title)
    terms = question.terms
    points = IN_TITLE * sum(_share(term, folded) for term in terms) / max(len(terms), 1)
    if len(terms) > 1 and points:
        together = Term(" ".join(term.text for term in terms), terms[-1].is_prefix)
        points += SIDE_BY_SIDE * bool(together.pattern.search(folded))
    return points


def _share(term: Term, folded: str) -> float:
    """1 where the title has the term, a half where it has a word that only begins so."""
    if term.whole.search(folded):
        return 1.0
    return 0.5 if term.is_prefix and term.pattern.search(folded) else 0.0


def standing(points: float, published_at: datetime, half_life: float) -> float:
    """Where a match stands: `relevance + published_at / (30 * half_life)`, times in hours, `half_life` the site's.

    A story 30 half-lives (a month, by default) older needs one doubling more. As with `articles.ranking.rank`, it does
    not depend on the time of asking: a page that goes on where another ended meets the same order.
    """
    hours = (published_at - EPOCH).total_seconds() / 3600
    return points + hours / (PATIENCE * half_life)
