"""The archive: by year, month and day of the site's time zone."""

import re
from datetime import UTC, datetime

import pytest

from tests.factories import make_article
from tests.site.pages import get, list_slugs, text_of

pytestmark = pytest.mark.django_db


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def stories():
    for stem, moment in {
        "a": "2020-06-22T08:00",
        "b": "2020-06-22T09:00",
        "c": "2020-07-01",
        "d": "2018-01-31",
    }.items():
        make_article(stem, title=f"Story {stem}", published_at=at(moment))
    make_article("buried", heat=-1, title="Buried", published_at=at("2020-06-22T07:00"))
    make_article("hidden", published=False, published_at=at("2019-03-01"))
    make_article("future", published_at=at("2999-01-01"))


def test_the_years_that_have_a_story_are_counted_newest_first(stories):
    assert re.findall(r'/archive/(\d+)/">\d+</a> <p class="note">(\d) ', text_of("/archive/")) == [
        ("2020", "4"),
        ("2018", "1"),
    ]


def test_a_year_counts_its_months_and_leads_to_the_years_beside(stories):
    html = text_of("/archive/2020/")
    assert re.findall(r'/archive/2020/(\d\d)/">\w+</a> <span class="figure">(\d) ', html) == [("06", "3"), ("07", "1")]
    assert '<a class="action" href="/archive/2018/" rel="prev">2018</a>' in html
    assert 'rel="next"' not in html


def test_a_month_is_a_calendar_that_counts_its_days(stories):
    html = text_of("/archive/2020/06/")
    assert re.findall(r'/archive/2020/06/(\d\d)/"><span class="date">(\d+)</span> <span class="figure">(\d)', html) == [
        ("22", "22", "3")
    ]
    assert html.count("<tr>") == 6  # the weekdays, and five weeks: June 2020 began on a Monday
    assert '<td class="none"><span class="date">1</span></td>' in html
    assert '<a class="action" href="/archive/2020/07/" rel="next">July 2020</a>' in html


def test_a_day_lists_its_stories_newest_first_and_the_buried_ones(stories):
    html = text_of("/archive/2020/06/22/")
    assert list_slugs(html) == ["b", "a", "buried"]
    assert '<a class="action" href="/archive/2018/01/31/" rel="prev">31 January 2018</a>' in html
    assert '<a class="action" href="/archive/2020/07/01/" rel="next">1 July 2020</a>' in html


@pytest.mark.parametrize(
    "path",
    [
        "2019/",
        "2020/05/",
        "2020/06/23/",
        "2019/03/01/",
        "2999/",
        "2020/13/",
        "2020/00/",
        "2020/02/30/",
        "2020/06/00/",
        "0000/",
        "0001/01/01/",
        "9999/12/31/",
        "9998/",
        "20/",
        "2020/06/22/1/",
        "2020/06/22/?cursor=x",
    ],
)
def test_a_time_without_a_public_story_or_that_is_none_is_not_there(stories, path):
    assert get(f"/archive/{path}").status_code == 404


def test_days_are_cut_by_the_sites_time_zone(settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    make_article("late", published_at=at("2020-06-22T16:21"))
    assert list_slugs(text_of("/archive/2020/06/23/")) == ["late"]
    assert get("/archive/2020/06/22/").status_code == 404


def test_an_empty_archive_says_so():
    assert "Nothing is published yet." in text_of("/archive/")


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        # the years' counts · what is not in its time · the frame
        ("/archive/", 2 + 1),
        # months · the days beside · the frame
        ("/archive/2020/", 1 + 2 + 1),
        ("/archive/2020/06/", 1 + 2 + 1),
        # stories · the days beside · the frame
        ("/archive/2020/06/22/", 1 + 2 + 1),
    ],
)
def test_pages_ask_as_often_for_20_stories_as_for_two(path, queries, django_assert_num_queries):
    for batch in (2, 18):
        for number in range(batch):
            make_article(f"s{batch}-{number}", topics=["AI", f"T{number}"], published_at=at("2020-06-22"))
        with django_assert_num_queries(1 + queries):
            get(path)


def test_a_year_that_has_no_page_is_not_linked_to():
    make_article("first", published_at=at("0001-01-01"))
    make_article("second", published_at=at("0003-01-01"))
    html = text_of("/archive/")
    assert "/archive/0001/" not in html
    assert get("/archive/0003/").status_code == 200
    assert "/archive/0003/" in html
