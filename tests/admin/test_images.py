"""Pictures on the desk: what is kept and why not, who shows it, and taking it down for good."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.storage import default_storage

from articles.curation import set_value
from articles.images.keeping import keep_upload, take_down
from articles.models import ImageFetch, KeptImage, Provider, RemovedImage
from tests.admin.forms import inputs
from tests.admin.pictures import ADDRESS, came_to, kept, page_of, png, queries, text_of
from tests.factories import import_seed, make_article

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_media")]
ADDRESSES, KEPT = "/admin/articles/imagefetch/", "/admin/articles/keptimage/"
TAKE_DOWN = f"{KEPT}take-down/"


# -- the lists


def test_the_head_of_the_list_tells_what_is_kept_and_what_is_not(desk, editor):
    kept(), kept("https://a.example/b.png", png(80, 60))
    keep_upload(png(90, 60), by=editor)
    came_to("gone", "It answered 404.", "https://gone.example/x.jpg")
    came_to("refused", "It is a tracker.", "https://tracker.example/x.gif")
    came_to("wanted", "It was too slow.", "https://slow.example/x.gif")
    page = text_of(desk.get(ADDRESSES))
    for told in ("pictures kept 3", "of them uploaded 1", "addresses wanted 1", "gone 1", "refused 1", "taken down 0"):
        assert told in page
    assert "IMAGES=hotlink" in page


def test_a_row_tells_the_real_size_and_upstreams_and_why_something_is_not_there(desk, story):
    kept()
    came_to("gone", "It answered 404.", "https://gone.example/x.jpg")
    page = text_of(desk.get(ADDRESSES))
    assert "64 × 48 said 1200 × 800" in page
    assert "It answered 404." in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"a", "b", "c"}),
        ("state=gone", {"b"}),
        ("state=down", {"c"}),
        ("state=refused", set()),
        ("state=bogus", set()),
        ("host=b.example", {"b"}),
        ("host=B.example", {"b"}),
        ("host=%00", set()),
        ("q=/a.jpg", {"a"}),
    ],
)
def test_it_is_narrowed_by_state_and_host_and_searched_by_address(desk, chief, query, found):
    for name, state in (("a", "wanted"), ("b", "gone"), ("c", "gone")):
        came_to(state, "Why.", f"https://{name}.example/{name}.jpg")
    take_down("https://c.example/c.jpg", by=chief)
    assert set(re.findall(r"https://(\w)\.example", desk.get(f"{ADDRESSES}?{query}").text)) == found


def test_the_lists_ask_as_often_for_twenty_pictures_as_for_two(desk):
    def fill(*numbers):
        for number in numbers:
            url = f"https://img.example/{number}.png"
            make_article(images=[{"url": url, "width": 9, "height": 9}])
            kept(url, png(64, 50 + number))

    fill(1, 2)
    few = [queries(desk, address) for address in (ADDRESSES, KEPT)]
    fill(*range(3, 21))
    assert [queries(desk, address) for address in (ADDRESSES, KEPT)] == few
    # session, user, permissions (user's and groups'); what is kept, what addresses came to, what was taken down; how
    # many rows, these, and their sizes by upstream's word (which the list of kept pictures has not)
    assert few == [10, 9]


def test_a_kept_picture_is_named_by_what_it_shows_or_where_it_came_from(desk, editor):
    kept()
    keep_upload(png(90, 60), by=editor, title="The old bridge")
    kept("https://b.example/c.png", png(80, 60)), kept("https://b.example/same.png", png(80, 60))
    keep_upload(png(70, 60), by=editor)
    rows = re.findall(r'field-name">(.*?)</th>', desk.get(KEPT).text, re.S)
    told = [" ".join(re.sub("<[^>]*>", " ", row).split()) for row in rows]
    assert told == [
        "PNG of 70 × 60",
        "b.example PNG of 80 × 60",
        "The old bridge PNG of 90 × 60",
        "img.outlet.example PNG of 64 × 48",
    ]
    assert desk.get(KEPT).text.count('<img class="thumbnail"') == 4


def test_nobody_adds_changes_or_deletes_a_picture_and_viewers_see_all(client, viewer, story):
    picture = kept()
    gone = came_to("gone", "It answered 404.", "https://gone.example/x.jpg")
    client.force_login(viewer)
    for address in (ADDRESSES, KEPT, page_of(picture), page_of(gone)):
        page = client.get(address)
        assert page.status_code == 200
        assert "Fetch again" not in page.text
        assert "Take it down" not in page.text
    assert client.get(f"{KEPT}add/").status_code == 403
    assert client.post(page_of(picture), {"_again": "all"}).status_code == 403
    assert client.post(f"{KEPT}{picture.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"{TAKE_DOWN}?picture={picture.pk}").status_code == 403
    assert KeptImage.objects.count() == 1


# -- the page of a picture


def test_a_pictures_page_has_its_files_its_addresses_and_who_shows_it(desk, story, editor):
    picture = kept()
    kept("https://other.example/same.png")
    given = make_article("given")
    set_value(given, "picture", picture.digest, by=editor)
    make_article("not-first", images=[{"url": "https://x.example/1.png"}, {"url": ADDRESS}])
    outlet = Provider.objects.get()
    outlet.images.create(url=ADDRESS, position=0)
    page = desk.get(page_of(picture))
    for name in picture.names:
        assert f'href="/media/{name}"' in page.text
    told = text_of(page)
    assert "PNG" in told
    assert "64 × 48" in told
    assert "upstream says 1200 × 800" in told
    assert "https://other.example/same.png" in told
    assert {row.slug for row in page.context["uses"].stories} == {"story", "given"}
    assert "given by an editor" in told
    assert "The Outlet as its logo" in told


def test_a_pictures_page_takes_as_many_queries_for_twenty_stories_as_for_two(desk, editor):
    picture = kept()

    def fill(count):
        for _ in range(count):
            make_article(images=[{"url": ADDRESS}])
            set_value(make_article(), "picture", picture.digest, by=editor)

    fill(2)
    few = queries(desk, page_of(picture))
    fill(18)
    assert queries(desk, page_of(picture)) == few
    # session, user, permissions (user's and groups'); the picture, its addresses; decisions, images, stories
    assert few == 9


def test_what_shows_a_picture_is_bounded_and_says_that_there_is_more(desk, monkeypatch):
    monkeypatch.setattr("articles.admin.image_uses.SHOWN", 2)
    picture = kept()
    for _ in range(3):
        make_article(images=[{"url": ADDRESS}])
    page = desk.get(page_of(picture))
    assert len(page.context["uses"].stories) == 2
    assert "And more" in page.text


def test_an_address_that_gave_a_picture_leads_to_it(desk):
    picture = kept()
    assert desk.get(page_of(ImageFetch.objects.get())).url == page_of(picture)


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("gone", "Gone, as was seen 3 days ago: It answered 404."),
        ("refused", "Refused 3 days ago: It answered 404."),
        ("wanted", "Not there after 1 try, the last 3 days ago: It answered 404."),
    ],
)
def test_the_page_of_an_address_says_why_nothing_is_kept_and_is_fetched_again(desk, story, state, told):
    fetch = came_to(state, "It answered 404.", days=3)
    page = text_of(desk.get(page_of(fetch)))
    assert told in page
    assert "A story" in page
    assert ("growing pauses" in page) == (state == "wanted")
    answer = desk.post(page_of(fetch), {"_again": fetch.pk}, follow=True)
    assert "asked again by the next run" in answer.text
    assert "It is to be fetched by the next run of cache_images." in text_of(answer)
    assert "growing pauses" not in text_of(answer)
    fetch.refresh_from_db()
    assert (fetch.state, fetch.failures, fetch.next_try_at) == ("wanted", 0, None)


def test_all_addresses_of_a_picture_are_fetched_again_at_once(desk):
    picture = kept()
    kept("https://other.example/same.png")
    assert "All 2 addresses are asked again" in desk.post(page_of(picture), {"_again": "all"}, follow=True).text
    assert set(ImageFetch.objects.values_list("state", "kept")) == {("wanted", picture.pk)}


@pytest.mark.parametrize("key", ["", "x", "9" * 30, "0"])
def test_an_address_that_is_none_is_not_fetched_again(desk, key):
    fetch = came_to("gone", "Why.")
    assert "There is nothing to fetch." in desk.post(page_of(fetch), {"_again": key}, follow=True).text
    fetch.refresh_from_db()
    assert fetch.state == "gone"


# -- taking down


def test_a_picture_is_taken_down_after_a_page_that_asks_once_more(chief_desk, story, chief):
    picture = kept()
    asks = chief_desk.get(f"{TAKE_DOWN}?picture={picture.pk}")
    assert "This is for good." in text_of(asks)
    assert "A story" in text_of(asks)
    assert KeptImage.objects.exists()
    posted = inputs(asks, "take-down-form") | {"note": "asked by the photographer"}
    answer = chief_desk.post(f"{TAKE_DOWN}?picture={picture.pk}", posted, follow=True)
    assert "It is taken down" in answer.text
    assert "Taken down by chloe: asked by the photographer" in text_of(answer)
    assert not KeptImage.objects.exists()
    assert RemovedImage.objects.get().note == "asked by the photographer"
    assert LogEntry.objects.get().get_change_message() == "Taken down. asked by the photographer"
    assert "Taken down by chloe: asked by the photographer" in text_of(chief_desk.get(page_of(story)))


def test_its_files_are_deleted(chief_desk, story, django_capture_on_commit_callbacks):
    picture = kept()
    with django_capture_on_commit_callbacks(execute=True):
        chief_desk.post(f"{TAKE_DOWN}?picture={picture.pk}", {"note": ""})
    assert not any(default_storage.exists(name) for name in picture.names)


@pytest.mark.parametrize("url", [ADDRESS, "/assets/bridge.jpg"])
def test_a_hot_linked_picture_is_taken_down_from_its_storys_page_and_no_import_brings_it_back(
    chief_desk, tmp_path, url
):
    article = import_seed(tmp_path, images=[{"url": url}])
    page = chief_desk.get(page_of(article)).text
    leads = re.search(r'href="([^"]*take-down[^"]*)"', page)[1].replace("&amp;", "&")
    assert "is not recognised" in chief_desk.get(leads).text
    chief_desk.post(leads, {"note": ""})
    import_seed(tmp_path, images=[{"url": url, "title": "Again"}])
    page = chief_desk.get(page_of(article)).text
    assert "Taken down by chloe. Readers see no picture with it." in page
    assert f'src="{url}"' not in page


def test_editors_take_nothing_down(desk, story):
    picture = kept()
    assert "Take it down" not in desk.get(page_of(picture)).text
    assert "Take it down" not in desk.get(page_of(story)).text
    for query in (f"picture={picture.pk}", f"url={ADDRESS}"):
        assert desk.post(f"{TAKE_DOWN}?{query}", {"note": ""}).status_code == 403
    assert KeptImage.objects.exists()


@pytest.mark.parametrize(
    "query", ["", "picture=x", "picture=0", "url=javascript:alert(1)", "url=%00", "url=" + "a" * 5000]
)
def test_what_is_no_picture_is_not_taken_down(chief_desk, query):
    assert chief_desk.get(f"{TAKE_DOWN}?{query}").status_code == 404
    assert chief_desk.post(f"{TAKE_DOWN}?{query}", {"note": ""}).status_code == 404


def test_the_address_of_a_kept_picture_takes_that_picture_down(chief_desk):
    picture = kept()
    kept("https://other.example/same.png")
    chief_desk.post(f"{TAKE_DOWN}?url={ADDRESS}", {"note": ""})
    assert RemovedImage.objects.get().digest == picture.digest
    assert set(ImageFetch.objects.values_list("removed", flat=True)) == {True}


# -- outlets


@pytest.fixture
def outlet(story):
    return Provider.objects.get()


def test_a_chief_editor_decides_where_an_outlets_pictures_come_from(chief_desk, outlet):
    posted = inputs(chief_desk.get(page_of(outlet)), "provider_form") | {"_save": "Save"}
    assert posted["images_policy"] == ""
    assert chief_desk.post(page_of(outlet), posted | {"images_policy": "cached"}).status_code == 302
    outlet.refresh_from_db()
    assert (outlet.images_policy, outlet.overridden) == ("cached", {})
    answer = chief_desk.post(page_of(outlet), posted | {"images_policy": "off"})
    assert "It was changed to “cached” meanwhile" in answer.text
    answer = chief_desk.post(page_of(outlet), posted | {"images_policy": "bogus"})
    assert "bogus is not one of the available choices" in answer.text


def test_an_outlets_page_shows_its_kept_logo_or_its_monogram(chief_desk, cached, outlet):
    assert "No logo: readers see this letter." in chief_desk.get(page_of(outlet)).text
    outlet.images.create(url="https://outlet.example/logo.png", position=0)
    picture = kept("https://outlet.example/logo.png")
    assert f'src="/media/{picture.renditions["whole"][0][0]}"' in chief_desk.get(page_of(outlet)).text


# -- pictures in the desk's lists


@pytest.mark.parametrize("address", ["/admin/articles/article/", "/admin/articles/article/triage/?show={}"])
def test_under_the_policy_cached_the_desk_shows_what_is_kept_in_as_many_queries(desk, settings, story, address):
    address = address.format(story.pk)
    queries(desk, address)
    hot_linked = queries(desk, address)
    assert ADDRESS in desk.get(address).text
    settings.IMAGES = "cached"
    assert ADDRESS not in desk.get(address).text
    picture = kept()
    assert any(f'src="/media/{name}"' in desk.get(address).text for name in picture.names)
    assert queries(desk, address) == hot_linked


def test_the_desk_shows_what_an_editor_gave_instead(desk, story, editor):
    set_value(story, "picture", keep_upload(png(), by=editor).digest, by=editor)
    page = desk.get("/admin/articles/article/").text
    assert f'src="/media/{KeptImage.objects.get().renditions["whole"][0][0]}"' in page
    assert ADDRESS not in page


def test_the_first_page_tells_what_was_lost_lately_where_pictures_are_kept(desk, settings):
    make_article()
    came_to("gone", "Why.", "https://a.example/1.jpg"), came_to("refused", "Why.", "https://a.example/2.jpg", days=3)
    assert "in the last 24 hours" not in desk.get("/admin/").text
    settings.IMAGES = "cached"
    before = queries(desk, "/admin/")
    assert "1 picture is gone or was refused in the last 24 hours" in text_of(desk.get("/admin/"))
    settings.IMAGES = "hotlink"
    assert queries(desk, "/admin/") == before - 1
