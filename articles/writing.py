"""Articles and what hangs on them into the database, in bulk: a few wide statements for any number of articles.

The import, the editors' verbs and `rebuild_articles` all write through here. Callers hold the transaction.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import chain, islice
from operator import itemgetter

from django.db import connection, transaction
from django.utils import timezone

from articles import seeds
from articles.changes import note_changes, note_other_topics
from articles.corrections import note_corrections
from articles.merge import Standing
from articles.models import (
    Article,
    ArticleTopic,
    Edition,
    FormerSlug,
    FormerTopicSlug,
    Image,
    Provider,
    RelatedLink,
    StandingDecision,
    Topic,
)
from articles.projection import standing_row
from articles.rows import insert, new_keys, select, select_from
from articles.seeds import Story
from articles.slugs import first_topic_choices, topic_slug

WRITERS_LOCK = 0x6E657773  # PostgreSQL's advisory lock that writers take in turn


@contextmanager
def one_writer():
    """The writers' turn for whoever changes what readers see: what comes of it is a new edition for them, at the moment
    at which it is committed, so that no cache holds what was before (see `Edition`)."""
    with writers_turn():
        yield
        new_edition()


@contextmanager
def writers_turn():
    """A transaction that no other writer of articles shares its time with, as SQLite has it by itself.

    Slugs, topics and providers are given to whoever comes first: two imports side by side, or an editor and an import,
    would else take the same one, or wait for each other in a circle.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [WRITERS_LOCK])
        yield


def new_edition() -> None:
    """Tell readers' caches that something changed. The caller holds the writers' turn, and this is its last act."""
    Edition.objects.bump(timezone.now())


def upsert(model, rows: Collection, fields: Iterable[str]) -> None:
    """Update whole rows, which have their primary keys, in one statement for each few hundred."""
    model.objects.bulk_create(rows, update_conflicts=True, unique_fields=["pk"], update_fields=list(fields))


# -- articles


COLUMNS = [field.name for field in Article._meta.concrete_fields if not (field.primary_key or field.generated)]


def update_articles(articles: Collection[Article], at: datetime | None, fields: Iterable[str] = COLUMNS) -> None:
    """Write whole rows of articles that are there. `at` is when readers see them so (an aware time); None where what
    they saw before is not to be told: a repair, or history."""
    if at is not None:
        note_corrections(articles, at)
    note_changes(articles)
    upsert(Article, articles, fields)


class TakenSlugs:
    """All slugs that articles have or had (or another model has): asked for beforehand, or singly for a rare one."""

    def __init__(self, wanted: Iterable[str], models=(Article, FormerSlug)):
        self.models = models
        self.asked: set[str] = set()
        self.taken: set[str] = set()
        self._ask(set(wanted))

    def _ask(self, slugs: set[str]) -> None:
        self.asked |= slugs
        self.taken.update(slug for (slug,) in select_from(self.models, ["slug"], "slug", slugs))

    def __contains__(self, slug: str) -> bool:
        if slug not in self.asked:
            self._ask({slug})
        return slug in self.taken

    def add(self, slug: str) -> None:
        self.taken.add(slug)


# -- topics


def topic_ids(names: Iterable[str]) -> dict[str, int]:
    """The topics of these names, made where they are new, with slugs given in the order of the names."""
    names = list(dict.fromkeys(names))
    known = dict(select(Topic, ["name", "id"], "name", names))
    new = [name for name in names if name not in known]
    taken = TakenSlugs(chain.from_iterable(first_topic_choices(name) for name in new), [Topic, FormerTopicSlug])
    topics = []
    for name in new:
        slug = topic_slug(name, taken)
        taken.add(slug)
        topics.append(Topic(name=name, slug=slug))
    return known | {topic.name: topic.pk for topic in Topic.objects.bulk_create(topics)}


def replace_topics(topics: Mapping[int, tuple[str, ...]], known: Collection[int]) -> None:
    """Give each article (by its key) its topics; `known` are those that may have some already."""
    topics = dict(topics)
    if known:
        topics = _without_those_that_have_them(topics, known)
        others = topics.keys() & set(known)
        ArticleTopic.objects.filter(article__in=others).delete()
        note_other_topics(others)
    ids = topic_ids(chain.from_iterable(topics.values()))
    rows = ((article, ids[name], position) for article, names in topics.items() for position, name in enumerate(names))
    insert(ArticleTopic, ("article_id", "topic_id", "position"), rows)


def _without_those_that_have_them(topics: Mapping[int, tuple[str, ...]], known: Collection[int]) -> dict:
    rows = ArticleTopic.objects.filter(article__in=known).order_by("article", "position")
    stored: dict[int, tuple[str, ...]] = {}
    for key, name in rows.values_list("article", "topic__name"):
        stored[key] = (*stored.get(key, ()), name)
    known = set(known)
    return {key: names for key, names in topics.items() if key not in known or stored.get(key, ()) != tuple(names)}


# -- providers


def provider_ids(stories: Collection[Story], *, rename: bool = True) -> dict[str, int]:
    """The keys of the providers that these stories and their related links name, by domain; new ones are made.

    With `rename` they take the name and the logos that the last story gives them, as when these stories are news; but
    what upstream's taxonomy says of a provider wins over any story.
    """
    named: dict[str, seeds.Provider] = {}
    for story in stories:
        for provider in _providers_of(story):
            before = named.get(provider.domain)
            named[provider.domain] = _said_last(provider, before) if before else provider
    known = {domain: rest for domain, *rest in select(Provider, KNOWN_OF_PROVIDER, "domain", named)}
    new = [Provider(domain=domain, name=said.name or domain) for domain, said in named.items() if domain not in known]
    known |= {made.domain: [made.pk, made.name, False, "{}"] for made in Provider.objects.bulk_create(new)}
    keys = {domain: key for domain, (key, *_) in known.items()}
    if rename:
        news = {domain: said for domain, said in named.items() if not known[domain][2]}
        _rename((said.name, *known[domain]) for domain, said in news.items() if said.name)
        _replace_logos({keys[domain]: said.images for domain, said in news.items() if said.images})
    return keys


KNOWN_OF_PROVIDER = ("domain", "id", "name", "in_taxonomy", "overridden")


def _rename(said: Iterable[tuple[str, int, str, bool, str]]) -> None:
    """Give each provider the name that upstream says; where the desk decided its name, upstream's is kept beside it."""
    changed = []
    for name, key, stored, _, overridden in said:
        if name == stored and overridden == "{}":  # nearly always, some three hundred times in each batch of an import
            continue
        provider = Provider(pk=key, name=stored, overridden=json.loads(overridden))
        if provider.said("name") != name:
            provider.hear("name", name)
            changed.append(provider)
    Provider.objects.bulk_update(changed, ["name", "overridden"])


def _providers_of(story: Story) -> Iterable[seeds.Provider]:
    own = [story.provider] if story.provider else []
    return chain((related.provider for related in story.related if related.provider), own)


def _said_last(provider: seeds.Provider, before: seeds.Provider) -> seeds.Provider:
    if (provider.name or not before.name) and (provider.images or not before.images):
        return provider
    if before.images and provider.name in (None, before.name):
        return before
    return provider._replace(name=provider.name or before.name, images=provider.images or before.images)


def _replace_logos(said: Mapping[int, tuple[seeds.Image, ...]]) -> None:
    """Give each provider (by its key) its logos, where it has others."""
    stored: dict[int, list[tuple]] = {}
    rows = select(Image, ("provider_id", *IMAGE_VALUES), "provider_id", said)
    for key, *values in sorted(rows, key=itemgetter(0, 1)):
        stored.setdefault(key, []).append(tuple(values))
    logos = {key: [image_values(image, place) for place, image in enumerate(images)] for key, images in said.items()}
    stale = [key for key, values in logos.items() if values != stored.get(key)]
    for keys in batched(stale, 500):
        Image.objects.filter(provider__in=keys).delete()
    insert(Image, ("provider_id", *IMAGE_VALUES), [(key, *values) for key in stale for values in logos[key]])


def batched(items: Iterable, size: int) -> Iterator[list]:
    """The items in lists of at most `size`: no statement takes any number of parameters."""
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch


# -- images and related links


IMAGE_VALUES = ("position", "url", "width", "height", "is_cached", "title", "attribution")
LINK_VALUES = (
    "position title excerpt published_at type web_url original_url amp_web_url cdn_amp_web_url link quality"
).split()


def image_values(image: seeds.Image, position: int) -> tuple:
    """The columns `IMAGE_VALUES` of an image."""
    return (
        position,
        image.url,
        image.width,
        image.height,
        image.is_cached,
        image.title or "",
        image.attribution or "",
    )


def link_values(related: seeds.Related, position: int) -> tuple:
    """The columns `LINK_VALUES` of a related link."""
    return (
        position,
        related.title,
        related.excerpt or "",
        related.published_at,
        related.type or "",
        related.web_url or "",
        related.original_url or "",
        related.amp_web_url or "",
        related.cdn_amp_web_url or "",
        related.link or "",
        related.quality,
    )


def stored_values(row: Image | RelatedLink, names: Sequence[str]) -> tuple:
    return tuple(getattr(row, name) for name in names)


def replace_links_and_images(
    stories: Mapping[int, Story], known: Collection[int], providers: Mapping[str, int]
) -> None:
    """Give each article (by its key) its images and related links; `known` are those that may have some already."""
    if known:
        Image.objects.filter(article__in=known).delete()
        Image.objects.filter(related__article__in=known).delete()
        RelatedLink.objects.filter(article__in=known).delete()
    links = [
        (article, position, related)
        for article, story in stories.items()
        for position, related in enumerate(story.related)
    ]
    keys = new_keys(RelatedLink, len(links)) if links else []
    insert(
        RelatedLink,
        ("id", "article_id", "provider_id", *LINK_VALUES),
        (
            (key, article, related.provider and providers[related.provider.domain], *link_values(related, position))
            for key, (article, position, related) in zip(keys, links, strict=True)
        ),
    )
    images = [
        (article, None, *image_values(image, position))
        for article, story in stories.items()
        for position, image in enumerate(story.images)
    ]
    images += [
        (None, key, *image_values(image, position))
        for key, (_, _, related) in zip(keys, links, strict=True)
        for position, image in enumerate(related.images)
    ]
    insert(Image, ("article_id", "related_id", *IMAGE_VALUES), images)


# -- decisions in force


def replace_standings(standings: Mapping[int, Mapping[str, tuple[Standing, int]]]) -> None:
    """Give each article (by its key) its decisions in force, each with the key of its newest entry in the log."""
    StandingDecision.objects.filter(article__in=standings).delete()
    StandingDecision.objects.bulk_create(
        standing_row(article, standing, decision)
        for article, of_article in standings.items()
        for standing, decision in of_article.values()
    )
