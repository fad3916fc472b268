"""Titles and excerpts that changed after publishing: a page and a feed."""

import re
from xml.etree import ElementTree

import pytest

from articles.curation import Change, curate, set_value, undo
from articles.importing.undoing import undo_run
from articles.models import Correction, ImportRun
from tests.factories import import_seed, make_article
from tests.site.pages import get, link_to_more, text_of

pytestmark = pytest.mark.django_db


def noted() -> list[tuple[str, str, str]]:
    return list(Correction.objects.order_by("pk").values_list("field", "before", "after"))


def test_what_upstream_rewrites_of_a_public_story_is_a_correction(tmp_path):
    import_seed(tmp_path, title="First", excerpt="One.")
    import_seed(tmp_path, title="Second", excerpt="One.")
    import_seed(tmp_path, title="Second", excerpt="Two.", heat=90)
    assert noted() == [("title", "First", "Second"), ("excerpt", "One.", "Two.")]
    html = text_of("/corrections/")
    assert html.index("One.") < html.index("First")
    assert re.findall(r'<dt>(\w+)</dt> <dd dir="auto"> ?(.+?) ?</dd>', html) == [
        ("Before", "One."),
        ("Now", "Two."),
        ("Before", "First"),
        ("Now", "Second"),
    ]


def test_what_the_desk_decides_is_one_and_so_is_its_undo(editor):
    article = make_article("told", title="Theirs")
    (decision,) = curate(article, [Change("set", "title", "Ours")], by=editor)
    undo(decision, by=editor)
    assert noted() == [("title", "Theirs", "Ours"), ("title", "Ours", "Theirs")]


def test_a_run_that_is_undone_is_one_too(tmp_path):
    import_seed(tmp_path, title="First")
    import_seed(tmp_path, title="Second")
    undo_run(ImportRun.objects.latest("pk").pk)
    assert noted() == [("title", "First", "Second"), ("title", "Second", "First")]


@pytest.mark.parametrize("hidden", [{"published": False}, {"publishedDateTime": "2999-01-01T00:00:00Z"}])
def test_what_no_reader_has_seen_is_none(tmp_path, hidden):
    import_seed(tmp_path, title="First", **hidden)
    import_seed(tmp_path, title="Second", **hidden)
    import_seed(tmp_path, title="Third")
    assert noted() == []


def test_what_a_decision_hides_of_upstreams_rewriting_is_none(tmp_path, editor):
    set_value(import_seed(tmp_path, title="First"), "title", "First", by=editor)
    import_seed(tmp_path, title="Second")
    assert noted() == []


def test_of_a_story_that_is_no_longer_public_nothing_is_told(tmp_path, editor):
    import_seed(tmp_path, title="First")
    article = import_seed(tmp_path, title="Second")
    set_value(article, "published", False, by=editor)
    assert "Nothing was changed after it was published." in text_of("/corrections/")


@pytest.mark.parametrize("ending", ["rss", "atom", "json"])
def test_there_is_a_feed_of_them(tmp_path, ending):
    import_seed(tmp_path, title="First")
    import_seed(tmp_path, title="Second")
    answer = get(f"/corrections/latest.{ending}")
    assert answer.status_code == 200
    assert "Headline before: First Now: Second" in answer.text
    if ending != "json":
        ElementTree.fromstring(answer.content)


def test_the_list_goes_on_by_cursor(editor):
    article = make_article("told")
    for number in range(26):
        set_value(article, "title", f"Title {number}", by=editor)
    html = text_of("/corrections/")
    assert html.count("<dt>Before</dt>") == 25
    assert text_of(link_to_more(html)).count("<dt>Before</dt>") == 1
    for cursor in ("x", "WyIyMDI2LTAxLTAxVDAwOjAwOjAwKzAwOjAwIiwxZTQwXQ"):
        assert get(f"/corrections/?cursor={cursor}").status_code == 404


def test_the_page_asks_as_often_for_20_as_for_two(editor, django_assert_num_queries):
    for batch in (2, 18):
        for number in range(batch):
            set_value(make_article(f"s{batch}-{number}"), "title", "Ours", by=editor)
        with django_assert_num_queries(1 + 1 + 1):  # the edition · corrections with their stories · the frame
            get("/corrections/")


def test_where_nothing_was_corrected_there_are_stories_to_go_on_with():
    make_article("tale")
    html = text_of("/corrections/")
    assert "Nothing was changed after it was published." in html
    assert 'href="/articles/tale/"' in html
