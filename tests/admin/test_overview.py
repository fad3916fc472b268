"""The desk's first page: what waits, what happened, and how the site does."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from time_machine import travel

from articles import overview
from articles.curation import set_value, undo
from articles.models import Article, ImportRun
from tests.factories import import_folder, import_seed, make_article, write_seed

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def shown(client) -> str:
    """The page's text, without tags and with single blanks."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<script.*?</script>|<[^>]*>", " ", html(client), flags=re.S)))


def html(client) -> str:
    answer = client.get("/admin/")
    assert answer.status_code == 200
    return answer.text


def waiting(client) -> dict[str, str]:
    """What waits, each with the address that it leads to ("" where it leads nowhere)."""
    listed = html(client).partition('<ul class="waiting">')[2].partition("</ul>")[0]
    found = re.findall(r'<(?:a|span) class="what"(?: href="([^"]*)")?\s*>\s*<b>(.*?)</b>(.*?)</', listed, re.S)
    return {f"{number} {' '.join(what.split())}": unescape(link) for link, number, what in found}


def at(when: datetime):
    return travel(when, tick=False)


# -- what waits


def test_undecided_are_the_stories_that_no_decision_in_force_is_about_the_hidden_included(desk, editor):
    make_article("plain")
    make_article("hidden", published=False)
    make_article("buried", heat=-1)
    make_article("withdrawn", withdrawn=True)
    decided = make_article("decided")
    set_value(decided, "quality", 3, by=editor)
    assert "3 undecided among the 500 best-ranked stories" in waiting(desk)
    undo(decided.decisions.get(), by=editor)
    assert "4 undecided among the 500 best-ranked stories" in waiting(desk)


def test_no_more_than_the_best_are_asked_whether_they_are_decided(desk, editor, monkeypatch):
    monkeypatch.setattr(overview, "BEST", 2)
    for heat in (10, 20, 30):
        make_article(heat=heat)
    set_value(Article.objects.get(heat=10), "quality", 3, by=editor)
    assert "2 undecided among the 2 best-ranked stories" in waiting(desk)
    set_value(Article.objects.get(heat=30), "quality", 3, by=editor)
    assert "1 undecided among the 2 best-ranked stories" in waiting(desk)


def test_conflicts_are_counted_by_field_with_their_stories_and_the_oldest(desk, editor, tmp_path):
    assert waiting(desk) == {}
    with at(timezone.now() - 3 * HOUR):
        story = import_seed(tmp_path, heat=40, quality=40)
        set_value(story, "heat", 50, by=editor)
        set_value(story, "quality", 50, by=editor)
        set_value(import_seed(tmp_path, "another", heat=40), "heat", 50, by=editor)
    with at(timezone.now() - 2 * HOUR):
        import_seed(tmp_path, heat=80, quality=80)
    assert waiting(desk)["2 conflicts with upstream"]
    assert "on 1 story, the oldest 2 hours ago" in shown(desk)
    with at(timezone.now() - HOUR):
        import_seed(tmp_path, "another", heat=80)
    assert waiting(desk)["3 conflicts with upstream"]
    assert "on 2 stories, the oldest 2 hours ago" in shown(desk)


def test_a_held_import_waits_until_its_source_is_imported(desk, tmp_path):
    for number in range(4):
        write_seed(tmp_path, f"story-{number}")
    import_folder(tmp_path, source="wire")
    assert "0 imports are held" in waiting(desk)
    for number in range(4):
        write_seed(tmp_path, f"story-{number}", title="Anew")
    held = import_folder(tmp_path, source="wire", max_change=5)
    import_folder(write_seed(tmp_path / "else", "other").parent, source="other")
    link = waiting(desk)["1 import is held: too much would change"]
    assert link == f"/admin/articles/importrun/{held.run}/change/"
    assert f"run {held.run} of wire held, just now" in shown(desk)
    import_folder(tmp_path, source="wire")
    assert "0 imports are held" in waiting(desk)


def test_an_import_that_was_refused_waits_too(desk, tmp_path):
    write_seed(tmp_path)
    import_folder(tmp_path)
    (tmp_path / "bad.md").write_text("---\ntitle: No more than that\n---\n")
    run = import_folder(tmp_path, strict=True).run
    assert waiting(desk)["1 import stopped short"] == f"/admin/articles/importrun/{run}/change/"


def test_rejected_files_are_those_of_the_newest_run_of_each_source(desk, tmp_path):
    wire, blog = tmp_path / "wire", tmp_path / "blog"
    for folder in (wire, blog):
        write_seed(folder, f"in-{folder.name}")
        (folder / f"bad-{folder.name}.md").write_text("---\ntitle: No more than that\n---\n")
    first = import_folder(wire, source="wire").run
    second = import_folder(blog, source="blog").run
    assert waiting(desk)["2 files were rejected in the newest imports"] == "/admin/articles/importrun/"
    assert f"1 in run {second} of blog" in shown(desk)
    assert f"1 in run {first} of wire" in shown(desk)
    (wire / "bad-wire.md").unlink()
    import_folder(wire, source="wire")
    assert waiting(desk)["1 file was rejected in the newest imports"] == f"/admin/articles/importrun/{second}/change/"


def test_each_number_leads_to_a_page_that_its_reader_may_open(client, viewer, editor, tmp_path):
    story = import_seed(tmp_path)
    set_value(story, "heat", 50, by=editor)
    import_seed(tmp_path, heat=100)
    make_article()
    (tmp_path / "bad.md").write_text("---\ntitle: No more than that\n---\n")
    import_folder(tmp_path)
    for user in (viewer, editor):
        client.force_login(user)
        links = waiting(client)
        assert len([link for link in links.values() if link]) == 3, links
        for link in links.values():
            assert not link or client.get(link).status_code == 200, (user, link)


def test_what_does_not_wait_leads_nowhere(desk):
    make_article()
    assert waiting(desk)["0 conflicts with upstream"] == ""


# -- what happened


def test_the_last_imports_are_told_with_what_came_of_them(desk, tmp_path):
    with at(timezone.now() - 3 * HOUR):
        import_folder(write_seed(tmp_path).parent, source="wire")
    told = shown(desk)
    assert re.search(r"\d+ wire 3 hours ago finished 1 0 0 0 0", told), told


def test_runs_that_read_a_repositorys_history_are_not_among_the_last_imports_but_may_be_a_sources_newest(desk):
    make_article()
    now = timezone.now()
    for number in range(10):
        ImportRun.objects.create(
            source="history", commit=f"{number:040}", started_at=now, status="finished", files=1, rejected=1
        )
    assert "history" not in shown(desk).partition("What happened")[2]
    assert waiting(desk)["1 file was rejected in the newest imports"]
    assert [run.source for run in overview.runs().last] == ["default"]


def test_decisions_are_counted_by_editor_in_a_day_and_in_a_week(desk, editor, colleague):
    story = make_article()
    for back, by, heat in ((8 * DAY, colleague, 1), (6 * DAY, editor, 2), (2 * HOUR, editor, 3), (HOUR, colleague, 4)):
        with at(timezone.now() - back):
            set_value(story, "heat", heat, by=by)
    assert "erin 1 2 2 hours ago carl 1 1 1 hour ago" in shown(desk)


def test_without_decisions_the_page_says_so(desk):
    make_article()
    assert "Nobody has decided anything in seven days." in shown(desk)


# -- stories a day


def test_stories_are_counted_by_their_day_in_the_sites_own_zone(desk):
    make_article(published_at=NOON - 12.5 * HOUR)  # 00:30 of the 10th in Berlin, 23:30 of the 9th in UTC
    make_article(published_at=NOON - HOUR, heat=-1)
    make_article(published_at=NOON - HOUR, published=False)
    make_article(published_at=NOON + HOUR)
    with timezone.override("Europe/Berlin"):
        days = overview.stories_a_day(NOON)
    assert [day.stories for day in days][-2:] == [0, 2]
    assert (len(days), sum(day.stories for day in days)) == (30, 2)
    with timezone.override("UTC"):
        assert [day.stories for day in overview.stories_a_day(NOON)][-2:] == [1, 1]


def test_today_and_the_days_before_are_told_in_a_sentence(desk):
    for hours in (1, 2, 30, 31, 32):
        make_article(published_at=NOON - hours * HOUR)
    for _ in range(55):
        make_article(published_at=NOON - 3 * DAY)
    with at(NOON):
        assert "2 so far today; 2 a day in the 29 days before." in shown(desk)


def test_where_nothing_is_new_the_days_before_the_newest_story_are_shown(desk):
    make_article(published_at=datetime(2020, 6, 22, 16, tzinfo=UTC))
    with at(NOON):
        assert "None since 22 June 2020. In the 29 days before, 0 a day." in shown(desk)
        assert overview.stories_a_day(NOON)[-1] == (date(2020, 6, 22), 1)


@pytest.mark.parametrize("when", ["0001-01-01", "0001-01-31", "9998-12-31T23:59:59Z"])
def test_stories_of_the_first_and_the_last_day_there_is_break_nothing(desk, when):
    make_article(published_at=when)
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        with timezone.override(zone):
            html(desk)


# -- whose front page it is, and what is lacking


def test_one_outlet_that_leads_the_front_page_is_named_with_its_share(desk):
    for number in range(4):
        make_article(heat=100, provider="mint.example")
        make_article(heat=90, provider=f"other-{number}.example")
    make_article(heat=80, provider=None)
    make_article(heat=80, provider=None)
    told = shown(desk)
    assert "Mint has 40 % of the front page, 4 of 10 stories." in told
    # 4/8 squared and four times 1/8 squared: as three outlets with a third each, nearly
    assert "It is in few hands: as if 3 outlets had equal shares (Herfindahl index 0.31)." in told
    assert re.search(r"Mint 4 40 % 40 %", told)
    assert re.search(r"no outlet named 2 20 % 20 %", told)


def test_only_the_front_page_counts_and_a_pinned_story_stands_there():
    for _ in range(25):
        make_article(heat=100, provider="mint.example")
    make_article(heat=3, provider="late.example")
    assert leading() == [("Mint", 25)]
    make_article(heat=1, provider="pinned.example", pinned="3")
    assert leading() == [("Mint", 24), ("Pinned", 1)]


def leading() -> list[tuple[str, int]]:
    return [outlet[1:] for outlet in overview.shares(timezone.now()).outlets]


def test_a_story_that_is_pinned_and_would_lead_anyway_counts_once():
    make_article(heat=100, provider="mint.example", pinned="1")
    make_article(heat=90, provider="late.example")
    assert leading() == [("Late", 1), ("Mint", 1)]


def test_two_outlets_of_one_name_are_two():
    make_article(provider={"name": "The Post", "domain": "one.example"})
    make_article(provider={"name": "The Post", "domain": "two.example"})
    assert leading() == [("The Post", 1), ("The Post", 1)]
    assert overview.shares(timezone.now()).herfindahl == 0.5


@pytest.mark.parametrize(
    ("name", "lacking"),
    [
        ("outlet", {"provider": None}),
        ("link", {"webUrl": None}),
        ("picture", {"images": None}),
        ("excerpt", {"excerpt": None}),
    ],
)
def test_what_stories_lack_is_counted_and_leads_to_them(desk, name, lacking):
    picture = [{"url": "https://pictures.example/1.jpg"}]
    for number in range(3):
        make_article(title=f"Whole {number}", images=picture)
    assert "Each of the newest 3 has outlet, link, picture and excerpt." in shown(desk)
    make_article(**{"title": "Lacking", "images": picture} | lacking)
    assert f"25 % of the newest 4 are without {name}." in shown(desk)
    row = re.search(rf'<a href="([^"]*)">without {name}</a>', html(desk))
    listed = desk.get(unescape(row[1])).text
    assert "Lacking" in listed
    assert "Whole" not in listed


# -- heat over time


def test_heat_is_that_of_upstream_by_hour_and_leaves_out_the_buried(editor, tmp_path):
    with at(NOON - 5 * HOUR):
        for number, heat in enumerate([*range(0, 101, 10), -1]):
            write_seed(tmp_path, f"story-{number}", heat=heat)
        import_folder(tmp_path)
        set_value(Article.objects.get(stem="story-0"), "heat", 1000, by=editor)
    with at(NOON):
        write_seed(tmp_path, "story-0", heat=70)
        import_folder(tmp_path)
    heat = overview.heat_over_time()
    assert heat.by == "hour"
    assert [point[1:] for point in heat.points] == [(50, 90, 12, 1), (70, 70, 1, 0)]
    assert heat.points[1].at == NOON


def test_heat_of_more_than_three_days_is_told_by_day(desk, tmp_path):
    for days in (4, 3, 0):
        with at(NOON - days * DAY):
            import_seed(tmp_path, heat=10 * days + 5)
    heat = overview.heat_over_time()
    assert (heat.by, [point.median for point in heat.points]) == ("day", [45, 35, 5])
    assert "In the newest day: half above 5, one in ten above 5; 0 % buried." in shown(desk)


# -- for whom, and at what cost


def test_an_empty_site_says_what_to_do_first(desk):
    told = shown(desk)
    assert "There are no stories yet" in told
    assert "python manage.py import_seeds FOLDER" in told
    assert "What waits" not in told


def test_whoever_may_import_is_led_there_from_an_empty_site_and_nobody_else(client, editor, django_user_model):
    client.force_login(editor)
    assert "Import seed files" not in shown(client)
    client.force_login(django_user_model.objects.create_superuser("root"))
    link = re.search(r'<a class="button"\s+href="([^"]*)">Import seed files', html(client))
    assert link is None or client.get(link[1]).status_code == 200


def test_who_may_look_at_nothing_is_told_no_numbers(client, django_user_model):
    make_article()
    client.force_login(django_user_model.objects.create_user("nobody", is_staff=True))
    told = shown(client)
    for word in ("What waits", "What happened", "How the site does", "There are no stories yet"):
        assert word not in told


def test_a_viewer_sees_what_an_editor_sees(client, viewer, editor):
    make_article()
    pages = []
    for user in (viewer, editor):
        client.force_login(user)
        pages.append(shown(client).partition("What waits")[2].partition("All lists")[0])
    assert pages[0] == pages[1]
    assert pages[0]


QUERIES = 15
"""Session, user, two of permissions; runs, decisions by editor; what is lacking, pinned, ranked, the newest date,
stories a day, heat; undecided, conflicts. One is left for what others put on each page."""


def test_the_page_costs_as_many_queries_for_20_stories_as_for_2(desk, editor, tmp_path):
    def queries(stories: range) -> list[str]:
        for number in stories:
            story = import_seed(tmp_path / "all", f"story-{number}", provider={"domain": f"outlet-{number}.example"})
            set_value(story, "heat", 50, by=editor)
            import_folder(write_seed(tmp_path / str(number), f"story-{number}", heat=100).parent)
            make_article(provider=f"another-{number}.example")
        with CaptureQueriesContext(connection) as captured:
            html(desk)
        return [query["sql"] for query in captured.captured_queries if "SAVEPOINT" not in query["sql"]]

    few, many = queries(range(2)), queries(range(2, 20))
    assert len(few) == len(many) <= QUERIES, "\n".join(many)


def test_no_query_of_the_page_walks_through_all_articles_or_sorts_them(desk):
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite says so in few words")
    make_article()
    with CaptureQueriesContext(connection) as captured, connection.cursor() as cursor:
        html(desk)
        asked = [query["sql"] for query in captured.captured_queries if 'FROM "articles_article"' in query["sql"]]
        plans = [row[3] for sql in asked for row in cursor.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()]
    assert len(plans) > 20
    assert [plan for plan in plans if re.fullmatch(r"SCAN \w+|USE TEMP B-TREE FOR ORDER BY", plan)] == []
