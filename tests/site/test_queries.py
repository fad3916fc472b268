"""How often a page asks the database: as often for 60 stories as for 2. And that it never has every story tried."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, Topic
from articles.querysets import names
from articles.searching import read_question
from tests.factories import make_article
from tests.site.pages import get, list_slugs

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
# Every page is asked for its edition, and asks for its masthead, the dateline and the sections: counted as FRAME.
FRAME = 1 + 1
QUERIES = {
    # stories, pinned ones too · which of the newest are the most covered, and the best of a section · these
    "/": FRAME + 3,
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
    # the outlet with its logo · best now · stories
    "/providers/outlet.example/": FRAME + 3,
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
    if connection.vendor == "postgresql":  # which plans by numbers
        add_copies(100)
    if "{cursor}" in path:
        path = "/latest/" + re.search(r'"/latest/(\?cursor=[^"]+)"', get("/latest/").text)[1]
    with CaptureQueriesContext(connection) as asked:
        get(path)
    for query in asked:
        if query["sql"].lstrip("(").startswith("SELECT"):
            assert not tries_every_story(query["sql"]), query["sql"]


def add_copies(times: int) -> None:
    """As many more of each story, each a month older than the one before, of no topic and with no picture."""
    columns = [field.column for field in Article._meta.concrete_fields if not field.generated]
    others = {"id": "id + 100000 * copy", "rank": "rank - 30 * copy", "pinned_place": "NULL::smallint"}
    others |= {name: f"{name} || '-' || copy" for name in ("slug", "given_slug", "stem")}
    others |= {name: f"{name} - copy * INTERVAL '30 days'" for name in ("published_at", "visible_from")}
    values = ", ".join(others.get(column, column) for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO articles_article ({', '.join(columns)}) "
            f"SELECT {values} FROM articles_article, generate_series(1, {times}) AS copy"
        )
        cursor.execute("ANALYZE")


FEW = {
    f"article_{name}" for name in "pinned by_end by_embargo by_pin_end by_opening by_leaving".split()
}  # what these hold
LAZY = {
    "Append",
    "Limit",
    "Materialize",
    "Memoize",
    "Merge Append",
    "Nested Loop",
    "ProjectSet",
    "Result",
    "Subquery Scan",
}


def tries_every_story(sql: str) -> bool:
    """Whether the database finds no other way to the answer than through all articles, or an index of them all.

    PostgreSQL goes through small tables anyway, and is kept from it where there is another way.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for way in ("seqscan", "hashjoin", "mergejoin"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
            cursor.execute("EXPLAIN (FORMAT JSON) " + sql)
            plan = cursor.fetchone()[0]
            return _reads_all((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])
        uses = re.findall(r'"(articles_\w+|django_\w+)" ([A-Z]\d+)\b', sql)
        names = {alias for table, alias in uses if table == "articles_article"}
        names -= {alias for table, alias in uses if table != "articles_article"}
        cursor.execute("EXPLAIN QUERY PLAN " + sql)
        tried = {f"SCAN {name}" for name in (*names, "articles_article")}
        return any(row[3] in tried for row in cursor.fetchall())


def _reads_all(node: dict, *, is_limited: bool = False) -> bool:
    """Whether a part of PostgreSQL's plan reads all articles: through no condition of an index, and to the end, since
    nothing above it stops when it has enough."""
    kind = node["Node Type"]
    if node.get("Relation Name") == "articles_article" and kind in ("Seq Scan", "Index Scan", "Index Only Scan"):
        return not (is_limited or "Index Cond" in node or node.get("Index Name") in FEW)
    is_limited = kind == "Limit" or (is_limited and kind in LAZY)
    return any(_reads_all(part, is_limited=is_limited) for part in node.get("Plans", ()))


def test_the_page_of_a_topic_with_many_stories_is_read_in_its_order_and_is_the_same(monkeypatch):
    for number in range(30):
        story(number)
    before = [list_slugs(get(path).text) for path in ("/topics/ai/", "/topics/topic-1/")]
    monkeypatch.setattr(names, "MANY", 2)
    assert [list_slugs(get(path).text) for path in ("/topics/ai/", "/topics/topic-1/")] == before
    topics = {topic.slug: topic for topic in Topic.objects.with_size()}
    assert (topics["ai"].many is None, topics["topic-1"].many is None) == (False, True)
    if connection.vendor == "sqlite":
        told = Article.objects.listed(timezone.now()).about(topics["ai"]).latest().values("pk").explain()
        assert "ORDER BY" not in told  # which would say that it sorts


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite reads matches newest first, common or not")
def test_postgresql_knows_that_an_unfinished_word_may_be_a_common_one():
    for number in range(30):
        make_article(f"s{number}", title="Rain in Ulm" if number % 2 else "Sun")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE articles_article")
    told = Article.objects.all().matching(read_question("rain")).explain()
    assert int(re.search(r"rows=(\d+)", told)[1]) >= 10
