"""What only a browser can tell of kept pictures: which file it chooses, and what it does where one does not come."""

from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from articles.models import ImageFetch, KeptImage
from articles.querysets import url_digest
from tests.browser.accessibility import findings
from tests.factories import make_article

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
URL = "https://pictures.example/a.jpg"
COLOUR = "#336699"
CHOSEN = "e => Number(e.currentSrc.match(/0(\\d{4})\\.webp$/)[1])"  # the width that is in each file's name here
# The first of the conditions of `sizes` that holds, as pixels.
TOLD = """e => {
  const holds = part => !part.startsWith("(") || matchMedia(part.match(/^[^)]*[)]/)[0]).matches;
  const part = e.sizes.split(", ").find(holds);
  const ruler = document.createElement("div");
  ruler.style.width = part.replace(/^[^)]*[)] /, "").replace(/([\\d.]+)rem/g, (_, n) => `${n * 16}px`);
  document.body.append(ruler);
  const width = parseFloat(getComputedStyle(ruler).width);
  ruler.remove();
  return width;
}"""


def file(width: int, height: int, ending: str = "webp") -> list:
    kind = {"webp": "WEBP", "jpg": "JPEG"}[ending]
    made = BytesIO()
    Image.new("RGB", (width, height), COLOUR).save(made, kind)
    name = f"images/00/{'0' * 28}{width:04}.{ending}"
    default_storage.save(name, ContentFile(made.getvalue()))
    return [name, width, height, len(made.getvalue())]


@pytest.fixture(autouse=True)
def _kept(settings, tmp_path):
    """Five stories with the same kept picture, of 8 : 5."""
    settings.MEDIA_ROOT, settings.IMAGES = tmp_path, "cached"
    wide = [file(width, width * 9 // 16) for width in (480, 961)]
    renditions = {
        "colour": COLOUR,
        "whole": [file(width, width * 5 // 8) for width in (320, 640, 960, 1600)],
        "fallback": file(640, 400, "jpg"),
        "wide": {"50,50": wide},
    }
    sizes = {"width": 1600, "height": 1000, "original_bytes": 1, "kept_bytes": 1}
    kept = KeptImage.objects.create(digest="0" * 64, renditions=renditions, kept_at=timezone.now(), **sizes)
    ImageFetch.objects.create(url=URL, url_digest=url_digest(URL), host="pictures.example", state="kept", kept=kept)
    for number in range(5):
        make_article(f"tale-{number}", heat=50 - number, images=[{"url": URL, "title": "Words for it"}])


@pytest.fixture
def at(chromium, live_server):
    """`at("/", width, density)`: the page on such a screen."""
    contexts = []

    def opened(path: str, width: int, density: float = 1):
        screen = {"viewport": {"width": width, "height": 900}, "device_scale_factor": density}
        contexts.append(chromium.new_context(base_url=live_server.url, **screen))
        page = contexts[-1].new_page()
        page.goto(path, wait_until="networkidle")
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize(
    ("path", "width", "density", "expected"),
    [
        ("/", 360, 1, 480),
        ("/", 360, 2, 961),
        ("/", 768, 1, 961),
        ("/", 1440, 1, 961),
        ("/articles/tale-0/", 330, 1, 320),
        ("/articles/tale-0/", 360, 2, 960),
        ("/articles/tale-0/", 640, 1, 640),
        ("/articles/tale-0/", 1440, 1, 960),
        ("/articles/tale-0/", 1440, 2, 1600),
    ],
)
def test_the_browser_takes_the_file_that_suits_its_screen(path, width, density, expected, at):
    assert at(path, width, density).locator(".picture img").first.evaluate(CHOSEN) == expected


@pytest.mark.parametrize("width", [360, 639, 768, 1024, 1440, 1920, 2560])
def test_sizes_are_the_widths_that_pictures_really_have(width, at):
    for path, places in (("/", [0, 1]), ("/articles/tale-0/", [0])):
        page = at(path, width)
        for place in places:
            box = page.locator(".picture").nth(place)
            real, told = box.evaluate("e => e.clientWidth"), box.locator("source").evaluate(TOLD)
            assert real * 0.97 <= told <= real * 1.08, (path, place, real, told)  # a phone has no scroll bar, this has


@pytest.mark.parametrize(("path", "shape"), [("/", 16 / 9), ("/articles/tale-0/", 8 / 5)])
def test_a_picture_has_its_box_in_its_proportions_before_it_comes(path, shape, browser_page):
    waiting = []
    browser_page.set_viewport_size({"width": 900, "height": 900})
    browser_page.route("**/media/**", lambda route: waiting.append(route))
    browser_page.goto(path, wait_until="domcontentloaded")
    picture = browser_page.locator(".picture").first
    expect(picture).to_have_css("overflow", "hidden")  # the style sheet, for which a page that is read does not wait
    before = picture.bounding_box()
    assert abs(before["width"] / before["height"] - shape) < 0.01
    for each in waiting:
        each.continue_()
    picture.locator("img").evaluate("image => image.decode()")
    assert picture.bounding_box() == before


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("size", [(800, 2_000), (700, 440), (3_000, 500), (170, 20), (1_200, 800)])
@pytest.mark.parametrize("images", ["cached", "hotlink"])
def test_a_storys_picture_stands_without_a_frame_and_no_letter_peeps_out(images, size, width, at, settings, tmp_path):
    settings.IMAGES = images
    kept = KeptImage.objects.get()
    widths = sorted({min(each, size[0]) for each in (320, 640, 960)})
    kept.renditions |= {"whole": [file(each, round(each * size[1] / size[0])) for each in widths]}
    kept.renditions |= {"fallback": file(widths[0], round(widths[0] * size[1] / size[0]), "jpg")}
    kept.save()
    whole = f"{settings.MEDIA_URL}{file(*size, 'jpg')[0]}"
    address = whole if images == "hotlink" else URL
    make_article("own", images=[{"url": address, "width": size[0], "height": size[1]}])
    page = at("/articles/own/", width)
    page.locator(".picture img").evaluate("image => image.decode()")
    box = page.locator(".picture").bounding_box()
    assert abs(box["height"] - box["width"] * size[1] / size[0]) <= 1
    assert box["width"] <= size[0] + 0.5
    pixels = Image.open(BytesIO(page.locator(".picture").screenshot())).convert("RGB")
    inside = pixels.crop((2, 2, pixels.width - 2, pixels.height - 2))
    assert all(high - low <= 8 for low, high in inside.getextrema()), "one colour: no tint, no letter"


def test_one_that_does_not_come_leaves_its_colour_and_the_monogram_and_no_frame_or_icon(browser_page):
    browser_page.route("**/media/**", lambda route: route.fulfill(status=404, body=""))
    for path in ("/", "/articles/tale-0/"):
        browser_page.goto(path, wait_until="networkidle")
        box = browser_page.locator(".picture").first
        pixels = Image.open(BytesIO(box.screenshot())).convert("RGB")
        corner = pixels.crop((2, 2, 60, 40))
        assert corner.getextrema() == ((0x33, 0x33), (0x66, 0x66), (0x99, 0x99))
        assert len(pixels.getcolors(100_000)) > 2, "the letter"


@pytest.mark.parametrize("path", ["/", "/latest/", "/articles/tale-0/"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_stumbles_over_one_that_is_there_or_has_not_come(path, scheme, browser_page, complaints):
    browser_page.emulate_media(color_scheme=scheme)
    browser_page.goto(path, wait_until="networkidle")
    assert findings(browser_page) == []
    assert complaints == []
    browser_page.route("**/media/**", lambda route: route.fulfill(status=404, body=""))
    browser_page.reload(wait_until="networkidle")
    assert findings(browser_page) == []


def test_the_second_button_of_a_video_has_room_above_it(at):
    player = '<iframe src="https://www.youtube.com/embed/WJk-Y8LQlfE"></iframe>'
    make_article("video", featured_content=player, web_url="https://outlet.example/video")
    read_it = at("/articles/video/", 360).locator(".read-it")
    note, button = read_it.locator(".note").bounding_box(), read_it.locator(".action").nth(1).bounding_box()
    assert button["y"] - note["y"] - note["height"] >= 12
