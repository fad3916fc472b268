"""Pictures on the desk: what is kept and why not, another picture for a story, its focal point, and taking down."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles.curation import set_value
from articles.images.keeping import keep_upload, take_down
from articles.models import Decision, ImageFetch, KeptImage, Provider, RemovedImage
from tests.admin.forms import inputs
from tests.admin.pictures import ADDRESS, came_to, kept, png, upload
from tests.factories import assert_columns_are_what_the_logs_say, import_seed, make_article

pytestmark = pytest.mark.django_db
ADDRESSES, KEPT = "/admin/articles/imagefetch/", "/admin/articles/keptimage/"
TAKE_DOWN = f"{KEPT}take-down/"


@pytest.fixture(autouse=True)
def _files_of_its_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def cached(settings):
    settings.IMAGES = "cached"


@pytest.fixture
def story():
    return make_article("story", images=[{"url": ADDRESS, "width": 1200, "height": 800, "title": "The bridge"}])


def page_of(row) -> str:
    return f"/admin/articles/{row._meta.model_name}/{row.pk}/change/"


def opened(desk, article) -> dict:
    return inputs(desk.get(page_of(article)), "article_form") | {"_save": "Save"}


def save(desk, article, **typed):
    answer = desk.post(page_of(article), opened(desk, article) | typed)
    article.refresh_from_db()
    return answer


def decided() -> list:
    return list(Decision.objects.order_by("pk").values_list("field", "kind", "value"))


def text_of(response) -> str:
    return " ".join(re.sub("<[^>]*>", " ", response.text).split())


def queries(desk, address) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert desk.get(address).status_code == 200
    return len(asked)


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
    answer = desk.post(page_of(fetch), {"_again": fetch.pk}, follow=True)
    assert "asked again by the next run" in answer.text
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


# -- a story's picture, as it is


def as_it_is(desk, article) -> str:
    found = re.search(
        r'<div class="form-row field-picture_now">(.*?)</div>\s*</div>\s*</div>', desk.get(page_of(article)).text, re.S
    )
    return " ".join(re.sub("<[^>]*>", "", found[1]).split())


def test_a_hot_linked_picture_says_where_it_is_fetched_from(desk, story):
    assert "Hot-linked: readers’ browsers fetch it from img.outlet.example, 1200 × 800 by its word." in as_it_is(
        desk, story
    )


@pytest.mark.parametrize(
    ("happened", "told"),
    [
        (lambda: None, "Not fetched from img.outlet.example yet; the next run of cache_images asks for it."),
        (kept, "Kept here: PNG, 64 × 48,"),
        (lambda: came_to("gone", "It answered 404.", days=2), "Gone, as was seen 2 days ago: It answered 404."),
        (lambda: came_to("refused", "It is a tracker."), "Refused just now: It is a tracker."),
        (lambda: came_to("wanted", "It was too slow."), "Not there after 1 try, the last just now: It was too slow."),
    ],
)
def test_under_the_policy_cached_it_says_what_came_of_its_address(desk, cached, story, happened, told):
    happened()
    assert told in as_it_is(desk, story)


def test_a_kept_picture_says_where_upstream_is_wrong_about_its_size(desk, cached, story):
    kept()
    assert "; upstream says 1200 × 800." in as_it_is(desk, story)


def test_where_pictures_are_off_it_says_for_whom(desk, settings, story):
    Provider.objects.update(images_policy="off")
    assert "those of The Outlet are off" in as_it_is(desk, story)
    Provider.objects.update(images_policy="")
    settings.IMAGES = "off"
    assert "they are off for the whole site (IMAGES)" in as_it_is(desk, story)


def test_a_story_without_a_picture_says_so(desk):
    assert "Upstream names none." in as_it_is(desk, make_article())


# -- another picture


def test_an_upload_becomes_the_storys_picture_and_is_told_in_words(desk, story):
    assert save(desk, story, picture_file=upload()).status_code == 302
    picture = KeptImage.objects.get()
    assert (picture.uploaded_by, story.picture) == ("erin", picture.digest)
    assert decided() == [("picture", "set", picture.digest)]
    assert_columns_are_what_the_logs_say()
    assert "Readers see the picture that erin gave: PNG, 64 × 48" in as_it_is(desk, story)
    page = text_of(desk.get(page_of(story)))
    assert "Decided by erin just now." in page
    assert "upstream’s → another picture (64 × 48, uploaded by erin)" in page


def test_history_feed_and_undo_never_show_a_digest(desk, story):
    save(desk, story, picture_file=upload())
    save(desk, story, focal_point_left="30", focal_point_top="70")
    history = f"/admin/articles/article/{story.pk}/history/"
    for address in (history, "/admin/articles/decision/"):
        told = text_of(desk.get(address))
        assert "erin gave it another picture (64 × 48, uploaded by erin)" in told
        assert "erin cropped its picture around 30 % from the left, 70 % from the top" in told
        assert story.picture not in desk.get(address).text
    row = desk.get("/admin/articles/article/").text
    assert "another picture" in row
    assert "30 % from the left, 70 % from the top" in row
    assert story.picture not in row
    given = Decision.objects.get(field="picture")
    told = text_of(desk.post(history, {"_undo": given.pk}, follow=True))
    assert "Undone: set picture by erin." in told
    assert "another picture (64 × 48, uploaded by erin) → upstream’s" in told
    story.refresh_from_db()
    assert story.picture is None


def test_history_asks_as_often_for_many_pictures_as_for_two(desk, story):
    def give(*heights):
        for height in heights:
            save(desk, story, picture_file=upload(png(64, height)))

    history = f"/admin/articles/article/{story.pk}/history/"
    give(40, 41)
    few = [queries(desk, address) for address in (history, "/admin/articles/decision/", page_of(story))]
    give(42, 43, 44)
    assert [queries(desk, address) for address in (history, "/admin/articles/decision/", page_of(story))] == few


def test_upstreams_picture_comes_back_by_a_tick(desk, story):
    save(desk, story, picture_file=upload())
    assert save(desk, story, picture_clear="on").status_code == 302
    assert story.picture is None
    assert [row[:2] for row in decided()] == [("picture", "set"), ("picture", "release")]
    assert "let it have upstream’s picture again" in text_of(desk.get(f"/admin/articles/article/{story.pk}/history/"))


def test_an_untouched_form_decides_nothing_of_a_given_picture(desk, story):
    save(desk, story, picture_file=upload())
    save(desk, story, focal_point_left="30", focal_point_top="70")
    before = decided()
    assert "Nothing was changed." in desk.post(page_of(story), opened(desk, story), follow=True).text
    assert decided() == before


@pytest.mark.parametrize(
    ("data", "told"),
    [(b"<svg xmlns='http://www.w3.org/2000/svg'/>", ""), (b"", ""), (b"words", ""), (png(1, 1), "1 × 1")],
)
def test_what_is_no_picture_is_refused_beside_its_field_and_all_else_stays(desk, story, data, told):
    answer = save(desk, story, picture_file=upload(data, "odd.png"), title="Mine", heat="77")
    assert answer.status_code == 200
    assert "“odd.png” is not taken." in answer.text
    assert told in answer.text
    assert "Choose a file again: a browser forgets it." in answer.text
    again = inputs(answer, "article_form")
    assert (again["title"], again["heat"], again["picture"]) == ("Mine", "77", "")
    assert decided() == []
    assert not KeptImage.objects.exists()


def test_an_upload_that_is_too_large_is_told_so_and_not_read(desk, story, monkeypatch):
    monkeypatch.setattr("articles.admin.picture_fields.LARGEST_UPLOAD", 100)
    answer = save(desk, story, picture_file=upload(png(400, 400)))
    assert "at most 100\xa0bytes are taken." in answer.text
    assert not KeptImage.objects.exists()


def test_a_picture_that_was_taken_down_is_not_taken_again(desk, story, chief):
    take_down(keep_upload(png(), by=chief), by=chief)
    answer = save(desk, story, picture_file=upload())
    assert "This picture was taken down, for good." in answer.text
    assert story.picture is None


def test_a_given_picture_that_was_taken_down_makes_room_for_upstreams(desk, story, chief):
    save(desk, story, picture_file=upload())
    take_down(KeptImage.objects.get(), by=chief)
    told = as_it_is(desk, story)
    assert "It was given a picture that chloe took down: upstream’s stands again. Hot-linked" in told
    assert "a picture that chloe took down" in text_of(desk.get(f"/admin/articles/article/{story.pk}/history/"))


def test_an_upload_is_not_lost_where_another_field_is_wrong(desk, story):
    answer = save(desk, story, picture_file=upload(), heat="hot")
    assert answer.status_code == 200
    assert "You gave PNG of 64 × 48; it counts once you save." in text_of(answer)
    again = inputs(answer, "article_form")
    assert decided() == []
    assert desk.post(page_of(story), again | {"heat": "50", "_save": "Save"}).status_code == 302
    assert [row[:2] for row in decided()] == [("heat", "set"), ("picture", "set")]


def test_a_picture_that_a_colleague_gave_meanwhile_is_not_replaced_unseen(desk, story, colleague):
    posted = opened(desk, story)
    theirs = keep_upload(png(80, 60), by=colleague)
    set_value(story, "picture", theirs.digest, by=colleague)
    answer = desk.post(page_of(story), posted | {"picture_file": upload()})
    assert answer.status_code == 200
    assert (
        "carl changed it to another picture (80 × 60, uploaded by carl) just now; this page showed upstream’s, "
        "and you want another picture (64 × 48, uploaded by erin). Save again to decide so."
    ) in answer.text
    story.refresh_from_db()
    assert story.picture == theirs.digest
    again = inputs(answer, "article_form")
    assert desk.post(page_of(story), again | {"_save": "Save"}).status_code == 302
    story.refresh_from_db()
    assert story.picture == KeptImage.objects.get(uploaded_by="erin").digest


def test_a_picture_that_a_colleague_gave_is_not_taken_back_by_an_editor(desk, story, colleague):
    set_value(story, "picture", keep_upload(png(), by=colleague).digest, by=colleague)
    answer = desk.post(page_of(story), opened(desk, story) | {"picture_clear": "on"})
    assert "carl decided it, and only chief editors take back what others decided" in answer.text
    assert len(decided()) == 1


@pytest.mark.parametrize(
    ("digest", "told"),
    [("f" * 64, "is not kept any more: give another"), ("x", "must be the digest"), ("\0", "must be the digest")],
)
def test_a_digest_of_nothing_is_refused(desk, story, digest, told):
    answer = save(desk, story, picture=digest)
    assert answer.status_code == 200
    assert told in answer.text
    assert decided() == []


def test_viewers_upload_nothing(client, viewer, story):
    client.force_login(viewer)
    page = client.get(page_of(story)).text
    assert "picture_file" not in page
    assert f'src="{ADDRESS}"' in page
    assert client.post(page_of(story), {"picture_file": upload()}).status_code == 403
    assert not KeptImage.objects.exists()


# -- the focal point


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ({"focal_point_left": "30", "focal_point_top": "70"}, "30,70"),
        ({"focal_point_left": " 030 ", "focal_point_top": "0"}, "30,0"),
        ({"focal_point_at": "17,83"}, "17,83"),
        ({"focal_point_at": "17,83", "focal_point_left": "30", "focal_point_top": "70"}, "30,70"),
    ],
)
def test_a_focal_point_is_decided_by_a_place_or_by_numbers_without_a_script(desk, cached, story, typed, value):
    picture = kept(data=png(640, 640))
    assert save(desk, story, **typed).status_code == 302
    assert decided() == [("focal_point", "set", value)]
    picture.refresh_from_db()
    assert set(picture.renditions["wide"]) == {"50,50", value}
    assert f'/media/{picture.renditions["wide"][value][0][0]}"' in desk.get(page_of(story)).text
    assert_columns_are_what_the_logs_say()


def test_the_place_that_is_decided_is_checked_and_the_other_way_wins_when_it_changes(desk, cached, story):
    kept()
    save(desk, story, focal_point_at="17,83")
    assert opened(desk, story)["focal_point_at"] == "17,83"
    save(desk, story, focal_point_left="40")
    assert story.focal_point == "40,83"
    save(desk, story, focal_point_at="50,50")
    assert story.focal_point == "50,50"
    save(desk, story, focal_point_left="", focal_point_top="")
    assert story.focal_point is None
    assert decided()[-1][:2] == ("focal_point", "release")


@pytest.mark.parametrize(("left", "top"), [("30", ""), ("", "30"), ("101", "0"), ("-1", "0"), ("x", "y"), ("1.5", "2")])
def test_a_focal_point_that_is_none_comes_back_in_words_with_what_was_typed(desk, story, left, top):
    answer = save(desk, story, focal_point_left=left, focal_point_top=top)
    assert "two numbers from 0 to 100" in answer.text
    again = inputs(answer, "article_form")
    assert (again["focal_point_left"], again["focal_point_top"]) == (left, top)
    assert decided() == []


def test_a_focal_point_that_a_colleague_set_meanwhile_is_told(desk, story, colleague):
    posted = opened(desk, story)
    set_value(story, "focal_point", "10,20", by=colleague)
    answer = desk.post(page_of(story), posted | {"focal_point_left": "30", "focal_point_top": "70"})
    assert (
        "carl changed it to 10 % from the left, 20 % from the top just now; this page showed the centre" in answer.text
    )
    again = inputs(answer, "article_form")
    assert (again["focal_point_left"], again["focal_point_top"]) == ("30", "70")
    assert desk.post(page_of(story), again | {"_save": "Save"}).status_code == 302
    story.refresh_from_db()
    assert story.focal_point == "30,70"


def test_a_colleagues_focal_point_is_shown_where_another_field_comes_back(desk, story, colleague):
    posted = opened(desk, story)
    set_value(story, "focal_point", "17,17", by=colleague)
    again = inputs(desk.post(page_of(story), posted | {"heat": "hot"}), "article_form")
    assert (again["focal_point_left"], again["focal_point_at"]) == ("17", "17,17")


def test_crops_that_cannot_be_made_are_told_and_the_point_is_decided_all_the_same(desk, cached, story):
    picture = kept()
    default_storage.delete(picture.renditions["whole"][-1][0])
    answer = desk.post(page_of(story), opened(desk, story) | {"focal_point_at": "17,17"}, follow=True)
    assert "crops around the focal point could not be made" in answer.text
    assert decided() == [("focal_point", "set", "17,17")]


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
