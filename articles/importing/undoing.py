"""Taking a run back: by adding to the log, never by deleting from it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from articles.importing.report import Report
from articles.importing.runs import recorded, require_permission
from articles.locks import source_lock
from articles.models import Article, Decision, ImportRun, Provider, RelatedLink, Version
from articles.projection import story_of
from articles.rebuilding import rebuild
from articles.seeds import Provider as SaidProvider
from articles.seeds import Story
from articles.writing import batched, one_writer, provider_ids

BATCH = 100
LOOKED_AT = 5  # of a provider's newest files: one of them nearly always says its name


class CannotUndo(ValueError):
    """There is no such run, it was never applied, or it is undone already; the message says which."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What the undo of a run would do: of how many articles it spoke (the undo of an undo: speaks again), how many of
    them nothing else speaks of, so that they go, and how many decisions on them since would stand."""

    articles: int
    going: int
    decisions: int
    brings_back: int | None  # the run whose entries count again


@dataclass(frozen=True, slots=True)
class Undone:
    """The undo's own run, how many articles it changed, and the decisions made on them since, which stand."""

    run: int
    articles: int
    decisions: list[Decision]


def undo_run(number: int, wait: float = 60, *, by: AbstractBaseUser | None = None) -> Undone:
    """Take a run back: what it said stops counting, what later runs said stays. The undo of an undo brings it back.

    `by` is who does it on the desk, None from a shell. Raises `CannotUndo`, `NotAllowed` where `by` may not, and
    `SourceBusy` where an import of the source is at work for more than `wait` seconds.
    """
    if by is not None:
        require_permission(by)
    with source_lock(_undoable(number).source, wait):
        run = _undoable(number)
        undo = take_back(run, by.get_username() if by else "")
        return Undone(undo.pk, undo.updated, list(_decided_since(run)))


def foreseen(number: int) -> Foreseen:
    """What `undo_run` would do at this moment. Raises `CannotUndo` where it would."""
    run = _undoable(number)
    target, stops = _target(run)
    entries = _entries(target, stops)
    others = Version.objects.filter(article=OuterRef("article"), kind=Version.Kind.FILE, undone_by=None)
    alone = entries.filter(~Exists(others.exclude(run=target)))
    return Foreseen(
        articles=entries.count(),
        going=alone.count() if stops else 0,
        decisions=_decided_since(run).count(),
        brings_back=None if stops else target.pk,
    )


def take_back(run: ImportRun, username: str = "") -> ImportRun:
    """The run of the undo. The caller holds the source."""
    target, stops = _target(run)
    report = Report()
    with recorded(run.source, [f"undo of run {run.pk}"], report, undoes=run, username=username) as start:
        undo = start()
        for batch in batched(list(_affected(target, stops)), BATCH):
            _undo_batch(undo, target, stops, batch)
            report.counts.update(files=len(batch), updated=len(batch))
        ImportRun.objects.filter(pk=run.pk).update(undone_by=undo)
        ImportRun.objects.filter(pk=target.pk).update(undone_by=undo if stops else None)
    return undo


def _undoable(number: int) -> ImportRun:
    run = ImportRun.objects.filter(pk=number).first()
    if run is None:
        raise CannotUndo(f"There is no run {number}.")
    if run.status in (ImportRun.Status.HELD, ImportRun.Status.REFUSED):
        raise CannotUndo(f"Run {number} was {run.status} and never applied: there is nothing to undo.")
    if run.commit and run.status != ImportRun.Status.FINISHED:
        raise CannotUndo(f"Run {number} is a commit that is read in part only: finish import_history first.")
    if run.undone_by_id:
        raise CannotUndo(f"Run {number} is undone already, by run {run.undone_by_id}.")
    return run


def _target(run: ImportRun) -> tuple[ImportRun, bool]:
    """The run whose entries are meant, and whether they are to stop counting, or to count again."""
    stops = True
    while run.undoes_id:
        run, stops = run.undoes, not stops
    return run, stops


def _affected(target: ImportRun, stops: bool) -> Iterator[int]:
    return _entries(target, stops).order_by("article_id").values_list("article", flat=True)


def _entries(target: ImportRun, stops: bool) -> QuerySet[Version]:
    return Version.objects.filter(run=target, undone_by__isnull=stops).exclude(kind=Version.Kind.UNDO)


def _undo_batch(undo: ImportRun, target: ImportRun, stops: bool, articles: list[int]) -> None:
    with one_writer():
        providers = _providers_of(articles)
        Version.objects.filter(run=target, article__in=articles).update(undone_by=undo if stops else None)
        Version.objects.bulk_create(
            Version(
                article_id=article,
                run=undo,
                kind=Version.Kind.UNDO,
                at=undo.started_at,
                path="",
                data=b"",
                file_digest=b"",
                content_digest=b"",
            )
            for article in articles
        )
        rebuild(articles)
        _rename(providers | _providers_of(articles))


def _decided_since(run: ImportRun) -> QuerySet[Decision]:
    """The decisions on its articles that were placed after its entries in the log: a clock may have been put back."""
    since = Decision.objects.filter(article__versions__run=run, version__gte=F("article__versions"))
    return since.select_related("article").order_by("pk")


# -- providers are called what the newest file that names them says, and that may be another file now


def _providers_of(articles: list[int]) -> set[int]:
    own = Article.objects.filter(pk__in=articles, provider__isnull=False).values_list("provider", flat=True)
    links = RelatedLink.objects.filter(article__in=articles, provider__isnull=False)
    return {*own, *links.values_list("provider", flat=True)}


def _rename(providers: Iterable[int]) -> None:
    said = filter(None, map(_said_of, Provider.objects.in_bulk(providers).values()))
    provider_ids([Story("", timezone.now(), provider=provider) for provider in said])


def _said_of(provider: Provider) -> SaidProvider | None:
    """A provider as the newest file names it, by its domain where none has a name for it; None where none names it."""
    # Two lists of keys, each by its index: a join with all links would look through every article for each provider.
    own = Article.objects.filter(provider=provider).order_by().values("pk")
    naming = own.union(RelatedLink.objects.filter(provider=provider).order_by().values("article"))
    files = Version.objects.filter(article__in=naming, article__undone=False, kind=Version.Kind.FILE, undone_by=None)
    newest = files.select_related("article").order_by("-at", "-pk")[:LOOKED_AT]
    for version in newest:
        for said in _named_in(story_of(version)):
            if said.domain == provider.domain and said.name:
                return said
    return SaidProvider(provider.domain, provider.domain) if newest else None


def _named_in(story: Story) -> Iterator[SaidProvider]:
    """The last one that an import would take first."""
    named = [story.provider, *(related.provider for related in reversed(story.related))]
    return (provider for provider in named if provider)
