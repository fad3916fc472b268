"""Embargo, expiry, pin and address are decided on the article's page, like all else."""

from datetime import UTC, datetime

import pytest

from articles.curation import set_value
from articles.models import Decision
from tests.admin.forms import inputs
from tests.factories import assert_columns_are_what_the_logs_say, make_article

pytestmark = pytest.mark.django_db


def page_of(article):
    return f"/admin/articles/article/{article.pk}/change/"


def opened(desk, article):
    return inputs(desk.get(page_of(article)), "article_form") | {"_save": "Save"}


def save(desk, article, **typed):
    answer = desk.post(page_of(article), opened(desk, article) | typed)
    article.refresh_from_db()
    return answer


def decided():
    return list(Decision.objects.order_by("pk").values_list("field", "kind", "value"))


@pytest.fixture
def berlin(settings):
    settings.TIME_ZONE = "Europe/Berlin"


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("2030-12-01T06:00", "2030-12-01T05:00:00Z"),
        ("2030-07-01 06:00", "2030-07-01T04:00:00Z"),
        ("2030-12-01", "2030-11-30T23:00:00Z"),
        ("2030-12-01T06:00:30Z", "2030-12-01T06:00:30Z"),
        ("2030-12-01T06:00-05:00", "2030-12-01T11:00:00Z"),
        ("  2030-12-01T06:00  ", "2030-12-01T05:00:00Z"),
    ],
)
@pytest.mark.parametrize("field", ["publish_at", "publish_until"])
def test_a_time_is_typed_in_the_sites_zone_unless_it_says_otherwise(desk, berlin, field, typed, value):
    assert save(desk, make_article(), **{field: typed}).status_code == 302
    assert decided() == [(field, "set", value)]
    assert_columns_are_what_the_logs_say()


def test_the_page_names_the_zone_and_shows_the_time_in_it(desk, berlin, editor):
    article = make_article()
    set_value(article, "publish_at", "2030-12-01T05:00Z", by=editor)
    page = desk.get(page_of(article)).text
    assert "Times are those of Europe/Berlin (CE" in page
    assert inputs(desk.get(page_of(article)), "article_form")["publish_at"] == "2030-12-01T06:00"
    assert "Decided by erin just now." in page
    assert "scheduled" in page


@pytest.mark.parametrize("until", ["2030-12-01T06:00:00.25Z", "2030-12-01T06:00Z", "9997-12-31T23:59Z", "0003-01-01"])
def test_an_untouched_form_decides_nothing_whatever_the_times(desk, berlin, until):
    article = make_article(publish_at="2030-10-27T01:30Z", publish_until=until, pinned=f"3,{until}")
    before = decided()
    assert "Nothing was changed." in desk.post(page_of(article), opened(desk, article), follow=True).text
    assert decided() == before


@pytest.mark.parametrize("field", ["publish_at", "publish_until"])
@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("soon", "“soon” is no time: expected is a day and a time like"),
        ("2030-02-30T06:00", "is no time"),
        ("9999-12-31T23:59", "is too far away"),
        ("0001-01-01T00:00", "is too far away"),
        ("2030-03-31T02:30", "02:30 is not on the clock that night"),
        ("\0", "is no time"),
        ("9" * 5000, "is no time"),
    ],
)
def test_a_time_that_is_none_comes_back_in_words_and_in_its_place(desk, berlin, field, typed, told):
    answer = save(desk, make_article(), **{field: typed})
    assert answer.status_code == 200
    assert told in answer.text
    assert decided() == []


def test_what_is_cleared_is_released(chief_desk):
    article = make_article(publish_at="2030-12-01", publish_until="2031-12-01", pinned="3,2030-12-01")
    save(chief_desk, article, publish_at="", publish_until="", pinned="", pinned_until="")
    assert [row[:2] for row in decided()[3:]] == [
        ("publish_at", "release"),
        ("publish_until", "release"),
        ("pinned", "release"),
    ]
    assert (article.publish_at, article.publish_until, article.pinned_place, article.pinned_until) == (None,) * 4
    assert article.visible_from == article.published_at
    assert_columns_are_what_the_logs_say()


def test_what_a_colleague_decided_is_not_cleared_by_an_editor(desk, colleague):
    article = make_article()
    set_value(article, "publish_until", "2030-12-01", by=colleague)
    answer = desk.post(page_of(article), opened(desk, article) | {"publish_until": ""})
    assert answer.status_code == 200
    assert "carl decided it, and only chief editors take back what others decided" in answer.text
    assert [row[:2] for row in decided()] == [("publish_until", "set")]


def test_a_pin_has_a_place_and_may_have_an_end(desk, berlin):
    article = make_article()
    save(desk, article, pinned="3")
    assert (article.pinned_place, article.pinned_until) == (3, None)
    save(desk, article, pinned_until="2030-12-01T06:00")
    assert (article.pinned_place, article.pinned_until) == (3, datetime(2030, 12, 1, 5, tzinfo=UTC))
    save(desk, article, pinned="7")
    assert article.pinned_until == datetime(2030, 12, 1, 5, tzinfo=UTC)
    save(desk, article, pinned_until="")
    assert (article.pinned_place, article.pinned_until) == (7, None)
    assert [value for _, _, value in decided()] == ["3", "3,2030-12-01T05:00:00Z", "7,2030-12-01T05:00:00Z", "7"]


@pytest.mark.parametrize(
    ("place", "until", "told"),
    [
        ("0", "", "“0” is no place: expected is a place of the front page from 1 to 25."),
        ("26", "", "“26” is no place"),
        ("first", "2030-12-01", "“first” is no place"),
        ("", "2030-12-01", "A time alone pins nothing"),
        ("3", "soon", "“soon” is no time"),
    ],
)
def test_a_pin_that_is_none_comes_back_in_words_with_both_inputs(desk, place, until, told):
    article = make_article()
    answer = save(desk, article, pinned=place, pinned_until=until)
    assert told in answer.text
    again = inputs(answer, "article_form")
    assert (again["pinned"], again["pinned_until"]) == (place, until)
    assert decided() == []


def test_an_address_is_decided_and_cleared(desk):
    article = make_article("given")
    save(desk, article, slug="bridge")
    assert article.slug == "bridge"
    save(desk, article, slug="")
    assert article.slug == "given"
    assert [row[:2] for row in decided()] == [("slug", "set"), ("slug", "release")]


def test_an_address_that_nobody_decided_is_not_cleared(desk):
    article = make_article("given")
    answer = desk.post(page_of(article), opened(desk, article) | {"slug": ""}, follow=True)
    assert answer.status_code == 200
    assert decided() == []


@pytest.mark.parametrize(("typed", "told"), [("Not One!", "must be lower-case letters"), ("taken", "choose another")])
def test_an_address_that_cannot_be_comes_back_in_words(desk, typed, told):
    make_article("taken")
    answer = save(desk, make_article("given"), slug=typed)
    assert answer.status_code == 200
    assert told in answer.text
    assert decided() == []


@pytest.mark.parametrize(
    ("field", "theirs", "typed", "told"),
    [
        ("publish_at", "2030-12-01T05:00Z", "2030-12-02T06:00", "carl changed it to 1 Dec 2030 06:00 just now"),
        ("publish_until", "2030-12-01T05:00Z", "2030-12-02T06:00", "this page showed nothing, and you want 2 Dec 2030"),
        ("pinned", "3,2030-12-01T05:00Z", "4", "carl changed it to place 3 until 1 Dec 2030 06:00"),
        ("slug", "theirs", "mine", "carl changed it to “theirs” just now; this page showed “given”"),
    ],
)
def test_a_collision_is_told_with_both_values_and_the_input_stays(desk, berlin, colleague, field, theirs, typed, told):
    article = make_article("given")
    posted = opened(desk, article)
    set_value(article, field, theirs, by=colleague)
    answer = desk.post(page_of(article), posted | {field: typed})
    assert answer.status_code == 200
    assert told in answer.text
    again = inputs(answer, "article_form")
    assert again[field] == typed
    assert len(decided()) == 1
    assert desk.post(page_of(article), again | {"_save": "Save"}).status_code == 302
    assert len(decided()) == 2, "having seen it, the editor decides"


def test_what_a_colleague_pinned_meanwhile_is_shown_where_another_field_comes_back(desk, colleague):
    article = make_article(pinned="3,2030-12-01")
    posted = opened(desk, article)
    set_value(article, "pinned", "9", by=colleague)
    again = inputs(desk.post(page_of(article), posted | {"heat": "hot"}), "article_form")
    assert (again["pinned"], again["pinned_until"]) == ("9", "")


def test_what_both_cleared_is_no_collision_and_no_error(chief_desk, chief):
    from articles.curation import release

    article = make_article(publish_until="2030-12-01")
    posted = opened(chief_desk, article)
    release(article, "publish_until", by=chief)
    assert chief_desk.post(page_of(article), posted | {"publish_until": ""}).status_code == 302
    assert len(decided()) == 2


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"publish_at": "2031-01-01T00:00", "publish_until": "2030-12-01T00:00"}, "It would end before it begins"),
        ({"pinned": "3", "pinned_until": "2020-01-01T00:00"}, "Its time is past already"),
    ],
)
def test_times_that_nobody_means_are_refused(desk, typed, told):
    article = make_article()
    answer = desk.post(page_of(article), opened(desk, article) | typed)
    assert answer.status_code == 200
    assert told in answer.text
    assert decided() == []
