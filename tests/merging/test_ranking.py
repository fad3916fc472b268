"""Rank: `log2(max(heat, 1)) + published_at / half_life`, both in hours."""

from datetime import UTC, datetime, timedelta
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.ranking import rank

NOON = datetime(2020, 6, 22, 12, tzinfo=UTC)


def test_rank_is_the_formula():
    hours = NOON.timestamp() / 3600
    assert rank(57, NOON, 24) == pytest.approx(log2(57) + hours / 24, abs=1e-12)


def test_a_story_one_half_life_older_needs_twice_the_heat():
    assert rank(80, NOON - timedelta(hours=12), 12) == pytest.approx(rank(40, NOON, 12))


def test_twice_the_heat_is_one_more():
    assert rank(2, NOON, 24) == rank(1, NOON, 24) + 1


@pytest.mark.parametrize("heat", [-1, 0, 1])
def test_heat_below_1_counts_as_1(heat):
    assert rank(heat, NOON, 24) == rank(1, NOON, 24)


def test_a_story_from_before_1970_has_a_rank_too():
    assert rank(1, datetime(1, 1, 1, tzinfo=UTC), 24) < rank(1, NOON, 24)


times = st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)).map(lambda time: time.replace(tzinfo=UTC))  # noqa: DTZ001


@given(st.integers(1, 500), st.integers(1, 500), times, times, st.integers(1, 500))
def test_the_order_of_two_stories_is_that_of_halved_heat_at_any_later_moment(heat, other, then, also, hours):
    now = max(then, also) + timedelta(hours=hours)
    halved = [log2(h) - (now - t).total_seconds() / 3600 / 24 for h, t in ((heat, then), (other, also))]
    ranks = [rank(heat, then, 24), rank(other, also, 24)]
    if abs(halved[0] - halved[1]) > 1e-6:
        assert (ranks[0] > ranks[1]) == (halved[0] > halved[1])
