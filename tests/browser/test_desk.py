"""How the desk stands on the screen: what an editor must not have to look for."""

import pytest
from playwright.sync_api import expect

from articles.curation import set_value
from tests.factories import import_seed, make_article

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/admin/articles/article/"


@pytest.fixture
def desk(browser_page, signed_in, editor):
    """`desk(width)`: the article list in a window of that width."""

    def open_list(width: int):
        page = signed_in(browser_page, editor)
        page.set_viewport_size({"width": width, "height": 740})
        page.goto(LIST)
        return page

    return open_list


def test_all_columns_of_the_list_are_in_sight_on_a_wide_screen_and_rows_are_low(desk, editor):
    long = "Landesdatenschutzbeauftragte stoppt Geschwindigkeitsüberwachungspilotprojekt: " * 6
    set_value(
        make_article(title=long, images=[{"url": "/static/missing.png", "title": "What it shows"}]),
        "heat",
        9,
        by=editor,
    )
    make_article(publish_at="2030-12-01T06:00Z")
    page = desk(1440)
    assert page.evaluate("(e => e.scrollWidth <= e.clientWidth)(document.querySelector('.results'))")
    for column in ("origin", "state"):
        expect(page.locator(f"#result_list tbody .field-{column}").first).to_be_in_viewport(ratio=1)
    heights = page.evaluate("[...document.querySelectorAll('#result_list tbody tr')].map(row => row.offsetHeight)")
    assert max(heights) <= 52, heights


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_the_list_scrolls_in_itself_and_its_save_is_in_sight(desk, width):
    for number in range(20):
        make_article(title=f"Story number {number} of a day on which a great deal happened")
    page = desk(width)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_in_viewport(ratio=1)


def test_a_collision_is_told_on_a_telephone_without_scrolling(desk, colleague):
    article = make_article(title="Bees", heat=57)
    page = desk(360)
    set_value(article, "heat", 90, by=colleague)
    page.locator("#id_form-0-heat").fill("120")
    page.get_by_role("button", name="Save", exact=True).click()
    told = page.locator(".errorlist.nonform")
    expect(told).to_be_in_viewport(ratio=1)
    expect(told).to_contain_text("Nothing is saved yet")
    expect(told).to_contain_text("Bees, heat: carl changed it to 90 just now; this page showed 57, and you want 120.")


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_nothing_covers_the_title_of_a_story_and_its_save_is_in_sight(desk, tmp_path, width):
    article = import_seed(tmp_path, title="A title that is long enough to reach to the other side of the window")
    page = desk(width)
    page.goto(f"{LIST}{article.pk}/change/")
    title, tools = page.locator("#content h2").first.bounding_box(), page.locator(".object-tools").bounding_box()
    assert tools["y"] >= title["y"] + title["height"]
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_filters_have_names(desk):
    make_article()
    page = desk(1280)
    for name in ("any provider", "any topic"):
        assert page.locator("#changelist-filter").get_by_role("textbox", name=name).count() == 1


def test_the_browser_asks_before_typed_values_are_left(browser_page, signed_in, editor):
    make_article(title="Bees", heat=40)
    page = signed_in(browser_page, editor)
    asked = []

    def answer(dialog):
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    page.goto("/admin/articles/article/")
    page.get_by_role("link", name="buried").click()  # nothing was typed
    assert asked == []
    page.goto("/admin/articles/article/")
    page.get_by_label("Heat of Bees").fill("77")
    page.get_by_role("link", name="buried").click()
    assert asked == ["beforeunload"]
    page.goto("/admin/articles/article/")
    page.get_by_label("Heat of Bees").fill("77")
    page.get_by_role("button", name="Save").click()
    page.goto("/admin/articles/article/")
    page.get_by_label("Heat of Bees").fill("78")
    page.locator(".action-select").first.check()
    page.get_by_label("Do", exact=True).select_option("bury")
    page.get_by_role("button", name="Look first").click()
    page.get_by_text("Nothing is saved yet").first.wait_for()
    assert asked == ["beforeunload"]
