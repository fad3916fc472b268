"""The full-text index says what titles and excerpts say, however they were written; and any question has an answer."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from unicodedata import category

import hypothesis.strategies as st
import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings

from articles import word_index, year_counts
from articles.curation import CurationRefused, release, set_value, undo
from articles.importing.undoing import undo_run
from articles.models import Article, Decision, ImportRun
from articles.rebuilding import differing
from articles.searching import marked, read_question, snippet
from tests.factories import a_superuser, import_folder, make_article, write_seed
from tests.operations.commands import manage
from tests.site.pages import get, list_slugs

pytestmark = pytest.mark.django_db
quick = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
on_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL's index is a generated column")
TITLES = ["Rain in Ulm", "Sun over Zürich", "Nothing new", "人工知能の研究", "Storm – “now”"]


def found(text: str) -> set[str]:
    return {article.slug for article in Article.objects.public(timezone.now()).matching(read_question(text))}


# -- kept by every way of writing

ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["import", "decide", "release", "undo", "undo_run", "rebuild", "date", "tamper", "delete"]),
        st.integers(0, 3),
        st.integers(0, len(TITLES) - 1),
    ),
    min_size=3,
    max_size=12,
)


@quick
@given(ACTIONS)
def test_the_index_is_what_the_columns_are_after_any_writing(actions):
    with transaction.atomic(), TemporaryDirectory() as folder:
        for action, place, title in [("import", 0, 0), ("import", 1, 1), *actions]:
            act(action, f"2020-06-2{place}-story", TITLES[title], folder, place)
        assert word_index.is_true()
        assert year_counts.are_true()
        stories = list(Article.objects.public(timezone.now()))
        for title in TITLES:
            assert found(f'"{title}"') == {story.slug for story in stories if title in (story.title, story.excerpt)}
        transaction.set_rollback(True)


def act(action: str, stem: str, title: str, folder: str, place: int) -> None:
    article, root = Article.objects.filter(stem=stem).first(), a_superuser()
    decided = Decision.objects.filter(article=article).order_by("pk").last()
    if action == "import":
        write_seed(Path(folder), stem, title=title, publishedDateTime=f"2020-06-2{place}T0{place}:00:00Z")
        import_folder(Path(folder))
    elif action == "rebuild":
        list(differing(mend=True))
    elif action == "undo_run":
        run = ImportRun.objects.filter(undone_by=None, undoes=None, status="finished").order_by("pk").last()
        if run:
            undo_run(run.pk)
    elif article is None or article.undone:
        return
    elif action == "decide":
        set_value(article, "title", title, by=root)
    elif action == "release" and article.standing_decisions.filter(field="title").exists():
        release(article, "title", by=root)
    elif action == "undo" and decided and decided.kind != "undo" and decided.field == "title":
        with suppress(CurationRefused):  # it is undone already
            undo(decided, by=root)
    elif action == "date":
        set_value(article, "publish_at", datetime(2021, 1, 1 + place, tzinfo=UTC), by=root)
    elif action == "tamper":
        Article.objects.filter(pk=article.pk).update(excerpt=title, published_at=article.published_at)


def test_a_story_that_is_deleted_leaves_the_index():
    article = make_article("rain", title="Rain")
    article.versions.all().delete()
    article.delete()
    assert word_index.is_true()
    assert found("rain") == set()


@on_sqlite
def test_an_index_that_says_otherwise_is_found_with_check_and_made_anew_without():
    make_article("rain", title="Rain in Ulm")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO articles_search (rowid, title, excerpt) VALUES (7, 'Stray', '')")
    ran = manage("rebuild_articles", "--check")
    assert (ran.code, "The full-text index is another than the titles and excerpts." in ran.out) == (1, True)
    ran = manage("rebuild_articles")
    assert (ran.code, "is now made from, the titles and excerpts." in ran.out) == (0, True)
    assert manage("rebuild_articles", "--check").code == 0
    assert found("rain ulm") == {"rain"}


@on_sqlite
def test_a_heat_that_changes_writes_nothing_into_the_index():
    article = make_article("rain", title="Rain", heat=3)
    with connection.cursor() as cursor:
        cursor.execute("SELECT block FROM articles_search_data WHERE id = 10")  # its structure: changes at each write
        before = cursor.fetchone()
        set_value(article, "heat", 300, by=a_superuser())
        cursor.execute("SELECT block FROM articles_search_data WHERE id = 10")
        assert cursor.fetchone() == before


@on_sqlite
def test_all_six_triggers_are_there_after_all_migrations():
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'articles_article'")
        names = {name for (name,) in cursor.fetchall()}
    kept = ("search", "year")
    assert names == {f"articles_{what}_{event}" for what in kept for event in ("insert", "update", "delete")}


# -- newest first, at any date


def test_matches_come_newest_first_at_any_date():
    dates = [datetime(1, 1, 2, tzinfo=UTC), datetime(1969, 12, 31, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)]
    for place, date in enumerate([dates[1], dates[0], dates[2]]):
        make_article(f"s{place}", title="Rain", published_at=date)
    rows = Article.objects.public(timezone.now()).matching(read_question("rain"))
    assert [row.published_at for row in rows] == sorted(dates, reverse=True)


# -- any question

WORDS = st.sampled_from('rain AND OR NOT NEAR " * - title: ^ ( ) <-> ! & | :*'.split())
QUESTIONS = st.one_of(
    st.text(max_size=250),
    st.lists(WORDS, max_size=12).map(" ".join),
    st.text(st.characters(blacklist_categories=()), max_size=40),
)


@quick
@given(QUESTIONS)
@example('"NOT AND OR *')
@example("NOT AND OR *")
@example("\ud800 \0 ' \" \\ %s % {")
@example("a\0b c\ud800d")
@example("NEAR(rain ulm, 3)")
@example("🌧️ 🎉")
@example("x" * 10_000)
@example("-" * 10_000)
@example(" ".join(["rain"] * 5_000))
@example("a*b* *a **")
@example("\U0001e900 ꙮ ﷺ")
def test_any_question_is_answered_by_either_a_page_or_its_form(text):
    if not Article.objects.exists():
        make_article("rain", title="Rain in Ulm")
    found(text)
    for path in ("/search/", "/latest/", "/api/news/"):
        assert get(path, query_params={"q": text.encode("utf-8", "replace").decode()}).status_code in (200, 400)


@quick
@given(st.text(min_size=1, max_size=60))
@example("Zürich: 1,000 – “Straße” İstanbul e\u0301cole")
@example("don't 3.14 -5 a_b http://x.example/y?z AI/ML v1.0-beta")
def test_every_word_of_a_title_finds_it(text):
    title = " ".join(text.split())
    words = ["".join(word).strip() for word in title.split()]
    if not any(letter.isascii() and letter.isalnum() for letter in title) or not is_a_title(title):
        return
    with transaction.atomic():
        make_article("tale", title=title, excerpt="x")
        for word in words:
            if any(letter.isascii() and letter.isalnum() for letter in word) and not word.startswith("-"):
                assert found(word.replace('"', " ").replace("*", " ")) == {"tale"}, word
        transaction.set_rollback(True)


def is_a_title(text: str) -> bool:
    return text.strip() != "" and all(category(letter) not in ("Cc", "Cs", "Cn") for letter in text)


@given(st.text(max_size=300), QUESTIONS)
@example("e\u0301cole, ECOLE", "école")
@example("İstanbul", "istanbul")
def test_marked_pieces_are_the_text(text, question):
    pieces = marked(text, read_question(question))
    assert "".join(piece for piece, _ in pieces) == text
    begun, rest = snippet(text, read_question(question))
    assert text.endswith(rest)
    assert begun == (rest != text)


def test_accents_of_either_kind_are_inside_of_the_mark():
    assert marked("Une e\u0301cole", read_question("école")) == [("Une ", False), ("e\u0301cole", True)]
    assert marked("Zürich", read_question("zur")) == [("Zürich", True)]


# -- how often the database is asked


def test_a_search_asks_as_often_for_forty_stories_as_for_ten(django_assert_num_queries):
    now = timezone.now()
    for number in range(40):
        make_article(f"s{number}", title="Rain in Ulm", published_at=now - timedelta(hours=number), topics=["AI"])
        if number not in (9, 39):
            continue
        for path in ("/search/?q=rain", '/search/?q="rain+in"+ul*&topic=ai&heat_min=1'):
            # the edition · what matches · outlets' names · the stories of the page · the frame
            with django_assert_num_queries(1 + 3 + 1):
                assert len(list_slugs(get(path).text)) == min(number + 1, 25)
        # the edition · what matches · outlets' names · stories to go on with · the frame
        with django_assert_num_queries(1 + 3 + 1):
            assert list_slugs(get("/search/?q=-ulm+rain").text) == []
        # one outlet is named: its stories too
        with django_assert_num_queries(1 + 4 + 1):
            assert list_slugs(get("/search/?q=outlet.example").text)
        # the edition · stories · the frame
        with django_assert_num_queries(1 + 1 + 1):
            get("/latest/?q=rain")
