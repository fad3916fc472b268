"""Articles and seed files for tests: valid and public unless the test says otherwise.

Everything is made through the front door (an import, an editor's verb), so that the logs always tell of it.
"""

import json
from datetime import datetime
from hashlib import sha256
from itertools import count
from pathlib import Path

from django.contrib.auth import get_user_model
from django.utils import timezone

from articles import word_index, year_counts
from articles.curation import Change, curate
from articles.importing import Report, import_paths
from articles.importing.report import Outcome, Verdict
from articles.importing.storing import store_batch
from articles.models import Article, ImportRun, Version
from articles.rebuilding import differing
from articles.seeds import FoundFile, SeedFile, read_story
from articles.seeds.workers import pack

_numbers = count(1)
STORY = {
    "category": "news",
    "title": "A story",
    "excerpt": "What happened, and why it matters.",
    "publishedDateTime": "2020-06-22T16:21:00Z",
    "webUrl": "https://outlet.example/story",
    "type": "article",
    "quality": 57,
    "heat": 40,
    "published": True,
    "provider": {"name": "The Outlet", "domain": "outlet.example"},
    "topics": ["AI"],
    "secured": "SECRETCIPHERTEXT",
}
DESK = ("publish_at", "publish_until", "pinned")
COLUMN_KEYS = {  # what a column is called in a seed file
    "published_at": "publishedDateTime",
    "updated_at": "updatedDateTime",
    "web_url": "webUrl",
    "original_url": "originalUrl",
    "amp_web_url": "ampWebUrl",
    "cdn_amp_web_url": "cdnAmpWebUrl",
    "featured_content": "featuredContent",
}


def seed_text(body: str = "", **overrides) -> str:
    """A seed file's text: a valid, public story's keys, with other values instead; None leaves a key out."""
    lines = [f"{key}: {_yaml(value)}\n" for key, value in (STORY | overrides).items() if value is not None]
    return "---\n" + "".join(lines) + "---\n" + body


def _yaml(value) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)  # JSON is YAML, nearly


def write_seed(folder: Path, stem: str = "2020-06-22-story", **overrides) -> Path:
    """A seed file in `folder`. Its stem, without the date before it, makes its slug."""
    path = folder / f"{stem}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(seed_text(**overrides), encoding="utf-8", newline="")
    return path


def import_seed(folder: Path, stem: str = "2020-06-22-story", **overrides) -> Article:
    """Write the seed file and import it; the article as it then is."""
    report = import_paths([str(write_seed(folder, stem, **overrides))])
    assert not report.errors, report.errors
    return Article.objects.get(stem=stem)


def import_folder(folder: Path, **options) -> Report:
    return import_paths([str(folder)], **options)


def make_article(slug: str = "", *, withdrawn: bool = False, **overrides) -> Article:
    """A stored article, by columns or seed keys: `make_article(heat=3, published_at=…, pinned="1", provider=None)`.

    `provider` may be a domain; `topics` are names; `images` and `related` as in a seed file; `publish_at`,
    `publish_until` and `pinned` are decided by a superuser.
    """
    desk = {name: overrides.pop(name) for name in DESK if name in overrides}
    story = {COLUMN_KEYS.get(name, name): value for name, value in overrides.items()}
    if isinstance(story.get("provider"), str):
        story["provider"] = {"name": story["provider"].split(".")[0].title(), "domain": story["provider"]}
    slug = slug or f"story-{next(_numbers)}"
    article = _store(f"2020-06-22-{slug}", seed_text(**story).encode(), story.pop("source", "default"))
    if desk:
        curate(article, [Change("set", field, value) for field, value in desk.items()], by=a_superuser())
    if withdrawn:
        withdraw(article)
    return article


def _store(stem: str, data: bytes, source: str) -> Article:
    found = FoundFile(path=f"{stem}.md", name=f"{stem}.md", stem=stem, named=True)
    seed = SeedFile(found=found, data=data, digest=sha256(data).digest())
    reading = read_story(seed)
    assert reading.story, reading.problems
    run = ImportRun.objects.create(source=source, started_at=timezone.now(), status="finished", files=1, created=1)
    store_batch(
        run,
        [
            Outcome(
                found,
                Verdict.CREATED,
                packed=pack(data),
                file_digest=seed.digest,
                story=reading.story,
                content_digest=reading.story.content_digest(),
            )
        ],
    )
    return Article.objects.get(source=source, stem=stem)


def withdraw(article: Article) -> None:
    """Upstream's file is gone: an entry in its log, and the columns follow."""
    now = timezone.now()
    run = ImportRun.objects.create(source=article.source, started_at=now, status="finished")
    article.versions.create(
        run=run, kind=Version.Kind.WITHDRAWAL, at=now, path=article.path, data=b"", file_digest=b"", content_digest=b""
    )
    list(differing(mend=True))
    article.refresh_from_db()


def a_superuser():
    users = get_user_model().objects
    return users.filter(username="root").first() or users.create_superuser("root", password="secret-for-tests")


def assert_columns_are_what_the_logs_say() -> None:
    assert list(differing()) == []
    assert word_index.is_true()
    assert year_counts.are_true()
