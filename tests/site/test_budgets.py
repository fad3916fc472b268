"""What a page may cost a reader and the database, at most: bytes as they come over the wire, and queries."""

import gzip
import re
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from django.contrib.staticfiles import finders
from django.core.files.storage import storages
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import make_article
from tests.judges.kinds import KINDS, MOST_CSS_BYTES, make_site
from tests.operations.commands import manage
from tests.site.pages import get

pytestmark = pytest.mark.django_db
FRONT_BYTES, ARTICLE_BYTES = 20_000, 8_000
A_YEAR = 365 * 24 * 60 * 60  # seconds
FRONT_QUERIES, ARTICLE_QUERIES = 6, 7


@pytest.fixture(autouse=True)
def _nothing_is_kept(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}


def compressed(path: str) -> int:
    answer = get(path, headers={"accept-encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    return len(answer.content)


def words(random: Random, least: int, most: int) -> str:
    """Made-up words of the usual length, none like another: they compress no better than real ones."""
    letters = "eeeeetttaaoonniisshhrrddlluummccwwffggyypbvk"
    return " ".join(
        "".join(random.choices(letters, k=random.randint(2, 9))) for _ in range(random.randint(least, most))
    )


def usual_stories(number: int, covered_by: int = 3) -> None:
    """Stories as long as those of the corpus, each with a picture, topics and coverage of its own."""
    random, now = Random(6), timezone.now()
    for each in range(number):
        related = [
            {
                "title": words(random, 9, 14),
                "webUrl": f"https://outlet-{random.randrange(10**6)}.example/{words(random, 4, 7).replace(' ', '-')}",
                "publishedDateTime": (now - timedelta(hours=random.randrange(90))).isoformat(),
                "provider": {"domain": f"outlet-{random.randrange(10**6)}.example", "name": words(random, 2, 3)},
            }
            for _ in range(covered_by)
        ]
        make_article(
            f"usual-{each}-{words(random, 4, 8).replace(' ', '-')}",
            title=words(random, 9, 14),
            excerpt=words(random, 30, 45),
            published_at=now - timedelta(hours=each),
            provider=f"outlet-{random.randrange(40)}.example",
            web_url=f"https://outlet-{each}.example/{words(random, 4, 7).replace(' ', '-')}",
            images=[{"url": f"https://pictures.example/{random.randrange(10**12)}.jpg", "width": 1200, "height": 800}],
            topics=[f"Topic {random.randrange(12)}" for _ in range(3)],
            related=related,
        )


def first_story() -> str:
    return re.search(r'href="(/articles/[^"]+)"', get("/").content.decode().partition('<ol id="ranked"')[2])[1]


@pytest.fixture
def _sample_stories(tmp_path):
    make_site(manage, tmp_path)


@pytest.mark.usefixtures("_sample_stories")
def test_every_kind_of_page_keeps_to_its_bytes():
    found = {kind.name: compressed(kind.path) for kind in KINDS}
    assert {kind.name: found[kind.name] for kind in KINDS if found[kind.name] > kind.html_bytes} == {}
    assert {kind.html_bytes for kind in KINDS} == {FRONT_BYTES, ARTICLE_BYTES}


def test_a_front_page_of_usual_stories_and_a_story_much_covered_keep_to_their_bytes():
    usual_stories(60, covered_by=12)
    assert get("/").content.decode().partition('<ol id="ranked"')[2].partition("</ol>")[0].count("<article") == 25
    assert compressed("/") <= FRONT_BYTES
    assert compressed(first_story()) <= ARTICLE_BYTES


def test_the_style_sheet_keeps_to_its_bytes():
    sheets = re.findall(r'<link rel="stylesheet" href="/static/([^"]+)"', get("/").content.decode())
    assert sheets
    assert sum(len(gzip.compress(Path(finders.find(sheet)).read_bytes())) for sheet in sheets) <= MOST_CSS_BYTES


def queries(path: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        get(path)
    return len(asked)


@pytest.mark.usefixtures("_sample_stories")
def test_every_kind_of_page_keeps_to_its_queries():
    found = {kind.name: queries(kind.path) for kind in KINDS}
    assert {kind.name: found[kind.name] for kind in KINDS if found[kind.name] > kind.queries} == {}
    most = {kind.name.partition(",")[0]: kind.queries for kind in KINDS}
    assert (most["front"], most["article"]) == (FRONT_QUERIES, ARTICLE_QUERIES)


def test_front_page_and_story_ask_as_often_for_ten_stories_as_for_many():
    usual_stories(10)
    story = first_story()
    few = (queries("/"), queries(story))
    usual_stories(80, covered_by=6)
    assert (queries("/"), queries(story)) == few
    assert few[0] <= FRONT_QUERIES
    assert few[1] <= ARTICLE_QUERIES


def test_static_files_are_named_by_their_content_and_kept_for_a_year(settings, tmp_path):
    settings.STATIC_ROOT, settings.WHITENOISE_AUTOREFRESH = tmp_path, False  # as in production
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "newsdesk.static.StaticFilesStorage"}}
    call_command("collectstatic", "--noinput", verbosity=0)
    files = set(re.findall(r'(?:href|src)="(/static/newsdesk/[^"]+)"', Client().get("/").content.decode()))
    assert len(files) >= 3
    for file in files:
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", file), file
        answer = Client().get(file, headers={"accept-encoding": "gzip"})
        assert answer.status_code == 200
        assert answer["Cache-Control"].endswith("immutable")
        assert int(re.search(r"max-age=(\d+)", answer["Cache-Control"])[1]) >= A_YEAR
        if file.endswith((".css", ".svg")):  # a font and a picture are compressed as they are
            assert answer["Content-Encoding"] == "gzip"
    assert storages["staticfiles"].url("newsdesk/site.css") in files
