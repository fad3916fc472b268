"""Search: any words, any input, stories that are public and the buried ones."""

import base64
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from articles.curation import set_value
from articles.models import Article
from tests.factories import make_article
from tests.site.pages import get, link_to_more, list_slugs, story_slugs, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def stories():
    make_article("rain", title="Rain in Ulm", excerpt="It pours.")
    make_article("sun", title="Sun in Ulm", provider={"domain": "mint.example", "name": "Mint"})
    make_article("buried", title="Rain again in Ulm", heat=-1)
    make_article("hidden", title="Rain in secret", published=False)


@pytest.mark.parametrize(
    ("words", "slugs"),
    [
        ("rain", ["buried", "rain"]),
        ("ULM rain", ["buried", "rain"]),
        ("pours", ["rain"]),
        ("mint", ["sun"]),
        ("nothing", []),
    ],
)
def test_a_story_with_all_the_words_is_found(stories, words, slugs):
    html = text_of(f"/search/?q={words}")
    assert sorted(list_slugs(html.partition("The best of now")[0])) == slugs
    assert f'value="{words}"' in html


def test_the_number_of_hits_is_told(stories):
    assert "2 stories with “<bdi>rain</bdi>”" in text_of("/search/?q=rain")
    html = text_of("/search/?q=nothing")
    assert "Nothing was found with “<bdi>nothing</bdi>”." in html
    assert html.count("“<bdi>nothing</bdi>”") == 1
    assert "0 stories" not in html


def test_without_a_question_there_is_a_field_and_some_stories(stories):
    html = text_of("/search/")
    assert 'name="q"' in html
    assert "The best of now" in html


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ("%22%27%25_*:()-+AND+OR+NOT", 200),
        ("a" * 201, 400),
        ("a" * 10_000, 400),
        ("%00", 400),
        ("%ff", 200),
        ("+".join("abcdefghijklmnop"), 200),
        ("%3Cscript%3Ealert(1)%3C/script%3E", 200),
    ],
)
def test_any_input_is_safe(stories, question, status):
    answer = get(f"/search/?q={question}")
    assert answer.status_code == status
    assert "<script>alert" not in answer.text


def test_search_is_not_indexed(stories):
    assert '<meta name="robots" content="noindex, follow">' in text_of("/search/?q=rain")


def test_the_list_goes_on_by_cursor():
    for number in range(26):
        make_article(f"s{number}", title=f"Rain {number}")
    html = text_of("/search/?q=rain")
    assert len(list_slugs(html)) == 25
    assert (
        len(list_slugs(text_of("/search/" + link_to_more(html).removeprefix("/search/")).partition("The best")[0])) == 1
    )
    assert get("/search/?q=rain&cursor=x").status_code == 404


def test_a_search_asks_as_often_for_20_stories_as_for_two(django_assert_num_queries):
    # the edition · what matches · outlets' names · the stories of the page · the frame
    for batch in (2, 18):
        for number in range(batch):
            make_article(f"s{batch}-{number}", title="Rain", topics=["AI", f"T{number}"])
        with django_assert_num_queries(1 + 3 + 1):
            get("/search/?q=rain")


@pytest.fixture
def words():
    """Stories of one day each, the first the newest, whose half-life in a search is 30 days."""
    now = timezone.now()

    def tell(slug, title, excerpt="", days=0, **more):
        make_article(slug, title=title, excerpt=excerpt, published_at=now - timedelta(days=days), **more)

    return tell


def slugs(query: str) -> list[str]:
    return list_slugs(text_of(f"/search/?{query}"))


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("zurich", True),
        ("ZÜRICH", True),
        ("zu\u0308rich", True),
        ("Zür", True),
        ("rich", False),
        ("bahn zur*", False),
        ("zur* bahnhof", True),
        ('"stadt zurich"', True),
        ('"Zürich Stadt"', False),
        ('"stadt zur"', False),
        ('"stadt zur"*', True),
        ("“stadt zürich”", True),
        ('zurich "', True),
        ("power-apps", True),
        ('"power apps"', True),
        ("apps-power", False),
        ("don’t", True),
        ("don't", True),
        ("crossing -bahnhof", False),
        ("crossing -flughafen", True),
        ("-crossing", False),
        ("crossing NOT flughafen", False),
        ("3.1", True),
        ("AI/ML", True),
        ("ml", True),
    ],
)
def test_words_are_found_whole_or_begun_in_any_case_and_without_accents(words, question, found):
    words("tale", "Crossing at the Bahnhof, Stadt Zürich", "Power-Apps don’t help with AI/ML, version 3.1")
    assert slugs(urlencode({"q": question})) == ["tale"] * found


def test_text_without_blanks_is_found_inside_of_a_run(words):
    words("tale", "人工知能の研究が進む", "東京")
    words("other", "京都の天気")
    assert slugs("q=知能") == ["tale"]
    assert slugs("q=知能+-東京") == []
    assert slugs("q=天気") == ["other"]


def test_what_the_title_says_comes_before_what_the_excerpt_says(words):
    words("excerpt", "Weather", "Rain in Ulm")
    words("half", "Rain", "It came to Ulm.", days=1)
    words("title", "Rain falls over all of Ulm", days=2)
    words("side-by-side", "Now there is rain: Ulm", days=3)
    assert slugs("q=rain+ulm") == ["side-by-side", "title", "half", "excerpt"]


def test_a_whole_word_comes_before_one_that_only_begins_so(words):
    words("begun", "Rainfall in Ulm")
    words("whole", "The rain in Ulm", days=30)
    assert slugs("q=rain") == ["whole", "begun"]


def test_a_title_that_is_older_by_months_comes_after_an_excerpt_of_today(words):
    words("old", "Rain", days=121)
    words("new", "Weather", "Rain")
    assert slugs("q=rain") == ["new", "old"]


def test_an_outlet_is_a_word_like_others(words):
    mint = {"domain": "mint.example", "name": "Mint"}
    words("rain", "Rain", provider=mint)
    words("sun", "Sun", days=1, provider=mint)
    words("tea", "Rain on mint tea", days=2)
    words("other", "Rain elsewhere")
    assert slugs("q=mint+rain") == ["tea", "rain"]
    assert sorted(slugs("q=mint")) == ["rain", "sun", "tea"]
    assert slugs("q=mint+-rain") == ["sun"]
    assert slugs("q=mint.example+sun") == ["sun"]


def test_a_word_in_the_names_of_many_outlets_is_no_outlet(words):
    for number in range(6):
        words(f"s{number}", "Sun", provider={"domain": f"d{number}.example", "name": f"Daily {number}"})
    words("daily", "The daily rain")
    assert slugs("q=daily") == ["daily"]


def test_what_was_searched_for_is_marked(words):
    words("tale", "Rain & <b>Zürich</b>", "A long way before it. " * 10 + "Then the rain came to Zurich, and stayed.")
    html = text_of("/search/?q=rain+zurich")
    assert "<mark>Rain</mark> &amp; &lt;b&gt;<mark>Zürich</mark>&lt;/b&gt;" in html
    assert "Then the <mark>rain</mark> came to <mark>Zurich</mark>, and stayed." in html
    assert '">…' in html
    assert "<b>" not in html


def test_the_question_is_not_marked_up():
    html = text_of("/search/?q=%22%3E%3Cmark%3Erain")
    assert "<mark>rain" not in html


def test_filters_narrow_what_is_found(words):
    words("ai", "Rain", topics=["AI"], heat=50, type="video")
    words("other", "Rain", days=3, topics=["Weather"], heat=5, provider="mint.example", quality=1)
    assert slugs("q=rain&topic=ai") == ["ai"]
    assert slugs("q=rain&provider=mint.example") == ["other"]
    assert slugs("q=rain&heat_min=40") == ["ai"]
    assert slugs("q=rain&type=video") == ["ai"]
    assert slugs("q=rain&quality_min=2") == ["ai"]
    assert slugs(f"q=rain&before={(timezone.now() - timedelta(days=1)).date()}") == ["other"]
    assert slugs(f"q=rain&after={(timezone.now() - timedelta(days=1)).date()}") == ["ai"]


def test_the_filters_are_open_where_one_is_set(stories):
    assert '<details class="filters" open>' not in text_of("/search/?q=rain")
    html = text_of("/search/?q=rain&heat_min=1")
    assert '<details class="filters" open>' in html
    assert 'name="heat_min" value="1"' in html


@pytest.mark.parametrize("wrong", ["heat_min=many", "after=yesterday", "topic=%00", f"type={'x' * 201}"])
def test_a_filter_that_cannot_be_meant_is_400_and_says_so(stories, wrong):
    answer = get(f"/search/?q=rain&{wrong}")
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.text
    assert '<details class="filters" open>' in answer.text
    assert 'value="rain"' in answer.text
    assert list_slugs(answer.text) == []


def test_where_nothing_is_found_three_stories_are_shown_to_go_on_with(stories):
    make_article("third", title="Third")
    html = text_of("/search/?q=nothing")
    assert "Try fewer words or other ones" in html
    assert len(story_slugs(html)) == 3


def test_pages_go_on_with_the_filters_and_meet_each_story_once():
    for number in range(60):
        make_article(f"s{number}", title="Rain" if number % 2 else "Sun", excerpt="rain", heat=number % 30)
    at, seen, pages = "/search/?q=rain&heat_min=2", [], 0
    while at:
        html = text_of(at)
        seen += list_slugs(html)
        more = link_to_more(html)
        assert not more or more.startswith("/search/?q=rain&heat_min=2&cursor=")
        at, pages = more, pages + 1
    assert pages == 3
    assert len(seen) == len(set(seen)) == 56


@pytest.mark.parametrize("values", [["x", 1], [1.0], [1.0, "1"], [1, 1], [1.0, 2**63], [1.0, 1, 1], {}, [1e999, 1]])
def test_a_cursor_that_no_page_gave_is_404(stories, values):
    cursor = base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
    assert get(f"/search/?q=rain&cursor={cursor}").status_code == 404


def test_more_hits_than_are_ranked_are_said_to_be_more(monkeypatch):
    monkeypatch.setattr("articles.site.search.MOST_HITS", 3)
    monkeypatch.setattr("articles.site.views.MOST_HITS", 3)
    for number in range(5):
        make_article(f"s{number}", title="Rain", published_at=timezone.now() - timedelta(days=number))
    html = text_of("/search/?q=rain")
    assert "More than 3 stories" in html
    assert list_slugs(html) == ["s0", "s1", "s2"]


def test_the_latest_and_the_api_find_the_same_newest_first(words):
    words("old", "Rain at Zürich", days=2)
    words("new", "Weather", "rain at ZURICH", days=1)
    words("sun", "Sun")
    assert list_slugs(text_of("/latest/?q=zurich+rain")) == ["new", "old"]
    assert [story["title"] for story in get("/api/news/?q=zurich+rain").json()["value"]] == [
        "Weather",
        "Rain at Zürich",
    ]


def test_the_latest_with_a_word_goes_on_by_cursor():
    for number in range(30):
        at = datetime(1969, 12, 31, 23, 59, 57 + number % 3, 999_480 + number, tzinfo=UTC)  # before 1970, near a second
        make_article(f"s{number}", title="Rain", published_at=at)
    first = text_of("/latest/?q=rain")
    second = text_of(link_to_more(first))
    assert sorted(list_slugs(first) + list_slugs(second)) == sorted(f"s{number}" for number in range(30))
    assert get("/latest/?q=rain&cursor=WzFd" + "A" * 9).status_code == 404


def test_a_decision_is_found_at_once(stories, editor):
    article = Article.objects.get(slug="rain")
    set_value(article, "title", "Hail in Ulm", by=editor)
    assert list_slugs(text_of("/search/?q=hail")) == ["rain"]
    assert "rain" not in list_slugs(text_of("/search/?q=%22rain+in+ulm%22"))
    set_value(article, "published", False, by=editor)
    assert list_slugs(text_of("/search/?q=hail")) == []
    set_value(Article.objects.get(slug="hidden"), "published", True, by=editor)
    assert "hidden" in list_slugs(text_of("/search/?q=secret"))


def test_what_is_not_public_yet_or_no_more_is_not_found(words, time_machine):
    now = timezone.now()
    words("soon", "Rain", publish_at=now + timedelta(hours=1), publish_until=now + timedelta(hours=2))
    words("gone", "Rain", withdrawn=True)
    found = []
    for minutes in (59, 60, 119, 120):
        time_machine.move_to(now + timedelta(minutes=minutes), tick=False)
        found.append(slugs("q=rain"))
    assert found == [[], ["soon"], ["soon"], []]


def test_the_feed_of_a_search_finds_what_is_older_than_a_feed_is_long(words):
    words("tale", "Rain", days=90)
    for number in range(60):
        words(f"s{number}", "Sun", days=number)
    assert [item["title"] for item in get("/feeds/search.json?q=rain").json()["items"]] == ["Rain"]
