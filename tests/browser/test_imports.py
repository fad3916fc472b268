"""An upload from its choice to its undo, in a browser, and that axe finds nothing on the way."""

import pytest
from playwright.sync_api import expect

from articles.importing import import_paths
from articles.models import Article
from tests.browser.accessibility import findings
from tests.factories import import_folder, seed_text, write_seed

pytestmark = pytest.mark.django_db(transaction=True)
BEES = "2020-06-22-bees"
BAD = {
    "wrong.md": ("heat: 40", "heat: -2"),
    "worse.md": ("published: true", "published: maybe"),
    "date.md": ("-22T", "-31T"),
}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_upload_with_three_errors_is_looked_at_imported_and_undone(
    browser_page, signed_in, chief, tmp_path, complaints, theme
):
    import_paths([str(write_seed(tmp_path, BEES, title="Bees leave the city", heat=40))])
    page = signed_in(browser_page, chief)
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.goto("/admin/articles/importrun/")
    page.get_by_role("link", name="Import files from this computer").click()
    expect(page.get_by_role("heading", name="Import seed files")).to_be_visible()
    assert findings(page) == []
    files = {name: seed_text().replace(*mistake) for name, mistake in BAD.items()}
    files[f"{BEES}.md"] = seed_text(title="Bees return to the city", heat=99)
    page.get_by_label("Files").set_input_files(
        [{"name": name, "mimeType": "text/markdown", "buffer": text.encode()} for name, text in files.items()]
    )
    page.get_by_role("button", name="See what would happen").click()

    expect(page.locator(".problems .line")).to_have_count(3)
    expect(page.locator(".problems")).to_contain_text("wrong.md:9:1")
    expect(page.locator(".stories ins")).to_have_text("return to")
    assert findings(page) == []
    assert Article.objects.get().heat == 40

    page.get_by_role("button", name="Import 1 story").click()
    expect(page.get_by_role("heading", name="What it changed")).to_be_visible()
    assert Article.objects.get().heat == 99
    assert findings(page) == []

    page.get_by_role("link", name="Undo it").click()
    assert findings(page) == []
    page.get_by_role("button", name="Undo run").click()
    expect(page.get_by_text("is undone")).to_be_visible()
    assert Article.objects.get().heat == 40
    assert complaints == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_held_run_is_told_and_let_through(browser_page, signed_in, chief, tmp_path, complaints, theme):
    import_folder(write_seed(tmp_path, BEES, heat=40).parent)
    import_folder(write_seed(tmp_path, BEES, heat=99).parent, max_change=0)
    page = signed_in(browser_page, chief)
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/admin/articles/importrun/")
    page.get_by_text("What it would have changed").click()
    expect(page.locator(".alert")).to_contain_text("heat 40 → 99")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert findings(page) == []
    page.get_by_role("link", name="Let it through").click()
    expect(page.get_by_role("button", name="Let it through")).to_be_visible()
    assert findings(page) == []
    page.get_by_role("button", name="Let it through").click()
    expect(page.get_by_text("was let through")).to_be_visible()
    assert Article.objects.get().heat == 99
    assert complaints == []
