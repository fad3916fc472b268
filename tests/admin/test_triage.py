"""Triage: one story after the other; what is decided is decided once, and never over somebody else's head."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.admin.triage_cards import cards
from articles.admin.triage_place import FrontPage
from articles.curation import boost, set_value, undo
from articles.models import Article, Decision
from articles.site.front import front_page
from tests.admin.forms import inputs
from tests.factories import import_seed, make_article

pytestmark = pytest.mark.django_db
TRIAGE = "/admin/articles/article/triage/"
CARDS = f"{TRIAGE}cards/"
SCRIPT = {"headers": {"Accept": "application/json"}}


def shown(response) -> str:
    """The title of the story on the screen."""
    return re.search(r'<h2 id="triage-title"[^>]*>\s*(.*?)\s*</h2>', response.text, re.DOTALL)[1]


def card(desk, article, **query) -> dict:
    """What a browser would post of the story's card, untouched."""
    return inputs(desk.get(TRIAGE, {"show": article.pk} | query), "triage-form")


def post(desk, fields, do, **more):
    return desk.post(TRIAGE, fields | {"do": do} | more, **SCRIPT)


# -- the queue


def test_undecided_stories_come_best_rank_first_without_the_decided_withdrawn_and_undone(desk, editor):
    make_article(title="Cool", heat=10), make_article(title="Hot", heat=100)
    set_value(make_article(title="Decided", heat=200), "quality", 3, by=editor)
    make_article(title="Withdrawn", heat=200, withdrawn=True)
    gone = make_article(title="Undone", heat=200, withdrawn=True)
    Article.objects.filter(pk=gone.pk).update(undone=True)
    page = desk.get(TRIAGE)
    assert shown(page) == "Hot"
    assert [each.article.title for each, *_ in page.context["cards"]] == ["Hot", "Cool"]


def test_conflicts_have_a_queue_of_their_own_with_both_values(desk, editor, tmp_path):
    make_article(title="At peace", heat=200)
    article = import_seed(tmp_path, title="Bees", heat=57)
    set_value(article, "heat", 80, by=editor)
    import_seed(tmp_path, title="Bees", heat=10)
    page = desk.get(TRIAGE, {"queue": "conflicts"})
    assert shown(page) == "Bees"
    assert len(page.context["cards"]) == 1
    assert re.search(r"upstream: <bdi>57</bdi> → <bdi>10</bdi>", page.text)


def test_a_filter_of_the_list_is_carried_along_by_its_own_query_string(desk, editor):
    set_value(make_article(title="Bees in town", heat=10), "quality", 3, by=editor)
    make_article(title="Bees", heat=90, published=False), make_article(title="Cars", heat=100)
    listed = desk.get("/admin/articles/article/?q=bees&o=3&p=1")
    link = re.search(r'href="([^"]*/triage/\?[^"]*)">Triage these', listed.text)[1]
    page = desk.get(link.replace("&amp;", "&"))
    assert [each.article.title for each, *_ in page.context["cards"]] == ["Bees", "Bees in town"]
    only_public = desk.get(TRIAGE, {"filter": "q=bees&state=public"})
    assert [each.article.title for each, *_ in only_public.context["cards"]] == ["Bees in town"]


@pytest.mark.parametrize("asked", ["nonsense=1", "published_at__year=99999", "provider=x", "published_at__gte=yes"])
def test_a_filter_that_is_none_leads_to_the_undecided_and_says_so(desk, asked):
    make_article(title="Bees")
    page = desk.get(TRIAGE, {"filter": asked}, follow=True)
    assert "The list has no such filter" in page.text
    assert shown(page) == "Bees"
    assert desk.get(CARDS, {"filter": asked}).status_code == 400


@pytest.mark.parametrize(
    "query", [{"from": "x"}, {"later": "x,9" * 999}, {"show": "9" * 40}, {"show": "7"}, {"done": "-1"}, {"last": "0"}]
)
def test_an_address_that_says_nonsense_shows_the_first_story(desk, query):
    make_article(title="Bees")
    assert shown(desk.get(TRIAGE, query)) == "Bees"


def test_an_empty_queue_says_what_to_do_next(desk):
    page = desk.get(TRIAGE)
    assert shown(page) == "Nothing is undecided"
    assert "?queue=conflicts" in page.text
    assert "Triage these" in page.text


def test_triage_is_for_those_who_may_decide(client, viewer):
    client.force_login(viewer)
    article = make_article()
    for answer in (client.get(TRIAGE), client.get(CARDS), client.post(TRIAGE, {"article": article.pk, "do": "bury"})):
        assert answer.status_code == 403
    assert "Triage" not in client.get("/admin/articles/article/").text


# -- what a card tells


def test_a_card_tells_what_an_editor_needs(desk, colleague, tmp_path):
    related = [
        {"title": f"Report {number}", "provider": {"name": name, "domain": f"{name.lower()}.example"}}
        for number, name in enumerate(["Mint", "Mint", "Herald"])
    ]
    article = import_seed(tmp_path, heat=40, related=related)
    article = import_seed(tmp_path, heat=57, title="Bees moved", related=related)
    boost(article, "heat", 20, by=colleague)
    found = cards([article.pk], timezone.now())[0]
    assert [(each.name, each.more) for each in found.outlets] == [("Mint", 1), ("Herald", 0)]
    changes = [each.changed for each in found.changes]
    assert [(each.name, each.old, each.new, list(each.pieces)) for each in changes] == [
        ("title", "", "", [("gone", "A story"), ("new", "Bees moved")]),
        ("heat", "40", "57", []),
    ]
    heat = next(each for each in found.values if each.field == "heat")
    assert (heat.value, heat.decided.upstream, heat.decided.by) == ("77", "57", "+20")
    assert (found.up, found.down) == (30, 10), "ten more or less than it has, counted from upstream's"
    page = desk.get(TRIAGE, {"show": article.pk}).text
    assert "Stands at" in page
    assert "<svg" in page


def test_the_place_told_is_where_the_front_page_puts_it(desk, editor):
    now = timezone.now()
    for number in range(30):
        make_article(f"s{number}", heat=10 + 7 * number, published_at=now - timedelta(hours=2 * number))
    set_value(Article.objects.get(slug="s3"), "pinned", "2", by=editor)
    article = make_article("tale", heat=30, published=False, published_at=now - timedelta(hours=5))
    for heat in (0, 30, 55, 400):
        told = FrontPage.of(now).place(article, heat)
        ladder = FrontPage.of(now).heats_for_places(article)
        set_value(article, "heat", heat, by=editor), set_value(article, "published", True, by=editor)
        places = [each.slug for each in front_page(now, "").rows]
        assert told == (places.index("tale") + 1 if "tale" in places else told)
        assert told > 25 or next(place for place, least in ladder if least <= heat) == told
        set_value(article, "published", False, by=editor)


def test_a_withdrawn_or_buried_story_is_not_said_to_stand_anywhere(desk):
    article = make_article(heat=-1)
    assert "Buried: on no list." in desk.get(TRIAGE, {"show": article.pk}).text


def queries(desk, address, query):
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert desk.get(address, query).status_code == 200
    return len(asked)


@pytest.mark.parametrize("address", [TRIAGE, CARDS])
@pytest.mark.parametrize("queue", ["undecided", "conflicts", "list"])
def test_a_page_asks_the_database_as_often_for_six_stories_as_for_two(desk, editor, tmp_path, address, queue):
    def story(number):
        related = [{"title": "R", "provider": {"domain": f"o{number}.example"}} for _ in range(number)]
        more = {"title": f"Story {number}", "related": related, "images": [{"url": "/a.png"}], "topics": ["A", "B"]}
        article = import_seed(tmp_path, f"2020-06-22-s{number}", heat=57, **more)
        if queue == "conflicts":
            set_value(article, "heat", 80, by=editor)
        import_seed(tmp_path, f"2020-06-22-s{number}", heat=5, **more)

    query = {"queue": "undecided", "filter": ""} | ({"filter": "q=story"} if queue == "list" else {"queue": queue})
    for number in (1, 2):
        story(number)
    queries(desk, address, query)  # content types are asked for once
    two = queries(desk, address, query)
    for number in (3, 4, 5, 6, 7):
        story(number)
    assert queries(desk, address, query) == two
    assert two <= 22


# -- decisions


@pytest.mark.parametrize(
    ("do", "more", "field", "value"),
    [
        ("publish", {}, "published", True),
        ("unpublish", {}, "published", False),
        ("bury", {}, "heat", -1),
        ("boost:20", {}, "heat", 60),
        ("boost:-10", {}, "heat", 30),
        ("heat", {"heat": "80"}, "heat", 80),
        ("heat-publish", {"heat": "80"}, "published", True),
        ("publish", {"boost": "20"}, "heat", 60),
    ],
)
def test_each_key_is_one_request_and_decides_with_its_entry_in_the_log(desk, do, more, field, value):
    article = make_article(heat=40, published=False)
    answer = post(desk, card(desk, article), do, **more)
    assert answer.status_code == 200
    article.refresh_from_db()
    assert getattr(article, field) == value
    assert answer.json()["decisions"] == list(Decision.objects.order_by("pk").values_list("pk", flat=True))
    assert set(Decision.objects.values_list("username", flat=True)) == {"erin"}
    assert LogEntry.objects.count() == 1


@pytest.mark.parametrize("do", ["publish", "boost:20", "heat"])
def test_what_is_sent_twice_is_decided_once_and_answered_alike(desk, do):
    article = make_article(heat=40, published=False)
    fields = card(desk, article) | {"heat": "80"}
    first, second = post(desk, fields, do), post(desk, fields, do)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json()["decisions"] == second.json()["decisions"]
    assert Decision.objects.count() == 1


def test_what_is_sent_again_after_its_undo_is_not_decided_again_behind_the_editors_back(desk, editor):
    article = make_article(published=False)
    fields = card(desk, article)
    post(desk, fields, "publish")
    undo(Decision.objects.get(), by=editor)
    answer = post(desk, fields, "publish")
    assert answer.status_code == 409
    assert "undid it since" in answer.json()["problem"]
    article.refresh_from_db()
    assert not article.published


def test_a_decision_that_meets_a_colleagues_comes_back_with_both_values_and_the_name(desk, colleague):
    article = make_article(heat=57)
    fields = card(desk, article)
    set_value(article, "heat", 90, by=colleague)
    answer = post(desk, fields, "heat", heat="120")
    assert answer.status_code == 409
    assert "carl changed heat to 90 just now; this card showed 57, and you wanted 120" in answer.json()["problem"]
    assert 'name="seen_heat" value="90"' in answer.json()["card"]["html"].replace("\n", " ").replace("  ", " ")
    article.refresh_from_db()
    assert article.heat == 90
    assert post(desk, card(desk, article), "heat", heat="120").status_code == 200, "having seen it, the editor decides"


def test_a_boost_that_meets_an_import_comes_back_and_names_the_run(desk, tmp_path):
    article = import_seed(tmp_path, heat=40)
    fields = card(desk, article)
    import_seed(tmp_path, heat=90)
    problem = post(desk, fields, "boost:20").json()["problem"]
    assert f"The import (run {article.versions.latest('pk').run_id}) changed heat to 90" in problem
    assert not Decision.objects.exists()


def test_what_changed_in_another_field_is_in_nobodys_way(desk, colleague):
    article = make_article(heat=57, published=False)
    fields = card(desk, article)
    set_value(article, "heat", 90, by=colleague)
    assert post(desk, fields, "publish").status_code == 200


def test_a_conflict_is_kept_or_upstreams_taken(desk, editor, tmp_path):
    article = import_seed(tmp_path, heat=57)
    set_value(article, "heat", 80, by=editor)
    import_seed(tmp_path, heat=10)
    fields = card(desk, article)
    assert post(desk, fields, "keep").status_code == 200
    assert post(desk, fields, "keep").status_code == 200
    assert Decision.objects.filter(kind="keep").count() == 1
    assert not Article.objects.in_conflict().exists()
    import_seed(tmp_path, heat=40)
    stale = card(desk, article)
    import_seed(tmp_path, heat=200)
    assert "upstream says 200 now" in post(desk, stale, "take").json()["problem"]
    assert post(desk, card(desk, article), "take").status_code == 200
    article.refresh_from_db()
    assert article.heat == 200


def test_undo_takes_back_all_that_one_key_decided_and_brings_the_story_back(desk):
    article = make_article(heat=40, published=False)
    made = post(desk, card(desk, article), "heat-publish", heat="80").json()["decisions"]
    fields = {"article": article.pk, "decisions": ",".join(map(str, made))}
    for _ in range(2):  # the second is a retry
        answer = post(desk, fields, "undo")
        assert answer.status_code == 200
        assert answer.json()["card"]["id"] == article.pk
    article.refresh_from_db()
    assert (article.heat, article.published) == (40, False)
    assert Decision.objects.filter(kind="undo").count() == 2


def test_an_undo_after_a_colleagues_decision_is_refused_in_words(desk, colleague):
    article = make_article(heat=40)
    made = post(desk, card(desk, article), "bury").json()["decisions"]
    set_value(article, "heat", 90, by=colleague)
    answer = post(desk, {"article": article.pk, "decisions": made[0]}, "undo")
    assert answer.status_code == 409
    assert "carl has decided on it since" in answer.json()["problem"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "did not say which story"),
        ({"article": "x"}, "did not say which story"),
        ({"article": "9" * 18}, "It is gone"),
        ({"seen_heat": "x"}, "must be"),
        ({"do": "explode"}, "knows no such key"),
        ({"do": "boost:x"}, "whole number"),
        ({"do": "heat", "heat": "12.5"}, "The heat was not set"),
        ({"do": "heat", "heat": ""}, "The heat was not set"),
        ({"do": "keep", "offered": "[" * 99999}, "knows no such key"),
        ({"do": "keep", "offered": '{"heat": 3}'}, "not in conflict"),
        ({"do": "undo", "decisions": "x"}, "nothing to undo"),
        ({"after": "x"}, "did not say"),
    ],
)
@pytest.mark.parametrize("options", [SCRIPT, {"follow": True}], ids=["script", "form"])
def test_a_request_that_says_nonsense_is_refused_in_words_and_decides_nothing(desk, fields, words, options):
    article = make_article()
    fields = card(desk, article) | {"do": "publish"} | fields if fields else {"do": "publish"}
    answer = desk.post(TRIAGE, fields, **options)
    assert answer.status_code in (200, 409)
    assert words in (answer.json()["problem"] if options is SCRIPT else answer.text)
    assert not Decision.objects.exists()


# -- without a script


def follow(desk, page, do, **more):
    action = re.search(r'<form id="triage-form"[^>]*action="([^"]*)"', page.text)[1].replace("&amp;", "&")
    return desk.post(action, inputs(page, "triage-form") | {"do": do} | more, follow=True)


def test_without_a_script_each_decision_leads_to_the_next_story(desk):
    for number in range(3):
        make_article(title=f"Story {number}", heat=90 - number, published=False)
    page = desk.get(TRIAGE)
    for number, do in enumerate(["publish", "boost:10"]):
        assert shown(page) == f"Story {number}"
        page = follow(desk, page, do)
    assert shown(page) == "Story 2"
    assert '<span id="triage-done">2</span>' in page.text
    page = desk.post(
        re.search(r'<form id="triage-undo"[^>]*action="([^"]*)"', page.text)[1].replace("&amp;", "&"),
        inputs(page, "triage-undo") | {"do": "undo"},
        follow=True,
    )
    assert shown(page) == "Story 1"
    assert '<span id="triage-done">1</span>' in page.text
    assert shown(follow(desk, page, "bury")) == "Story 2"


def test_without_a_script_a_filter_is_walked_to_its_end_though_the_decided_stay_in_it(desk):
    for number in range(3):
        make_article(title=f"Story {number}", heat=90 - number)
    page, seen = desk.get(TRIAGE, {"filter": "q=story"}), []
    for _ in range(3):
        seen.append(shown(page))
        page = follow(desk, page, "publish")
    assert seen == ["Story 0", "Story 1", "Story 2"]
    assert shown(page) == "That was the last of them"


def test_without_a_script_later_puts_a_story_at_the_end_of_the_sitting(desk):
    make_article(title="First", heat=90), make_article(title="Second", heat=80)
    page = follow(desk, desk.get(TRIAGE), "later")
    assert shown(page) == "Second"
    page = follow(desk, page, "publish")
    assert shown(page) == "First"
    page = follow(desk, page, "publish")
    assert Decision.objects.count() == 2
    assert shown(page) == "That was the last of them"


def test_without_a_script_a_collision_comes_back_and_then_the_next_story_follows(desk, colleague):
    article = make_article(title="First", heat=90)
    make_article(title="Second", heat=80)
    page = desk.get(TRIAGE, {"filter": urlencode({"state": "public"})})
    set_value(article, "heat", 20, by=colleague)
    page = follow(desk, page, "heat", heat="50")
    assert "carl changed heat to 20" in page.text
    assert shown(page) == "First"
    assert shown(follow(desk, page, "heat", heat="50")) == "Second"


def test_what_somebody_else_decided_is_taken_by_an_editor_as_their_own(desk, colleague, tmp_path):
    article = import_seed(tmp_path, heat=57)
    set_value(article, "heat", 90, by=colleague)
    article = import_seed(tmp_path, heat=10)
    assert not post(desk, card(desk, article), "take").json().get("problem")
    article.refresh_from_db()
    decision = Decision.objects.first()
    assert (article.heat, decision.kind, decision.username) == (10, "set", "erin")
