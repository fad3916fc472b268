"""What a slip of the hand, the browser or the clock must not decide."""

import re

import pytest

from articles.admin.blame import last_change
from articles.curation import boost, set_value
from articles.importing.undoing import undo_run
from articles.models import Decision
from tests.admin.forms import inputs
from tests.factories import import_seed, make_article

pytestmark = pytest.mark.django_db
LIST = "/admin/articles/article/"


def page_of(article):
    return f"{LIST}{article.pk}/change/"


def opened(desk, address, form):
    return inputs(desk.get(address), form) | {"_save": "Save"}


def decided():
    return list(Decision.objects.order_by("pk").values_list("username", "field", "value"))


def test_no_input_is_filled_by_the_browsers_back(desk, tmp_path, editor):
    set_value(import_seed(tmp_path, heat=57), "heat", 80, by=editor)
    article = import_seed(tmp_path, heat=10)
    for page in (desk.get(LIST).text, desk.get(page_of(article)).text):
        names = ("published", "quality", "heat", "title", "excerpt", "topics", "release", "keep")
        visible = [
            tag
            for tag in re.findall(r"<(?:input|textarea)[^>]*>", page)
            if 'type="hidden"' not in tag and re.search(rf'name="(?:form-0-)?(?:{"|".join(names)})"', tag)
        ]
        assert len(visible) >= 3
        assert [tag for tag in visible if 'autocomplete="off"' not in tag] == []


def test_the_first_button_of_the_form_is_save_and_undo_has_a_form_of_its_own(desk, editor):
    article = make_article()
    set_value(article, "heat", 60, by=editor)
    page = desk.get(page_of(article)).text
    assert re.search(r'<form id="undo-form"\s+method="post">', page)
    buttons = re.findall(r"<button[^>]*_undo[^>]*>", page)
    assert buttons
    assert all('form="undo-form"' in button for button in buttons)


@pytest.mark.parametrize(
    ("address", "form", "name"), [(None, "changelist-form", "form-0-heat"), ("page", "article_form", "heat")]
)
def test_after_a_mistyped_value_a_colleagues_decision_is_still_told(desk, colleague, address, form, name):
    article = make_article(heat=57)
    address = page_of(article) if address else LIST
    posted = opened(desk, address, form)
    set_value(article, "heat", 90, by=colleague)
    mistyped = desk.post(address, posted | {name: "hot"})
    desk.post(address, inputs(mistyped, form) | {"_save": "Save", name: "57"})
    assert decided() == [("carl", "heat", 90)]
    answer = desk.post(address, inputs(mistyped, form) | {"_save": "Save", name: "58"})
    assert "carl changed it to 90" in answer.text
    assert decided() == [("carl", "heat", 90)]


def test_a_value_that_an_import_brought_meanwhile_is_still_pinned_after_another_mistake(desk, tmp_path):
    article = import_seed(tmp_path, heat=57)
    posted = opened(desk, LIST, "changelist-form")
    import_seed(tmp_path, heat=90)
    wrong = desk.post(LIST, posted | {"form-0-heat": "90", "form-0-quality": "good"})
    desk.post(LIST, inputs(wrong, "changelist-form") | {"_save": "Save", "form-0-quality": posted["form-0-quality"]})
    assert decided() == [("erin", "heat", 90)]
    assert article.standing_decisions.count() == 1


@pytest.mark.parametrize("way", ["keep", "release"])
def test_what_is_no_more_to_be_kept_or_released_is_told(desk, editor, colleague, chief, tmp_path, way):
    set_value(import_seed(tmp_path, heat=57), "heat", 80, by=editor)
    article = import_seed(tmp_path, heat=10)
    posted = opened(desk, page_of(article), "article_form") | {way: "heat", "quality": "3"}
    undo_or_settle = {
        "keep": lambda: set_value(article, "heat", 11, by=colleague),
        "release": lambda: _release(article, chief),
    }
    undo_or_settle[way]()
    before = decided()
    answer = desk.post(page_of(article), posted)
    assert f"heat: there is nothing to {way} any more" in answer.text
    assert decided() == before


def _release(article, by):
    from articles.curation import release

    release(article, "heat", by=by)


def test_undo_of_a_story_that_is_no_longer_here_is_refused_in_words(desk, editor):
    article = make_article(heat=5)
    set_value(article, "heat", 60, by=editor)
    undo_run(article.versions.latest("pk").run_id)
    assert desk.post(page_of(article), {"_undo": str(Decision.objects.get().pk)}).status_code == 302
    assert len(decided()) == 1


def test_a_boost_that_hits_the_floor_is_whose_it_is_though_upstream_moved(colleague, tmp_path):
    article = import_seed(tmp_path, heat=30)
    boost(article, "heat", -50, by=colleague)
    import_seed(tmp_path, heat=40)
    article.refresh_from_db()
    assert (article.heat, last_change(article, "heat")[0]) == (0, "carl")
