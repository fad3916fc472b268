"""What axe finds on each kind of page, and what the browser says of it: on a phone and a desk, light and dark."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from tests.browser.accessibility import findings
from tests.judges.kinds import Kind

SCHEMES, WIDTHS = ("light", "dark"), (360, 1440)


def judge(browser, address: str, kinds: Iterable[Kind], scheme: str, width: int) -> dict[str, list[str]]:
    """What is wrong with each kind of page of the site at `address`, as lines; kinds without fault have none.

    Besides axe's findings: a page that scrolls sideways, sets a cookie, asks another host for something (which it does
    not get) or has the browser complain. A player's page alone may ask the player's host.
    """
    screen = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}, "reduced_motion": "reduce"}
    context = browser.new_context(base_url=address, **screen)
    page, own, told = context.new_page(), urlsplit(address).netloc, []

    def refuse(route):
        told.append(f"asks {route.request.url}")
        route.abort()

    context.route(lambda url: urlsplit(url).netloc != own, refuse)
    page.on("console", lambda message: message.type in ("error", "warning") and told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    wrong = {}
    try:
        for kind in kinds:
            told.clear()
            answer = page.goto(kind.path)
            lines = findings(page)
            if answer.status != kind.status:
                lines.append(f"is answered {answer.status} instead of {kind.status}")
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                lines.append("scrolls sideways")
            lines += [f"sets the cookie {cookie['name']}" for cookie in context.cookies()]
            wrong[kind.name] = lines + [line for line in told if not _is_meant(kind, line)]
    finally:
        context.close()
    return wrong


def _is_meant(kind: Kind, line: str) -> bool:
    """Whether a browser says it of any page that is answered with such a status, or that plays a video."""
    if kind.name == "player":
        return line.startswith(("asks https://www.youtube-nocookie.com/", "Failed to load resource: net::ERR_FAILED"))
    return kind.status >= 400 and f"responded with a status of {kind.status} " in line
