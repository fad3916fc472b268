"""Pictures on the desk in a browser: the pages as axe reads them, and the focal point with and without a script."""

import re

import pytest

from articles.curation import set_value
from articles.images.keeping import keep_upload, take_down
from articles.models import Article
from tests.admin.pictures import ADDRESS, came_to, kept, png
from tests.browser.accessibility import findings
from tests.factories import make_article

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@pytest.fixture(autouse=True)
def _kept_in_a_folder_of_its_own(settings, tmp_path):
    settings.MEDIA_ROOT, settings.IMAGES = tmp_path / "media", "cached"


@pytest.fixture
def story():
    return make_article("story", images=[{"url": ADDRESS, "width": 1200, "height": 800, "title": "The bridge"}])


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 360)])
def test_axe_finds_nothing_on_the_pages_of_pictures(browser_page, signed_in, chief, story, scheme, width):
    picture = kept(data=png(640, 480))
    set_value(story, "focal_point", "30,70", by=chief)
    gone = came_to("gone", "It answered 404.", "https://gone.example/" + "x" * 200)
    given = keep_upload(png(90, 60), by=chief, title="The old bridge " * 20, attribution="Ana Reis, Lusa")
    down = "https://rights.example/z.jpg"
    take_down(down, by=chief, note="asked by the photographer")
    page = signed_in(browser_page, chief)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    found = {}
    for address in (
        "imagefetch/",
        "keptimage/",
        f"keptimage/{picture.pk}/change/",
        f"imagefetch/{gone.pk}/change/",
        f"keptimage/take-down/?picture={picture.pk}",
        f"article/{story.pk}/change/",
        f"provider/{story.provider_id}/change/",
        f"keptimage/{given.pk}/change/",
        "provider/add/",  # which nobody may: the page that says so
    ):
        page.goto(f"/admin/articles/{address}")
        found[address] = findings(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    told = [f"{address}: {line}" for address, lines in found.items() for line in lines]
    assert not told, "\n".join(told)


def test_a_click_on_the_picture_sets_the_point_and_the_crop_follows(browser_page, signed_in, editor, story, complaints):
    picture = kept(data=png(640, 480))
    page = signed_in(browser_page, editor)
    page.goto(f"/admin/articles/article/{story.pk}/change/")
    whole, crop = page.locator(".focal-frame img"), page.locator(".focal-crop")
    shown = crop.get_attribute("src")
    box = whole.bounding_box()
    whole.click(position={"x": box["width"] * 0.3, "y": box["height"] * 0.9}, force=True)
    left, top = page.get_by_label("From the left, %"), page.get_by_label("from the top, %")
    assert (left.input_value(), top.input_value()) == ("30", "90")
    assert crop.get_attribute("src") != shown
    position = crop.evaluate("each => getComputedStyle(each).objectPosition")
    assert position == "50% 100%", "the crop has the picture's width, and never leaves it"
    left.fill(""), top.fill("")
    assert crop.get_attribute("src") == shown
    page.get_by_label("top left", exact=True).focus()
    page.keyboard.press("Space")
    assert (left.input_value(), top.input_value()) == ("17", "17")
    page.keyboard.press("ArrowRight")
    assert (left.input_value(), top.input_value()) == ("50", "17")
    page.get_by_role("button", name="Save and continue editing").click()
    page.get_by_text("was changed successfully").wait_for()
    picture.refresh_from_db()
    assert Article.objects.get().focal_point == "50,17"
    assert crop.get_attribute("src") == f"/media/{picture.renditions['wide']['50,17'][0][0]}"
    assert crop.evaluate("each => each.naturalWidth") > 0
    assert complaints == []


def test_an_upload_and_a_point_without_a_script(chromium, live_server, signed_in, editor, story):
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = signed_in(context.new_page(), editor)
    page.goto(f"/admin/articles/article/{story.pk}/change/")
    page.locator("[name=picture_file]").set_input_files(
        {"name": "bridge.png", "mimeType": "image/png", "buffer": png(640, 480)}
    )
    page.get_by_role("button", name="Save and continue editing").click()
    page.get_by_text("Readers see the picture that erin gave: PNG, 640 × 480").wait_for()
    page.locator(".focal-grid label").filter(has_text=re.compile("^\\s*bottom right\\s*$")).click()
    page.get_by_role("button", name="Save and continue editing").click()
    page.get_by_text("was changed successfully").wait_for()
    assert Article.objects.get().focal_point == "83,83"
    context.close()


def test_a_viewers_way_back_has_room_at_its_sides_on_a_phone(browser_page, signed_in, viewer, story):
    page = signed_in(browser_page, viewer)
    page.set_viewport_size({"width": 360, "height": 900})
    page.goto(f"/admin/articles/article/{story.pk}/change/")
    paddings = "each => [getComputedStyle(each).paddingLeft, getComputedStyle(each).paddingRight]"
    assert page.locator(".submit-row .closelink").evaluate(paddings) == ["16px", "16px"]
