"""Search: any words, any input, stories that are public and the buried ones."""

import pytest

from tests.factories import make_article
from tests.site.pages import get, link_to_more, list_slugs, text_of

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
    assert "0 stories with" in text_of("/search/?q=nothing")
    assert "Nothing was found." in text_of("/search/?q=nothing")


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
    # stories · how many · the frame
    for batch in (2, 18):
        for number in range(batch):
            make_article(f"s{batch}-{number}", title="Rain", topics=["AI", f"T{number}"])
        with django_assert_num_queries(1 + 2 + 1):
            get("/search/?q=rain")
