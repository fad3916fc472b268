"""Proof that the columns are what the logs say: both logs of every article replayed and compared with what is there."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from articles.checking import suspects
from articles.merge import Standing, project
from articles.models import Article, ArticleTopic, FormerSlug, RelatedLink, Version
from articles.projection import Entry, columns, meant_by, replay, standing_of, story_of, undoing_runs
from articles.seeds import Story
from articles.writing import (
    IMAGE_VALUES,
    LINK_VALUES,
    batched,
    image_values,
    link_values,
    new_edition,
    provider_ids,
    replace_links_and_images,
    replace_standings,
    replace_topics,
    stored_values,
    update_articles,
    writers_turn,
)

BATCH = 200


@dataclass(slots=True)
class Rebuilt:
    """What the logs say of one article; `differences` names what is stored otherwise."""

    article: Article
    story: Story
    columns: dict
    slug: str
    former_slugs: set[str]
    topics: tuple[str, ...]
    standings: dict[str, tuple[Standing, int]]
    undone: frozenset[int]
    differences: list[str]


def differing(mend: bool = False, jobs: int = 1) -> Iterator[tuple[Article, list[str]]]:
    """The articles whose columns, topics, images, links or decisions in force are not what the logs say, and in what.

    With `mend` each is put right, a batch in one transaction, but for one whose log is damaged: that is told, and left
    as it is. `jobs` is how many processes read the files kept.
    """
    for keys in suspects(jobs):
        for batch in batched(keys, BATCH):
            with writers_turn():
                articles = _with_logs(Article.objects.filter(pk__in=batch).order_by("pk"))
                rebuilt, unreadable = [], []
                undoes = undoing_runs()
                for article in articles:
                    try:
                        rebuilt.append(_rebuild(article, undoes))
                    except ValueError as error:  # a file of its log is damaged: what it says nobody knows
                        unreadable.append((article, [str(error)]))
                rebuilt = [found for found in rebuilt if found.differences]
                if mend and rebuilt:
                    _mend(rebuilt, at=None)  # no news to readers: it should never have been otherwise
                    new_edition()
            yield from ((found.article, found.differences) for found in rebuilt)
            yield from unreadable


def rebuild(keys: Collection[int]) -> None:
    """Give these articles what their logs say. The caller holds the transaction."""
    undoes = undoing_runs()
    rebuilt = [_rebuild(article, undoes) for article in _with_logs(Article.objects.filter(pk__in=keys))]
    _mend([found for found in rebuilt if found.differences], timezone.now())


def _with_logs(articles: QuerySet) -> QuerySet:
    return articles.select_related("provider").prefetch_related(
        Prefetch("versions", queryset=Version.objects.select_related("run").defer("run__errors", "run__warnings")),
        "decisions",
        "former_slugs",
        "standing_decisions",
        "images",
        # Joined and not prefetched: SQLite refuses Django's query for the targets of a thousand foreign keys.
        Prefetch("article_topics", queryset=ArticleTopic.objects.select_related("topic")),
        Prefetch("related", queryset=RelatedLink.objects.select_related("provider")),
        "related__images",
    )


def _rebuild(article: Article, undoes: dict[int, int]) -> Rebuilt:
    versions = {version.pk: version for version in article.versions.all()}
    read = cache(lambda entry: _said(versions[entry.key], article))
    decisions = article.decisions.all()
    replayed = replay([_entry(version, undoes) for version in versions.values()], decisions, read)
    undone = replayed.shown is None
    shown = replayed.shown or max((_entry(v, undoes) for v in versions.values() if v.data), key=lambda entry: entry.key)
    story, newest = read(shown), versions[shown.key]
    effective = project(story, {field: standing for field, (standing, _) in replayed.standings.items()})
    expected = columns(story, effective) | {
        "path": newest.path,
        "file_digest": bytes(newest.file_digest),
        "content_digest": story.content_digest(),
        "withdrawn": replayed.withdrawn or undone,
        "undone": undone,
    }
    slug = effective.slug or article.given_slug
    # An undo that is being written does not know yet what comes of it: that is the slug itself.
    former = {article.given_slug, *(d.new for d in decisions if d.field == "slug" and d.new)} - {slug}
    rebuilt = Rebuilt(article, story, expected, slug, former, effective.topics, replayed.standings, replayed.undone, [])
    rebuilt.differences = list(_differences(rebuilt))
    if any((version.undone_by_id is not None) != (version.run_id in replayed.undone) for version in versions.values()):
        rebuilt.differences.append("versions")
    return rebuilt


def _entry(version: Version, undoes: dict[int, int]) -> Entry:
    target, stops = meant_by(version.run_id, undoes)
    quiet = bool(version.run.commit)
    return Entry(version.pk, version.at, version.kind, version.run_id, target, stops, quiet)


def _said(version: Version, article: Article) -> Story:
    version.article = article
    return story_of(version)


def _differences(rebuilt: Rebuilt) -> Iterator[str]:
    article, story = rebuilt.article, rebuilt.story
    for name, value in rebuilt.columns.items():
        stored = getattr(article, name)
        if (bytes(stored) if isinstance(stored, memoryview) else stored) != value:
            yield name
    if article.slug != rebuilt.slug:
        yield "slug"
    if {row.slug for row in article.former_slugs.all()} != rebuilt.former_slugs:
        yield "old slugs"
    if (article.provider.domain if article.provider else None) != (story.provider and story.provider.domain):
        yield "provider"
    if tuple(topic.name for topic in article.topic_list) != rebuilt.topics:
        yield "topics"
    if _stored(article.images.all(), IMAGE_VALUES) != _pictures(story.images):
        yield "images"
    if _stored_links(article) != _expected_links(story):
        yield "related"
    stored = {row.field: (standing_of(row), row.decision_id) for row in article.standing_decisions.all()}
    if stored != rebuilt.standings:
        yield "decisions in force"


def _stored(rows, names) -> list[tuple]:
    return [stored_values(row, names) for row in rows]


def _pictures(images) -> list[tuple]:
    return [image_values(image, position) for position, image in enumerate(images)]


def _stored_links(article: Article) -> list:
    return [
        (stored_values(row, LINK_VALUES), row.provider and row.provider.domain, _stored(row.images.all(), IMAGE_VALUES))
        for row in article.related.all()
    ]


def _expected_links(story: Story) -> list:
    return [
        (link_values(related, position), related.provider and related.provider.domain, _pictures(related.images))
        for position, related in enumerate(story.related)
    ]


def _mend(rebuilt: list[Rebuilt], at: datetime | None) -> None:
    articles = [found.article for found in rebuilt]
    providers = provider_ids([found.story for found in rebuilt], rename=False)
    for found in rebuilt:
        provider = found.story.provider
        found.article.provider_id = provider and providers[provider.domain]
        found.article.slug = found.slug
        for name, value in found.columns.items():
            setattr(found.article, name, value)
    update_articles(articles, at)
    keys = [article.pk for article in articles]
    FormerSlug.objects.filter(article__in=keys).delete()
    FormerSlug.objects.bulk_create(
        FormerSlug(slug=slug, article=found.article) for found in rebuilt for slug in found.former_slugs
    )
    _mark_versions(rebuilt)
    replace_standings({found.article.pk: found.standings for found in rebuilt})
    replace_topics({found.article.pk: found.topics for found in rebuilt}, keys)
    replace_links_and_images({found.article.pk: found.story for found in rebuilt}, keys, providers)


def _mark_versions(rebuilt: list[Rebuilt]) -> None:
    """Which of their entries do not count, by the run that took them back."""
    wrong = []
    for found in (each for each in rebuilt if "versions" in each.differences):
        undos = {version.run.undoes_id: version.run_id for version in found.article.versions.all()}
        for version in found.article.versions.all():
            undone = version.run_id in found.undone
            if (version.undone_by_id is not None) != undone:
                version.undone_by_id = undos[version.run_id] if undone else None
                wrong.append(version)
    Version.objects.bulk_update(wrong, ["undone_by"], batch_size=BATCH)
