"""What `/latest/` can be asked for, and what it says to what it cannot understand."""

from datetime import UTC, datetime, timedelta

import pytest

from articles.models import Topic
from tests.factories import make_article
from tests.site.pages import get, link_to_more, list_slugs, story_slugs, text_of

pytestmark = pytest.mark.django_db


def found(query: str) -> list[str]:
    return sorted(list_slugs(text_of(f"/latest/?{query}")))


@pytest.fixture
def three():
    march = datetime(2026, 3, 1, tzinfo=UTC)
    make_article("a", heat=0, quality=5, published_at=march, topics=["AI"], title="Rain in Ulm", type="article")
    make_article(
        "b", heat=40, quality=50, published_at=march + timedelta(hours=12), topics=["Power Apps"], type="video"
    )
    make_article(
        "c",
        heat=90,
        quality=200,
        published_at=march + timedelta(days=1),
        provider="other.example",
        excerpt="RAIN again",
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "abc"),
        ("topic=ai", "ac"),
        ("topic=power-apps", "b"),
        ("topic=AI", "ac"),
        ("topic=power+apps", "b"),
        ("topic=nothing", ""),
        ("provider=outlet.example", "ab"),
        ("provider=Other.Example", "c"),
        ("type=video", "b"),
        ("quality_min=50", "bc"),
        ("heat_min=41", "c"),
        ("heat_min=-1", "abc"),
        ("heat_min=1000000", ""),
        ("after=2026-03-01", "abc"),
        ("after=2026-03-01T12:00:00Z", "bc"),
        ("after=2026-03-01T12:00:00.000001Z", "c"),
        ("before=2026-03-02", "ab"),
        ("before=2026-03-02T00:00:00.000001Z", "abc"),
        ("after=2026-03-01T13:00:00%2B01:00", "bc"),
        ("after=2026-03-01T13:00:00+01:00", "bc"),
        ("after=2026-03-01 12:00", "bc"),
        ("after=20260302", "c"),
        ("q=rain", "ac"),
        ("q=%25", ""),
        ("q=rain&heat_min=1", "c"),
        ("q=&topic=&heat_min=&after=%20", "abc"),
        ("utm_source=x&page=7&heat=99", "abc"),
        ("topic=ai&topic=power-apps", "b"),
    ],
)
def test_filters_narrow_the_list(three, query, expected):
    assert found(query) == list(expected)


def test_a_date_is_its_midnight_in_the_sites_time_zone(three, settings):
    settings.TIME_ZONE = "Asia/Kolkata"  # 2026-03-01 begins there at 18:30 UTC the day before
    assert found("before=2026-03-02") == ["a", "b"]
    assert found("after=2026-03-02") == ["c"]
    assert found("before=2026-03-01T17:30") == ["a"]


def test_an_outlet_in_the_filter_is_not_taken_for_a_pattern(three):
    assert found("q=_") == []


@pytest.mark.parametrize(
    "query",
    [
        "quality_min=many",
        "quality_min=-1",
        "quality_min=1000001",
        "quality_min=5.0",
        "quality_min=1_0",
        "quality_min=1e3",
        "quality_min=٥",
        f"quality_min={'9' * 5000}",
        "heat_min=-2",
        "heat_min=%00",
        "after=yesterday",
        "after=2026-02-30",
        "after=2026-W10-1",
        "after=0001-01-01T00:00:00%2B14:00",
        "before=9999-12-31T23:59:59-14:00",
        "before=2026-03-01T25:00",
        f"before={'2' * 5000}",
        "q=%00",
        f"q={'x' * 201}",
        "topic=a%00b",
        "provider=%00",
        "type=%00",
    ],
)
def test_a_value_that_cannot_be_meant_is_400_and_the_form_says_what_was_expected(query):
    make_article("tale")
    answer = get(f"/latest/?{query}")
    html = answer.content.decode()
    assert answer.status_code == 400
    assert '<details class="filters" open>' in html
    assert 'aria-invalid="true"' in html
    assert 'class="wrong"' in html
    assert list_slugs(html) == []


@pytest.mark.parametrize("query", ["heat_min=many", "topic=nothing", "q=nowhere"])
def test_where_nothing_is_listed_three_stories_are_shown_to_go_on_with(query):
    for heat in (5, 30, 20, 10):
        make_article(f"heat-{heat}", heat=heat)
    html = get(f"/latest/?{query}").content.decode()
    assert "The best of now" in html
    assert story_slugs(html) == ["heat-30", "heat-20", "heat-10"]


def test_the_typed_values_stay_in_the_form():
    html = text_of("/latest/?q=%3Cb%3Erain&heat_min=7&after=2026-03-01")
    assert 'value="&lt;b&gt;rain"' in html
    assert 'value="7"' in html
    assert 'type="date" name="after" value="2026-03-01"' in html


def test_a_timestamp_stays_in_the_form_though_a_calendar_could_not_hold_it():
    assert 'type="text" name="after" value="2026-03-01T12:00:00Z"' in text_of("/latest/?after=2026-03-01T12:00:00Z")


@pytest.mark.parametrize("wrong", ["2020-02-31", "0000-01-01"])
def test_a_date_that_is_none_stays_in_the_form_though_a_calendar_would_drop_it(wrong):
    html = get(f"/latest/?after={wrong}").content.decode()
    assert f'type="text" name="after" value="{wrong}"' in html


def test_the_next_page_keeps_the_filters_and_nothing_else():
    for number in range(60):
        make_article(heat=number, topics=["AI", "R&D"])
    path = "/latest/?heat_min=20&topic=r-d&unknown=1&q="
    slug = make_article(heat=99, topics=["R&D"]).topic_list[0].slug
    first = text_of(path.replace("r-d", slug))
    more = link_to_more(first)
    assert more.startswith(f"/latest/?topic={slug}&heat_min=20&cursor=")
    assert len(story_slugs(first)) == 25
    assert len(story_slugs(text_of(more))) == 16


def test_filtered_pages_are_not_for_search_engines():
    make_article("tale")
    assert 'content="noindex, follow"' in text_of("/latest/?heat_min=1")
    assert "noindex" not in text_of("/latest/")


def test_a_slug_or_domain_goes_before_a_name():
    make_article("a", topics=["Rain"], provider={"domain": "mint.example", "name": "Other.Example"})
    make_article("b", topics=["AI"], provider={"domain": "other.example", "name": "Mint"})
    Topic.objects.filter(name="Rain").update(slug="mud")
    Topic.objects.filter(name="AI").update(slug="rain")
    assert found("topic=rain") == ["b"]
    assert found("topic=mud") == ["a"]
    assert found("provider=other.example") == ["b"]
    assert found("provider=MINT") == ["b"]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", "All stories, newest first."),
        ("topic=ai&provider=mint", "Stories about <bdi>AI</bdi>, from <bdi>Mint</bdi>, newest first."),
        ("topic=AI&heat_min=5", "Stories about <bdi>AI</bdi>, of heat at least <bdi>5</bdi>, newest first."),
        ("provider=mint.example", "Stories from <bdi>Mint</bdi>, newest first."),
        ("provider=nobody", "Stories from <bdi>nobody</bdi>, newest first."),
        ("q=%3Cb%3E", "Stories with <bdi>&lt;b&gt;</bdi>, newest first."),
    ],
)
def test_the_page_says_what_it_lists(query, told):
    for slug in ("a", "b", "c"):
        make_article(slug, topics=["AI"], provider={"domain": "mint.example", "name": "Mint"}, heat=40)
    assert f'<p class="note">{told}</p>' in text_of(f"/latest/?{query}")
