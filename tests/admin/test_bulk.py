"""Bulk actions in the article list: chosen there, looked at first, done at once, undone with one button."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.admin.bulk import KINDS
from articles.admin.front_moves import front_moves
from articles.bulk import MOVE, apply, plan
from articles.curation import Change, set_value
from articles.models import Article, Decision
from articles.site.front import front_page
from articles.site.words import counted
from tests.admin.forms import inputs
from tests.factories import assert_columns_are_what_the_logs_say, import_seed, make_article

pytestmark = pytest.mark.django_db
LIST, BULK = "/admin/articles/article/", "/admin/articles/article/bulk/"


def chosen(desk, action: str, *articles, query=""):
    """The page that comes when these articles (all that the list finds where there are none) are chosen."""
    posted = inputs(desk.get(LIST + query), "changelist-form") | {"action": action, "index": "0"}
    if articles:
        posted["_selected_action"] = [str(article.pk) for article in articles]
    else:
        posted["select_across"] = "1"
    return desk.post(LIST + query, posted)


def looked(desk, page, **parameters):
    return desk.post(BULK, inputs(page, "bulk-form") | parameters | {"_look": ""})


def confirmed(desk, page, **typed):
    return desk.post(BULK, inputs(page, "bulk-form") | typed | {"_do": ""}, follow=True)


def text_of(response) -> str:
    return " ".join(re.sub("<[^>]*>", " ", response.content.decode()).split())


PARAMETERS = {
    "publish": {},
    "unpublish": {},
    "bury": {},
    "set_number": {"field": "quality", "value": "88"},
    "boost": {"field": "heat", "value": "−20"},
    "release": {"field": "all"},
    "embargo": {"publish_at": "2999-01-01T06:00", "publish_until": "2999-02-01T06:00"},
    "move_topic": {"before": "", "typed": "Machines"},
}
EXPECTED = {
    "publish": {"published": True},
    "unpublish": {"published": False},
    "bury": {"heat": -1},
    "set_number": {"quality": 88},
    "boost": {"heat": 20},
    "release": {"title": "A story"},
}


@pytest.mark.parametrize("name", KINDS)
def test_each_action_says_first_what_will_change_then_does_it_and_one_button_undoes_it(desk, editor, name):
    article = make_article(published=name != "publish", heat=40, topics=["AI", "Law"])
    set_value(article, "title", "Ours", by=editor)
    before = Article.objects.values().get()
    parameters = dict(PARAMETERS[name])
    if "before" in parameters:
        parameters["before"] = str(article.topic_list[0].pk)
    page = chosen(desk, name, article)
    if parameters:
        page = looked(desk, page, **parameters)
    assert "1 story changes" in text_of(page)
    assert Article.objects.values().get() == before, "nothing is done yet"

    answer = confirmed(desk, page, note="as agreed", **parameters)
    assert "1 story." in text_of(answer)
    article.refresh_from_db()
    for field, value in EXPECTED.get(name, {}).items():
        assert getattr(article, field) == value
    if name == "embargo":
        assert (article.publish_at.isoformat(), article.publish_until.month) == ("2999-01-01T06:00:00+00:00", 2)
    if name == "move_topic":
        assert [topic.name for topic in Article.objects.get().topic_list] == ["Machines", "Law"]
    assert Decision.objects.exclude(batch=None).first().note == "as agreed"
    assert_columns_are_what_the_logs_say()

    address = re.search(r'action="([^"]*/bulk/[0-9a-f-]{36}/)"', answer.text)[1]
    assert "Undone: 1 story." in text_of(desk.post(address, follow=True))
    moments = Article.objects.values("changed_at", "left_at").get()
    assert Article.objects.values().get() == before | moments, "all but when it changed: an undo is a change"
    assert moments["changed_at"] >= before["changed_at"]
    assert "Undone: 1 story." in text_of(desk.post(_undo_address(), follow=True)), "an undo is undone likewise"


def _undo_address() -> str:
    return f"{BULK}{Decision.objects.exclude(batch=None).first().batch}/"


def test_everything_that_the_filter_finds_is_chosen_without_a_tick_and_stays_what_it_was_then(desk):
    hidden = [make_article(published=False) for _ in range(3)]
    make_article(published=True)
    page = chosen(desk, "bury", query="?state=unpublished")
    assert "3 stories chosen" in text_of(page)
    make_article("later", published=False)
    answer = confirmed(desk, page)
    assert answer.redirect_chain == [(f"{LIST}?state=unpublished", 302)]
    buried = Article.objects.filter(heat=-1)
    assert sorted(buried.values_list("pk", flat=True)) == [article.pk for article in hidden]


def test_the_page_tells_how_many_stay_as_they_are_and_are_refused_and_why(desk, editor, colleague):
    make_article(), make_article()
    own, others = make_article(), make_article()
    set_value(own, "heat", 60, by=editor)
    set_value(others, "heat", 60, by=colleague)
    told = text_of(looked(desk, chosen(desk, "release"), field="heat"))
    assert "1 story changes : heat released." in told
    assert "2 stories: nothing is decided on heat." in told
    assert "Refused — 1 story: what others decided" in told


def test_nothing_to_do_offers_no_button(desk):
    make_article(published=True)
    page = chosen(desk, "publish")
    assert "There is nothing to do." in text_of(page)
    assert "_do" not in page.text


def test_what_changed_meanwhile_is_left_as_it_is_and_named_with_who_changed_it(desk, colleague, tmp_path):
    mine, theirs, imported = make_article(heat=40), make_article(title="Bees", heat=40), None
    imported = import_seed(tmp_path, title="Ants", heat=40)
    page = chosen(desk, "bury", mine, theirs, imported)
    set_value(theirs, "heat", 90, by=colleague)
    import_seed(tmp_path, title="Ants", heat=55)
    told = text_of(confirmed(desk, page))
    assert "Buried: 1 story." in told
    assert "2 stories left as it is" in told or "2 stories were left" in told
    assert "“Bees”: carl changed its heat to 90 just now." in told
    assert f"“Ants”: The import (run {imported.versions.latest('pk').run_id}) changed its heat to 55 just now." in told
    assert list(Article.objects.order_by("pk").values_list("heat", flat=True)) == [-1, 90, 55]


def test_other_parameters_than_those_looked_at_are_looked_at_first(desk):
    make_article(heat=40)
    page = looked(desk, chosen(desk, "set_number"), field="heat", value="60")
    again = confirmed(desk, page, value="70")
    assert "something else than what you had looked at" in text_of(again)
    assert Article.objects.get().heat == 40
    confirmed(desk, again)
    assert Article.objects.get().heat == 70


@pytest.mark.parametrize(
    ("action", "parameters", "told"),
    [
        ("set_number", {"field": "heat", "value": "hot"}, "It must be"),
        ("set_number", {"field": "quality", "value": "-1"}, "It must be"),
        ("set_number", {"field": "title", "value": "1"}, "Select a valid choice"),
        ("boost", {"field": "heat", "value": "5.5"}, "a whole number like +20"),
        ("embargo", {}, "Say from when"),
        ("embargo", {"publish_at": "soon"}, "Enter a valid date/time"),
        ("embargo", {"publish_at": "2999-01-01T00:00", "publish_until": "2998-01-01T00:00"}, "must come after"),
        ("embargo", {"publish_at": "0001-01-01T00:00"}, "1 story changes"),
        ("move_topic", {"before": "0"}, "Select a valid choice"),
        ("move_topic", {"typed": ""}, "look up or type"),
        ("move_topic", {"typed": "AI"}, "to itself"),
        ("move_topic", {"typed": "x" * 201}, "at most 200"),
        ("release", {"field": "slug"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_told_beside_its_input_and_nothing_is_done(desk, action, parameters, told):
    article = make_article(topics=["AI"])
    if action == "move_topic":
        parameters = {"before": str(article.topic_list[0].pk)} | parameters
    page = looked(desk, chosen(desk, action), **parameters)
    assert page.status_code == 200
    assert told.lower() in text_of(page).lower() or "Look the new topic up" in text_of(page)
    assert not Decision.objects.exists()


def test_a_topic_is_looked_up_among_those_there_are(desk):
    article, other = make_article(topics=["AI"]), make_article(topics=["Law"])
    law = other.topic_list[0]
    parameters = {"before": str(article.topic_list[0].pk), "after": str(law.pk)}
    confirmed(desk, looked(desk, chosen(desk, "move_topic", article), **parameters), **parameters)
    assert [topic.name for topic in Article.objects.get(pk=article.pk).topic_list] == ["Law"]


# -- hostile and odd requests


@pytest.mark.parametrize(
    "posted",
    [
        {},
        {"kind": "bury"},
        {"kind": "bury", "chosen": "x"},
        {"kind": "bury", "chosen": "x", "seen": "y", "_do": ""},
        {"kind": "nothing", "chosen": "x", "back": "\x00&p=" + "x" * 3000},
    ],
)
def test_a_damaged_page_is_told_and_changes_nothing(desk, posted):
    make_article()
    assert "can no longer be read" in text_of(desk.post(BULK, posted, follow=True))
    assert not Decision.objects.exists()


def test_the_address_of_the_page_leads_to_the_list(desk):
    assert desk.get(BULK).headers["Location"] == LIST


def test_an_action_that_never_was_is_not_found_and_not_undone(desk):
    address = f"{BULK}00000000-0000-0000-0000-000000000000/"
    assert desk.get(address).status_code == 404
    assert "There is no such action" in text_of(desk.post(address, follow=True))


@pytest.mark.parametrize(
    ("posted", "told"),
    [
        ({"action": "bury"}, "Items must be selected"),
        ({"action": "bury", "_selected_action": ["x", "-1", "9" * 30]}, "Items must be selected"),
        ({"action": "bury", "_selected_action": ["999999"]}, "No story is chosen"),
        ({"action": "", "select_across": "1"}, "No action selected"),
        ({"action": "delete_selected", "select_across": "1"}, "No action selected"),
    ],
)
def test_nothing_chosen_is_told(desk, posted, told):
    make_article()
    assert told in text_of(desk.post(LIST, posted | {"index": "0"}, follow=True))
    assert not Decision.objects.exists()


def test_more_than_can_be_done_at_once_is_told(desk, monkeypatch):
    monkeypatch.setattr("articles.admin.bulk.MOST", 1)
    make_article(), make_article()
    posted = {"action": "bury", "select_across": "1", "index": "0"}
    assert "narrow the list by a filter" in text_of(desk.post(LIST, posted, follow=True))


def test_values_typed_into_the_list_and_not_saved_are_not_lost_by_an_action(desk):
    article = make_article(heat=40)
    posted = inputs(desk.get(LIST), "changelist-form") | {"action": "bury", "select_across": "1", "index": "0"}
    answer = desk.post(LIST, posted | {"form-0-heat": "99"})
    assert "Save what you changed" in text_of(answer)
    again = inputs(answer, "changelist-form")
    assert again["form-0-heat"] == "99"
    assert not Decision.objects.exists()
    desk.post(LIST, again | {"_save": "Save"})
    article.refresh_from_db()
    assert article.heat == 99


def test_the_first_button_of_the_list_is_save_so_that_enter_in_a_value_saves(desk):
    make_article()
    form = desk.get(LIST).text.partition('id="changelist-form"')[2]
    first = re.search(r"<(?:button|input)[^>]*type=\"submit\"[^>]*>", form)[0]
    assert 'name="_save"' in first


# -- who may


def test_viewers_have_no_actions_and_may_post_none(client, viewer, editor):
    article = make_article(heat=40)
    client.force_login(viewer)
    page = client.get(LIST).text
    assert 'name="action"' not in page
    assert "_selected_action" not in page
    client.post(LIST, {"action": "bury", "_selected_action": [str(article.pk)], "index": "0"})
    planned = plan([article.pk], [Change("set", "heat", -1)], by=editor)
    batch = apply(planned.changes, {article.pk: planned.rows[0].seen}, by=editor)
    for address in (BULK, f"{BULK}{batch.key}/"):
        assert client.post(address).status_code == 403
        assert client.get(address).status_code == 403
        assert Client().get(address).status_code == 302
    assert Decision.objects.count() == 1


def test_the_undo_of_anothers_action_is_for_chief_editors(desk, client, colleague, editor):
    article = make_article(heat=40)
    planned = plan([article.pk], [Change("set", "heat", -1)], by=colleague)
    batch = apply(planned.changes, {article.pk: planned.rows[0].seen}, by=colleague)
    address = f"{BULK}{batch.key}/"
    assert "Nothing was undone. carl did it" in text_of(desk.post(address, follow=True))
    editor.groups.add(Group.objects.get(name="Chief editors"))
    assert "Undone: 1 story." in text_of(desk.post(address, follow=True))


def test_what_an_action_did_can_be_looked_at(desk, editor):
    article = make_article(title="Bees", heat=40)
    confirmed(desk, chosen(desk, "bury", article), note="too many bees")
    told = text_of(desk.get(_undo_address()))
    for words in ("One action on 1 story", "erin", "too many bees", "Bees", "set heat: 40 → -1", "Undo all of it"):
        assert words in told


def test_an_undo_says_where_somebody_has_decided_since(desk, colleague):
    first, second = make_article(title="Bees", heat=40), make_article(heat=40)
    confirmed(desk, chosen(desk, "bury", first, second))
    address = _undo_address()
    set_value(first, "heat", 70, by=colleague)
    told = text_of(desk.post(address, follow=True))
    assert "Undone: 1 story." in told
    assert "“Bees”, heat: carl has decided on it since" in told


# -- the front page

MOVES = [
    [Change("set", "heat", -1)],
    [Change("set", "heat", 500)],
    [Change("set", "published", False)],
    [Change("set", "publish_at", "2999-01-01")],
    [Change("set", "publish_until", "2020-07-01")],
    [Change("release", "pinned")],
    [Change("release", "published")],
    [Change(MOVE, "topics", ("AI", "C"))],
]


@pytest.mark.parametrize(
    "changes", MOVES, ids=lambda changes: f"{changes[0].kind} {changes[0].field} {changes[0].value}"
)
def test_the_front_page_moves_as_the_page_said_it_would(editor, changes):
    for number in range(40):
        article = make_article(title=f"Story {number}", heat=number * 3, published=number % 5 > 0)
        if number in (3, 7):
            set_value(article, "pinned", str(number), by=editor)
        if number == 10:
            set_value(article, "published", True, by=editor)
    keys = [article.pk for article in Article.objects.order_by("pk") if article.pk % 3]
    now = timezone.now()
    planned = plan(keys, changes, by=editor)
    with CaptureQueriesContext(connection) as queries:
        places = front_moves(planned.rows, now)
    assert len(queries) == 3
    before = [article.title for article in front_page(now, "").rows]
    apply(changes, {row.article.pk: row.seen for row in planned.rows}, by=editor)
    after = [article.title for article in front_page(now, "").rows]
    told = dict(enumerate(before, start=1))
    for place in places:
        assert (place.before and place.before.title) == told.get(place.number)
        told[place.number] = place.after and place.after.title
    assert [title for _, title in sorted(told.items()) if title] == after
    assert before != after or not places


# -- what it costs


@pytest.mark.parametrize("action", ["bury", "release", "move_topic"])
def test_the_look_and_the_deed_take_as_many_queries_for_two_stories_as_for_twenty(desk, editor, action):
    def queries(count: int) -> tuple[int, int, int]:
        articles = [make_article(heat=40, topics=["AI"]) for _ in range(count)]
        for article in articles:
            set_value(article, "quality", 60, by=editor)
        parameters = {"release": {"field": "quality"}, "bury": {}, "move_topic": {"typed": f"New {count}"}}[action]
        if action == "move_topic":
            parameters["before"] = str(articles[0].topic_list[0].pk)
        page = chosen(desk, action, *articles)
        with CaptureQueriesContext(connection) as looking:
            page = looked(desk, page, **parameters)
        assert f"{counted(count, 'story')} change" in text_of(page)
        with CaptureQueriesContext(connection) as doing:
            desk.post(BULK, inputs(page, "bulk-form") | parameters | {"_do": ""})
        with CaptureQueriesContext(connection) as undoing:
            desk.post(_undo_address())
        return len(looking), len(doing), len(undoing)

    desk.get(LIST), queries(1)  # what is asked once in a process
    few, many = queries(2), queries(20)
    assert few == many
    assert max(few) <= 30, few


def test_django_log_tells_of_each_story(desk):
    make_article(heat=40), make_article(heat=40)
    confirmed(desk, chosen(desk, "boost"))
    page = looked(desk, chosen(desk, "boost"), field="heat", value="5")
    confirmed(desk, page)
    assert [entry.get_change_message() for entry in LogEntry.objects.all()] == ["Changed heat (boosted)."] * 2


def test_what_was_ticked_stays_ticked_where_values_are_to_be_saved_first(desk):
    article, other = make_article(title="Bees"), make_article(title="Birds")
    posted = inputs(desk.get(LIST), "changelist-form") | {"action": "bury", "index": "Look first"}
    row = next(
        name.rpartition("-")[0] for name, value in posted.items() if (name[-3:], value) == ("-id", str(article.pk))
    )
    page = desk.post(LIST, posted | {"_selected_action": [str(article.pk)], f"{row}-heat": "33"})
    assert "Nothing is saved yet" in page.text
    again = inputs(page, "changelist-form")
    assert (again["_selected_action"], again[f"{row}-heat"]) == (str(article.pk), "33")
    box = re.search(rf'<input type="checkbox"[^>]*value="{other.pk}"[^>]*>', page.text)[0]
    assert "checked" not in box


def test_an_action_of_a_colleague_offers_its_undo_to_chief_editors_only(desk, chief_desk, colleague):
    planned = plan([make_article().pk], [Change("set", "heat", -1)], by=colleague)
    batch = apply(planned.changes, {planned.rows[0].article.pk: planned.rows[0].seen}, by=colleague)
    address = f"/admin/articles/article/bulk/{batch.key}/"
    assert "Undo all of it" not in desk.get(address).text
    assert "A chief editor can undo it." in desk.get(address).text
    assert "Undo all of it" in chief_desk.get(address).text
