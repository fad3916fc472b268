"""How fast a server is asked, and when it is left alone."""

import pytest

from articles.images.needing import Need
from articles.images.pacing import FAILURES, Pace


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


def in_line(clock, *addresses: str, rate: float = 2, at_once: int = 10) -> Pace:
    pace = Pace(rate, at_once, clock)
    for address in addresses:
        pace.add(address.partition("/")[0], Need(address))
    return pace


def urls(pace: Pace) -> list[str]:
    """All that may be asked at this moment."""
    found = []
    while (given := pace.next()) is not None:
        found.append(given[1].url)
    return found


def test_one_host_is_asked_no_oftener_than_its_rate(clock):
    pace = in_line(clock, "a/1", "a/2", "a/3")
    assert urls(pace) == ["a/1"]
    clock.now = 0.4
    assert (urls(pace), round(pace.wait(), 3)) == ([], 0.1)
    clock.now = 0.5
    assert urls(pace) == ["a/2"]


def test_a_slow_host_holds_up_no_other(clock):
    pace = in_line(clock, "a/1", "a/2", "b/1", "c/1")
    assert urls(pace) == ["a/1", "b/1", "c/1"]


def test_a_host_has_no_more_requests_at_once_than_allowed_however_fast_it_may_be_asked(clock):
    pace = in_line(clock, "a/1", "a/2", "a/3", rate=1000, at_once=2)
    found = urls(pace)
    clock.now = 1
    found += urls(pace)
    clock.now = 2
    assert (found, urls(pace)) == (["a/1", "a/2"], [])
    pace.answered("a", failed=False)
    assert urls(pace) == ["a/3"]


def test_the_first_in_line_come_first(clock):
    pace = in_line(clock, "a/1", "a/2", rate=1000)
    first = urls(pace)
    clock.now = 1
    assert first + urls(pace) == ["a/1", "a/2"]


def test_a_host_that_asks_for_a_pause_gets_it(clock):
    pace = in_line(clock, "a/1", "a/2")
    assert urls(pace) == ["a/1"]
    pace.answered("a", failed=True, pause=30)
    clock.now = 29
    assert urls(pace) == []
    clock.now = 30
    assert urls(pace) == ["a/2"]


def test_a_host_that_fails_too_often_in_a_row_is_left_alone_and_the_rest_of_its_line_counted(clock):
    pace = in_line(clock, *(f"a/{number}" for number in range(FAILURES + 3)), rate=1000)
    for moment in range(FAILURES):
        clock.now = moment
        assert len(urls(pace)) == 1
        pace.answered("a", failed=True)
    clock.now = 100
    assert (urls(pace), len(pace), pace.stopped) == ([], 0, {"a": 3})
    pace.add("a", Need("a/later"))
    assert (urls(pace), pace.stopped) == ([], {"a": 4})


def test_a_success_between_makes_it_no_row(clock):
    pace = in_line(clock, *(f"a/{number}" for number in range(FAILURES + 3)), rate=1000)
    for moment in range(FAILURES + 2):
        clock.now = moment
        assert len(urls(pace)) == 1
        pace.answered("a", failed=moment != FAILURES - 1)
    assert pace.stopped == {}


def test_hosts_that_are_done_are_forgotten(clock):
    pace = in_line(clock, "a/1", "b/1")
    urls(pace)
    clock.now = 5
    pace.answered("a", failed=False)
    pace.answered("b", failed=False)
    assert pace.hosts == {}
