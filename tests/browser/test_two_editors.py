"""Two editors at once, each in a browser of their own; an import beside them; and a clock that runs out."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.factories import import_seed, make_article

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/admin/articles/article/"


@pytest.fixture
def erin(browser_page, signed_in, editor):
    return signed_in(browser_page, editor)


@pytest.fixture
def carl(chromium, live_server, signed_in, colleague):
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    yield signed_in(context.new_page(), colleague)
    context.close()


def save(page):
    page.get_by_role("button", name="Save", exact=True).click()


def test_two_editors_collide_in_the_list_and_nothing_is_lost(erin, carl):
    bees, bridge = make_article(title="Bees", heat=57), make_article(title="Bridge", heat=8, quality=20)
    erin.goto(LIST), carl.goto(LIST)
    carl.get_by_label("Heat of Bees").fill("90")
    save(carl)
    erin.get_by_label("Heat of Bees").fill("120")
    erin.get_by_label("Quality of Bridge").fill("21")
    save(erin)
    told = "carl changed it to 90 just now; this page showed 57, and you want 120."
    expect(erin.locator("#result_list")).to_contain_text(told)
    expect(erin.get_by_label("Heat of Bees")).to_have_value("120")
    expect(erin.get_by_label("Quality of Bridge")).to_have_value("21")
    bees.refresh_from_db(), bridge.refresh_from_db()
    assert (bees.heat, bridge.quality) == (90, 20)
    save(erin)
    expect(erin.locator(".messagelist")).to_contain_text("2 articles were changed successfully")
    bees.refresh_from_db(), bridge.refresh_from_db()
    assert (bees.heat, bridge.quality) == (120, 21)


def test_an_import_lands_while_a_form_is_open(erin, tmp_path):
    article = import_seed(tmp_path, heat=57, title="First", excerpt="Old")
    erin.goto(f"{LIST}{article.pk}/change/")
    erin.get_by_label("Title").fill("Mine")
    erin.get_by_label("Quality").fill("99")
    import_seed(tmp_path, heat=60, title="Second", excerpt="New")
    save(erin)
    run = article.versions.latest("pk").run_id
    told = f"The import (run {run}) changed it to “Second” just now; this page showed “First”, and you want “Mine”."
    expect(erin.locator("#article_form")).to_contain_text(told)
    expect(erin.get_by_label("Title")).to_have_value("Mine")
    expect(erin.get_by_label("Quality")).to_have_value("99")
    expect(erin.get_by_label("Excerpt")).to_have_value("New")
    save(erin)
    expect(erin.locator(".messagelist")).to_contain_text("was changed successfully")
    article.refresh_from_db()
    assert (article.title, article.quality, article.heat, article.excerpt) == ("Mine", 99, 60, "New")


def test_who_else_has_the_story_open_is_said_and_taken_back_when_they_leave(erin, carl, complaints):
    article = make_article()
    address = f"{LIST}{article.pk}/change/"
    with carl.expect_response("**/open/"):
        carl.goto(address)
    expect(carl.locator("#presence")).to_be_empty()
    erin.goto(address)
    expect(erin.locator("#presence")).to_have_text("carl has this story open too.")
    carl.goto(LIST)
    erin.wait_for_function("fetch(location.href).then(r => r.text()).then(page => !page.includes('open too'))")
    with erin.expect_response("**/open/"):
        erin.reload()
    expect(erin.locator("#presence")).to_be_empty()
    assert complaints == []


def test_an_embargo_passes_its_minute_and_readers_see_the_story(erin, complaints):
    article = make_article("tale", title="Under embargo", published_at=timezone.now() - timedelta(hours=1))
    erin.goto(f"{LIST}{article.pk}/change/")
    moment = timezone.localtime() + timedelta(seconds=6)
    erin.get_by_label("Publish at").fill(f"{moment:%Y-%m-%dT%H:%M:%S}")
    save(erin)
    expect(erin.locator("#result_list .field-state")).to_contain_text("scheduled")
    erin.goto("/")
    expect(erin.locator("main")).not_to_contain_text("Under embargo")
    erin.wait_for_timeout(max(0, (moment - timezone.localtime()).total_seconds() * 1000))
    erin.goto("/")
    expect(erin.locator("#ranked")).to_contain_text("Under embargo")
    erin.goto(LIST)
    expect(erin.locator("#result_list .field-state")).to_have_text("public")
    assert complaints == []
