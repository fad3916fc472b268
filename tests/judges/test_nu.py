"""What the Nu HTML checker finds on the public pages and in drawings: no error, no warning."""

from pathlib import Path

import pytest

from tests.conftest import need
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
