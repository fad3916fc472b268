"""Providers and topics on the desk: what is decided of them, and that nobody's change is lost."""

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles.catalogue import change_provider
from articles.models import Provider, Topic
from tests.admin.forms import inputs
from tests.factories import import_seed, make_article

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, chief):
    client.force_login(chief)
    return client


def page_of(row) -> str:
    return f"/admin/articles/{row._meta.model_name}/{row.pk}/change/"


def opened(desk, row) -> dict:
    return inputs(desk.get(page_of(row)), f"{row._meta.model_name}_form") | {"_save": "Save"}


@pytest.fixture
def mint(tmp_path):
    import_seed(tmp_path, provider={"name": "Mint", "domain": "mint.example"}, topics=["AI", "Law"])
    return Provider.objects.get()


@pytest.fixture
def ai(mint):
    return Topic.objects.get(name="AI")


def told() -> list[str]:
    return [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]


def test_a_name_is_decided_shown_beside_upstreams_and_released(desk, mint):
    assert desk.post(page_of(mint), opened(desk, mint) | {"name": "The Mint"}).status_code == 302
    mint.refresh_from_db()
    assert (mint.name, mint.overridden, mint.muted) == ("The Mint", {"name": "Mint"}, False)
    row = " ".join(desk.get("/admin/articles/provider/").text.split())
    assert "name <s><bdi>Mint</bdi></s> → <b><bdi>The Mint</bdi></b>" in row
    assert "upstream says “Mint”" in desk.get(page_of(mint)).text
    assert desk.post(page_of(mint), opened(desk, mint) | {"follow": "name"}).status_code == 302
    mint.refresh_from_db()
    assert (mint.name, mint.overridden) == ("Mint", {})
    assert told() == ["Changed name.", "Changed name (released)."]


def test_a_provider_is_muted_and_its_name_is_not_decided_by_that(desk, mint):
    assert desk.post(page_of(mint), opened(desk, mint) | {"muted": "on"}).status_code == 302
    mint.refresh_from_db()
    assert (mint.muted, mint.overridden) == (True, {})
    assert told() == ["Changed muted."]


def test_an_untouched_form_decides_and_logs_nothing(desk, mint, ai):
    for row in (mint, ai):
        assert desk.post(page_of(row), opened(desk, row)).status_code == 302
        row.refresh_from_db()
        assert row.overridden == {}
    assert told() == []


def test_a_topic_is_moved_and_filed_under_another(desk, ai):
    posted = opened(desk, ai) | {"slug": "machines", "parent": "Law", "shortname": "A.I."}
    assert desk.post(page_of(ai), posted).status_code == 302
    ai.refresh_from_db()
    assert (ai.slug, ai.parent.name, ai.shortname) == ("machines", "Law", "A.I.")
    assert ai.overridden == {"slug": "ai", "parent": None, "shortname": ""}
    assert "upstream says nothing" in desk.get(page_of(ai)).text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"slug": "Two Words"}, "must be lower-case letters"),
        ({"slug": ""}, "This field is required"),
        ({"slug": "law"}, "is the address of another topic"),
        ({"parent": "AI"}, "is filed under AI itself"),
        ({"parent": "Nowhere"}, "There is no topic"),
        ({"shortname": "a\0b"}, "Null characters are not allowed"),
        ({"follow": "slug"}, "follows upstream already"),
    ],
)
def test_what_cannot_be_comes_back_in_words_with_what_was_typed(desk, ai, typed, said):
    answer = desk.post(page_of(ai), opened(desk, ai) | {"shortname": "kept"} | typed)
    assert answer.status_code == 200
    assert said in answer.text
    assert "shortname" in typed or 'value="kept"' in answer.text
    ai.refresh_from_db()
    assert (ai.slug, ai.shortname, ai.overridden) == ("ai", "", {})


def test_what_a_colleague_decided_meanwhile_is_not_lost(desk, mint, chief):
    posted = opened(desk, mint) | {"name": "Mine", "muted": "on"}
    change_provider(mint, {"name": "Theirs"}, by=chief)
    answer = desk.post(page_of(mint), posted)
    assert answer.status_code == 200
    assert "changed to “Theirs” meanwhile; this page showed “Mint”, and you want “Mine”" in answer.text
    mint.refresh_from_db()
    assert (mint.name, mint.muted) == ("Theirs", False)
    again = inputs(answer, "provider_form")
    assert (again["name"], again["muted"]) == ("Mine", "on")
    assert desk.post(page_of(mint), again | {"_save": "Save"}).status_code == 302
    mint.refresh_from_db()
    assert (mint.name, mint.muted, mint.overridden) == ("Mine", True, {"name": "Mint"})


def test_a_form_opened_before_an_import_writes_no_old_name_back(desk, mint, tmp_path):
    posted = opened(desk, mint)
    import_seed(tmp_path, provider={"name": "Livemint", "domain": "mint.example"})
    assert desk.post(page_of(mint), posted | {"muted": "on"}).status_code == 302
    mint.refresh_from_db()
    assert (mint.name, mint.muted, mint.overridden) == ("Livemint", True, {})


def test_editors_look_at_them(client, editor, mint, ai):
    client.force_login(editor)
    for row in (mint, ai):
        page = client.get(page_of(row))
        assert page.status_code == 200
        assert 'name="_save"' not in page.text
        assert client.post(page_of(row), {"name": "x", "slug": "x"}).status_code == 403


@pytest.mark.parametrize("model", ["provider", "topic"])
def test_the_lists_ask_as_often_for_two_as_for_twenty(desk, model):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            assert desk.get(f"/admin/articles/{model}/").status_code == 200
        return len(asked)

    make_article(topics=["A", "B"])
    few = queries()
    for number in range(20):
        make_article(topics=[f"Topic {number}"], provider=f"outlet-{number}.example")
    assert queries() == few <= 7
