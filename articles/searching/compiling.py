"""A question in the languages of the databases. Every term is quoted: nothing typed is ever read as syntax."""

from articles.searching.question import Question, Term

# What PostgreSQL makes of a text before it cuts it into words: no accents, no signs, so that its parser never sees an
# address, a path or a number with a sign. Migration 0003 has its own copy of this, in the column `words`.
CLEAN = (
    r"regexp_replace(normalize(regexp_replace(normalize({}, NFD), '[\u0300-\u036f]+', '', 'g'), NFC),"
    r" '[^[:alnum:]]+', ' ', 'g')"
)
_PHRASE = f"phraseto_tsquery('simple', {CLEAN.format('%s')})"
# "word or word…" is what "word…" is; but how often a whole word stands in a text PostgreSQL has counted, while of
# beginnings it believes, where it has counted few words, that all are rare: and then reads all that has a common one.
_PREFIX = f"({_PHRASE} || coalesce((nullif({_PHRASE}::text, '') || ':*')::tsquery, ''::tsquery))"


def fts5_expression(question: Question) -> str:
    """The right-hand side of SQLite's MATCH, for a question that has terms. https://sqlite.org/fts5.html#full_text_query_syntax"""
    wanted = " AND ".join(map(_fts5, question.terms))
    unwanted = " OR ".join(map(_fts5, question.without))
    return f"({wanted}) NOT ({unwanted})" if unwanted else wanted


def _fts5(term: Term) -> str:
    return f'"{term.text}"' + (" *" if term.is_prefix else "")  # a term's text has no quotation mark


def tsquery(question: Question) -> tuple[str, list[str]]:
    """PostgreSQL's tsquery as SQL and its parameters, for a question that has terms."""
    wanted = " && ".join(map(_tsquery, question.terms))
    unwanted = " || ".join(map(_tsquery, question.without))
    sql = f"{wanted} && !!({unwanted})" if unwanted else wanted
    return sql, [term.text for term in question.terms + question.without for _ in range(1 + term.is_prefix)]


def _tsquery(term: Term) -> str:
    return _PREFIX if term.is_prefix else _PHRASE
