"""Commits of upstream's history into the database: their runs, versions and withdrawals, and what articles then show.

Several commits in one short transaction, each whole. Of an article on which nobody decided anything the newest version
holds, and its story is at hand; all others are given what their logs say by `articles.rebuilding`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from django.utils import timezone

from articles.importing.report import problem_as_kept
from articles.merge import project
from articles.models import Article, Decision, ImportRun, Version
from articles.projection import columns
from articles.rebuilding import rebuild
from articles.rows import insert, new_keys
from articles.seeds import Problem, Story
from articles.seeds.problems import printable
from articles.seeds.repository import Commit
from articles.slugs import article_slug, first_choices
from articles.writing import (
    TakenSlugs,
    batched,
    one_writer,
    provider_ids,
    replace_links_and_images,
    replace_topics,
    update_articles,
)

ARTICLES_AT_ONCE = 400
VERSION_COLUMNS = "id article_id run_id kind at path data file_digest content_digest heat quality".split()


@dataclass(slots=True, eq=False)
class Entry:
    """What a commit says of one article: a version, or a withdrawal. `packed` and `story` are there while they are to
    be written, `key` once it is; path, bytes and digest are those of the last rewrite that changed nothing else."""

    stem: str
    kind: str
    path: str
    file_digest: bytes = b""
    content_digest: bytes = b""
    packed: bytes = b""
    story: Story | None = None
    key: int | None = None
    article: int | None = None


@dataclass(slots=True)
class Judged:
    """What a commit comes to, or a part of that: what more, where it has a run already (`again`), and whether there is
    more to come (`more`). `replaced` are versions of earlier commits whose path or bytes it changes."""

    commit: Commit
    again: bool = False
    more: bool = False
    ends: bool = False  # the parts before it
    anew: bool = False  # after a pass that died in it: what is not written of files is found and counted again
    entries: list[Entry] = field(default_factory=list)
    replaced: list[Entry] = field(default_factory=list)
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    created: int = 0
    unchanged: int = 0
    rejected: int = 0

    @property
    def is_news(self) -> bool:
        """Whether it becomes a run: it changes what is stored of an article, or would if it were not rejected."""
        return bool(self.entries or self.rejected or self.ends)

    @property
    def writes(self) -> int:
        """How many versions it adds or rewrites."""
        return len(self.entries) + len(self.replaced)

    def rest(self) -> "Judged":
        """The part of the same commit that comes after this one. Where this one has no run, all is still to be told."""
        if self.is_news:
            return Judged(self.commit, again=True, ends=True)
        return Judged(self.commit, warnings=self.warnings, unchanged=self.unchanged)

    def reject(self, problems: Iterable[Problem]) -> None:
        self.rejected += 1
        self.errors += problems

    def counts(self) -> dict[str, int]:
        said = sum(entry.kind == Version.Kind.FILE for entry in self.entries)
        return {
            "files": said + self.unchanged + self.rejected,
            "created": self.created,
            "updated": said - self.created,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
            "withdrawn": len(self.entries) - said,
        }


def record(source: str, paths: Sequence[str], batch: Sequence[Judged]) -> None:
    """Write what these commits, or these parts of them, come to: whole or not at all."""
    news = [judged for judged in batch if judged.is_news]
    entries = [entry for judged in news for entry in judged.entries]
    replaced = {entry.key: entry for judged in batch for entry in judged.replaced}
    with one_writer():
        articles = _articles(source, {entry.stem for entry in chain(entries, replaced.values())})
        articles |= _created(source, news, articles)
        for entry in chain(entries, replaced.values()):
            entry.article = articles[entry.stem]
        _insert_versions(news, _runs(source, paths, news))
        _replace_bytes(replaced)
        for keys in batched(
            dict.fromkeys(entry.article for entry in chain(entries, replaced.values())), ARTICLES_AT_ONCE
        ):
            _show(keys, {entry.key: entry for entry in entries}, replaced)
    for entry in chain(entries, replaced.values()):  # what is written need not be held
        entry.packed, entry.story = b"", None


def _articles(source: str, stems: Collection[str]) -> dict[str, int]:
    found = {}
    for some in batched(stems, ARTICLES_AT_ONCE):
        found |= Article.objects.filter(source=source, stem__in=some).values_list("stem", "pk")
    return found


def _runs(source: str, paths: Sequence[str], news: Sequence[Judged]) -> list[ImportRun]:
    """The run of each commit: a new one, or the one that it has, with what more came."""
    again = [judged.commit.sha for judged in news if judged.again]
    there = {run.commit: run for run in ImportRun.objects.filter(source=source, commit__in=again)}
    new = [_run(source, paths, judged) for judged in news if judged.commit.sha not in there]
    for judged in news:
        if run := there.get(judged.commit.sha):
            _add(run, judged)
    runs = there | {run.commit: run for run in ImportRun.objects.bulk_create(new)}
    return [runs[judged.commit.sha] for judged in news]


def _add(run: ImportRun, judged: Judged) -> None:
    if judged.anew:
        run.files -= run.unchanged + run.rejected
        run.unchanged, run.rejected, run.errors, run.warnings = 0, 0, [], []
    for name, count in judged.counts().items():
        setattr(run, name, getattr(run, name) + count)
    run.errors += [problem_as_kept(problem) for problem in judged.errors]
    run.warnings += [problem_as_kept(problem) for problem in judged.warnings]
    run.status, run.finished_at = _status(judged), timezone.now()
    run.save()


def _status(judged: Judged) -> str:
    return ImportRun.Status.RUNNING if judged.more else ImportRun.Status.FINISHED


def _run(source: str, paths: Sequence[str], judged: Judged) -> ImportRun:
    return ImportRun(
        source=source,
        paths=[printable(path) for path in paths],
        commit=judged.commit.sha,
        status=_status(judged),
        started_at=judged.commit.at,
        finished_at=timezone.now(),
        errors=[problem_as_kept(problem) for problem in judged.errors],
        warnings=[problem_as_kept(problem) for problem in judged.warnings],
        **judged.counts(),
    )


# -- articles that are new


def _created(source: str, news: Sequence[Judged], known: Mapping[str, int]) -> dict[str, int]:
    """Articles that history brings first, as their first version has them, with slugs in the order of the files."""
    undone = set(Article.objects.filter(pk__in=known.values(), undone=True).values_list("stem", flat=True))
    first: dict[str, tuple[Entry, datetime]] = {}
    for judged in news:
        for entry in judged.entries:
            if entry.stem not in known and entry.stem not in first:
                first[entry.stem] = entry, judged.commit.at
                judged.created += 1
            elif entry.stem in undone:  # it comes anew, though its slug and decisions have waited for it
                undone.discard(entry.stem)
                judged.created += 1
    identities = [(source, stem, entry.story.title) for stem, (entry, _) in first.items()]
    taken = TakenSlugs(chain.from_iterable(first_choices(*identity) for identity in identities))
    providers = provider_ids([entry.story for entry, _ in first.values()], rename=False)
    articles, now = [], timezone.now()
    for identity, (entry, at) in zip(identities, first.values(), strict=True):
        slug = article_slug(*identity, taken)
        taken.add(slug)
        article = Article(source=source, stem=entry.stem, slug=slug, given_slug=slug, created_at=at, changed_at=now)
        _fill(article, entry, providers)
        articles.append(article)
    return {article.stem: article.pk for article in Article.objects.bulk_create(articles)}


def _fill(article: Article, entry: Entry, providers: Mapping[str, int]) -> None:
    provider = entry.story.provider
    values = columns(entry.story, project(entry.story, {})) | {
        "provider_id": provider and providers[provider.domain],
        "path": entry.path,
        "file_digest": entry.file_digest,
        "content_digest": entry.content_digest,
        "withdrawn": False,
        "undone": False,
    }
    for name, value in values.items():
        setattr(article, name, value)


# -- versions


def _insert_versions(news: Sequence[Judged], runs: Sequence[ImportRun]) -> None:
    said = [(entry, run) for judged, run in zip(news, runs, strict=True) for entry in judged.entries]
    for key, (entry, _) in zip(new_keys(Version, len(said)) if said else (), said, strict=True):
        entry.key = key
    insert(
        Version,
        VERSION_COLUMNS,
        (
            (
                entry.key,
                entry.article,
                run.pk,
                str(entry.kind),
                run.started_at,
                entry.path,
                entry.packed,
                entry.file_digest,
                entry.content_digest,
                *_numbers(entry.story),
            )
            for entry, run in said
        ),
    )


def _numbers(story: Story | None) -> tuple[int | None, int | None]:
    return (story.heat or 0, story.quality or 0) if story else (None, None)


def _replace_bytes(replaced: Mapping[int, Entry]) -> None:
    for keys in batched(replaced, ARTICLES_AT_ONCE):
        versions = Version.objects.defer("data").in_bulk(keys)
        for key, version in versions.items():
            version.path, version.file_digest = replaced[key].path, replaced[key].file_digest
        Version.objects.bulk_update(versions.values(), ["path", "file_digest"], batch_size=ARTICLES_AT_ONCE)
        rewritten = [Version(pk=key, data=replaced[key].packed) for key in keys if replaced[key].packed]
        Version.objects.bulk_update(rewritten, ["data"], batch_size=ARTICLES_AT_ONCE)


# -- what articles show


def _show(keys: Sequence[int], said: Mapping[int, Entry], replaced: Mapping[int, Entry]) -> None:
    """Give these articles what their logs say. `said` and `replaced` are versions by key: new, or in other bytes."""
    spoken_of = {entry.article for entry in said.values()}
    decided = set(Decision.objects.filter(article__in=keys).values_list("article", flat=True))
    shown, gone = _counting(keys)
    _name_providers(said[version] for version in sorted(shown.values()) if version in said)
    plain, others = {}, []
    for key in keys:
        version = shown.get(key)
        if version is None or (key in spoken_of and (key in decided or key in gone)):
            others.append(key)
        elif version in said:
            plain[key] = said[version]
    _write(plain)
    rebuild(others)
    _move({key: replaced[version] for key, version in shown.items() if version in replaced})


def _counting(keys: Collection[int]) -> tuple[dict[int, int], set[int]]:
    """For each article the key of the version that it shows, and which articles' files are gone."""
    shown, gone = {}, set()
    entries = Version.objects.filter(article__in=keys, undone_by=None).exclude(kind=Version.Kind.UNDO)
    for article, key, kind in entries.order_by("article_id", "at", "pk").values_list("article_id", "pk", "kind"):
        if kind == Version.Kind.FILE:
            shown[article] = key
            gone.discard(article)
        else:
            gone.add(article)
    return shown, gone


def _name_providers(entries: Iterable[Entry]) -> None:
    provider_ids([entry.story for entry in entries])


def _write(entries: Mapping[int, Entry]) -> None:
    articles = Article.objects.in_bulk(entries)
    stories = {key: entry.story for key, entry in entries.items()}
    providers = provider_ids(stories.values(), rename=False)
    for key, article in articles.items():
        _fill(article, entries[key], providers)
    update_articles(articles.values(), at=None)
    replace_topics({key: story.topics for key, story in stories.items()}, entries.keys())
    replace_links_and_images(stories, entries.keys(), providers)


def _move(entries: Mapping[int, Entry]) -> None:
    """Articles whose version is in other bytes or at another path."""
    articles = Article.objects.only("path", "file_digest").in_bulk(entries)
    for key, article in articles.items():
        article.path, article.file_digest = entries[key].path, entries[key].file_digest
    Article.objects.bulk_update(articles.values(), ["path", "file_digest"], batch_size=ARTICLES_AT_ONCE)
