"""Imports in the browser, through the front door: upload, dry run, confirmation; runs, their undo, held ones."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from articles.admin import imports
from articles.importing import SourceBusy, import_paths
from articles.importing.undoing import undo_run
from articles.models import Article, ImportRun, Upload
from tests.factories import import_folder, seed_text, write_seed
from tests.importing.zips import zipped

pytestmark = pytest.mark.django_db
RUNS = "/admin/articles/importrun/"
UPLOAD = RUNS + "upload/"
BEES = "2020-06-22-bees"
BAD = seed_text(heat=3).replace("heat: 3", "heat: much")


@pytest.fixture
def desk(client, chief):
    """Here it is a chief editor's."""
    client.force_login(chief)
    return client


def file(name: str, text: str | bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)


def uploaded(desk, *files, source="default"):
    """The page that an upload leads to."""
    return desk.post(UPLOAD, {"files": list(files), "source": source}, follow=True)


def text_of(response) -> str:
    """What is to be read on a page, on one line."""
    main = re.search(r"<main.*</main>", response.text, re.DOTALL)[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def test_an_upload_is_looked_at_then_imported_and_its_run_is_shown(desk, tmp_path):
    import_paths([str(write_seed(tmp_path, BEES, title="Bees leave", heat=40))])
    page = uploaded(desk, file(f"{BEES}.md", seed_text(title="Bees return", heat=99)), file("bad.md", BAD))
    read = text_of(page)
    assert "Bees leave return" in read  # the one word struck, the other one marked
    assert "heat 40 → 99" in read
    assert "bad.md:9:1 : heat : heat must be a whole number" in read
    assert "9 h eat: much" in read  # the line, and the place in it
    assert Article.objects.get().heat == 40
    run_page = desk.post(page.redirect_chain[-1][0], {"confirm": ""}, follow=True)
    run = ImportRun.objects.first()
    assert run_page.redirect_chain[-1][0] == f"{RUNS}{run.pk}/change/"
    assert (run.username, run.updated, run.rejected) == ("chloe", 1, 1)
    read = text_of(run_page)
    assert "by chloe" in read
    assert "heat 40 → 99" in read
    assert "9 h eat: much" in read
    assert Article.objects.get().heat == 99


def test_a_second_press_of_the_button_leads_to_the_same_run(desk):
    address = uploaded(desk, file("a.md", seed_text())).redirect_chain[-1][0]
    first, second = (desk.post(address, {"confirm": ""})["Location"] for _ in range(2))
    assert first == second
    assert desk.get(address)["Location"] == first
    assert ImportRun.objects.count() == 1


def test_two_chiefs_one_discards_what_the_other_confirms(desk):
    address = uploaded(desk, file("a.md", seed_text())).redirect_chain[-1][0]
    assert "Discarded" in text_page(desk.post(address, {"discard": ""}, follow=True))
    assert "this upload was discarded meanwhile" in text_page(desk.post(address, {"confirm": ""}, follow=True))
    assert "it was discarded" in text_page(desk.get(address, follow=True))
    assert not Article.objects.exists()


def text_page(response) -> str:
    return " ".join(response.text.split())


def test_what_waits_is_listed_for_the_other_chiefs(desk):
    address = uploaded(desk, file("a.md", seed_text())).redirect_chain[-1][0]
    page = desk.get(UPLOAD).text
    assert address in page
    assert "by chloe" in page


def test_what_nobody_could_confirm_does_not_wait_for_it(desk):
    address = uploaded(desk, file("bad.md", BAD)).redirect_chain[-1][0]
    assert address not in desk.get(UPLOAD).text


def test_where_something_came_between_the_page_says_what_and_asks_again(desk, tmp_path):
    import_paths([str(write_seed(tmp_path, BEES, heat=40))])
    address = uploaded(desk, file(f"{BEES}.md", seed_text(heat=99))).redirect_chain[-1][0]
    import_paths([str(write_seed(tmp_path, BEES, heat=50))])
    read = text_of(desk.post(address, {"confirm": ""}, follow=True))
    assert f"1 story would now change otherwise: {BEES}" in read
    assert "heat 50 → 99" in read
    assert Article.objects.get().heat == 50


def test_while_the_source_is_busy_nothing_is_lost(desk, monkeypatch):
    address = uploaded(desk, file("a.md", seed_text())).redirect_chain[-1][0]

    def busy(*args, **options):
        raise SourceBusy("default")

    for verb in ("confirm", "receive", "undo_run", "let_through"):
        monkeypatch.setattr(imports, verb, busy)
    assert "Another import (default) is at work." in desk.post(address, {"confirm": ""}, follow=True).text
    assert "Another import (default) is at work." in uploaded(desk, file("b.md", seed_text())).text
    assert Upload.objects.filter(run=None).count() == 1


# -- what cannot be taken is said in words


@pytest.mark.parametrize(
    ("files", "source", "told"),
    [
        ([], "default", "Choose at least one file."),
        ([file("a.md", seed_text())], "Not a source", "1 to 40 of a-z, 0-9 and hyphens."),
        ([file("a.md", "")], "default", "The submitted file is empty."),
        ([file("seeds.zip", "no zip")], "default", "is not a zip that can be read"),
        ([file("a\u202e\u2028.exe", "x")], "default", "“a.exe” is neither a zip nor a seed file"),
        ([file("a.md", seed_text()), file("a.md", seed_text())], "default", "is there twice"),
        ([file(f"{n}.md", seed_text()) for n in range(101)], "default", "Put them into a zip"),
    ],
)
def test_what_cannot_be_taken_is_said_on_the_form(desk, files, source, told):
    page = uploaded(desk, *files, source=source)
    assert page.status_code in (200, 400)
    assert told in page.text
    assert not Upload.objects.exists()


def test_an_upload_that_is_too_large_is_refused_before_it_is_read(desk, monkeypatch):
    monkeypatch.setattr(imports, "BODY_LIMIT", 1000)
    page = uploaded(desk, file("a.md", seed_text() + "x" * 1000))
    assert page.status_code == 413
    assert "at most 32 MiB" in page.text


def test_an_upload_that_breaks_off_is_refused_in_words(desk):
    page = desk.post(UPLOAD, b"--x\r\nbroken", content_type="multipart/form-data; boundary=" + "x" * 300)
    assert page.status_code == 400
    assert "did not arrive whole" in page.text


def test_each_form_asks_for_its_token(chief, tmp_path):
    run = import_folder(write_seed(tmp_path).parent).run
    desk = Client(enforce_csrf_checks=True)
    desk.force_login(chief)
    for address in (UPLOAD, f"{UPLOAD}1/", f"{RUNS}{run}/undo/", f"{RUNS}{run}/let-through/"):
        assert desk.post(address, {"files": [file("a.md", seed_text())], "source": "default"}).status_code == 403
    page = desk.get(UPLOAD)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)[1]
    posted = {"files": [file("a.md", seed_text())], "source": "default", "csrfmiddlewaretoken": token}
    assert desk.post(UPLOAD, posted).status_code == 302


@pytest.mark.parametrize("page", ["upload/", "upload/1/", "{run}/undo/", "{run}/let-through/"])
def test_editors_and_viewers_may_not_run_imports(client, editor, viewer, tmp_path, page):
    run = import_folder(write_seed(tmp_path).parent).run
    for user in (editor, viewer):
        client.force_login(user)
        for ask in (client.get, client.post):
            assert ask(RUNS + page.format(run=run)).status_code == 403
        assert "upload/" not in client.get(RUNS).text
        assert "/undo/" not in client.get(f"{RUNS}{run}/change/").text
    assert ImportRun.objects.count() == 1


def test_what_is_not_there_is_not_found(desk):
    for page in ("9/undo/", "9/let-through/", f"{'9' * 30}/undo/"):
        assert desk.get(RUNS + page).status_code == 404
        assert desk.post(RUNS + page, follow=True).status_code == 200  # says why, on the list
    assert desk.get(f"{UPLOAD}9/", follow=True).status_code == 200
    assert desk.get(f"{RUNS}9/change/", follow=True).status_code == 200


@pytest.mark.parametrize("page", ["0", "-1", "x", "٣", "9" * 40, "2"])
def test_no_page_number_breaks_a_page(desk, tmp_path, page):
    run = import_folder(write_seed(tmp_path).parent).run
    address = uploaded(desk, file("a.md", seed_text())).redirect_chain[-1][0]
    for each in (f"{RUNS}{run}/change/", address):
        assert desk.get(f"{each}?page={page}").status_code == 200


# -- runs


def test_an_undo_says_first_what_it_does_and_is_undone_likewise(desk, tmp_path):
    run = import_folder(write_seed(tmp_path).parent).run
    read = text_of(desk.get(f"{RUNS}{run}/undo/"))
    assert "What run 1 said of 1 story stops counting".replace("run 1", f"run {run}") in read
    assert "1 of them goes altogether" in read
    page = desk.post(f"{RUNS}{run}/undo/", follow=True)
    undo = ImportRun.objects.first()
    assert (undo.undoes_id, undo.username) == (run, "chloe")
    assert "gone" in text_of(page)
    assert not Article.objects.existing().exists()
    assert f"Bring run {run} back" in desk.get(f"{RUNS}{undo.pk}/undo/").text
    desk.post(f"{RUNS}{undo.pk}/undo/")
    assert Article.objects.existing().exists()


def test_an_undo_that_cannot_be_is_refused_with_the_reason(desk, tmp_path, monkeypatch):
    run = import_folder(write_seed(tmp_path).parent).run
    monkeypatch.setattr(imports, "UNDO_IN_BROWSER", 0)
    assert f"manage.py undo_import {run}" in desk.get(f"{RUNS}{run}/undo/").text
    monkeypatch.undo()
    undo = undo_run(run).run
    for page in (desk.get(f"{RUNS}{run}/undo/"), desk.post(f"{RUNS}{run}/undo/", follow=True)):
        assert f"Run {run} is undone already, by run {undo}." in page.text
    assert ImportRun.objects.count() == 2


def test_a_runs_page_takes_as_many_queries_for_twenty_stories_as_for_two(desk, tmp_path, django_assert_num_queries):
    for count in (2, 20):
        for number in range(count):
            write_seed(tmp_path / str(count), f"{count}-{number}", heat=1)
        import_folder(tmp_path / str(count))
        for number in range(count):
            write_seed(tmp_path / str(count), f"{count}-{number}", heat=2)
        run = import_folder(tmp_path / str(count)).run
        # session, user, permissions (user's and groups'), run, upload, versions, those before them
        with django_assert_num_queries(8):
            assert desk.get(f"{RUNS}{run}/change/").text.count("→") == count


def test_a_dry_runs_page_takes_as_many_queries_for_twenty_stories_as_for_two(desk, django_assert_num_queries):
    for count in (2, 20):
        address = uploaded(desk, *(file(f"{count}-{n}.md", seed_text()) for n in range(count))).redirect_chain[-1][0]
        with django_assert_num_queries(6):  # session, user, permissions (user's and groups'), upload, articles
            desk.get(address)


def test_long_lists_have_pages(desk, tmp_path):
    for number in range(60):
        write_seed(tmp_path, f"s-{number:02}")
    run = import_folder(tmp_path).run
    first, second = (desk.get(f"{RUNS}{run}/change/?page={page}").text for page in (1, 2))
    assert ("s-49" in first, "s-50" in first, "s-50" in second, "s-59" in second) == (True, False, True, True)
    assert "?page=2#changes" in first
    assert "?page=1#changes" in second


# -- what the desk warns of


@pytest.fixture
def held(tmp_path):
    for name in "abcde":
        write_seed(tmp_path, f"2020-06-22-{name}", heat=40)
    import_folder(tmp_path)
    for name in "abcd":
        write_seed(tmp_path, f"2020-06-22-{name}", heat=99)
    return import_folder(tmp_path, max_change=20).run


PAGES = ("/admin/", RUNS, "/admin/articles/article/")


@pytest.mark.parametrize("page", PAGES)
def test_a_held_run_is_told_with_what_it_would_change_and_can_be_let_through(desk, held, page):
    read = " ".join(re.sub(r"<[^>]+>", " ", desk.get(page).text).split())
    assert f"Run {held} of default is held" in read
    assert "it would have updated 4" in read
    assert "heat 40 → 99" in read
    assert f"{RUNS}{held}/let-through/" in desk.get(page).text
    run_page = desk.post(f"{RUNS}{held}/let-through/", follow=True)
    assert f"Run {held} was let through" in run_page.text
    assert Article.objects.filter(heat=99).count() == 4
    assert "is held" not in desk.get(page).text
    again = desk.post(f"{RUNS}{held}/let-through/", follow=True)
    assert "nothing to let through" in again.text


def test_what_a_held_run_would_change_is_on_its_page(desk, held):
    read = text_of(desk.get(f"{RUNS}{held}/change/"))
    assert "What it would have changed" in read
    assert read.count("heat 40 → 99") == 4


def test_the_files_that_will_be_read_are_named_first_or_why_they_cannot(desk, held, tmp_path):
    assert f"<code>{tmp_path}</code>" in desk.get(f"{RUNS}{held}/let-through/").text
    ImportRun.objects.filter(pk=held).update(paths=["/nowhere/seeds"])
    for page in (desk.get(f"{RUNS}{held}/let-through/"), desk.post(f"{RUNS}{held}/let-through/", follow=True)):
        assert "/nowhere/seeds is not on this machine" in page.text


def test_viewers_see_that_a_run_is_held_and_who_can_let_it_through(client, viewer, held):
    client.force_login(viewer)
    page = client.get("/admin/").text
    assert "A chief editor can let it through." in page
    assert "let-through/" not in page


def test_the_warnings_are_one_query_however_many_runs_there_are(desk, held, tmp_path, django_assert_num_queries):
    page = "/admin/password_change/"  # one that asks for nothing itself
    desk.get(page)
    for _ in range(3):
        # session and user, permissions (user's and groups'), what is to be warned of
        with django_assert_num_queries(4):
            desk.get(page)
        for number in range(5):
            import_folder(write_seed(tmp_path / "more", f"m{number}").parent, source="more", max_change=0)


def test_a_late_import_is_told_unless_it_never_is(desk, tmp_path, settings):
    assert "No import for" not in desk.get("/admin/").text  # a desk without any run
    run = import_folder(write_seed(tmp_path).parent).run
    assert "No import for" not in desk.get("/admin/").text
    ImportRun.objects.update(finished_at=timezone.now() - timedelta(hours=7))
    uploaded(desk, file("a.md", seed_text()))
    desk.post(f"{UPLOAD}{Upload.objects.get().pk}/", {"confirm": ""})  # no proof that the clock runs
    for page in PAGES:
        assert "No import for 7 hours." in desk.get(page).text
        assert f"{RUNS}{run}/change/" in desk.get(page).text
    settings.IMPORT_EVERY_HOURS = 8
    assert "No import for" not in desk.get("/admin/").text
    settings.IMPORT_EVERY_HOURS = 0
    ImportRun.objects.update(finished_at=timezone.now() - timedelta(days=700))
    assert "No import for" not in desk.get("/admin/").text


def test_the_sign_in_page_tells_nothing_of_it(client, held):
    assert "is held" not in client.get("/admin/", follow=True).text


def test_a_zip_of_a_thousand_files_is_taken_in_seconds(desk):
    name, buffer = zipped(*((f"_news/story-{number}.md", seed_text(heat=number)) for number in range(1000)))
    address = uploaded(desk, file(name, buffer.getvalue())).redirect_chain[-1][0]
    desk.post(address, {"confirm": ""})
    run = ImportRun.objects.get()
    assert (run.created, run.paths) == (1000, ["seeds.zip"])
    assert (run.finished_at - run.started_at).total_seconds() < 20
