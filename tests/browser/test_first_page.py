"""The plots of the desk's first page: drawn by a library, under the strict policy, in the colours of the theme."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect
from time_machine import travel

from articles.curation import set_value
from tests.browser.accessibility import findings
from tests.browser.chromium import moves
from tests.factories import import_folder, make_article, write_seed

pytestmark = pytest.mark.django_db(transaction=True)
PLOTS = ("numbers-days", "numbers-heat")
# The colours of the pixels of a plot that are not see-through, the most frequent first.
COLOURS = """plot => {
  const canvas = plot.querySelector("canvas");
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const pixels = copy.getImageData(0, 0, canvas.width, canvas.height).data;
  const found = new Map();
  for (let place = 0; place < pixels.length; place += 4) {
    if (pixels[place + 3] < 255) continue;
    const colour = pixels.slice(place, place + 3).join(" ");
    found.set(colour, (found.get(colour) || 0) + 1);
  }
  return [...found].sort((one, other) => other[1] - one[1]).map(([colour]) => colour);
}"""

FITS = "(plot => plot.querySelector('.uplot').offsetWidth === plot.clientWidth)(document.querySelector('.plot'))"


@pytest.fixture
def first_page(browser_page, complaints, signed_in, editor, tmp_path):
    """The first page of a site with some days behind it, on which something waits."""
    now = timezone.now()
    for back in (5, 3, 1):
        with travel(now - timedelta(days=back)):
            for number in range(back):
                write_seed(tmp_path, f"story-{number}", heat=20 * back, publishedDateTime=now - timedelta(days=back))
            import_folder(tmp_path)
    article = make_article(heat=40, provider=None, excerpt=None)
    set_value(article, "quality", 3, by=editor)
    (tmp_path / "bad.md").write_text("---\ntitle: No more than that\n---\n")
    import_folder(tmp_path)
    return signed_in(browser_page, editor)


def colours(page, name: str) -> list[str]:
    return page.locator(f"[data-numbers={name}]").evaluate(COLOURS)


def comes_true(page, what) -> None:
    """Playwright's own `wait_for_function` is refused by the policy, as it evaluates a text in the page."""
    for _ in range(50):
        if what():
            return
        page.wait_for_timeout(100)
    pytest.fail("It did not come true in five seconds.")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_plots_are_drawn_and_neither_the_policy_nor_axe_complains(first_page, complaints, theme):
    page = first_page
    page.emulate_media(color_scheme=theme)
    page.goto("/admin/")
    for name in PLOTS:
        plot = page.locator(f"[data-numbers={name}]")
        expect(plot.locator("canvas")).to_be_visible()
        assert plot.get_attribute("role") == "img"
        assert len(colours(page, name)) > 1
    signal = {"light": "201 58 21", "dark": "255 114 71"}[theme]
    assert signal in colours(page, "numbers-heat")[:2]
    assert signal not in colours(page, "numbers-days")
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    assert findings(page) == []
    assert complaints == []


def test_a_plot_follows_the_theme_and_the_window_without_moving_the_page(first_page):
    page = first_page
    page.goto("/admin/")
    plot = page.locator("[data-numbers=numbers-days]")
    expect(plot.locator("canvas")).to_be_visible()
    assert moves(page, since="domInteractive") == []  # plots are drawn after that
    light, height = colours(page, "numbers-days")[0], plot.bounding_box()["height"]
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    comes_true(page, lambda: colours(page, "numbers-days")[0] != light)
    page.set_viewport_size({"width": 360, "height": 740})
    comes_true(page, lambda: page.evaluate(FITS))
    assert plot.bounding_box()["height"] == height
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_is_pointed_at_is_told_in_words(first_page):
    page = first_page
    page.goto("/admin/")
    page.locator("[data-numbers=numbers-heat] .u-over").hover()
    reading = page.locator("[data-numbers=numbers-heat] + .reading output")
    expect(reading).to_contain_text("half above")
    page.locator("h1").hover()
    expect(reading).to_be_empty()


def test_without_a_script_there_is_no_empty_box_and_the_numbers_are_there(chromium, live_server, signed_in, first_page):
    cookies = first_page.context.cookies()
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto("/admin/")
    expect(page.locator(".plot").first).to_be_hidden()
    page.get_by_text("Stories a day in numbers").click()
    expect(page.get_by_role("cell", name="3", exact=True).first).to_be_visible()
    context.close()
