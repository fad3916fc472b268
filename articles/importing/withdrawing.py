"""Articles whose file is gone: withdrawn, until it comes back."""

from collections.abc import Iterable, Iterator

from articles.changes import note_leaving
from articles.importing.report import Report
from articles.models import Article, ImportRun, Version
from articles.seeds import Findings
from articles.writing import batched, one_writer

BATCH = 500


def gone(source: str, findings: Findings) -> Iterator[tuple[int, str, str]]:
    """The source's articles (key, stem, path) that have no file any more, by whatever verdict: none at all where a
    folder could not be listed, for then nobody knows."""
    if findings.unlistable:
        return
    there = set(findings.files.stems()) | findings.passed_over
    articles = Article.objects.filter(source=source, withdrawn=False).values_list("pk", "stem", "path").order_by("pk")
    yield from (row for row in articles.iterator() if row[1] not in there)


def note_gone(report: Report, articles: Iterable[tuple[int, str, str]]) -> None:
    """In a trial: what would be withdrawn."""
    for key, stem, _ in articles:
        report.counts["withdrawn"] += 1
        report.touched.add(key)
        report.differences.append({"stem": stem, "verdict": "withdrawn", "fields": {}})


def withdraw(run: ImportRun, articles: Iterator[tuple[int, str, str]]) -> int:
    """Withdraw them, a batch in one transaction; returns how many."""
    rows = list(articles)
    for batch in batched(rows, BATCH):
        with one_writer():
            Version.objects.bulk_create(_entry(run, key, path) for key, _, path in batch)
            leaving = Article.objects.filter(pk__in=[key for key, *_ in batch])
            note_leaving(leaving)
            leaving.update(withdrawn=True)
    return len(rows)


def _entry(run: ImportRun, article: int, path: str) -> Version:
    kind = Version.Kind.WITHDRAWAL
    return Version(
        article_id=article,
        run=run,
        kind=kind,
        at=run.started_at,
        path=path,
        data=b"",
        file_digest=b"",
        content_digest=b"",
    )
