"""The desk's pages are of one family: the same frame, the same marks, and rows that are judged at a glance."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone
from PIL import Image

from articles.curation import set_value
from articles.models import ImportRun
from tests.factories import import_folder, import_seed, make_article, write_seed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
LIST = "/admin/articles/article/"
QUEUE = f"{LIST}conflicts/"
FEED = "/admin/articles/decision/"
GONE = {"images": [{"url": "/nowhere.png", "width": 600, "height": 400}]}


@pytest.fixture
def conflict(tmp_path, editor):
    """A story whose title an editor decided, and of which upstream then said another, of another article."""
    article = import_seed(tmp_path, title="Bees leave the city", **GONE)
    set_value(article, "title", "Bees leave town", by=editor)
    return import_seed(
        tmp_path, title="Bees return to the city", webUrl=f"https://outlet.example/{'long/' * 40}", **GONE
    )


@pytest.mark.parametrize("width", [360, 1440])
def test_name_way_and_heading_have_one_edge_and_the_header_one_face(browser_page, signed_in, chief, conflict, width):
    page = signed_in(browser_page, chief)
    page.set_viewport_size({"width": width, "height": 900})
    faces, edges = {}, {}
    for address in (LIST, QUEUE, FEED, f"{LIST}{conflict.pk}/change/", "/admin/articles/importrun/upload/"):
        page.goto(address)
        faces[address] = page.evaluate(
            """() => [...document.querySelectorAll("#header, #header button")].map(
                (each) => [each.offsetHeight, getComputedStyle(each).backgroundColor, getComputedStyle(each).border])"""
        )
        edges[address] = page.evaluate(
            """() => ["#site-name a", "div.breadcrumbs a", "#content h1"].map(
                (each) => Math.round(document.querySelector(each).getBoundingClientRect().left))"""
        )
    assert len({str(face) for face in faces.values()}) == 1, faces
    assert {edge for found in edges.values() for edge in found} == {12 if width == 360 else 24}, edges


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_that_went_and_came_are_marked_alike_on_every_page(browser_page, signed_in, editor, conflict, scheme):
    page = signed_in(browser_page, editor)
    page.emulate_media(color_scheme=scheme)
    marks = {}
    for address in (QUEUE, f"{LIST}{conflict.pk}/history/"):
        page.goto(address)
        marks[address] = [
            page.locator(tag).first.evaluate("(mark) => getComputedStyle(mark).backgroundColor")
            for tag in ("#content del", "#content ins")
        ]
    assert marks[QUEUE] == marks[f"{LIST}{conflict.pk}/history/"]


def test_a_picture_that_does_not_come_leaves_its_box_without_a_frame(browser_page, signed_in, editor, conflict):
    page = signed_in(browser_page, editor)
    for address in (LIST, QUEUE):
        page.goto(address)
        picture = page.locator(".thumbnail").first
        picture.scroll_into_view_if_needed()
        page.wait_for_load_state("networkidle")
        assert picture.evaluate("(each) => [each.offsetWidth, each.offsetHeight]") == [48, 32]
        shown = Image.open(BytesIO(picture.screenshot())).convert("RGB")
        middle = shown.crop((2, 2, shown.width - 2, shown.height - 2))
        assert len(middle.getcolors()) == 1, address


def test_a_row_in_conflict_over_a_long_link_stays_a_row_and_the_table_in_its_place(
    browser_page, signed_in, editor, conflict
):
    page = signed_in(browser_page, editor)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(LIST)
    assert page.locator("#result_list tbody tr").first.evaluate("(row) => row.offsetHeight") <= 80
    assert page.locator("#changelist .results").evaluate("(table) => table.scrollWidth - table.clientWidth") <= 0


def test_the_days_to_choose_stand_in_a_line(browser_page, signed_in, editor):
    make_article()
    page = signed_in(browser_page, editor)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(LIST)
    tops = [link.bounding_box()["y"] for link in page.locator("#changelist-filter .form-filter .facts a").all()[:2]]
    assert tops[0] == tops[1]


def test_the_warning_of_a_held_import_takes_a_line_where_there_is_room(browser_page, signed_in, chief, tmp_path):
    import_folder(write_seed(tmp_path, heat=40).parent)
    import_folder(write_seed(tmp_path, heat=99).parent, max_change=0)
    ImportRun.objects.update(started_at=timezone.now() - timedelta(hours=3))
    page = signed_in(browser_page, chief)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(LIST)
    assert page.locator(".alert").evaluate("(alert) => alert.offsetHeight") <= 48


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_is_drawn_takes_the_colours_of_the_page(browser_page, signed_in, chief, theme):
    """A canvas knows no `light-dark()`: what the script asks for is to be one colour."""
    make_article(published_at=timezone.now() - timedelta(days=1))
    page = signed_in(browser_page, chief)
    page.emulate_media(color_scheme=theme)
    page.goto("/admin/")
    ink = page.locator(".plot").first.evaluate("(plot) => getComputedStyle(plot).getPropertyValue('--plot-ink')")
    assert ink == page.locator(".reading").first.evaluate("(text) => getComputedStyle(text).color")


def test_what_a_search_found_is_read_whole_on_a_phone(browser_page, signed_in, editor):
    make_article()
    page = signed_in(browser_page, editor)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{LIST}?q=nothingofthis")
    told = page.locator("#toolbar .small a").bounding_box()
    bar = page.locator("#toolbar").bounding_box()
    assert told["x"] + told["width"] <= bar["x"] + bar["width"]
