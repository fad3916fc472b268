"""Why a story stands where it does: told on each card, and by the page about the ranking in numbers of now."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from articles.curation import Change, curate
from tests.factories import a_superuser, make_article
from tests.site.pages import text_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OTHERS = [{"title": "Told", "provider": {"domain": f"{name}.example"}} for name in "abc"]


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def told(path: str = "/") -> list[str]:
    """What the details of each card of a page say."""
    return re.findall(r'<details class="why" name="why">.*?<p dir="ltr">(.*?)</p>', text_of(path))


def decide(article, *changes: Change) -> None:
    curate(article, list(changes), by=a_superuser())


def test_a_card_tells_its_heat_its_age_and_how_covered_it_is():
    make_article(heat=64, published_at=NOON - timedelta(hours=3), related=OTHERS)
    assert told()[0] == (
        "Heat 64 is hot, worth a head start of 6 days on a story without. No editor has changed that. "
        "Published 3 hours ago; newer ones stand higher. Told by 4 outlets."
    )


def test_a_head_start_is_of_the_sites_own_half_life(settings):
    settings.HALF_LIFE_HOURS = 6
    make_article(heat=4, published_at=NOON)
    assert "a head start of 12 hours" in told()[0]


def test_a_story_without_heat_an_old_one_and_one_that_nobody_else_tells_say_so():
    make_article(heat=0, published_at=NOON - timedelta(days=90))
    assert told()[0] == (
        "Heat 0 is not hot. No editor has changed that. It is more than a month old. "
        "We know of no other outlet that tells it."
    )


@pytest.mark.parametrize(
    ("upstreams", "change", "sentence"),
    [
        (57, Change("boost", "heat", "+23"), "Heat 80 is hot, worth a head start of 6 days on a story without. The "
         "editors raised it from 57."),
        (57, Change("set", "heat", "20"), "The editors lowered it from 57."),
        (57, Change("set", "heat", "57"), "The editors confirmed that."),
        (-1, Change("set", "heat", "20"), "It came to us as a duplicate, and the editors brought it back."),
        (None, Change("set", "heat", "20"), "The editors raised it from 0."),
        (57, Change("set", "quality", "9"), "No editor has changed that."),
    ],
)  # fmt: skip
def test_a_card_tells_what_editors_did_to_its_heat_and_so_does_its_page(upstreams, change, sentence):
    decide(make_article("tale", heat=upstreams), change)
    assert sentence in told()[0]
    assert sentence.rpartition(". The ")[2] in text_of("/articles/tale/")


def test_a_card_tells_of_its_pin_while_it_holds():
    make_article(pinned="1", heat=8)
    make_article(pinned="1,2020-01-01T00:00:00Z", heat=9)
    assert [" The editors pinned it to place 1 of the front page." in why for why in told()] == [True, False]


def test_a_buried_story_tells_in_the_archive_that_it_is_on_no_list_and_by_whom():
    make_article("theirs", heat=-1, published_at=NOON)
    decide(make_article("ours", heat=40, published_at=NOON), Change("set", "heat", "-1"))
    assert sorted(told("/archive/2026/03/01/")) == [
        "It stands on no list. It repeats another story, or is a minor part of one.",
        "It stands on no list. The editors buried it, from heat 40.",
    ]
    assert "The editors buried it, from heat 40." in text_of("/articles/ours/")


def test_in_lists_by_date_or_coverage_a_card_says_so():
    for _ in range(2):
        make_article(published_at=NOON, related=OTHERS)
    for path in ("/latest/", "/topics/ai/", "/providers/outlet.example/", "/archive/2026/03/01/"):
        assert all(why.startswith("This list is by date alone, the newest first. Heat ") for why in told(path)), path
    assert told("/search/?q=story")[0].startswith("This list is by how well a story fits your words, and by how new")
    covered = [why for why in told() if why.startswith("This list is by how many outlets tell a story. ")]
    assert len(covered) == 2


class TestTodaysNumbers:
    def rows(self) -> list[list[str]]:
        table = text_of("/about/").partition('<table class="numbers">')[2].partition("</table>")[0]
        rows = re.findall(r"<tr>(.*?)</tr>", table)
        return [[re.sub("<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row)] for row in rows]

    def test_the_first_places_stand_with_all_that_they_are_computed_from(self):
        make_article(title="Hot", heat=64, published_at=NOON - timedelta(hours=12))
        make_article(title="New", heat=0, published_at=NOON)
        make_article(title="Pinned", heat=0, published_at=NOON - timedelta(days=9), pinned="2")
        assert self.rows() == [
            ["Story", "Heat", "Age", "Head start", "Stands as if from", "Rank"],
            ["Hot", "64", "12 hours ago", "6 days", "7 March 2026, 00:00 UTC", "20,519.00"],
            ["Pinned", "0", "9 days ago", "pinned to place 2 by an editor"],
            ["New", "0", "just now", "none", "1 March 2026, 12:00 UTC", "20,513.50"],
        ]

    def test_they_are_the_first_five_of_the_front_page(self):
        for number in range(8):
            make_article(title=f"T{number}", heat=100 - number, published_at=NOON)
        assert [row[0] for row in self.rows()[1:]] == ["T0", "T1", "T2", "T3", "T4"]

    def test_it_tells_how_many_stories_are_new_and_how_many_editors_decided(self):
        for number in range(6):
            make_article(f"n{number}", published_at=NOON - timedelta(hours=number))
        old = make_article(published_at=NOON - timedelta(hours=25), pinned="1")
        first, second, *_ = type(old).objects.latest()
        decide(first, Change("boost", "heat", "+5"), Change("set", "title", "Ours"))
        decide(second, Change("set", "excerpt", "Ours"))
        decide(old, Change("set", "heat", "5"))
        html = text_of("/about/")
        assert "6 stories of the last 24 hours stand on the lists" in html
        assert "decided something about 2 of them: the heat of 1, the words of 2. All else is as it was" in html
        assert "1 story is pinned to a place" in html

    def test_it_says_where_editors_decided_nothing_and_where_there_is_nothing(self):
        assert "Nothing is published yet, so there is nothing to rank." in text_of("/about/")
        make_article(published_at=NOON)
        html = text_of("/about/")
        assert "1 story of the last 24 hours stands on the lists" in html
        assert "Editors decided nothing about it: all is as it was reported to us. None is pinned" in html


def test_all_that_a_reader_may_want_to_know_has_an_address_of_its_own():
    html = text_of("/about/")
    for name in ("today", "editors", "sources", "who", "complain", "privacy"):
        assert f'href="#{name}"' in html
        assert f'<h2 id="{name}">' in html
    assert 'href="/about/#who"' in text_of("/")
    assert 'href="/about/#complain"' in text_of("/")


def test_ages_count_from_the_request(time_machine):
    make_article(published_at=timezone.now())
    assert "Published just now" in told()[0]
    time_machine.move_to(NOON + timedelta(hours=5), tick=False)
    assert "Published 5 hours ago" in told()[0]
