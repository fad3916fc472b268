"""A batch of outcomes into the database: few wide statements, no query for a single file, one short transaction."""

from datetime import datetime
from itertools import chain
from operator import itemgetter

from django.utils import timezone

from articles.importing.report import Outcome
from articles.merge import Effective, Standing, hear, project, said
from articles.models import Article, ImportRun, StandingDecision, Version
from articles.projection import columns, newest_files, standing_of, story_of
from articles.rows import insert, new_keys
from articles.seeds.schema import as_said
from articles.slugs import article_slug, first_choices
from articles.writing import (
    TakenSlugs,
    one_writer,
    provider_ids,
    replace_links_and_images,
    replace_standings,
    replace_topics,
    update_articles,
)

Standings = dict[int, dict[str, tuple[Standing, int]]]  # by article, by field; with its newest decision's key


def merge_batch(outcomes: list[Outcome], at: datetime) -> Standings:
    """Let the editors' decisions hear what upstream says now; notes on each outcome how many conflicts it raised."""
    updated = _known(outcomes)
    standings: Standings = {}
    for row in StandingDecision.objects.filter(article__in=updated):
        outcome, before = updated[row.article_id], standing_of(row)
        after = hear(before, said(outcome.story), at)
        outcome.conflicts += after.in_conflict and not before.in_conflict
        standings.setdefault(row.article_id, {})[row.field] = (after, row.decision_id)
    return standings


def explain_batch(outcomes: list[Outcome]) -> None:
    """Note on each outcome that changes an article the old and new value of what upstream says of it."""
    updated = _known(outcomes)
    for version in newest_files(updated):
        before, after = as_said(story_of(version)), as_said(updated[version.article_id].story)
        updated[version.article_id].changes = {
            key: (before.get(key), after.get(key))
            for key in {**after, **before}
            if key != "secured" and before.get(key) != after.get(key)
        }


def _known(outcomes: list[Outcome]) -> dict[int, Outcome]:
    return {outcome.article_id: outcome for outcome in outcomes if outcome.article_id and outcome.story}


def store_batch(run: ImportRun, outcomes: list[Outcome]) -> None:
    """Write what a batch changes, whole or not at all. A file that is unchanged to the byte writes nothing."""
    spoken = [outcome for outcome in outcomes if outcome.story is not None]
    seen_again = [outcome for outcome in outcomes if outcome.file_digest and outcome.story is None]
    if not spoken and not seen_again:
        return
    with one_writer():
        if spoken:
            _store_stories(run, spoken)
        if seen_again:
            _replace_bytes(seen_again)
    for outcome in spoken + seen_again:  # what is written need not be held
        outcome.story, outcome.packed = None, b""


def _store_stories(run: ImportRun, outcomes: list[Outcome]) -> None:
    changed = [outcome for outcome in outcomes if outcome.article_id]
    known = Article.objects.select_for_update().in_bulk([outcome.article_id for outcome in changed])
    standings = merge_batch(changed, run.started_at)
    providers = provider_ids([outcome.story for outcome in outcomes])
    topics = {}
    _insert_new(run, [outcome for outcome in outcomes if outcome.article_id is None], providers, topics)
    for outcome in changed:
        article = known[outcome.article_id]
        of_article = standings.get(article.pk, {})
        effective = project(outcome.story, {field: standing for field, (standing, _) in of_article.items()})
        for name, value in _columns(outcome, effective, providers).items():
            setattr(article, name, value)
        topics[article.pk] = effective.topics
    update_articles(known.values(), timezone.now())
    insert(Version, VERSION_COLUMNS, (_version(run, outcome) for outcome in outcomes))
    replace_standings(standings)
    replace_topics({outcome.article_id: topics[outcome.article_id] for outcome in outcomes}, known)
    replace_links_and_images({outcome.article_id: outcome.story for outcome in outcomes}, known, providers)


def _insert_new(run: ImportRun, outcomes: list[Outcome], providers: dict[str, int], topics: dict) -> None:
    """Articles that are new, with their slugs, given in the order of the files; their keys go to the outcomes."""
    if not outcomes:
        return
    identities = [(run.source, outcome.found.stem, outcome.story.title) for outcome in outcomes]
    taken = TakenSlugs(chain.from_iterable(first_choices(*identity) for identity in identities))
    rows, now = [], timezone.now()
    for key, identity, outcome in zip(new_keys(Article, len(outcomes)), identities, outcomes, strict=True):
        slug = article_slug(*identity, taken)
        taken.add(slug)
        effective = project(outcome.story, {})
        values = _columns(outcome, effective, providers) | {
            "id": key,
            "source": run.source,
            "stem": outcome.found.stem,
            "slug": slug,
            "given_slug": slug,
            "created_at": run.started_at,
            "changed_at": now,
            "left_at": None,
        }
        rows.append([values[name] for name in ARTICLE_COLUMNS])
        outcome.article_id = key
        topics[key] = effective.topics
    rows.sort(key=itemgetter(ARTICLE_COLUMNS.index("published_at")))  # as the full-text index is filled most quickly
    insert(Article, ARTICLE_COLUMNS, rows, together=True)


ARTICLE_COLUMNS = [field.attname for field in Article._meta.concrete_fields if not field.generated]
VERSION_COLUMNS = "article_id run_id kind at path data file_digest content_digest heat quality".split()


def _columns(outcome: Outcome, effective: Effective, providers: dict[str, int]) -> dict:
    provider = outcome.story.provider
    return columns(outcome.story, effective) | {
        "provider_id": provider and providers[provider.domain],
        "path": outcome.found.name,
        "withdrawn": False,
        "undone": False,
        "file_digest": outcome.file_digest,
        "content_digest": outcome.content_digest,
    }


def _version(run: ImportRun, outcome: Outcome) -> tuple:
    digests = (outcome.file_digest, outcome.content_digest)
    return (
        outcome.article_id,
        run.pk,
        Version.Kind.FILE.value,
        run.started_at,
        outcome.found.name,
        outcome.packed,
        *digests,
        outcome.story.heat or 0,
        outcome.story.quality or 0,
    )


def _replace_bytes(outcomes: list[Outcome]) -> None:
    """The same content in other bytes, or in another folder: the newest version and the article take them over."""
    by_article = {outcome.article_id: outcome for outcome in outcomes}
    versions = newest_files(by_article)
    articles = Article.objects.select_for_update().only("path", "file_digest").in_bulk(by_article)
    for version in versions:
        outcome, article = by_article[version.article_id], articles[version.article_id]
        version.path = article.path = outcome.found.name
        version.file_digest = article.file_digest = outcome.file_digest
        version.data = outcome.packed or version.data
    Version.objects.bulk_update(versions, ["data", "path", "file_digest"])
    Article.objects.bulk_update(articles.values(), ["path", "file_digest"])
