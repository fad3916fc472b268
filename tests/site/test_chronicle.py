"""The story so far: who told it when, when it came here, and what was changed since."""

import re
from datetime import UTC, datetime

import pytest

from articles.curation import Change, curate
from tests.factories import a_superuser, import_seed, make_article
from tests.site.pages import text_of

pytestmark = pytest.mark.django_db
PATH = "/articles/story/"


@pytest.fixture(autouse=True)
def clock(time_machine):
    """`clock(hour)`: it is now that hour of 2 March 2026."""

    def move(hour: int) -> None:
        time_machine.move_to(datetime(2026, 3, 2, hour, tzinfo=UTC), tick=False)

    move(12)
    return move


def events(path: str = PATH) -> list[tuple[str, str]]:
    """The hour and the words of each event, as they stand on the page."""
    listed = text_of(path).partition('id="timeline"')[2].partition("</ol>")[0]
    found = re.findall(r", (\d\d):\d\d UTC</time></span> </p> <p>(.*?)</p>", listed)
    return [(hour, re.sub("<[^>]+>", "", words).strip()) for hour, words in found]


def related(hour: int, domain: str) -> dict:
    stamp = f"2026-03-02T{hour:02}:00:00Z"
    return {"title": "Told", "publishedDateTime": stamp, "provider": {"domain": domain, "name": domain.title()}}


def story(folder, **overrides):
    values = {"publishedDateTime": "2026-03-02T08:00:00Z", "provider": {"domain": "mint.example", "name": "Mint"}}
    return import_seed(folder, **values | overrides)


def test_it_tells_who_told_it_and_when_it_came_here(tmp_path):
    told = [related(9, "a.example"), related(7, "b.example")]
    story(tmp_path, updatedDateTime="2026-03-02T10:00:00Z", related=told)
    assert events() == [
        ("07", "B.Example told it."),
        ("08", "Mint published it."),
        ("09", "A.Example told it."),
        ("10", "Mint updated it."),
        ("12", "It came to Newsdesk."),
    ]


def test_outlets_that_told_it_one_after_the_other_are_one_event_each_counted_once(tmp_path):
    story(tmp_path, related=[related(9, "a.example"), related(10, "b.example")])
    assert ("09", "A.Example, then B.Example told it.") in events()
    told = [related(9, "a.example"), related(9, "a.example"), related(10, "b.example"), related(11, "c.example")]
    story(tmp_path, related=told)
    assert [words for _, words in events() if "told" in words] == ["A.Example, then 2 other outlets told it."]


def test_it_tells_what_was_changed_and_what_it_said_before(tmp_path, clock):
    article = story(tmp_path, title="First", excerpt="One.")
    clock(13)
    story(tmp_path, title="Second", excerpt="One.")
    clock(14)
    curate(article, [Change("set", "excerpt", "Ours.")], by=a_superuser())
    assert events()[1:] == [
        ("12", "It came to Newsdesk."),
        ("13", "Its headline was changed. Before: “First”"),
        ("14", "Its excerpt was changed. Before: “One.”"),
    ]
    assert 'href="/corrections/">All corrections' in text_of(PATH)


def test_of_many_changes_the_newest_ten_are_told(tmp_path, clock):
    for number in range(13):
        story(tmp_path, title=f"T{number}")
    before = [re.search("“(.*)”", words)[1] for _, words in events() if "changed" in words]
    assert before == [f"T{number}" for number in range(2, 12)]


def test_what_has_not_happened_yet_is_not_told(tmp_path):
    story(tmp_path, related=[related(20, "a.example")], updatedDateTime="2026-03-02T21:00:00Z")
    assert [words for _, words in events()] == ["Mint published it.", "It came to Newsdesk."]


def test_an_embargo_is_not_told_but_when_it_ended(tmp_path, clock):
    article = story(tmp_path)
    curate(article, [Change("set", "publish_at", "2026-03-02T15:00:00Z")], by=a_superuser())
    clock(16)
    assert events() == [("08", "Mint published it."), ("15", "It came to Newsdesk.")]


def test_without_an_outlet_it_was_just_published(tmp_path):
    story(tmp_path, provider=None, updatedDateTime="2026-03-02T09:00:00Z")
    assert events()[:2] == [("08", "It was published."), ("09", "It was updated.")]


def test_texts_of_outlets_are_no_html(tmp_path, clock):
    story(tmp_path, title="<b>One</b>", provider={"domain": "evil.example", "name": "<i>Evil</i>"})
    story(tmp_path, title="Two", provider={"domain": "evil.example", "name": "<i>Evil</i>"})
    html = text_of(PATH)
    assert "&lt;b&gt;One&lt;/b&gt;" in html
    assert "<b>One" not in html
    assert "<i>Evil" not in html


def test_the_desks_preview_tells_it_too(admin_client):
    article = make_article("tale", published=False)
    assert "The story so far" in admin_client.get(f"/admin/articles/article/{article.pk}/preview/").content.decode()
