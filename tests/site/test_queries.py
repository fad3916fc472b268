"""How often a page asks the database: as often for 60 stories as for 2. And that it never has every story tried."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_article
from tests.site.pages import get

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
# Every page is asked for its edition, and asks for its masthead, the dateline and the sections: counted as FRAME.
FRAME = 1 + 1
QUERIES = {
    # stories, pinned ones too · the most covered, and further ones by section
    "/": FRAME + 2,
    # stories
    "/latest/": FRAME + 1,
    "/latest/?topic=ai&provider=outlet.example&heat_min=1&q=story": FRAME + 1,
    # no story · stories to go on with
    "/latest/?topic=nothing": FRAME + 2,
    # stories to go on with
    "/latest/?heat_min=x": FRAME + 1,
    # the story with its provider · pictures · topics · coverage with providers · read next
    "/articles/s0/": FRAME + 5,
    # the same
    "/articles/buried/": FRAME + 5,
    # the story with its provider · pictures · topics
    "/articles/s0/player/": FRAME + 3,
    # topics with their parents
    "/topics/": FRAME + 1,
    # the topic with its parent · parent and sub-topics · best now · stories
    "/topics/ai/": FRAME + 4,
    # outlets
    "/providers/": FRAME + 1,
    # the outlet · its logo · best now · stories
    "/providers/outlet.example/": FRAME + 4,
    # the first places · what editors decided of the day's stories
    "/about/": FRAME + 2,
    # stories to go on with
    "/nothing/": FRAME + 1,
    # the story by its address · by its address or an old one, in any state · stories to go on with
    "/articles/nothing/": FRAME + 3,
    # the same
    "/articles/gone/": FRAME + 3,
}


def story(number: int, **extra) -> None:
    make_article(
        f"s{number}",
        published_at=NOON - timedelta(hours=number),
        topics=["AI", f"Topic {number}"],
        images=[{"url": f"https://pictures.example/{number}.jpg"}],
        related=[
            {"title": "Told by another", "provider": {"domain": f"other-{number}.example"}},
            {"title": "Told by a third", "provider": {"domain": f"third-{number}.example"}},
        ],
        featured_content='<iframe src="https://www.youtube.com/embed/WJk-Y8LQlfE"></iframe>',
        **extra,
    )


def queries(path: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        get(path)
    return len(asked)


def test_each_page_asks_as_often_for_2_stories_as_for_60():
    make_article("gone", withdrawn=True)
    make_article("buried", heat=-1, topics=["AI", "Hidden"])
    story(0, provider={"domain": "outlet.example", "images": [{"url": "https://pictures.example/logo.png"}]})
    story(1, pinned="1")
    with_2 = {path: queries(path) for path in QUERIES}
    for number in range(2, 20):
        story(number)
    with_20 = {path: queries(path) for path in QUERIES}
    for number in range(20, 60):
        story(number)
    with_60 = {path: queries(path) for path in QUERIES}
    assert with_2 == with_20 == with_60 == QUERIES


def test_a_story_with_much_coverage_asks_no_more():
    many = [{"title": f"Told by {n}", "provider": {"domain": f"other-{n}.example"}} for n in range(60)]
    make_article("s0", topics=[f"Topic {n}" for n in range(30)], related=many)
    assert queries("/articles/s0/") == QUERIES["/articles/s0/"]


LISTS = [
    *QUERIES,
    "/latest/?cursor={cursor}",
    "/feeds/latest.rss",
    "/feeds/latest.atom",
    "/topics/ai/latest.atom",
    "/archive/",
    "/archive/2026/02/",
    "/search/?q=story+release",
    "/api/news/index.json",
    "/api/news/ai/index.json",
    "/api/news/?changed_since=2020-01-01",
]


@pytest.mark.parametrize("path", LISTS)
def test_no_page_needs_every_story_to_be_tried(path):
    make_article("gone", withdrawn=True)
    make_article("buried", heat=-1, topics=["AI", "Hidden"])
    for number in range(30):
        story(number)
    if "{cursor}" in path:
        path = "/latest/" + re.search(r'"/latest/(\?cursor=[^"]+)"', get("/latest/").text)[1]
    with CaptureQueriesContext(connection) as asked:
        get(path)
    for query in asked:
        if query["sql"].lstrip("(").startswith("SELECT"):
            assert not tries_every_story(query["sql"]), query["sql"]


def tries_every_story(sql: str) -> bool:
    """Whether the database finds no other way to the answer than through the table of all articles. PostgreSQL goes
    through small tables anyway, and is kept from it where there is another way."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("EXPLAIN (FORMAT JSON) " + sql)
            plan = cursor.fetchone()[0]
            cursor.execute("SET LOCAL enable_seqscan = on")
            text = plan if isinstance(plan, str) else json.dumps(plan)
            return bool(re.search(r'"Seq Scan"[^{}]*"Relation Name": "articles_article"', text))
        uses = re.findall(r'"(articles_\w+|django_\w+)" ([A-Z]\d+)\b', sql)
        names = {alias for table, alias in uses if table == "articles_article"}
        names -= {alias for table, alias in uses if table != "articles_article"}
        cursor.execute("EXPLAIN QUERY PLAN " + sql)
        tried = {f"SCAN {name}" for name in (*names, "articles_article")}
        return any(row[3] in tried for row in cursor.fetchall())
