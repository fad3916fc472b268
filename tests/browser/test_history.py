"""The history of a story and the feed of decisions in a real browser."""

import pytest
from playwright.sync_api import expect

from articles.curation import boost, release, set_value, undo
from articles.models import Decision
from tests.browser.accessibility import findings
from tests.factories import import_seed, make_article, withdraw

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lived(tmp_path, editor, colleague, chief):
    """A story of which all has happened that a history tells."""
    article = import_seed(tmp_path, heat=30, title="A bridge that listens")
    set_value(article, "heat", 60, by=editor, note="Closed this morning")
    import_seed(tmp_path, heat=52, title="A bridge that hears", topics=["Law"], images=[{"url": "/static/missing.png"}])
    release(article, "heat", by=chief)
    boost(article, "quality", -7, by=editor)
    set_value(article, "title", "The " + "Geschwindigkeitsüberwachungspilotprojekt" * 4, by=editor)
    undo(Decision.objects.first(), by=chief)
    withdraw(article)
    import_seed(tmp_path, heat=52, title="A bridge that hears", excerpt="Another.")
    set_value(make_article(title="Another"), "published", False, by=colleague)
    return article


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 360)])
def test_axe_finds_nothing_and_nothing_leaves_its_box(
    browser_page, complaints, signed_in, editor, lived, scheme, width
):
    page = signed_in(browser_page, editor)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    for address in (f"article/{lived.pk}/history/", "decision/", "decision/?by=nobody", "decision/?field=x"):
        page.goto(f"/admin/articles/{address}")
        for summary in page.locator(".plot-table summary").all():
            summary.click()
        assert findings(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    assert complaints == []


def test_a_decision_is_undone_with_the_keyboard_and_the_plot_follows(browser_page, signed_in, editor, lived):
    page = signed_in(browser_page, editor)
    page.goto(f"/admin/articles/article/{lived.pk}/change/")
    page.get_by_role("link", name="History", exact=True).click()
    expect(page.get_by_role("img", name="Quality from")).to_be_visible()
    drawn = page.locator(".plot-quality .effective").get_attribute("d")
    page.get_by_role("button", name="Undo boost quality by erin").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("Undone: boost quality by erin.")
    expect(page.locator(".timeline li").first).to_contain_text("erin undid boost quality by erin: 50 → 57")
    assert page.locator(".plot-quality .effective").get_attribute("d") != drawn
