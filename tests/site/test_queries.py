"""How often a page asks the database: as often for 60 stories as for 2."""

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
