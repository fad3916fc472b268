"""The desk's pages about people, outlets and topics, and those for who is not signed in yet: axe finds nothing."""

import pytest

from articles.catalogue import change_provider, change_topic
from tests.browser.accessibility import findings
from tests.factories import make_article

pytestmark = pytest.mark.django_db(transaction=True)


def try_five_passwords(page):
    for _ in range(5):
        page.goto("/admin/login/")
        page.get_by_label("Username").fill("zed")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Log in").click()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 360)])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(
    browser_page, signed_in, chief, editor, live_server, scheme, width
):
    article = make_article(topics=["AI", "Law"], provider="mint.example", published=False)
    change_provider(article.provider, {"name": "The Mint", "muted": True}, by=chief)
    change_topic(article.topic_list[0], {"slug": "machines", "parent": "Law"}, by=chief)
    page = browser_page
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    found = {}

    def look(name):
        found[name] = findings(page)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found[name].append("wider than the window")

    try_five_passwords(page)
    look("too many")
    for address in ("/admin/login/", "/admin/password_reset/", "/admin/password_reset/done/", "/admin/reset/MQ/x-y/"):
        page.goto(address)
        look(address)
    signed_in(page, chief)
    person, topic = f"/admin/auth/user/{editor.pk}", article.topic_list[0].pk
    for address in (
        "/admin/auth/user/",
        "/admin/auth/user/add/",
        f"{person}/change/",
        "/admin/articles/provider/",
        f"/admin/articles/provider/{article.provider_id}/change/",
        f"/admin/articles/topic/{topic}/change/",
        f"/admin/articles/article/{article.pk}/preview/",
        f"{person}/link/",
    ):
        page.goto(address)
        look(address)
    assert {name: told for name, told in found.items() if told} == {}


def test_a_new_editor_is_added_comes_in_by_the_link_and_is_out_when_deactivated(
    browser_page, chromium, signed_in, chief, live_server, settings
):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    settings.SITE_URL = live_server.url
    page = signed_in(browser_page, chief)
    page.goto("/admin/auth/user/add/")
    page.get_by_label("Username").fill("nora")
    page.get_by_label("Editors", exact=True).check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Make the link").click()
    link = page.locator("#link").inner_text()
    page.get_by_role("link", name="nora").click()

    theirs = chromium.new_context(base_url=live_server.url).new_page()
    theirs.goto(link)
    for label in ("New password:", "New password confirmation:"):
        theirs.get_by_label(label).fill("another-of-12")
    theirs.get_by_role("button", name="Set the password").click()
    theirs.get_by_role("link", name="To the sign-in").click()
    theirs.get_by_label("Username").fill("nora")
    theirs.get_by_label("Password").fill("another-of-12")
    theirs.get_by_role("button", name="Log in").click()
    theirs.goto("/admin/articles/article/")
    assert theirs.title().startswith("Articles")

    page.get_by_label("Active").uncheck()
    page.get_by_role("button", name="Save", exact=True).click()
    theirs.reload()
    assert "/admin/login/" in theirs.url
    theirs.context.close()
