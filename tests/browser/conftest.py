"""A real Chromium against a real server: what only a browser can tell."""

from contextlib import contextmanager
from threading import Condition

import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.test import Client
from playwright.sync_api import sync_playwright

from tests.browser.chromium import launch, program
from tests.conftest import need


@pytest.fixture(scope="session")
def chromium():
    """The system's Chromium, or the one that CHROMIUM names; one for all tests."""
    need(bool(program()), "Chromium (on PATH, or named by CHROMIUM)")
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as environment:
        # Playwright's plain functions run an event loop in this thread as long as they are in use, and Django's ORM
        # refuses to work beside one. No coroutine of ours is waiting, so nothing can be blocked.
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def browser_page(chromium, live_server):
    """An empty page, 1280 by 900, in a profile of its own; `goto("/latest/")` is a page of the test's own server."""
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    with _answered_to_the_end():
        yield context.new_page()
        context.close()


@contextmanager
def _answered_to_the_end():
    """Whatever a page asked for on its own, as that an editor has it open, is answered before the test's end empties
    the database under it: else the one waits for the other's locks, or the next test finds what it wrote."""
    under_way, settled = 0, Condition()

    def count(signal, **_):  # in the thread that answers
        nonlocal under_way
        with settled:
            under_way += 1 if signal is request_started else -1
            settled.notify_all()

    for signal in (request_started, request_finished):
        signal.connect(count)
    try:
        yield
        with settled:
            settled.wait_for(lambda: under_way <= 0, timeout=10)
    finally:
        for signal in (request_started, request_finished):
            signal.disconnect(count)


@pytest.fixture
def complaints(browser_page):
    """What the browser complains of on `browser_page`, as it comes: refused by the CSP, not found, failed scripts."""
    heard = []

    def hear(message):
        if message.type in ("error", "warning"):
            heard.append(f"{message.text} ({message.location['url']})")

    browser_page.on("console", hear)
    browser_page.on("pageerror", lambda error: heard.append(str(error)))
    browser_page.on("requestfailed", lambda request: _note_failure(heard, request))
    return heard


def _note_failure(heard: list[str], request) -> None:
    if request.failure != "net::ERR_ABORTED":  # the test has gone on to another page
        heard.append(f"{request.url}: {request.failure}")


@pytest.fixture
def signed_in(live_server):
    """`signed_in(page, user)`: the page, whose browser is now signed in as that user."""

    def sign_in(page, user):
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        return page

    return sign_in
