"""What a reader asks for in words: read, put into the languages of two databases, weighed, and marked in a text.

Pure: the databases say *which* stories match (`ArticleQuerySet.matching`), this says what was asked and what counts for
more, so that both give the same order.
"""

from articles.searching.compiling import fts5_expression, tsquery
from articles.searching.marking import READ, marked, snippet
from articles.searching.question import LONGEST_QUESTION, MOST_TERMS, Question, Term, fold, read_question
from articles.searching.relevance import relevance, standing

__all__ = [
    "LONGEST_QUESTION",
    "MOST_TERMS",
    "READ",
    "Question",
    "Term",
    "fold",
    "fts5_expression",
    "marked",
    "read_question",
    "relevance",
    "snippet",
    "standing",
    "tsquery",
]
