"""An article's history: what upstream said and what editors decided, in one line of time."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.admin import history
from articles.curation import Change, boost, curate, keep, set_value, undo
from articles.importing.undoing import undo_run
from articles.models import Article, Decision
from tests.factories import import_folder, import_seed, make_article, withdraw, write_seed

pytestmark = pytest.mark.django_db


def address(article: Article, query: str = "") -> str:
    return f"/admin/articles/article/{article.pk}/history/{query}"


def text_of(html: str) -> str:
    """What is to be read, its blanks made single; <del> and <ins> stay."""
    html = re.sub(r"<(?!/?(?:del|ins)\b)[^>]*>", "", html[html.index('id="') :].partition(">")[2])
    return " ".join(html.split())


def read(desk, article: Article, query: str = "") -> str:
    response = desk.get(address(article, query))
    assert response.status_code == 200
    return text_of(response.text[response.text.index('id="content-main"') :])


def entries(desk, article: Article) -> list[str]:
    """Each entry of the first page, newest first."""
    html = desk.get(address(article)).text
    return [text_of(each) for each in re.findall(r'<li id=".*?</li>', html, re.DOTALL)]


def test_the_history_button_leads_to_it(desk):
    article = make_article()
    assert f'href="{address(article)}"' in desk.get(f"/admin/articles/article/{article.pk}/change/").text
    assert "brought the story with heat 40 and quality 57" in read(desk, article)


def test_a_version_tells_what_it_changed_against_the_one_before(desk, tmp_path):
    article = import_seed(tmp_path, heat=40, title="A bridge that listens", topics=["AI", "Law"], secured="OLDSECRET")
    changed = {"topics": ["Law", "Chips"], "webUrl": "https://outlet.example/b", "secured": "NEWSECRET", "mood": "glad"}
    import_seed(tmp_path, heat=52, title="A bridge that hears", **changed)
    newest = entries(desk, article)[0]
    assert "Upstream changed title, webUrl" not in newest, "keys are named as the desk names them"
    assert "heat 40 → 52" in newest
    assert "title A bridge that <del>listens</del><ins>hears</ins>" in newest
    assert "topics <del>AI</del>, Law, <ins>Chips</ins>" in newest
    assert "web URL https://outlet.example/story → https://outlet.example/b" in newest
    assert "mood nothing → glad" in newest
    assert "SECRET" not in desk.get(address(article)).text


def test_a_version_with_one_number_changed_is_one_line(desk, tmp_path):
    article = import_seed(tmp_path, heat=40)
    import_seed(tmp_path, heat=52)
    assert re.match(r"Upstream changed heat: 40 → 52 in run \d+ ", entries(desk, article)[0])


def test_an_absent_number_is_its_default_and_no_change(desk, tmp_path):
    article = import_seed(tmp_path, heat=None, title="One")
    import_seed(tmp_path, heat=0, title="Two")
    assert "changed title:" in entries(desk, article)[0]


def test_pictures_related_stories_and_outlets_are_told_by_their_names(desk, tmp_path):
    article = import_seed(tmp_path, images=[{"url": "/a.jpg", "title": "A dam"}], provider={"domain": "a.example"})
    related = [{"title": "Elsewhere", "webUrl": "https://b.example/1"}]
    values = {"images": [{"url": "/b/c.jpg"}], "related": related, "provider": {"name": "B", "domain": "b.example"}}
    import_seed(tmp_path, **values)
    newest = entries(desk, article)[0]
    assert "images <del>A dam</del>, <ins>c.jpg</ins>" in newest
    assert "related stories <ins>Elsewhere</ins>" in newest
    assert "provider a.example (a.example) → B (b.example)" in newest
    import_seed(tmp_path, **values | {"images": [{"url": "/b/c.jpg", "width": 7}]})
    assert "images: details of the same changed" in entries(desk, article)[0]


def test_a_decision_tells_who_what_why_and_what_upstream_said_then(desk, editor, colleague, tmp_path):
    article = import_seed(tmp_path, heat=40)
    set_value(article, "heat", 80, by=editor, note="A <b>local</b> story")
    boost(article, "heat", 20, by=colleague)
    import_seed(tmp_path, heat=70, webUrl="https://outlet.example/other")
    keep(article, "heat", by=editor)
    kept, _, boosted, decided, _ = entries(desk, article)
    assert decided.startswith("erin set heat: 40 → 80")
    assert "A &lt;b&gt;local&lt;/b&gt; story" in decided
    assert "Upstream said" not in decided
    assert boosted.startswith("carl boosted heat by +20: 80 → 60")
    assert "Upstream said 40 then." in boosted
    assert kept.startswith("erin kept heat, though upstream moved: 90")


def test_a_decided_text_has_its_words_marked(desk, editor):
    article = make_article(title="A bridge that listens", topics=["AI"])
    curate(article, [Change("set", "title", "A dam that listens"), Change("set", "topics", ["Law"])], by=editor)
    topics, title, _ = entries(desk, article)
    assert "set title: A <del>bridge </del><ins>dam </ins>that listens" in title
    assert "set topics: <del>AI</del>, <ins>Law</ins>" in topics


def test_what_a_shell_and_a_bulk_action_decided_stands_in_it_too(desk, editor):
    article = make_article("story")
    call_command("curate", "story", "--set", "heat=7", "--by", "erin", "--note", "from the shell")
    set_value(article, "quality", 3, by=editor)
    Decision.objects.filter(field="quality").update(batch=(batch := uuid4()))
    in_bulk, by_shell, _ = entries(desk, article)
    assert by_shell.startswith("erin set heat: 40 → 7")
    assert "from the shell" in by_shell
    assert "One of a bulk action." in in_bulk
    assert f"?batch={batch}" in desk.get(address(article)).text


def test_what_is_undone_says_by_whom_and_how_to_bring_it_back(chief_desk, chief, editor):
    article = make_article(heat=40)
    set_value(article, "heat", 80, by=editor)
    undo(Decision.objects.get(), by=chief)
    undoing, undone, _ = entries(chief_desk, article)
    assert undoing.startswith("chloe undid set heat by erin: 80 → 40")
    assert "It does not count: undone by chloe" in undone
    assert "Undo" not in undone
    answer = chief_desk.post(address(article), {"_undo": Decision.objects.first().pk}, follow=True)
    assert "Undone: undo heat by chloe." in answer.text
    assert entries(chief_desk, article)[0].startswith("chloe brought heat back: 40 → 80")


def test_an_undone_run_is_told_with_what_its_undo_changed_and_that_too_can_be_undone(desk, tmp_path):
    article = import_seed(tmp_path, heat=40)
    write_seed(tmp_path, heat=1, title="Ruined")
    run = import_folder(tmp_path).run
    again = undo_run(run).run
    undoing, ruined, _ = entries(desk, article)
    assert f"It does not count: undone by run {again}" in ruined
    assert f"Somebody with a shell undid run {run} in run {again}" in undoing
    assert "heat 1 → 40" in undoing
    assert "<del>Ruined</del>" in undoing
    undo_run(again)
    restored = entries(desk, article)[0]
    assert f"undid run {again}, itself an undo: what it took back counts again" in restored
    assert "heat 40 → 1" in restored


def test_a_withdrawal_and_a_return_are_told(desk, tmp_path):
    article = import_seed(tmp_path)
    withdraw(article)
    import_seed(tmp_path, heat=9)
    returned, withdrawn, _ = entries(desk, article)
    assert "the story was withdrawn" in withdrawn
    assert "came back: the story is no longer withdrawn" in returned
    assert "heat 40 → 9" in returned


def test_a_viewer_reads_it_and_undoes_nothing(client, viewer, editor):
    article = make_article()
    set_value(article, "heat", 80, by=editor)
    client.force_login(viewer)
    assert 'name="_undo"' not in client.get(address(article)).text
    assert client.post(address(article), {"_undo": Decision.objects.get().pk}).status_code == 403
    assert Decision.objects.count() == 1


def test_who_may_undo_a_run_is_led_to_it_from_each_entry_that_is_not_undone(client, desk, django_user_model, tmp_path):
    article = import_seed(tmp_path, heat=40)
    write_seed(tmp_path, heat=1)
    undone = import_folder(tmp_path).run
    undoing, first = undo_run(undone).run, article.versions.first().run_id
    assert "Undo run" not in read(desk, article)
    client.force_login(django_user_model.objects.create_superuser("root"))
    html = client.get(address(article)).text
    assert re.findall(r'href="/admin/articles/importrun/(\d+)/change/">Undo run', html) == [str(undoing), str(first)]


def test_who_may_not_look_at_articles_reads_no_history(client, django_user_model):
    client.force_login(django_user_model.objects.create_user("nora", is_staff=True))
    assert client.get(address(make_article())).status_code == 403


@pytest.mark.parametrize("key", ["nonsense", "", "0", "9" * 30, "٣"])
def test_an_undo_of_nothing_is_not_found(desk, editor, key):
    article = make_article()
    set_value(article, "heat", 80, by=editor)
    assert desk.post(address(article), {"_undo": key}).status_code == 404


def test_an_undo_of_another_articles_decision_is_not_found(desk, editor):
    article, other = make_article(), make_article()
    set_value(other, "heat", 80, by=editor)
    assert desk.post(address(article), {"_undo": Decision.objects.get().pk}).status_code == 404


def test_an_undo_that_a_colleague_stands_in_the_way_of_is_refused_in_words(desk, editor, colleague):
    article = make_article()
    set_value(article, "heat", 80, by=editor)
    set_value(article, "heat", 90, by=colleague)
    answer = desk.post(address(article), {"_undo": Decision.objects.last().pk}, follow=True)
    assert "Nothing was undone. heat: carl has decided on it since" in answer.text


@pytest.mark.parametrize("key", ["0", "999999", "x", "9" * 40, "1/2", "٣"])
def test_a_history_of_nothing_leads_back_to_the_desk(desk, key):
    response = desk.get(f"/admin/articles/article/{key}/history/")
    assert (response.status_code, response["Location"]) == (302, "/admin/")


def test_a_story_whose_import_was_undone_has_none_to_show(desk, tmp_path):
    article = import_seed(tmp_path)
    undo_run(article.versions.get().run_id)
    assert desk.get(address(article)).status_code == 302


@pytest.mark.parametrize(
    "query", ["?p=0", "?p=-1", "?p=x", "?p=9999", "?p=", "?decision=x", "?decision=9999999", "?p=%00"]
)
def test_a_page_that_is_none_shows_one_that_is(desk, query):
    assert "brought the story" in read(desk, make_article(), query)


def test_a_long_history_is_paged_and_a_decision_is_found_on_its_page(desk, editor, monkeypatch):
    monkeypatch.setattr(history, "ENTRIES", 4)
    article = make_article()
    for heat in range(10):
        set_value(article, "heat", heat, by=editor)
    assert "page 1 of 3, 11 entries" in read(desk, article)
    assert "brought the story" in read(desk, article, "?p=3")
    first = Decision.objects.last()
    told = desk.get(address(article, f"?decision={first.pk}")).text
    assert "page 3 of 3" in told
    assert f'id="decision-{first.pk}"' in told


def test_a_page_takes_as_many_queries_and_reads_no_more_files_however_long_the_history_is(
    desk, editor, tmp_path, monkeypatch
):
    monkeypatch.setattr(history, "ENTRIES", 12)
    article = import_seed(tmp_path, heat=40)
    reading = []
    monkeypatch.setattr(history, "story_of", lambda version, read=history.story_of: reading.append(1) or read(version))

    def grow(steps: int) -> None:
        for step in range(steps):
            import_seed(tmp_path, heat=50 + step + article.versions.count())
            set_value(article, "quality", step, by=editor)

    def queries() -> int:
        reading.clear()
        with CaptureQueriesContext(connection) as captured:
            read(desk, article)
        return len(captured)

    grow(2)
    few = queries()
    grow(18)
    assert queries() == few <= 12
    assert len(reading) <= 13


def test_a_file_that_can_no_longer_be_read_is_told_and_breaks_nothing(desk, tmp_path, monkeypatch):
    article = import_seed(tmp_path)
    import_seed(tmp_path, heat=1)

    def unreadable(version):
        raise ValueError(f"version {version.pk} can no longer be read")

    monkeypatch.setattr(history, "story_of", unreadable)
    assert "What changed cannot be shown: version" in read(desk, article)


def test_upstreams_and_editors_texts_are_escaped(desk, editor, tmp_path):
    article = import_seed(tmp_path, title="<script>one</script>", topics=["<i>a"])
    import_seed(tmp_path, title="<script>two</script>", topics=["<i>b"], excerpt="<img src=x>")
    set_value(article, "title", "<script>three</script>", by=editor)
    html = desk.get(address(article)).text
    for bad in ("<script>one", "<script>two", "<script>three", "<i>a", "<i>b", "<img src=x"):
        assert bad not in html


# -- the plot


def test_the_plot_shows_upstreams_steps_the_effective_ones_and_the_decisions(desk, editor, tmp_path):
    article = import_seed(tmp_path, heat=30)
    article.versions.update(at=timezone.now() - timedelta(hours=6))
    set_value(article, "heat", 60, by=editor)
    import_seed(tmp_path, heat=45)
    html = desk.get(address(article)).text
    assert "Heat from" in html
    assert "with 1 decision on it" in html
    assert "<title>erin set heat: 30 → 60," in " ".join(html.split())
    assert " style=" not in html
    heat = html[html.index("plot-heat") : html.index("plot-quality")]
    upstream, effective = (re.findall(r"V([\d.]+)", path) for path in re.findall(r' d="(M[^"]*H1000)"', heat))
    assert (len(upstream), len(effective)) == (1, 1), "each moved once: upstream to 45, readers to 60"
    assert float(effective[0]) < float(upstream[0]), "60 is drawn above 45"
    rows = re.findall(r"<tr>(.*?)</tr>", html[html.index("<tbody>") :], re.DOTALL)
    told = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)[1:3] for row in rows]
    assert told == [["45", "60"], ["30", "60"], ["30", "30"]]


def test_without_anything_to_plot_a_sentence_says_so(desk):
    html = read(desk, make_article())
    assert "there is nothing to plot yet" in html
