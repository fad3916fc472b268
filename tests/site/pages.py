"""What the tests of the public pages read out of an answer."""

import json
import re
from html import unescape

from django.test import Client


def get(path: str, **headers):
    return Client().get(path, **headers)


def text_of(path: str) -> str:
    """The HTML of a page that is there, with blanks and line ends as single blanks."""
    answer = get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return re.sub(r"\s+", " ", answer.content.decode())


def ranked_slugs(html: str) -> list[str]:
    """The stories of the first list of the front page, in order."""
    listed = html.partition('<ol id="ranked"')[2].partition("</ol>")[0]
    return re.findall(r'<a href="/articles/([^/"]+)/"', listed)


def story_slugs(html: str) -> list[str]:
    """All stories that the main part of a page links to, in order."""
    return re.findall(r'<a href="/articles/([^/"]+)/"', html.partition("<main")[2].partition("</main>")[0])


def list_slugs(html: str) -> list[str]:
    """The stories of a page's own list, in order: without those set apart from it (best now, read next)."""
    return story_slugs(re.sub(r'<section class="part".*?</section>', "", html, flags=re.DOTALL))


def link_to_more(html: str) -> str:
    """Where the list goes on; "" at its end."""
    found = re.search(r'href="([^"]+)" rel="next"', html)
    return unescape(found[1]) if found else ""


def json_ld(html: str) -> dict:
    block = html.partition('<script type="application/ld+json">')[2].partition("</script>")[0]
    return json.loads(block)


def policy(answer) -> dict[str, str]:
    """The Content-Security-Policy, by directive."""
    parts = [part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";")]
    return {name: " ".join(value) for name, *value in parts}
