"""The picture of a story on its page of the desk: what readers see and why, another one, and its focal point."""

import re

import pytest
from django.contrib.auth import get_user
from django.core.files.storage import default_storage

from articles.curation import CurationRefused, set_value
from articles.images.keeping import describe, keep_upload, take_down
from articles.models import Decision, Edition, KeptImage, Provider
from tests.admin.forms import inputs
from tests.admin.pictures import ADDRESS, came_to, kept, page_of, png, queries, text_of, upload
from tests.factories import assert_columns_are_what_the_logs_say, make_article

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_media")]


def opened(desk, article) -> dict:
    return inputs(desk.get(page_of(article)), "article_form") | {"_save": "Save"}


def save(desk, article, **typed):
    answer = desk.post(page_of(article), opened(desk, article) | typed)
    article.refresh_from_db()
    return answer


def decided() -> list:
    return list(Decision.objects.order_by("pk").values_list("field", "kind", "value"))


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
    assert "Readers see no picture with it: those of The Outlet are off." in as_it_is(desk, story)
    Provider.objects.update(images_policy="")
    settings.IMAGES = "off"
    told = as_it_is(desk, story)
    assert "Readers see no picture with it: pictures are off for the whole site (IMAGES)." in told
    assert told.count("no picture") == 1


def test_a_story_without_a_picture_says_so(desk):
    assert "Upstream names none." in as_it_is(desk, make_article())


@pytest.mark.parametrize(
    "happened", [lambda chief: came_to("refused", "It is a tracker."), lambda chief: take_down(ADDRESS, by=chief)]
)
def test_what_upstream_names_is_told_by_its_address_though_readers_do_not_see_it(desk, cached, story, chief, happened):
    happened(chief)
    page = desk.get(page_of(story)).text
    assert f'<a href="{ADDRESS}" rel="noopener noreferrer nofollow"><bdi>{ADDRESS}</bdi></a>' in page
    assert f'src="{ADDRESS}"' not in page
    assert "The bridge" in page


def test_what_upstream_names_stands_beside_its_small_picture_where_one_is_shown(desk, cached, story):
    image = kept()
    row = desk.get(page_of(story)).text.partition("upstream-pictures")[2].partition("</ol>")[0]
    assert f'src="/media/{image.renditions["whole"][0][0]}"' in row
    assert f'href="{ADDRESS}"' in row


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


def test_the_kinds_that_are_taken_are_the_same_before_and_after_one_is_refused(desk, story):
    help_text = text_of(desk.get(page_of(story))).partition("Stands for upstream’s with this story.")[2]
    refusal = text_of(save(desk, story, picture_file=upload(b"words"))).partition("; only ")[2]
    assert re.findall(r"\w+", help_text.partition(", up to 30 MB")[0].upper().replace(" OR ", " AND ")) == re.findall(
        r"\w+", refusal.partition(" are kept")[0].upper()
    )


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


@pytest.mark.parametrize(
    ("left", "top", "told"),
    [
        ("30", "", ["From the top: a number from 0 to 100 is expected, not nothing."]),
        ("", "30", ["From the left: a number from 0 to 100 is expected, not nothing."]),
        ("101", "0", ["From the left: a number from 0 to 100 is expected, not “101”."]),
        ("-1", "0", ["From the left: a number from 0 to 100 is expected, not “-1”."]),
        ("1.5", "2", ["From the left: a number from 0 to 100 is expected, not “1.5”."]),
        ("²", "2", ["From the left: a number from 0 to 100 is expected, not “²”."]),
        ("x", "y", ["From the left: a number from 0", "not “x”.", "From the top: a number from 0", "not “y”."]),
    ],
)
def test_a_focal_point_that_is_none_comes_back_in_words_with_what_was_typed(desk, story, left, top, told):
    answer = save(desk, story, focal_point_left=left, focal_point_top=top)
    assert [each for each in told if each not in answer.text] == []
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


# -- what is said of a picture that an editor gave


def said(**words) -> dict:
    return {f"picture_{name}": text for name, text in words.items()}


def words() -> dict:
    found = KeptImage.objects.get().renditions
    return {name: found[name] for name in ("title", "attribution") if name in found}


BRIDGE = {"title": "The old bridge", "attribution": "Ana Reis, Lusa"}


def test_an_upload_comes_with_what_it_shows_and_its_credit(desk, story):
    assert save(desk, story, picture_file=upload(), **said(**BRIDGE)).status_code == 302
    assert words() == BRIDGE
    assert opened(desk, story).items() >= said(**BRIDGE).items()
    page = desk.get(page_of(KeptImage.objects.get()))
    assert "The old bridge Credit: Ana Reis, Lusa" in text_of(page)
    assert 'alt="The old bridge"' in page.text


def test_they_are_written_anew_without_another_upload_and_readers_get_a_new_edition(desk, story):
    save(desk, story, picture_file=upload(), **said(**BRIDGE))
    before = Edition.objects.get().number
    decisions = decided()
    answer = desk.post(page_of(story), opened(desk, story) | said(title=" The\r\nnew  bridge ", attribution=""))
    assert answer.status_code == 302
    assert words() == {"title": "The new bridge"}
    assert Edition.objects.get().number > before
    assert decided() == decisions
    assert "Nothing was changed." in desk.post(page_of(story), opened(desk, story), follow=True).text


def test_they_are_not_lost_where_another_field_is_wrong(desk, story):
    again = inputs(save(desk, story, picture_file=upload(), heat="hot", **said(**BRIDGE)), "article_form")
    assert words() == {}
    assert desk.post(page_of(story), again | {"heat": "50", "_save": "Save"}).status_code == 302
    assert words() == BRIDGE


def test_what_was_said_of_one_picture_is_not_said_of_the_next(desk, story):
    save(desk, story, picture_file=upload(), **said(**BRIDGE))
    save(desk, story, picture_file=upload(png(90, 60)), **said(title="A dam"))
    now = KeptImage.objects.get(digest=story.picture).renditions
    assert (now["title"], now.get("attribution")) == ("A dam", None)
    assert KeptImage.objects.exclude(digest=story.picture).get().renditions.items() >= BRIDGE.items()


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("title", "x" * 501, "at most 500 characters"),
        ("attribution", "x" * 201, "at most 200 characters"),
        ("attribution", "a\x07", "must not have control characters"),
        ("title", "a\0", "Null characters are not allowed."),
    ],
)
def test_words_that_are_too_long_or_unreadable_come_back(desk, story, name, text, told):
    answer = save(desk, story, picture_file=upload(), **said(**{name: text}))
    assert answer.status_code == 200
    assert told in answer.text
    assert (decided(), words()) == ([], {})


def test_of_upstreams_picture_no_words_are_taken(desk, cached, story):
    picture = kept()
    assert "It is said of a picture that an editor gave" in save(desk, story, **said(title="Mine")).text
    set_value(story, "picture", picture.digest, by=get_user(desk))  # as a bulk edit may: it was fetched all the same
    assert "It is said of a picture that an editor gave" in save(desk, story, **said(title="Mine")).text
    assert words() == {}


def test_words_that_a_colleague_wrote_meanwhile_are_not_written_over_unseen(desk, story, colleague):
    save(desk, story, picture_file=upload())
    posted = opened(desk, story)
    describe(KeptImage.objects.get(), by=colleague, title="Theirs", attribution="Theirs")
    answer = desk.post(page_of(story), posted | said(title="Mine"))
    assert "It was changed to “Theirs” meanwhile. Save again to have yours." in answer.text
    assert words() == {"title": "Theirs", "attribution": "Theirs"}
    again = inputs(answer, "article_form")
    assert desk.post(page_of(story), again | {"_save": "Save"}).status_code == 302
    assert words() == {"title": "Mine", "attribution": "Theirs"}


def test_a_picture_that_is_kept_already_takes_the_words_and_the_name_of_who_gives_it(desk, story, editor):
    kept()
    assert "of them uploaded 0" in text_of(desk.get("/admin/articles/keptimage/"))
    keep_upload(png(), by=editor, **BRIDGE)
    assert (KeptImage.objects.get().uploaded_by, words()) == ("erin", BRIDGE)
    keep_upload(png(), by=editor, attribution="Lusa")
    assert words() == BRIDGE | {"attribution": "Lusa"}
    told = text_of(desk.get(page_of(KeptImage.objects.get())))
    assert "erin gave it, and it was fetched; kept" in told
    assert "of them uploaded 1" in text_of(desk.get("/admin/articles/keptimage/"))


def test_the_verb_takes_no_words_that_are_too_long_and_none_of_a_picture_that_was_fetched(editor):
    with pytest.raises(CurationRefused, match="at most 200"):
        keep_upload(png(), by=editor, attribution="x" * 201)
    with pytest.raises(CurationRefused, match="control characters"):
        keep_upload(png(), by=editor, title="\x07")
    assert not KeptImage.objects.exists()
    with pytest.raises(CurationRefused, match="that an editor gave"):
        describe(kept(), by=editor, title="x")
