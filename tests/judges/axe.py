"""What axe finds on each kind of page, and what a page asks of others: on a phone and a desk, light and dark."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from tests.browser.accessibility import findings
from tests.judges.kinds import Kind

SCREENS = [("light", 1440), ("dark", 360)]  # the other two differ in nothing that either has not


def judge(browser, address: str, kinds: Iterable[Kind], scheme: str, width: int) -> dict[str, list[str]]:
    """What is wrong with each kind of page of the site at `address`, as lines; kinds without fault have none.

    Besides axe's findings: a page that scrolls sideways, that sets a cookie or asks another host for something (but for
    the player's, whose host the browser is kept from asking).
    """
    context = browser.new_context(
        base_url=address, color_scheme=scheme, viewport={"width": width, "height": 900}, reduced_motion="reduce"
    )
    page, own, asked = context.new_page(), urlsplit(address).netloc, []
    context.route(
        lambda url: urlsplit(url).netloc != own, lambda route: (asked.append(route.request.url), route.abort())
    )
    wrong = {}
    try:
        for kind in kinds:
            asked.clear()
            answer = page.goto(kind.path)
            wrong[kind.name] = findings(page)
            if answer.status != kind.status:
                wrong[kind.name].append(f"is answered {answer.status} instead of {kind.status}")
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong[kind.name].append("scrolls sideways")
            wrong[kind.name] += [f"asks {url}" for url in asked if kind.name != "player"]
            wrong[kind.name] += [f"sets the cookie {cookie['name']}" for cookie in context.cookies()]
    finally:
        context.close()
    return wrong
