"""`manage.py cache_images`: what is needed is fetched and kept, each address comes to a state that says why, and a run
can be ended at any moment and goes on where it was."""

import errno
import os
import re
import signal
from tempfile import SpooledTemporaryFile

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from articles.curation import Change, curate
from articles.images import caching
from articles.images.keeping import REFRESH, record, take_down
from articles.images.pacing import FAILURES
from articles.models import Edition, ImageFetch, KeptImage
from tests.factories import a_superuser, import_seed, write_seed
from tests.operations.commands import manage

from .outlets import jpeg

pytestmark = pytest.mark.django_db


def story(folder, url: str, stem: str = "story", **overrides):
    return import_seed(folder, stem, images=[{"url": url, "width": 9, "height": 9}], **overrides)


def run(*arguments):
    ran = manage("cache_images", "--rate=1000", *arguments)
    assert "Traceback" not in ran.err
    return ran


def states() -> dict[str, str]:
    return {fetch.url.rpartition("/")[2]: fetch.state for fetch in ImageFetch.objects.all()}


def a_month_later() -> None:
    ImageFetch.objects.update(next_try_at=timezone.now())


def test_what_a_public_story_shows_is_kept_with_its_real_size(tmp_path, pictures):
    pictures.put("/1.jpg", jpeg(640, 400))
    story(tmp_path, pictures.url("/1.jpg"))
    ran = run()
    assert (ran.code, ran.out.partition(";")[0]) == (
        0,
        "1 addresses: 1 kept, 0 unchanged, 0 gone, 0 refused, 0 to be tried again",
    )
    kept = ImageFetch.objects.get(state="kept").kept
    assert (kept.kind, kept.width, kept.height) == ("JPEG", 640, 400)
    assert kept.renditions["whole"][0][1:3] == [320, 200]
    assert all(default_storage.exists(name) for name in kept.names)
    assert all(re.fullmatch(r"images/[0-9a-f]{2}/[0-9a-f]{32}\.(webp|jpg)", name) for name in kept.names)


def test_it_tells_servers_who_asks_and_why_and_nothing_else(tmp_path, pictures, settings):
    settings.CONTACT_EMAIL = "desk@news.example"
    pictures.put("/1.jpg", jpeg())
    story(tmp_path, pictures.url("/1.jpg"))
    run()
    ((_, _, headers),) = pictures.asked
    assert headers["User-Agent"] == "Newsdesk (image cache; +http://127.0.0.1:8000/about/; desk@news.example)"
    assert not {"Cookie", "Authorization", "Referer"} & set(headers)


def test_run_again_it_asks_for_nothing(tmp_path, pictures):
    pictures.put("/1.jpg", jpeg())
    story(tmp_path, pictures.url("/1.jpg"), "one")
    story(tmp_path, pictures.url("/missing.jpg"), "two")
    run()
    asked = len(pictures.asked)
    assert run().out.startswith("0 addresses")
    assert len(pictures.asked) == asked == 2


def test_the_same_picture_at_two_addresses_is_kept_once(tmp_path, pictures):
    for number in (1, 2):
        pictures.put(f"/{number}.jpg", jpeg())
        story(tmp_path, pictures.url(f"/{number}.jpg"), f"story-{number}")
    run()
    assert KeptImage.objects.count() == 1
    assert states() == {"1.jpg": "kept", "2.jpg": "kept"}


def test_each_address_comes_to_a_state_that_says_why(tmp_path, pictures):
    pictures.put("/page.jpg", b"<!doctype html><title>Sorry</title>")
    pictures.put("/broken.jpg", status=500)
    pictures.put("/inside.jpg", status=302, Location="http://10.0.0.1/1.jpg")
    for name in ("page", "broken", "inside", "missing"):
        story(tmp_path, pictures.url(f"/{name}.jpg", f"{name}.test"), name)
    ran = run()
    assert states() == {"page.jpg": "refused", "broken.jpg": "wanted", "inside.jpg": "refused", "missing.jpg": "gone"}
    assert all(ImageFetch.objects.values_list("why", flat=True))
    assert "500" in ImageFetch.objects.get(url__contains="broken").why
    assert "10.0.0.1" in ImageFetch.objects.get(url__contains="inside").why
    assert (ran.code, ran.err.count("1 × ")) == (0, 4)


def test_after_a_month_a_server_is_asked_with_what_it_said_and_what_is_unchanged_stays(tmp_path, pictures):
    pictures.put("/1.jpg", jpeg(), ETag='"first"')
    story(tmp_path, pictures.url("/1.jpg"))
    run()
    kept = KeptImage.objects.get()
    a_month_later()
    assert "1 unchanged" in run().out
    assert pictures.asked[-1][2]["If-None-Match"] == '"first"'
    fetch = ImageFetch.objects.get()
    assert (fetch.kept, fetch.state, fetch.etag) == (kept, "kept", '"first"')
    assert fetch.next_try_at - fetch.tried_at == REFRESH


def test_another_picture_at_the_address_takes_its_place(tmp_path, pictures):
    pictures.put("/1.jpg", jpeg(), ETag='"first"')
    story(tmp_path, pictures.url("/1.jpg"))
    run()
    a_month_later()
    pictures.put("/1.jpg", jpeg(80, 60), ETag='"second"')
    run()
    assert ImageFetch.objects.get().kept.width == 80


@pytest.mark.parametrize("status", [404, 403, 500])
def test_what_vanishes_upstream_stays_here_and_that_is_told(tmp_path, pictures, status):
    pictures.put("/1.jpg", jpeg())
    story(tmp_path, pictures.url("/1.jpg"))
    run()
    a_month_later()
    pictures.put("/1.jpg", status=status)
    run()
    fetch = ImageFetch.objects.get()
    assert (fetch.state, fetch.kept) == ("kept", KeptImage.objects.get())
    assert str(status) in fetch.why


def test_no_more_requests_at_once_than_jobs(tmp_path, pictures):
    pictures.pause = 0.1
    for number in range(8):
        pictures.put(f"/{number}.jpg", jpeg(colour=f"#00{number}000"))
        story(tmp_path, pictures.url(f"/{number}.jpg", f"host-{number}.test"), f"story-{number}")
    run("--jobs=2")
    assert set(states().values()) == {"kept"}
    assert pictures.most_at_once <= 2


def test_a_host_that_fails_and_fails_is_left_alone_and_others_are_not(tmp_path, pictures):
    for number in range(FAILURES + 6):
        story(tmp_path, pictures.url(f"/{number}.jpg", "bad.test"), f"bad-{number}", heat=90)
        pictures.put(f"/{number}.jpg", status=503)
    pictures.put("/good.jpg", jpeg())
    story(tmp_path, pictures.url("/good.jpg", "good.test"), "good", heat=1)
    ran = run("--jobs=1")
    assert pictures.hosts() == {"bad.test": FAILURES, "good.test": 1}
    assert "bad.test failed too often in a row: 6 of its addresses wait for the next run." in ran.err


def test_as_many_as_the_limit_and_the_hottest_first(tmp_path, pictures):
    for heat in (1, 50, 90):
        pictures.put(f"/{heat}.jpg", jpeg(colour=f"#0000{heat:02}"))
        story(tmp_path, pictures.url(f"/{heat}.jpg"), f"story-{heat}", heat=heat)
    run("--limit=2")
    assert states() == {"90.jpg": "kept", "50.jpg": "kept"}
    run()
    assert len(states()) == 3


def test_nothing_is_begun_after_its_time(tmp_path, pictures):
    story(tmp_path, pictures.url("/1.jpg"))
    assert run("--seconds=0").out.startswith("0 addresses")
    assert pictures.asked == []


def test_where_images_are_off_it_says_so_and_asks_nobody(tmp_path, pictures, settings):
    settings.IMAGES = "off"
    story(tmp_path, pictures.url("/1.jpg"))
    ran = run()
    assert (ran.code, ran.out) == (0, "IMAGES is off, for the site and for each outlet: no picture is needed.\n")
    assert pictures.asked == []


def test_before_a_site_is_switched_over_what_it_hot_links_is_kept_already(tmp_path, pictures, settings):
    settings.IMAGES = "hotlink"
    pictures.put("/1.jpg", jpeg())
    story(tmp_path, pictures.url("/1.jpg"))
    run()
    assert states() == {"1.jpg": "kept"}


HOLD = """
from articles.locks import source_lock
with source_lock("_images", 5):
    print("held", flush=True)
    input()
"""


def test_while_one_is_at_work_another_exits_with_2(site):
    holder = site.start_python(HOLD)
    assert holder.stdout.readline() == "held\n"
    ran = site.manage("cache_images")
    holder.communicate("\n")
    assert (ran.code, "Another cache_images is at work" in ran.err) == (2, True)
    assert site.manage("cache_images").code == 0


def test_a_storage_that_cannot_be_written_is_one_line_and_2_and_nothing_is_said_to_be_kept(
    tmp_path, pictures, settings
):
    (tmp_path / "file").write_text("")
    settings.MEDIA_ROOT = tmp_path / "file" / "media"
    pictures.put("/1.jpg", jpeg())
    story(tmp_path, pictures.url("/1.jpg"))
    ran = run()
    assert (ran.code, "The storage failed: images/" in ran.err) == (2, True)
    assert not KeptImage.objects.exists()


@pytest.mark.parametrize("arguments", ["--jobs=0", "--rate=0", "--limit=x", "--seconds=-1"])
def test_wrong_options_are_2_and_a_sentence(arguments):
    ran = manage("cache_images", arguments)
    assert (ran.code, "is not a number" in ran.err) == (2, True)


def test_what_readers_see_is_a_new_edition_only_where_a_picture_is_new(tmp_path, pictures):
    pictures.put("/1.jpg", jpeg())
    story(tmp_path, pictures.url("/1.jpg"), "one")
    story(tmp_path, pictures.url("/missing.jpg"), "two")
    before = Edition.objects.get().number
    run()
    after = Edition.objects.get().number
    assert after > before
    a_month_later()
    run()
    assert Edition.objects.get().number == after


def test_what_was_taken_down_comes_back_by_no_import_from_no_address(
    tmp_path, pictures, chief, django_capture_on_commit_callbacks
):
    pictures.put("/1.jpg", jpeg())
    pictures.put("/copy.jpg", jpeg())
    story(tmp_path, pictures.url("/1.jpg"), "one")
    run()
    with django_capture_on_commit_callbacks(execute=True):
        take_down(KeptImage.objects.get(), by=chief, note="The photographer wants it")
    story(tmp_path, pictures.url("/1.jpg"), "one", heat=99)
    story(tmp_path, pictures.url("/copy.jpg"), "two")
    run()
    assert (states(), KeptImage.objects.count()) == ({"1.jpg": "refused", "copy.jpg": "refused"}, 0)
    assert pictures.paths == ["/1.jpg", "/copy.jpg"]
    assert "The photographer wants it" in ImageFetch.objects.get(url__contains="/1.jpg").why
    assert not [path for path in (tmp_path / "media").rglob("*") if path.is_file()]


def test_where_a_picture_that_was_taken_down_takes_the_place_of_another_readers_see_neither_at_once(
    tmp_path, pictures, chief
):
    pictures.put("/1.jpg", jpeg(colour="red"))
    pictures.put("/2.jpg", jpeg(colour="blue"))
    story(tmp_path, pictures.url("/1.jpg"), "one")
    story(tmp_path, pictures.url("/2.jpg"), "two")
    run()
    take_down(ImageFetch.objects.get(url__endswith="/2.jpg").kept, by=chief)
    before = Edition.objects.get().number
    a_month_later()
    pictures.put("/1.jpg", jpeg(colour="blue"))
    run()
    assert states() == {"1.jpg": "refused", "2.jpg": "refused"}
    assert Edition.objects.get().number > before


def crops() -> set[str]:
    return set(KeptImage.objects.get(fetches__state="kept").renditions["wide"])


def decide(article, point: str) -> None:
    curate(article, [Change("set", "focal_point", point)], by=a_superuser())


def test_a_picture_that_takes_the_place_of_another_is_cropped_around_the_point_that_an_editor_decided(
    tmp_path, pictures
):
    pictures.put("/1.jpg", jpeg(640, 400))
    article = story(tmp_path, pictures.url("/1.jpg"))
    decide(article, "10,90")  # before there is any picture, and not on the desk
    run()
    assert crops() == {"50,50", "10,90"}
    a_month_later()
    pictures.put("/1.jpg", jpeg(640, 400, "navy"))
    before = Edition.objects.get().number
    run()
    assert crops() == {"50,50", "10,90"}
    assert Edition.objects.get().number > before
    assert all((tmp_path / "media" / name).is_file() for name in KeptImage.objects.get(fetches__state="kept").names)


def test_a_crop_that_cannot_be_made_is_told_and_ends_no_run(tmp_path, pictures):
    pictures.put("/1.jpg", jpeg(640, 400))
    article = story(tmp_path, pictures.url("/1.jpg"))
    run()
    decide(article, "10,90")
    default_storage.delete(KeptImage.objects.get().renditions["whole"][-1][0])
    ran = run()
    assert (ran.code, crops()) == (0, {"50,50"})
    assert "1 × No crop around 10,90 could be made: " in ran.err


def test_where_this_machine_has_no_room_it_says_so_exits_with_2_and_holds_it_against_no_server(
    tmp_path, pictures, monkeypatch
):
    def full(*what):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    pictures.put("/1.jpg", jpeg())
    story(tmp_path, pictures.url("/1.jpg"))
    with monkeypatch.context() as patched:
        patched.setattr(SpooledTemporaryFile, "write", full)
        ran = run()
    assert ran.code == 2
    assert re.search(r"cannot wait in /.*: No space left on device\. TMPDIR names another folder\.", ran.err)
    assert not ImageFetch.objects.filter(failures__gt=0).exists()
    run()
    assert states() == {"1.jpg": "kept"}


OTHER_BYTES = jpeg()[:2] + b"\xff\xfe\x00\x04of" + jpeg()[2:]  # with a comment, and the same pixels


def test_where_one_that_looks_the_same_is_taken_down_meanwhile_no_page_is_left_without_files(
    tmp_path, pictures, chief, monkeypatch, django_capture_on_commit_callbacks
):
    pictures.put("/1.jpg", jpeg())
    pictures.put("/2.jpg", OTHER_BYTES)
    story(tmp_path, pictures.url("/1.jpg"), "one")
    run()
    story(tmp_path, pictures.url("/2.jpg"), "two")

    def late(outcomes, made, now):
        with django_capture_on_commit_callbacks(execute=True):
            take_down(KeptImage.objects.get(), by=chief)
        record(outcomes, made, now)

    with monkeypatch.context() as patched:
        patched.setattr(caching, "record", late)
        run()
    assert (states(), KeptImage.objects.count()) == ({"1.jpg": "refused", "2.jpg": "wanted"}, 0)
    ImageFetch.objects.filter(state="wanted").update(next_try_at=None)
    run()
    assert states() == {"1.jpg": "refused", "2.jpg": "kept"}
    assert all((tmp_path / "media" / name).is_file() for name in KeptImage.objects.get().names)


def test_with_clean_what_nothing_uses_is_deleted_and_told(tmp_path):
    assert run("--clean").out.endswith("Deleted what nothing uses: 0 addresses, 0 pictures, 0 files.\n")


@pytest.mark.parametrize("moment", [1, 2, 3])
def test_killed_at_any_moment_it_loses_nothing_and_the_next_run_does_the_rest(site, tmp_path, pictures, moment):
    pictures.pause = 0.05
    for number in range(24):
        pictures.put(f"/{number}.jpg", jpeg(colour=f"#{number:02}8080"))
        write_seed(
            tmp_path / "seeds", f"story-{number:02}", images=[{"url": pictures.url(f"/{number}.jpg", "127.0.0.1")}]
        )
    site.environment |= {
        "MEDIA_ROOT": str(tmp_path / "media"),
        "IMAGES": "cached",
        "IMAGES_PORTS": str(pictures.port),
        "IMAGES_ALLOWED": "127.0.0.0/8",
    }
    assert site.manage("import_seeds", tmp_path / "seeds").code == 0
    process = site.start_python(KILLED.format(moment=moment))
    assert process.stdout.readline().startswith("now")  # two threads may be there at once
    process.send_signal(signal.SIGKILL)
    process.communicate()
    for name in named(site):
        assert (tmp_path / "media" / name).is_file()
    ran = site.manage("cache_images", "--rate=1000")
    assert (ran.code, ran.err) == (0, "")
    assert site.rows("SELECT state, count(*) FROM articles_imagefetch GROUP BY state") == [("kept", 24)]
    assert {str(path.relative_to(tmp_path / "media")) for path in (tmp_path / "media").rglob("*.*")} == named(site)


# Written in batches of five; killed before the files of a picture are complete, before a batch is written, or within.
KILLED = """
import time
import articles.images.caching as caching
from articles.images import keeping, storing
caching.BATCH = 5
seen = []
def wait_at(place, module, name):
    verb = getattr(module, name)
    def instead(*arguments, **named):
        seen.append(place)
        if place == {moment} and seen.count(place) > 2:
            print("now", flush=True)
            time.sleep(60)
        return verb(*arguments, **named)
    setattr(module, name, instead)
wait_at(1, storing, "put")
wait_at(2, caching, "record")
wait_at(3, keeping, "new_edition")
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "cache_images", "--rate=1000", "--verbosity=0"])
"""


def named(site) -> set[str]:
    import json

    rows = site.rows("SELECT renditions FROM articles_keptimage")
    return {name for (text,) in rows for name in re.findall(r"images/[0-9a-f/]+\.\w+", json.dumps(text))}
