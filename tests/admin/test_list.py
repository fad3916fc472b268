"""The article list: what an editor changes in it is decided, what it merely displayed is not."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils.html import escape

from articles.admin.blame import last_change
from articles.curation import boost, keep, release, set_value, undo
from articles.importing.undoing import undo_run
from articles.models import Article, Decision
from tests.admin.forms import inputs
from tests.factories import import_seed, make_article

pytestmark = pytest.mark.django_db
LIST = "/admin/articles/article/"


def row_of(posted: dict, article: Article) -> str:
    return next(
        name.removesuffix("-id") for name, value in posted.items() if name.endswith("-id") and value == str(article.pk)
    )


def opened(desk, query=""):
    return inputs(desk.get(LIST + query), "changelist-form") | {"_save": "Save"}


def test_a_tick_and_a_number_changed_in_the_list_are_decided(desk, editor):
    article = make_article(published=False, heat=-1)
    posted = opened(desk)
    posted |= {f"{row_of(posted, article)}-published": "on", f"{row_of(posted, article)}-heat": "120"}
    assert desk.post(LIST, posted).status_code == 302
    article.refresh_from_db()
    assert (article.published, article.heat, article.quality) == (True, 120, 57)
    assert sorted(Decision.objects.values_list("field", "username")) == [("heat", "erin"), ("published", "erin")]


def test_saving_an_untouched_list_decides_nothing(desk):
    for _ in range(3):
        make_article()
    assert "Nothing was changed." in desk.post(LIST, opened(desk), follow=True).text
    assert not Decision.objects.exists()
    assert not LogEntry.objects.exists()


def test_a_list_opened_before_an_import_writes_back_nothing_that_it_merely_displayed(desk, tmp_path):
    """The failure of stock `list_editable`: B goes back to 5, and the history blames the editor."""
    a, b = import_seed(tmp_path, "2020-06-22-a", heat=40), import_seed(tmp_path, "2020-06-22-b", heat=5)
    posted = opened(desk)
    import_seed(tmp_path, "2020-06-22-b", heat=99)
    del posted[f"{row_of(posted, a)}-published"]
    assert desk.post(LIST, posted).status_code == 302
    a.refresh_from_db(), b.refresh_from_db()
    assert (a.published, a.heat, b.heat) == (False, 40, 99)
    assert list(Decision.objects.values_list("article", "field")) == [(a.pk, "published")]
    assert [(entry.object_id, entry.get_change_message()) for entry in LogEntry.objects.all()] == [
        (str(a.pk), "Changed published.")
    ]


def test_the_rows_are_those_that_were_posted_though_an_import_put_others_before_them(desk, tmp_path):
    old = make_article(heat=10)
    posted = opened(desk)
    newer = make_article(heat=20, publishedDateTime="2020-06-25T00:00:00Z")
    posted[f"{row_of(posted, old)}-heat"] = "33"
    desk.post(LIST, posted)
    old.refresh_from_db(), newer.refresh_from_db()
    assert (old.heat, newer.heat) == (33, 20)


def test_a_collision_with_a_colleague_is_told_with_both_values_and_the_name_and_the_input_stays(desk, colleague):
    article, other = make_article(heat=57), make_article(heat=8)
    posted = opened(desk)
    set_value(article, "heat", 90, by=colleague)
    posted |= {f"{row_of(posted, article)}-heat": "120", f"{row_of(posted, other)}-heat": "9"}
    response = desk.post(LIST, posted)
    assert response.status_code == 200
    page = response.content.decode()
    assert "carl changed it to 90" in page
    assert "this page showed 57" in page
    again = inputs(response, "changelist-form")
    assert again[f"{row_of(again, article)}-heat"] == "120"
    assert again[f"{row_of(again, other)}-heat"] == "9", "the editor's other changes are still in it"
    article.refresh_from_db()
    assert article.heat == 90

    assert desk.post(LIST, again | {"_save": "Save"}).status_code == 302
    article.refresh_from_db(), other.refresh_from_db()
    assert (article.heat, other.heat) == (120, 9), "having seen it, the editor decides"


def test_a_collision_with_an_import_names_the_run(desk, tmp_path):
    article = import_seed(tmp_path, heat=57)
    posted = opened(desk)
    import_seed(tmp_path, heat=99)
    run = article.versions.latest("pk").run_id
    posted[f"{row_of(posted, article)}-heat"] = "60"
    page = desk.post(LIST, posted).content.decode()
    assert f"The import (run {run}) changed it to 99" in page
    assert "showed 57" in page


@pytest.fixture
def collided(desk, tmp_path):
    """`collided(article, meanwhile)`: what the list says of a heat typed over what happened meanwhile."""

    def collide(article, *meanwhile):
        posted = opened(desk) | {"form-0-heat": "123"}
        for happens in meanwhile:
            happens()
        return desk.post(LIST, posted).text

    return collide


def newest_run(article):
    return article.versions.latest("pk").run_id


def test_a_collision_names_the_import_that_changed_the_field_and_not_a_later_one_that_changed_another(
    collided, tmp_path
):
    article = import_seed(tmp_path, heat=57)
    runs = []

    def import_heat_then_excerpts():
        for change in ({"heat": 99}, {"heat": 99, "excerpt": "New"}, {"heat": 99, "excerpt": "Newer"}):
            import_seed(tmp_path, **change)
            runs.append(newest_run(article))

    page = collided(article, import_heat_then_excerpts)
    assert f"The import (run {runs[0]}) changed it to 99" in page


@pytest.mark.parametrize("later", ["excerpt", "quality"])
def test_a_collision_names_the_colleague_though_an_import_changed_something_else_since(
    collided, colleague, tmp_path, later
):
    article = import_seed(tmp_path, heat=57)
    values = {"excerpt": "New", "quality": 3}
    page = collided(
        article,
        lambda: boost(article, "heat", 20, by=colleague),
        lambda: import_seed(tmp_path, heat=57, **{later: values[later]}),
    )
    assert "carl changed it to 77" in page


def test_a_collision_names_the_import_that_moved_a_boosted_field(collided, colleague, tmp_path):
    article = import_seed(tmp_path, heat=57)
    boost(article, "heat", 20, by=colleague)
    page = collided(article, lambda: import_seed(tmp_path, heat=60))
    assert f"The import (run {newest_run(article)}) changed it to 80" in page


def test_a_collision_names_who_released_the_field(collided, editor, chief, tmp_path):
    article = import_seed(tmp_path, heat=57)
    set_value(article, "heat", 80, by=editor)
    page = collided(
        article,
        lambda: import_seed(tmp_path, heat=99),
        lambda: keep(article, "heat", by=editor),
        lambda: release(article, "heat", by=chief),
    )
    assert "chloe changed it to 99" in page


def test_a_collision_names_who_undid_a_decision(collided, editor, chief):
    article = make_article(heat=57)
    set_value(article, "heat", 80, by=editor)
    page = collided(article, lambda: undo(Decision.objects.get(), by=chief))
    assert "chloe changed it to 57" in page


def test_a_collision_names_the_undo_of_a_run(collided, tmp_path):
    article = import_seed(tmp_path, heat=57)
    import_seed(tmp_path, heat=99)
    run = newest_run(article)
    page = collided(article, lambda: undo_run(run))
    assert f"The undo of run {run} (run {newest_run(article)}) changed it to 57" in page


def test_a_collision_does_not_name_who_only_pinned_the_value_that_an_import_had_brought(collided, colleague, tmp_path):
    article = import_seed(tmp_path, heat=57)
    page = collided(
        article,
        lambda: import_seed(tmp_path, heat=99),
        lambda: set_value(article, "heat", 99, by=colleague),
        lambda: import_seed(tmp_path, heat=5),
    )
    assert f"The import (run {article.versions.order_by('-pk')[1].run_id}) changed it to 99" in page


def test_who_changed_a_field_is_found_in_as_many_queries_however_long_the_logs_are(
    desk, editor, tmp_path, django_assert_num_queries
):
    article = import_seed(tmp_path, heat=1)
    for heat in range(2, 12):
        import_seed(tmp_path, heat=heat)
        set_value(article, "quality", heat, by=editor)
    named = f"The import (run {newest_run(article)})"
    # the decision in force, decisions, upstream's entries, which runs undo which, the files
    with django_assert_num_queries(5):
        assert last_change(article, "heat")[0] == named


def test_a_collision_on_a_tick_is_told_too(desk, colleague):
    """A second colleague ticks what the first has just unticked again: the page showed neither's."""
    article = make_article(published=True)
    posted = opened(desk)
    set_value(article, "published", False, by=colleague)
    set_value(article, "heat", 44, by=colleague)
    posted[f"{row_of(posted, article)}-quality"] = "58"
    assert desk.post(LIST, posted).status_code == 302
    article.refresh_from_db()
    assert (article.published, article.heat, article.quality) == (False, 44, 58)


def test_the_same_value_as_the_colleague_is_no_collision(desk, colleague):
    article = make_article(heat=57)
    posted = opened(desk)
    set_value(article, "heat", 90, by=colleague)
    posted[f"{row_of(posted, article)}-heat"] = "90"
    assert desk.post(LIST, posted).status_code == 302
    assert Decision.objects.filter(field="heat").count() == 2


def test_a_row_shows_fresh_values_beside_the_collision(desk, colleague):
    article = make_article(heat=57, quality=50)
    posted = opened(desk)
    set_value(article, "heat", 90, by=colleague)
    set_value(article, "quality", 70, by=colleague)
    posted[f"{row_of(posted, article)}-heat"] = "120"
    again = inputs(desk.post(LIST, posted), "changelist-form")
    assert again[f"{row_of(again, article)}-quality"] == "70"


@pytest.mark.parametrize(
    ("field", "value"), [("heat", "-2"), ("heat", "hot"), ("heat", ""), ("quality", "-1"), ("quality", "1000001")]
)
def test_a_value_out_of_bounds_comes_back_with_an_error(desk, field, value):
    article = make_article()
    posted = opened(desk)
    posted[f"{row_of(posted, article)}-{field}"] = value
    response = desk.post(LIST, posted)
    assert response.status_code == 200
    assert "errorlist" in response.content.decode()
    assert not Decision.objects.exists()


def cell(desk, column) -> str:
    """The first row's cell of that column, as text."""
    found = re.search(rf'<td class="field-{column}">(.*?)</td>', desk.get(LIST).text, re.DOTALL)[1]
    return " ".join(re.sub("<[^>]*>", "", found).split())


def test_upstreams_value_stands_beside_a_decided_one(desk, editor):
    article = make_article(heat=57, quality=33)
    set_value(article, "heat", 80, by=editor)
    set_value(article, "published", False, by=editor)
    assert cell(desk, "heat") == "57 → 80"
    assert cell(desk, "published") == "yes → no"
    assert cell(desk, "quality") == ""


def test_a_boost_is_told_from_a_set(desk, editor):
    boost(make_article(heat=40), "heat", 20, by=editor)
    assert cell(desk, "heat") == "40 → 60 (+20)"


def test_a_conflict_shows_both_of_upstreams_values(desk, editor, tmp_path):
    article = import_seed(tmp_path, heat=57, title="First")
    set_value(article, "heat", 80, by=editor)
    set_value(article, "title", "Ours", by=editor)
    import_seed(tmp_path, heat=10, title="Second")
    assert cell(desk, "heat") == "conflict: 57 → 10 10 → 80"
    assert cell(desk, "also_decided") == "title Second → Ours conflict: “First” → “Second”"


def test_a_conflict_of_links_shows_where_they_part(desk, editor, tmp_path):
    article = import_seed(tmp_path, heat=40, webUrl="https://outlet.example/news/2020/one")
    set_value(article, "heat", 80, by=editor)
    import_seed(tmp_path, heat=40, webUrl="https://outlet.example/news/2020/other")
    assert cell(desk, "heat") == "40 → 80"
    assert cell(desk, "also_decided") == "heat conflict: link …/one → …/other"
    assert "https://outlet.example/news/2020/other" in desk.get(LIST).text


def test_the_desks_own_decisions_have_no_upstream(desk, editor):
    set_value(make_article(), "slug", "another", by=editor)
    assert cell(desk, "also_decided") == "slug another"


def test_a_row_tells_its_clocks_and_its_pin(desk):
    make_article(publish_at="2030-12-01T06:00Z", pinned="3,2030-12-02T06:00Z")
    assert cell(desk, "state") == "scheduled from 1 Dec 2030 06:00 pinned to 3 until 2 Dec 2030 06:00"


def test_a_pin_that_is_over_and_an_expiry_that_has_passed_are_told_as_such(desk):
    make_article(publish_until="2020-12-01T06:00Z", pinned="3,2020-12-02T06:00Z")
    assert cell(desk, "state") == "expired since 1 Dec 2020 06:00"


def test_what_is_buried_is_said_in_words_too(desk):
    make_article(heat=-1)
    assert cell(desk, "state") == "public, buried"


def test_each_input_of_the_list_has_a_name_and_refers_to_nothing_that_is_not_there(desk):
    make_article(title="Bees & <b>")
    page = desk.get(LIST).text
    for label in ("Published: ", "Quality of ", "Heat of "):
        assert f'aria-label="{label}Bees &amp; &lt;b&gt;"' in page
    for reference in re.findall('aria-describedby="([^"]*)"', page):
        assert f'id="{reference}"' in page


def test_the_list_takes_as_many_queries_for_twenty_stories_as_for_two(desk, editor, django_assert_num_queries):
    for number in range(2):
        set_value(make_article(provider=f"p{number}.example"), "heat", 7, by=editor)
    desk.get(LIST)
    # session, user, permissions (user's and groups'), keys, rows, images, decisions in force, curves, held imports
    with django_assert_num_queries(10):
        desk.get(LIST)
    for number in range(18):
        set_value(make_article(provider=f"q{number}.example"), "heat", 7, by=editor)
    with django_assert_num_queries(10):
        desk.get(LIST)


def test_a_save_asks_the_database_once_for_each_row_at_most(desk, django_assert_max_num_queries):
    """It holds back all other writers meanwhile."""
    for _ in range(20):
        make_article()
    posted = opened(desk)
    with django_assert_max_num_queries(20 + 20):
        desk.post(LIST, posted)


def test_search_and_filters_find_stories(desk, editor):
    mint, post = (
        make_article("mint", title="Chips", provider="mint.example"),
        make_article("post", title="Courts", topics=["Law"]),
    )
    hidden = make_article("hidden", published=False, heat=-1)
    set_value(post, "heat", 7, by=editor)

    def found(query):
        return set(desk.get(LIST + query).context["cl"].result_list)

    assert found("?q=chip") == {mint}
    assert found("?q=mint.example") == {mint}
    assert found("?state=public") == {mint, post}
    assert found("?state=buried") == found("?state=unpublished") == {hidden}
    set_value(mint, "publish_at", "2998-01-01", by=editor)
    assert (found("?state=scheduled"), found("?state=expired")) == ({mint}, set())
    set_value(mint, "publish_until", "2020-01-01", by=editor)
    assert (found("?state=scheduled"), found("?state=expired")) == (set(), {mint}), "as its own row says"
    release(mint, "publish_at", by=editor)
    release(mint, "publish_until", by=editor)
    assert found("?decided=yes") == {post}
    assert found("?decided=no") == {mint, hidden}
    assert found("?decided=conflict") == set()
    assert found(f"?provider={mint.provider_id}") == {mint}
    assert found(f"?topic={post.topic_list[0].pk}") == {post}
    assert desk.get(LIST + "?provider=nonsense").status_code == 302
    assert desk.get(LIST + "?provider=99999999999999999999").status_code == 302


def test_providers_are_found_by_autocomplete(desk):
    make_article(provider="mint.example")
    query = {"term": "min", "app_label": "articles", "model_name": "article", "field_name": "provider"}
    assert [row["text"] for row in desk.get("/admin/autocomplete/", query).json()["results"]] == ["Mint (mint.example)"]


def test_viewers_look_and_cannot_save(client, viewer):
    article = make_article(heat=57)
    client.force_login(viewer)
    page = client.get(LIST).content.decode()
    assert escape(article.title) in page
    assert "form-0-heat" not in page
    forged = {
        "form-TOTAL_FORMS": "1",
        "form-INITIAL_FORMS": "1",
        "form-0-id": article.pk,
        "form-0-heat": "1",
        "_save": "1",
    }
    assert client.post(LIST, forged).status_code == 403
    assert client.get(reverse("admin:articles_article_change", args=[article.pk])).status_code == 200
    assert client.post(reverse("admin:articles_article_change", args=[article.pk]), {"heat": "1"}).status_code == 403
    assert not Decision.objects.exists()


def test_nobody_adds_or_deletes_what_upstream_would_bring_back(client, admin_user):
    article = make_article()
    client.force_login(admin_user)
    assert client.get(LIST + "add/").status_code == 403
    assert client.get(LIST + f"{article.pk}/delete/").status_code == 403


def test_the_desk_is_closed_to_strangers(client):
    assert client.get(LIST).status_code == 302


def gone_meanwhile(article):
    undo_run(article.versions.latest("pk").run_id)
    return article.title


def test_a_story_that_an_undone_import_took_away_does_not_keep_the_other_rows_from_being_saved(desk):
    first, second, third = (make_article(title=title) for title in ("Alpha", "Beta", "Gamma"))
    posted = opened(desk)
    posted |= {f"{row_of(posted, article)}-heat": str(70 + article.pk) for article in (first, second, third)}
    gone_meanwhile(second)
    response = desk.post(LIST, posted)
    assert response.status_code == 302
    first.refresh_from_db(), third.refresh_from_db()
    assert (first.heat, third.heat) == (70 + first.pk, 70 + third.pk)
    assert sorted(Decision.objects.values_list("article", flat=True)) == sorted([first.pk, third.pk])
    assert "1 story is no longer here" in (page := desk.get(LIST).text)
    assert "“Beta”. All else is saved." in page


@pytest.mark.parametrize("typed", [{}, {"quality": "7"}])
def test_without_a_story_the_other_rows_still_decide_only_what_the_editor_changed(desk, typed):
    """Each row displays other values than its neighbours, so that none can pass for what another one displayed."""
    articles = [
        make_article(title=title, heat=10 + place, quality=50 + place, published=bool(place % 2))
        for place, title in enumerate(("Alpha", "Beta", "Gamma", "Delta"))
    ]
    posted = opened(desk)
    posted |= {f"{row_of(posted, articles[2])}-{name}": value for name, value in typed.items()}
    for article in articles[:2]:
        gone_meanwhile(article)
    assert desk.post(LIST, posted).status_code == 302
    assert list(Decision.objects.values_list("article", "field")) == [(articles[2].pk, name) for name in typed]


def test_what_a_row_is_set_to_is_decided_though_the_story_above_it_that_displayed_so_is_gone(desk):
    above, below = make_article(title="Above", heat=6), make_article(title="Below", heat=11)
    posted = opened(desk)
    posted[f"{row_of(posted, below)}-heat"] = "6"
    gone_meanwhile(above)
    desk.post(LIST, posted)
    below.refresh_from_db()
    assert below.heat == 6


def test_a_list_that_comes_back_without_a_story_has_each_box_beside_its_own_story(desk):
    first, second, third = (make_article(title=title) for title in ("Alpha", "Beta", "Gamma"))
    posted = opened(desk)
    posted |= {f"{row_of(posted, first)}-heat": "hot", f"{row_of(posted, third)}-heat": "73"}
    gone_meanwhile(second)
    response = desk.post(LIST, posted)
    assert response.status_code == 200
    assert "“Beta”. All else is still below." in response.text
    formset = response.context["cl"].formset
    assert [form.instance for form in formset] == list(response.context["cl"].result_list)
    again = inputs(response, "changelist-form") | {"_save": "Save"}
    assert again[f"{row_of(again, third)}-heat"] == "73"
    again[f"{row_of(again, first)}-heat"] = "71"
    assert desk.post(LIST, again).status_code == 302
    first.refresh_from_db(), third.refresh_from_db()
    assert (first.heat, third.heat) == (71, 73)


def test_a_list_is_saved_though_the_page_that_it_was_on_is_no_more(desk, monkeypatch):
    monkeypatch.setattr("articles.admin.articles.ArticleAdmin.list_per_page", 1)
    older, newer = make_article(), make_article(publishedDateTime="2020-06-25T00:00:00Z")
    posted = opened(desk, "?p=2")
    gone_meanwhile(newer)
    posted[f"{row_of(posted, older)}-heat"] = "33"
    desk.post(LIST + "?p=2", posted)
    older.refresh_from_db()
    assert older.heat == 33


def test_the_longest_list_can_be_posted(desk, settings):
    make_article()
    names = [name for name in opened(desk) if name.startswith("form-0-")]
    most = desk.get(LIST).context["cl"].list_max_show_all
    assert most * len(names) < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS


@pytest.mark.parametrize(
    "query",
    [
        "published_at__year=99999",
        "published_at__gte=nonsense",
        "published_at__week_day=" + "9" * 30,
        "id=" + "9" * 30,
        "id__in=" + "9" * 30,
        "id__range=99999",
        "heat__gt=" + "9" * 30,
        "title__regex=(",
        "title__search=x",
        "tags__contains=x",
        "made=up",
        "topic=" + "9" * 30,
        "q=%00",
        "q=" + "+".join("abcdefgh"[n % 8] for n in range(1500)),
        "p=99999999999999999999",
        "o=99999.-7.x",
        "_to_field=nonsense",
    ],
)
def test_no_parameter_breaks_the_list(desk, query):
    make_article()
    assert desk.get(f"{LIST}?{query}").status_code in (200, 302, 400)


@pytest.mark.parametrize("path", ["importrun/", "provider/", "topic/"])
def test_no_parameter_breaks_the_other_lists(desk, path):
    make_article()
    for query in ("id__in=" + "9" * 30, "q=%00" + "a+" * 1500, "started_at__year=99999", "name__regex=("):
        assert desk.get(f"/admin/articles/{path}?{query}").status_code in (200, 302, 400), query


def test_no_row_of_a_posted_list_breaks_it(desk):
    article = make_article()
    posted = opened(desk) | {"form-0-heat": "33"}
    for row in ({"form-0-id": "9" * 30}, {"form-0-id": "nonsense"}, {"form-7-id": "9" * 30}, {"form-0-id": "٧"}):
        assert desk.post(LIST, posted | row).status_code in (200, 302)
    for total in ("", "-1", "99999", "x"):
        assert desk.post(LIST, posted | {"form-TOTAL_FORMS": total, "form-0-id": "9" * 30}).status_code in (200, 302)
    assert desk.post(LIST, {"_save": "Save"}).status_code == 200
    article.refresh_from_db()
    assert article.heat == 33, "a row that is not there at all harms no other"


@pytest.mark.parametrize("typed", ["+5", "1_000", "٧", "5.0", "1e3", "--5"])
@pytest.mark.parametrize("field", ["heat", "quality"])
def test_a_number_is_typed_as_in_a_seed_file(desk, field, typed):
    article = make_article()
    posted = opened(desk)
    posted[f"{row_of(posted, article)}-{field}"] = typed
    response = desk.post(LIST, posted)
    assert response.status_code == 200
    assert "must be a whole number from" in response.text
    assert not Decision.objects.exists()
