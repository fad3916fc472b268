"""What the Nu HTML checker finds on the public pages and in drawings: no error, no warning."""

from pathlib import Path

import pytest
from django.utils import timezone

from articles.models import Article
from tests.conftest import need
from tests.factories import import_folder, make_article
from tests.judges import nu
from tests.judges.kinds import KINDS, make_site
from tests.operations.commands import manage
from tests.site.pages import get

pytestmark = [pytest.mark.django_db, pytest.mark.once]
STATIC = Path(__file__).resolve().parents[2] / "articles" / "static" / "newsdesk"


@pytest.fixture(autouse=True)
def _checker():
    need(not nu.missing(), nu.missing())


def test_it_finds_nothing_on_any_kind_of_page(tmp_path):
    make_site(manage, tmp_path)
    pages = {}
    for kind in KINDS:
        answer = get(kind.path)
        assert answer.status_code == kind.status, kind.path
        pages[kind.name] = answer.content.decode()
    assert nu.complaints(pages) == {}


EMPTY = "/ /latest/ /topics/ /providers/ /archive/ /corrections/ /about/ /search/ /search/?q=bees /nothing/"


def test_it_finds_nothing_on_a_site_without_a_story():
    assert nu.complaints({path: get(path).content.decode() for path in EMPTY.split()}) == {}


def test_it_finds_nothing_on_the_pages_of_real_stories(shared):
    import_folder(shared / "corpus" / "power-apps" / "_news")
    paths = [article.get_absolute_url() for article in Article.objects.public(timezone.now())]
    assert len(paths) > 50
    assert nu.complaints({path: get(path).content.decode() for path in paths}) == {}


def test_it_finds_nothing_where_every_text_and_address_of_a_story_is_hard_to_write():
    odd = "\"'&amp;<b>]]>--> \u202e{{ x }} \U0001f41d"
    link = 'https://b\u00fccher.example/a b|c/[d]?q="x"&y={z}^`\\#\u00fc<i>'
    make_article(
        "hard",
        title=odd,
        excerpt=f"{odd}\n\n{odd}",
        web_url=link,
        locale="xx-not-a-language-at-all",
        provider={"name": odd, "domain": "b\u00fccher.example", "images": [{"url": "/a b.png"}]},
        images=[{"url": link, "width": 0, "height": 7, "title": odd, "attribution": odd}],
        topics=[odd, "page", "x" * 200],
        related=[{"title": odd, "webUrl": link, "provider": {"name": odd, "domain": "other.example"}}, {"title": odd}],
        featured_content='<iframe src="https://www.youtube.com/embed/WJk-Y8LQlfE"></iframe>',
    )
    hard = Article.objects.get()
    paths = ["/", "/latest/", "/topics/", "/providers/", hard.get_absolute_url(), f"{hard.get_absolute_url()}player/"]
    paths += [each.get_absolute_url() for each in [hard.provider, *hard.topics.all()]]
    pages = {path: get(path) for path in paths}
    assert {path: page.status_code for path, page in pages.items() if page.status_code != 200} == {}
    assert nu.complaints({path: page.content.decode() for path, page in pages.items()}) == {}


def test_it_finds_nothing_in_drawings():
    files = list(STATIC.glob("*.svg"))
    assert files
    assert nu.complaints({path.name: path.read_text(encoding="utf-8") for path in files}) == {}


def test_it_does_find_what_is_wrong():
    wrong = {
        "page": "<!DOCTYPE html><html lang=en><title>x</title><p><h1 align=left>y</p>",
        "page, warned of": "<!DOCTYPE html><html lang=en><title>x</title><section><p>y</section>",
        "drawing.svg": '<svg xmlns="http://www.w3.org/2000/svg"><circel/></svg>',
    }
    assert set(nu.complaints(wrong)) == set(wrong)
