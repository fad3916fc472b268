"""A reader's walk past every kind of public page: by keyboard alone, no scripts, on three screens, day and night."""

from itertools import product

import pytest
from playwright.sync_api import expect

from tests.judges.kinds import make_site
from tests.operations.commands import manage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
# Where the reader is, and the links that are followed from there, one from the page of the other.
WALKS = {
    "/": "/articles/a-second-pair-of-eyes-for-chest-scans/ /topics/health/ / /search/ /latest/",
    "/topics/": "/topics/robotics/ /articles/watch-a-robot-pick-a-tomato/ player/ "
    "/articles/watch-a-robot-pick-a-tomato/",
    "/archive/": "/archive/2020/ /archive/2020/06/ /archive/2020/06/22/ /articles/unmasked/",
    "/providers/": "/providers/docketreview.example/ /articles/the-wrong-man-in-the-right-jacket/",
    "/corrections/": "/articles/corrected/ /archive/ /about/ /corrections/",
    "/nothing/": "/latest/ /providers/",
    "/articles/taken-back/": "/topics/",
}
IN_A_FRAME = 9  # Tabs more, at most, where a frame has its own: a player, or the browser's words that it did not come
FOCUSABLE = "a[href], button, input:not([type=hidden]), select, summary, iframe"
# How many times Tab leads from where the focus is to the first visible element that a selector finds.
STEPS = """([focusable, wanted]) => {
    const isSeen = (each) => each.checkVisibility({visibilityProperty: true});
    const all = [...document.querySelectorAll(focusable)].filter(isSeen);
    return all.findIndex((each) => each.matches(wanted)) - all.indexOf(document.activeElement);
}"""
FOCUS = """() => {
    const rings = [null, "::after"].map((part) => getComputedStyle(document.activeElement, part));
    const {top, bottom, left, right} = document.activeElement.getBoundingClientRect();
    return {
        ring: rings.some((each) => each.outlineStyle !== "none" && parseFloat(each.outlineWidth) >= 2),
        seen: bottom > 0 && top < innerHeight && right > 0 && left < innerWidth,
    };
}"""
# How light the page's paper is, 0 to 255, in whatever notation a style sheet has it.
PAPER = """() => {
    const pen = document.createElement("canvas").getContext("2d");
    pen.fillStyle = getComputedStyle(document.body).backgroundColor;
    pen.fillRect(0, 0, 1, 1);
    return Math.max(...pen.getImageData(0, 0, 1, 1).data.slice(0, 3));
}"""


class Reader:
    """Somebody with a keyboard at a page."""

    def __init__(self, page):
        self.page = page

    def opens(self, path: str) -> None:
        self.page.goto(path)
        self.sees_a_whole_page()

    def sees_a_whole_page(self) -> None:
        expect(self.page.locator("h1")).to_have_count(1)
        assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), self.page.url

    def goes_to(self, wanted: str) -> None:
        """Tab by Tab to what the selector finds, which then shows that it has the focus."""
        steps = self.page.evaluate(STEPS, [FOCUSABLE, wanted])
        assert steps > 0, f"no {wanted} after where the focus is on {self.page.url}"
        for _ in range(steps + IN_A_FRAME):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("(wanted) => document.activeElement.matches(wanted)", wanted):
                break
        else:
            pytest.fail(f"Tab does not come to {wanted} on {self.page.url}")
        assert self.page.evaluate(FOCUS) == {"ring": True, "seen": True}, (wanted, self.page.url)

    def follows(self, path: str) -> None:
        self.goes_to(f'a[href$="{path}"]')
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        assert self.page.url.endswith(path)
        self.sees_a_whole_page()

    def types(self, text: str, into: str) -> None:
        self.goes_to(into)
        self.page.keyboard.type(text)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.sees_a_whole_page()


@pytest.fixture
def read_on(chromium, live_server, tmp_path):
    """`read_on(width, scheme)`: a reader of the sample stories, whose browser runs no script and asks nobody else."""
    make_site(manage, tmp_path)
    contexts = []

    def read(width: int, scheme: str) -> Reader:
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            java_script_enabled=False,
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        player = {"content_type": "text/html", "body": "<!DOCTYPE html><title>A player</title>"}
        context.route(lambda url: not url.startswith(live_server.url), lambda route: route.fulfill(**player))
        return Reader(context.new_page())

    yield read
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("width", "scheme"), list(product([360, 768, 1440], ["light", "dark"])))
def test_every_kind_of_page_is_reached_by_keyboard_without_scripts(read_on, width, scheme):
    reader = read_on(width, scheme)
    for start, walk in WALKS.items():
        reader.opens(start)
        for path in walk.split():
            reader.follows(path)
    reader.opens("/")
    reader.follows("#main")
    reader.opens("/search/")
    reader.types("robot", into="input[name=q]")
    reader.follows("/articles/watch-a-robot-pick-a-tomato/")
    reader.opens("/search/?q=robot")
    assert (reader.page.evaluate(PAPER) > 128) == (scheme == "light")
