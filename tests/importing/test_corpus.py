"""The real files: imported whole, and version after version as upstream rewrote them."""

import shutil

import pytest

from articles.models import Article, ImportRun, Version
from tests.conftest import SHARED
from tests.factories import assert_columns_are_what_the_logs_say, import_folder

from .tables import every_row

pytestmark = pytest.mark.django_db
HISTORY = SHARED / "corpus" / "power-apps" / "history"


@pytest.fixture
def corpus(shared):
    return shared / "corpus" / "power-apps"


def test_the_real_folder_imports_with_0_rejected_and_a_second_time_with_0_changes(corpus):
    report = import_folder(corpus / "_news")
    files = len(list((corpus / "_news").glob("*.md")))
    assert report.as_counts() == dict.fromkeys(report.as_counts(), 0) | {"files": files, "created": files}
    assert Article.objects.count() == files
    before = every_row("ImportRun")
    again = import_folder(corpus / "_news")
    assert again.as_counts() == dict.fromkeys(report.as_counts(), 0) | {"files": files, "unchanged": files}
    assert every_row("ImportRun") == before
    assert_columns_are_what_the_logs_say()


def histories() -> list[str]:
    return sorted(folder.name for folder in HISTORY.iterdir()) if HISTORY.is_dir() else ["none"]


def test_each_rewrite_is_imported_and_the_same_again_is_unchanged(corpus, tmp_path):
    rewrites = {"updated": 0, "unchanged": 0}
    for name in histories():
        for number, version in enumerate(sorted((HISTORY / name).glob("*.md"))):
            shutil.copy(version, tmp_path / f"{name}.md")
            report = import_folder(tmp_path)
            assert not report.errors
            if number:
                rewrites["updated"] += report.counts["updated"]
                rewrites["unchanged"] += report.as_counts()["files"] - report.counts["updated"] == len(
                    list(tmp_path.iterdir())
                )
            before = every_row("ImportRun")
            import_folder(tmp_path)
            assert every_row("ImportRun") == before
    assert Article.objects.count() == len(histories())
    assert rewrites["updated"] == Version.objects.count() - Article.objects.count()
    assert rewrites["unchanged"] >= 62 + 4, "rewrites that change no more than `secured`, or line ends"
    assert sum(rewrites.values()) == 78
    assert ImportRun.objects.filter(rejected__gt=0).count() == 0
    assert_columns_are_what_the_logs_say()


def test_the_seed_is_imported_and_stays_hidden(shared):
    report = import_folder(shared / "seed" / "000_3cb819e9a71866b0.txt")
    assert report.as_counts()["created"] == 1
    article = Article.objects.get()
    assert (article.stem, article.published) == ("000_3cb819e9a71866b0", False)
    assert article.provider.domain == "livemint.com"
    assert article.related.count() == 1
    assert_columns_are_what_the_logs_say()
