"""The queue of conflicts as an editor works through it: by keyboard, and seen by axe."""

import pytest
from playwright.sync_api import expect

from articles.curation import set_value
from articles.models import StandingDecision
from tests.browser.accessibility import findings
from tests.factories import import_seed

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/admin/articles/article/conflicts/"


def make_conflict(folder, editor, stem, **fields):
    article = import_seed(folder, stem, **{name: values[0] for name, values in fields.items()})
    for name, (_, ours, _) in fields.items():
        set_value(article, name, ours, by=editor)
    return import_seed(folder, stem, **{name: values[2] for name, values in fields.items()})


def test_a_queue_is_worked_through_by_keyboard_and_a_slip_undone(
    browser_page, complaints, signed_in, editor, colleague, tmp_path
):
    bees = make_conflict(tmp_path, editor, "bees", heat=(40, 80, 10))
    bridge = make_conflict(tmp_path, editor, "bridge", heat=(40, 70, 11))
    dam = make_conflict(tmp_path, editor, "dam", title=("A dam", "Our dam", "A bigger dam"))
    page = signed_in(browser_page, editor)
    page.goto(PAGE)
    page.locator(f"#row-{bees.pk}-heat").get_by_role("button", name="Keep 80").press("Enter")
    told = page.locator(".messagelist")
    expect(told).to_contain_text("stays 80")
    expect(page.locator(f"#row-{bees.pk}-heat")).to_have_count(0)

    for _ in range(2):  # the page goes on where the hand was: the next row's tick, then what to do
        page.keyboard.press("Tab")
    expect(page.locator(f"#row-{bridge.pk}-heat").get_by_role("button", name="Take 11")).to_be_focused()
    page.keyboard.press("Enter")
    expect(told).to_contain_text("Upstream’s again")
    expect(told).to_be_in_viewport(ratio=1)
    told.get_by_role("button", name="Undo").click()
    expect(told).to_contain_text("Undone")
    expect(page.locator(f"#row-{bridge.pk}-heat")).to_contain_text("70")

    box = page.locator(f"#row-{bridge.pk}-heat").get_by_role("spinbutton")
    box.fill("120")
    set_value(bridge, "heat", 90, by=colleague)
    box.press("Enter")
    expect(page.locator(f"#row-{bridge.pk}-heat")).to_contain_text("carl set it just now, 90 holds now.")
    expect(box).to_have_value("120")
    box.press("Enter")
    expect(told).to_contain_text("is 120")
    page.get_by_role("checkbox", name="title of Our dam").check()
    page.get_by_role("button", name="Follow upstream", exact=True).click()
    expect(page.locator("#content")).to_contain_text("Nothing waits")
    dam.refresh_from_db(), bridge.refresh_from_db()
    assert (dam.title, bridge.heat) == ("A bigger dam", 120)
    assert not StandingDecision.objects.in_conflict().exists()
    assert complaints == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 360)])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    browser_page, complaints, signed_in, editor, colleague, tmp_path, scheme, width
):
    make_conflict(tmp_path, editor, "a", heat=(40, 80, 10), topics=(["AI"], ["Law"], ["Bees", "AI"]))
    make_conflict(tmp_path, colleague, "b", title=("A", "B", "الجسر " * 60), excerpt=("A", "x" * 300, "Long " * 300))
    article = make_conflict(tmp_path, editor, "c", published=(True, False, True), quality=(57, 100, 20))
    import_seed(tmp_path, "c", quality=20, webUrl="https://another.example/" + "long-" * 60)
    page = signed_in(browser_page, editor)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(PAGE)
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    set_value(article, "quality", 90, by=colleague)
    page.locator(f"#row-{article.pk}-quality").get_by_role("button", name="Keep").click()
    expect(page.get_by_role("alert")).to_contain_text("1 could not be done")
    assert findings(page) == []
    page.goto(PAGE + "?field=heat&article=1")
    assert findings(page) == []
    assert complaints == []
