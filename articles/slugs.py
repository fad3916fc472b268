"""The addresses of articles and topics. Pure: who has which slug is the caller's to know."""

import re
from collections.abc import Container
from functools import lru_cache
from hashlib import sha256
from itertools import chain

from django.utils.text import slugify

LONGEST = 200
DATED = re.compile(r"\d{4}-\d{2}-\d{2}-(.+)", re.DOTALL)
RESERVED_FOR_TOPICS = frozenset({"page"})  # `/api/news/page/2/` pages the list of all topics


def article_slug(source: str, stem: str, title: str, taken: Container[str]) -> str:
    """The slug of a new article: of its stem without the date before it, where it has one, else of its title."""
    dated = DATED.fullmatch(stem)
    return _free_slug(dated[1] if dated else title, f"{source}/{stem}", taken)


def topic_slug(name: str, taken: Container[str]) -> str:
    """The slug of a new topic."""
    return _free_slug(name, name, taken, RESERVED_FOR_TOPICS)


def is_topic_slug(text: str) -> bool:
    """Whether upstream may call a topic's address so: as `topic_slug` makes them, and not reserved."""
    return 0 < len(text) <= LONGEST and slugify(text, allow_unicode=True) == text and text not in RESERVED_FOR_TOPICS


def _free_slug(text: str, identity: str, taken: Container[str], reserved: Container[str] = ()) -> str:
    base, digest = _parts(text, identity)
    # Where base and base-6hex are both taken (two identities with equal digits), a longer digest decides.
    digests = (digest[:length] for length in range(6, len(digest) + 1))
    candidates = chain([base], (f"{base}-{digits}" for digits in digests)) if base else digests
    return next(slug for slug in candidates if slug not in taken and slug not in reserved)


@lru_cache(maxsize=1000)  # a slug is thought of twice: when it is asked for, and when it is given
def _parts(text: str, identity: str) -> tuple[str, str]:
    return slugify(text, allow_unicode=True)[:LONGEST], sha256(identity.encode()).hexdigest()


def first_choices(source: str, stem: str, title: str) -> tuple[str, ...]:
    """The slugs that `article_slug` may well ask for, so that a batch can ask the database for all of them at once."""
    short = article_slug(source, stem, title, ())
    return short, article_slug(source, stem, title, (short,))


def first_topic_choices(name: str) -> tuple[str, ...]:
    """Likewise the slugs that `topic_slug` may well ask for."""
    short = topic_slug(name, ())
    return short, topic_slug(name, (short,))
