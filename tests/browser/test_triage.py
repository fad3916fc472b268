"""Triage in a browser: by keys alone, with the network gone in the middle, and nothing lost or decided twice."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from articles.curation import set_value
from articles.models import Article, Decision
from tests.browser.accessibility import findings
from tests.factories import import_seed, make_article

pytestmark = pytest.mark.django_db(transaction=True)
TRIAGE = "/admin/articles/article/triage/"


@pytest.fixture
def triage(browser_page, signed_in, editor):
    """`triage(query)`: the page, at the size of an editor's screen."""

    def open_triage(query=""):
        page = signed_in(browser_page, editor)
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(TRIAGE + query)
        return page

    return open_triage


def stories(count: int) -> list[Article]:
    now = timezone.now() - timedelta(hours=1)
    return [make_article(title=f"Story {n:02}", heat=300 - n, published=False, published_at=now) for n in range(count)]


def at(page, title: str) -> None:
    expect(page.locator("#triage-title")).to_have_text(title)


def all_is_saved(page) -> None:
    expect(page.locator("#triage")).to_have_attribute("data-unsaved", "0")


def test_twenty_stories_are_decided_by_keys_alone_though_the_network_is_cut_in_the_middle(triage, complaints):
    found = stories(20)
    page = triage()
    keys = ["p", "b", "u", "+ +", "- Enter"] * 4
    keys = [key.replace("+ +", "+ + Enter") for key in keys]
    for number, pressed in enumerate(keys):
        at(page, f"Story {number:02}")
        if number == 8:
            all_is_saved(page)
            page.wait_for_load_state("networkidle")
            page.context.set_offline(True)
        if number == 13:
            expect(page.locator("#triage-unsaved")).to_contain_text(
                "5 unsaved, trying again: the server cannot be reached."
            )
            page.context.set_offline(False)
            expect(page.locator("#triage-unsaved")).to_have_text("All saved.", timeout=20_000)
        for key in pressed.split():
            page.keyboard.press(key)
    at(page, "Nothing is undecided")
    all_is_saved(page)
    expect(page.locator("#triage-done")).to_have_text("20")
    wanted = {"p": ("published", True), "b": ("heat", -1), "u": ("published", False)}
    decisions = {each.article_id: (each.field, each.new) for each in Decision.objects.all()}
    assert Decision.objects.count() == 20
    for number, (article, pressed) in enumerate(zip(found, keys, strict=True)):
        by = {"+": 20, "-": -10}.get(pressed[0])
        expected = wanted[pressed] if pressed in wanted else ("heat", 300 - number + by)
        assert decisions[article.pk] == expected
    assert [line for line in complaints if "INTERNET_DISCONNECTED" not in line] == []


def test_an_answer_that_is_lost_is_asked_for_again_and_nothing_is_decided_twice(triage):
    stories(2)
    page = triage()
    lost = []

    def lose_the_answer(route):
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().status)  # it arrives, and is decided
            route.abort()
        else:
            route.continue_()

    page.route(f"**{TRIAGE}*", lose_the_answer)
    page.keyboard.press("+")
    page.keyboard.press("p")
    expect(page.locator("#triage-unsaved")).to_contain_text("1 unsaved, trying again")
    expect(page.locator("#triage-unsaved")).to_have_text("All saved.")
    assert lost == [200]
    assert sorted(Decision.objects.values_list("field", "kind")) == [("heat", "boost"), ("published", "set")]


def test_undo_later_and_heat_by_keys_and_a_reload_loses_no_place(triage):
    stories(3)
    page = triage()
    page.keyboard.press("p")
    at(page, "Story 01")
    page.keyboard.press("z")
    at(page, "Story 00")
    expect(page.locator("#triage-title")).to_be_focused()
    page.keyboard.press("l")
    at(page, "Story 01")
    page.keyboard.press("h")
    page.keyboard.type("77")
    page.keyboard.press("Enter")
    at(page, "Story 02")
    expect(page.locator("#triage-done")).to_have_text("1")
    page.reload()
    at(page, "Story 02")
    page.keyboard.press("b")
    at(page, "Story 00")
    page.keyboard.press("z")
    at(page, "Story 02")
    page.keyboard.press("z")
    at(page, "Story 01")
    all_is_saved(page)
    expect(page.locator("#triage-said")).to_have_text("Undone.")
    assert {article.heat for article in Article.objects.all()} == {300, 299, 298}
    assert not Article.objects.filter(published=True).exists()


def test_a_collision_comes_back_as_the_next_story_and_never_under_the_fingers(triage, colleague):
    first, *_ = stories(3)
    page = triage()
    set_value(first, "published", True, by=colleague)
    set_value(first, "published", False, by=colleague)
    set_value(first, "heat", 20, by=colleague)
    page.keyboard.press("b")
    expect(page.locator("#triage-said")).to_contain_text("“Story 00” comes back next: carl changed heat to 20")
    at(page, "Story 01")
    page.keyboard.press("p")
    at(page, "Story 00")
    expect(page.locator(".triage-told")).to_contain_text("this card showed 300, and you wanted -1")
    page.keyboard.press("b")
    at(page, "Story 02")
    all_is_saved(page)
    first.refresh_from_db()
    assert first.heat == -1


def test_keys_rest_in_a_field_with_a_modifier_and_when_they_are_turned_off(triage):
    stories(2)
    page = triage()
    page.locator("input[name=heat]").click()
    page.keyboard.press("p")
    page.keyboard.press("Escape")
    page.keyboard.press("Alt+p")
    page.get_by_role("checkbox", name="Single keys").uncheck()
    page.keyboard.press("p")
    at(page, "Story 00")
    page.reload()
    page.keyboard.press("b")
    at(page, "Story 00")
    page.get_by_role("button", name="Publish", exact=True).click()
    at(page, "Story 01")


def test_all_that_judges_a_story_and_every_key_is_in_sight_and_a_phone_does_not_scroll_sideways(
    triage, editor, tmp_path
):
    now = timezone.now()
    related = [
        {"title": "A long headline of another outlet " * 3, "provider": {"domain": f"o{n}.example"}} for n in range(9)
    ]
    story = {
        "title": "Landesdatenschutzbeauftragte stoppt Geschwindigkeitsüberwachungspilotprojekt nach einem Leck " * 2,
        "excerpt": "What happened, and why it matters to whom. " * 30,
        "publishedDateTime": (now - timedelta(hours=2)).isoformat(),
        "related": related,
        "images": [{"url": "/static/newsdesk/favicon.svg", "title": "A picture"}],
    }
    for heat in (57, 90):
        article = import_seed(tmp_path, heat=heat, **story)
    set_value(article, "heat", 80, by=editor)
    import_seed(tmp_path, heat=10, **(story | {"excerpt": "Other words"}))
    page = triage("?queue=conflicts")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    for part in ("h2", "img", ".triage-around section:last-child", ".triage-side", ".triage-actions"):
        expect(page.locator(f".triage-card {part}").first).to_be_in_viewport(ratio=1)
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 360)])
def test_axe_finds_nothing_on_triage(triage, editor, tmp_path, scheme, width):
    related = [{"title": "Told by another", "provider": {"domain": "other.example"}, "webUrl": "https://o.example/"}]
    story = {"related": related, "images": [{"url": "/static/newsdesk/favicon.svg"}], "topics": ["AI", "Bees"]}
    article = import_seed(tmp_path, heat=57, **story)
    set_value(article, "heat", 80, by=editor)
    import_seed(tmp_path, heat=10, **story)
    make_article(title="Another", published=False)
    page = triage("?queue=conflicts")
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    assert findings(page) == []
    page.keyboard.press("k")
    at(page, "Nothing is in conflict")
    assert findings(page) == []
    page.goto(TRIAGE)
    page.keyboard.press("+")
    page.context.set_offline(True)
    page.keyboard.press("p")
    expect(page.locator("#triage-unsaved")).to_contain_text("1 unsaved")
    assert findings(page) == []
    page.context.set_offline(False)
    expect(page.locator("#triage-unsaved")).to_have_text("All saved.")
    page.keyboard.press("?")
    assert findings(page) == []


def test_undo_pressed_faster_than_the_network_answers_takes_back_as_many(triage):
    found = stories(5)
    page = triage()
    for number in range(4):
        at(page, f"Story {number:02}")
        page.keyboard.press("u")
    all_is_saved(page)
    page.route("**/triage/", lambda route: page.wait_for_timeout(300) or route.continue_())
    for _ in range(3):
        page.keyboard.press("z")
    at(page, "Story 01")
    all_is_saved(page)
    page.unroute_all(behavior="wait")
    undone = Decision.objects.filter(kind="undo").values_list("article", flat=True)
    assert list(undone.order_by("pk")) == [found[3].pk, found[2].pk, found[1].pk]
    page.keyboard.press("z")
    at(page, "Story 00")
