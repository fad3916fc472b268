"""What axe finds on a page that a reader with a disability would stumble over."""

from axe_playwright_python.sync_playwright import Axe

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def findings(page) -> list[str]:
    """Each finding by WCAG 2.2 AA or axe's best practices as a line: the rule, its meaning, and where it is broken."""
    page.wait_for_load_state()  # of a page that a click has only begun to load there is nothing to judge yet
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{each['id']}: {each['help']}: {node['target']} {node['html'][:200]}"
        for each in found
        for node in each["nodes"]
    ]
