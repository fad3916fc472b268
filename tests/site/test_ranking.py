"""The order of the lists, the places of pinned stories, and walking page by page."""

import base64
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from articles.site.front import at_their_places
from tests.factories import make_article
from tests.site.pages import get, link_to_more, list_slugs, ranked_slugs, story_slugs, text_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def cursor_of(*values) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def test_twice_the_heat_outweighs_less_than_a_half_life_of_age():
    make_article("hot-yesterday", heat=80, published_at=NOON - timedelta(hours=23))
    make_article("mild-now", heat=40, published_at=NOON)
    make_article("hot-before-that", heat=80, published_at=NOON - timedelta(hours=25))
    assert ranked_slugs(text_of("/")) == ["hot-yesterday", "mild-now", "hot-before-that"]


def test_ties_go_to_the_newer_story_then_by_slug():
    make_article("b", heat=1, published_at=NOON)
    make_article("a", heat=0, published_at=NOON)
    make_article("c", heat=2, published_at=NOON - timedelta(hours=24))
    assert ranked_slugs(text_of("/")) == ["a", "b", "c"]


def test_the_front_page_has_the_25_best():
    for number in range(30):
        make_article(f"n{number:02}", published_at=NOON - timedelta(minutes=number))
    assert ranked_slugs(text_of("/")) == [f"n{number:02}" for number in range(25)]


def test_latest_is_newest_first_whatever_the_heat():
    make_article("old", heat=200, published_at=NOON - timedelta(days=2))
    make_article("b", heat=0, published_at=NOON)
    make_article("a", heat=0, published_at=NOON)
    assert story_slugs(text_of("/latest/")) == ["a", "b", "old"]


class TestPinned:
    @pytest.fixture(autouse=True)
    def _ten(self, db):
        for number in range(1, 11):
            make_article(f"n{number:02}", published_at=NOON - timedelta(minutes=number))

    def test_it_stands_at_its_place(self):
        make_article("pin", heat=0, published_at=NOON - timedelta(days=90), pinned="3")
        assert ranked_slugs(text_of("/"))[:4] == ["n01", "n02", "pin", "n03"]

    def test_it_leaves_its_own_rank(self):
        make_article("pin", heat=200, published_at=NOON, pinned="5")
        assert ranked_slugs(text_of("/"))[:5] == ["n01", "n02", "n03", "n04", "pin"]

    def test_past_the_end_it_stands_last(self):
        make_article("pin", heat=200, published_at=NOON, pinned="25")
        assert ranked_slugs(text_of("/"))[-1] == "pin"

    def test_two_at_one_place_stand_side_by_side_the_better_first(self):
        make_article("worse", heat=1, published_at=NOON, pinned="2")
        make_article("better", heat=2, published_at=NOON, pinned="2")
        make_article("third", heat=0, published_at=NOON, pinned="3")
        assert ranked_slugs(text_of("/"))[:5] == ["n01", "better", "worse", "third", "n02"]

    def test_all_places_may_be_taken_and_the_ranked_stand_on_the_next_page(self):
        for place in range(1, 26):
            make_article(f"pin{place:02}", heat=0, published_at=NOON - timedelta(days=90), pinned=str(place))
        html = text_of("/")
        assert ranked_slugs(html) == [f"pin{place:02}" for place in range(1, 26)]
        assert ranked_slugs(text_of(link_to_more(html))) == [f"n{number:02}" for number in range(1, 11)]

    def test_it_is_over_when_its_time_is(self):
        until = (timezone.now() - timedelta(seconds=1)).isoformat()
        make_article("pin", heat=0, published_at=NOON - timedelta(days=90), pinned=f"1,{until}")
        assert ranked_slugs(text_of("/"))[0] == "n01"


class TestBlocks:
    """Below the ranked list the next best stories stand by section: a headline and four lines each."""

    @pytest.fixture(autouse=True)
    def _ranked(self, db):
        for number in range(25):
            make_article(f"top{number}", heat=1000, published_at=NOON, topics=["Rank"])

    def blocks(self) -> dict[str, list[str]]:
        parts = text_of("/").partition('<div class="blocks">')[2].split('<section class="part"')[1:]
        return {re.search("<bdi>(.*?)</bdi>", part)[1]: story_slugs("<main" + part) for part in parts}

    def test_each_story_stands_under_its_first_topic_the_best_first(self):
        for number in range(7):
            make_article(f"ai{number}", heat=number + 1, published_at=NOON, topics=["AI", "Chips"])
        make_article("chips1", heat=1, published_at=NOON, topics=["Chips", "AI"])
        make_article("chips2", heat=2, published_at=NOON, topics=["Chips"])
        assert self.blocks() == {"AI": ["ai6", "ai5", "ai4", "ai3", "ai2"], "Chips": ["chips2", "chips1"]}

    def test_a_section_with_one_story_left_has_none(self):
        make_article("alone", heat=1, published_at=NOON, topics=["Alone"])
        assert self.blocks() == {}

    def test_they_stand_on_the_first_page_only(self):
        for number in range(7):
            make_article(f"ai{number}", heat=1, published_at=NOON, topics=["AI"])
        assert 'class="blocks"' in text_of("/")
        assert 'class="blocks"' not in text_of(link_to_more(text_of("/")))


@given(st.lists(st.integers(1, 25), max_size=10), st.integers(0, 25))
@settings(max_examples=200)
def test_each_pinned_story_is_at_its_place_or_pushed_down_by_others_at_the_same(places, count):
    pinned = [(place, f"pin {index}") for index, place in enumerate(sorted(places))]
    merged = at_their_places(list(range(count)), pinned)
    assert [item for item in merged if isinstance(item, int)] == list(range(count))
    assert [item for item in merged if isinstance(item, str)] == [name for _, name in pinned]
    free = 0
    for place, name in pinned:
        expected = min(max(place - 1, free), len(merged) - 1)
        assert merged.index(name) <= expected
        free = merged.index(name) + 1


@pytest.mark.parametrize("path", ["/", "/latest/", "/topics/ai/", "/providers/outlet.example/"])
@pytest.mark.parametrize("pinned", [0, 3, 25])
def test_walking_all_pages_meets_each_story_once(path, pinned):
    slugs = set()
    for number in range(60):
        # groups of five share rank and date, so that pages break inside of ties
        extra = {"pinned": str(number + 1)} if number < pinned else {}
        slugs.add(make_article(heat=5, published_at=NOON - timedelta(hours=number // 5), **extra).slug)
    met, steps, more = [], 0, path
    while more:
        html = text_of(more)
        met += list_slugs(html)
        more, steps = link_to_more(html), steps + 1
    assert steps == 3
    assert len(met) == len(slugs)
    assert set(met) == slugs


def test_a_list_of_exactly_one_page_has_no_second():
    for number in range(25):
        make_article(published_at=NOON - timedelta(hours=number))
    assert link_to_more(text_of("/")) == link_to_more(text_of("/latest/")) == ""


def test_a_story_that_arrives_while_reading_is_not_met_twice():
    for number in range(30):
        make_article(f"n{number:02}", published_at=NOON - timedelta(hours=number))
    more = link_to_more(text_of("/latest/"))
    make_article("newer", published_at=NOON + timedelta(hours=1))
    assert story_slugs(text_of(more)) == [f"n{number:02}" for number in range(25, 30)]


def test_a_further_page_leads_back_to_the_first():
    for number in range(30):
        make_article(published_at=NOON - timedelta(hours=number))
    html = text_of(link_to_more(text_of("/")))
    assert 'href="/">Back to the first page' in html


BAD_CURSORS = {
    "words": "nonsense",
    "not base64": "%%%",
    "not ASCII": "é",
    "not JSON": base64.urlsafe_b64encode(b"{{{").decode(),
    "not UTF-8": base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    "not a list": base64.urlsafe_b64encode(b'{"a": 1}').decode(),
    "empty": cursor_of(),
    "too short": cursor_of(1.0),
    "too long": "A" * 100_000,
    "nested": base64.urlsafe_b64encode(b"[" * 2_000).decode(),
    "no date": cursor_of(1.0, "yesterday", "a"),
    "a date without an offset": cursor_of(1.0, "2026-01-01T00:00:00", "a"),
    "a date past all dates": cursor_of(1.0, "9999-12-31T23:59:59-23:00", "a"),
    "not a number": base64.urlsafe_b64encode(b'[NaN,"2026-01-01T00:00:00+00:00","a"]').decode(),
    "infinite": base64.urlsafe_b64encode(b'[1e999,"2026-01-01T00:00:00+00:00","a"]').decode(),
    "a number of many digits": base64.urlsafe_b64encode(b"[" + b"1" * 2_500 + b"]").decode(),
    "a slug with NUL": cursor_of(1.0, "2026-01-01T00:00:00+00:00", "a\0"),
    "a slug of half a character": cursor_of(1.0, "2026-01-01T00:00:00+00:00", "\ud800"),
    "a list for a slug": cursor_of(1.0, "2026-01-01T00:00:00+00:00", ["a"]),
    "null": cursor_of(None, None, None),
}


@pytest.mark.parametrize("what", BAD_CURSORS)
def test_a_cursor_that_is_none_is_404(what):
    make_article("tale")
    for path in ("/", "/latest/", "/topics/", "/topics/ai/", "/providers/", "/providers/outlet.example/"):
        assert get(path, query_params={"cursor": BAD_CURSORS[what]}).status_code == 404, path


def test_a_cursor_of_another_list_is_404():
    make_article("tale")
    ranked = cursor_of(1.0, "2026-01-01T00:00:00+00:00", "a")
    assert get(f"/?cursor={ranked}").status_code == 200
    assert get(f"/latest/?cursor={ranked}").status_code == 404
