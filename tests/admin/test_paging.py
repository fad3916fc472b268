"""The article list is as quick over many stories as over few: it is never counted, and each page is bounded."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles.curation import set_value
from articles.models import Version
from tests.admin.forms import inputs
from tests.factories import import_seed, make_article

pytestmark = pytest.mark.django_db
LIST = "/admin/articles/article/"


@pytest.fixture
def small(monkeypatch):
    """Two stories on a page, four counted, six that can be paged through."""
    monkeypatch.setattr("articles.admin.articles.ArticleAdmin.list_per_page", 2)
    monkeypatch.setattr("articles.admin.paging.COUNTED", 4)
    monkeypatch.setattr("articles.admin.paging.DEEPEST", 6)


def stories(count):
    for number in range(count):
        make_article(title=f"Number {number}", publishedDateTime=f"2020-06-{28 - number}T00:00:00Z")


def titles(page) -> list[str]:
    return re.findall(r"Number \d+(?=</bdi>)", page)


def test_no_query_counts_articles_or_walks_over_all_of_them(desk):
    stories(3)
    for query in ("", "?q=number", "?state=public&heat_min=3", "?p=2", "?decided=no&image=no", "?all="):
        with CaptureQueriesContext(connection) as queries:
            desk.get(LIST + query)
        asked = [each["sql"] for each in queries]
        assert not any("COUNT(" in sql for sql in asked), query
        assert all("LIMIT" in sql for sql in asked if "ORDER BY" in sql and " IN (" not in sql), query
        assert len(asked) <= 12


def test_a_list_is_counted_exactly_as_far_as_it_is_counted(desk, small):
    stories(4)
    assert "4 stories" in desk.get(LIST).text
    stories(1)
    assert "4+ stories" in desk.get(LIST).text


def test_pages_follow_one_another_and_end_in_words(desk, small):
    stories(8)
    assert titles(desk.get(LIST).text) == ["Number 0", "Number 1"]
    assert titles(desk.get(LIST + "?p=3").text) == ["Number 4", "Number 5"]
    deepest = desk.get(LIST + "?p=99")
    assert titles(deepest.text) == ["Number 4", "Number 5"]
    assert "The pages end here, at 6 stories" in " ".join(deepest.text.split())
    assert "?p=4" not in deepest.text
    assert "The pages end here" not in desk.get(LIST + "?p=2").text


def test_a_page_that_is_no_more_shows_the_first_and_keeps_the_filters(desk, small):
    stories(3)
    answer = desk.get(LIST + "?p=3&state=public")
    assert answer.status_code == 200
    assert titles(answer.text) == ["Number 0", "Number 1"]


def test_a_deeper_page_is_saved_as_the_first_is(desk, small):
    stories(5)
    posted = inputs(desk.get(LIST + "?p=2"), "changelist-form") | {"_save": "Save", "form-1-heat": "77"}
    assert desk.post(LIST + "?p=2", posted).status_code == 302
    row = desk.get(LIST + "?p=2").context["cl"].result_list[1]
    assert (row.title, row.heat) == ("Number 3", 77)


def test_the_curve_of_a_row_shows_the_heat_of_the_last_days(desk, tmp_path):
    article = import_seed(tmp_path, heat=30)
    assert 'class="curve"' not in desk.get(LIST).text, "nothing has moved"
    Version.objects.update(at="2020-06-23T00:00Z")
    import_seed(tmp_path, heat=75)
    assert "Heat 30 → 75, at most 75 in 7 days" in desk.get(LIST).text
    assert article.versions.count() == 2


def test_an_empty_list_says_what_to_do(desk, editor):
    assert "There are no stories yet." in desk.get(LIST).text
    set_value(make_article(), "heat", 3, by=editor)
    assert "No story is like that." in desk.get(LIST + "?q=nonsense").text


def test_a_viewer_sees_the_decided_values_too(client, viewer, editor):
    set_value(make_article(heat=57), "heat", 80, by=editor)
    client.force_login(viewer)
    page = client.get(LIST).text
    cell = re.search(r'<td class="field-heat_shown">(.*?)</td>', page, re.DOTALL)[1]
    assert " ".join(re.sub("<[^>]*>", "", cell).split()) == "80 57 → 80"
    assert 'name="form-' not in page
