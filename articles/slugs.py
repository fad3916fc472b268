"""The addresses of articles and topics. Pure: who has which slug is the caller's to know."""

import re
from collections.abc import Container, Iterator
from functools import lru_cache
from hashlib import sha256
from itertools import islice

from django.utils.text import slugify

LONGEST = 200
DATED = re.compile(r"\d{4}-\d{2}-\d{2}-(.+)", re.DOTALL)
RESERVED_FOR_TOPICS = frozenset({"page"})  # `/api/news/page/2/` pages the list of all topics


def article_slug(source: str, stem: str, title: str, taken: Container[str]) -> str:
    """The slug of a new article: of its stem without the date before it, where it has one, else of its title."""
    return _free(_of_article(source, stem, title), taken)


def topic_slug(name: str, taken: Container[str]) -> str:
    """The slug of a new topic."""
    return _free(_of_topic(name), taken)


def first_choices(source: str, stem: str, title: str) -> tuple[str, ...]:
    """The slugs that `article_slug` may well ask for, so that a batch can ask the database for all of them at once."""
    return tuple(islice(_of_article(source, stem, title), 2))


def first_topic_choices(name: str) -> tuple[str, ...]:
    """Likewise the slugs that `topic_slug` may well ask for."""
    return tuple(islice(_of_topic(name), 2))


def is_topic_slug(text: str) -> bool:
    """Whether upstream may call a topic's address so: as `topic_slug` makes them, and not reserved."""
    return 0 < len(text) <= LONGEST and slugify(text, allow_unicode=True) == text and text not in RESERVED_FOR_TOPICS


def _of_article(source: str, stem: str, title: str) -> Iterator[str]:
    dated = DATED.fullmatch(stem)
    return _choices(dated[1] if dated else title, f"{source}/{stem}")


def _of_topic(name: str) -> Iterator[str]:
    return (slug for slug in _choices(name, name) if slug not in RESERVED_FOR_TOPICS)


def _choices(text: str, identity: str) -> Iterator[str]:
    """The slugs that there may be, the best first: each next one has more of the identity's digest."""
    base, digest = _parts(text, identity)
    if base:
        yield base
    for length in range(6, len(digest) + 1):
        yield f"{base}-{digest[:length]}" if base else digest[:length]


def _free(choices: Iterator[str], taken: Container[str]) -> str:
    return next(slug for slug in choices if slug not in taken)


@lru_cache(maxsize=1000)  # a slug is thought of twice: when it is asked for, and when it is given
def _parts(text: str, identity: str) -> tuple[str, str]:
    return slugify(text, allow_unicode=True)[:LONGEST], sha256(identity.encode()).hexdigest()
