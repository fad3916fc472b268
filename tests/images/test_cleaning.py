"""What nothing uses any more is deleted, after a while; what is used, or was taken down, stays."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from articles.curation import set_value
from articles.images.cleaning import clean_up
from articles.images.keeping import take_down
from articles.images.storing import forget
from articles.models import ImageFetch, KeptImage, RemovedImage
from tests.factories import import_seed

from .kept import DAY, keep

pytestmark = pytest.mark.django_db
URL = "http://a.example/1.jpg"
LONG = timedelta(days=60)


def cleaned(after: timedelta = LONG) -> tuple[int, int, int]:
    done = clean_up(timezone.now() + after)
    return done.fetches, done.pictures, done.files


def test_what_a_story_shows_stays(tmp_path):
    import_seed(tmp_path, images=[{"url": URL}])
    kept = keep(URL)
    assert cleaned() == (0, 0, 0)
    assert all(default_storage.exists(name) for name in kept.names)


def test_an_address_that_no_story_names_any_more_goes_with_its_picture_and_files(tmp_path):
    kept = keep(URL)
    assert cleaned(after=DAY) == (0, 0, 0)  # upstream may come back to it
    assert cleaned() == (1, 1, 5)
    assert not any(default_storage.exists(name) for name in kept.names)


def test_a_picture_that_an_editor_chose_stays_without_any_address(tmp_path, editor):
    article = import_seed(tmp_path)
    kept = keep(URL)
    set_value(article, "picture", kept.digest, by=editor)
    assert cleaned() == (1, 0, 0)
    assert KeptImage.objects.get() == kept


def test_a_file_that_no_row_names_goes_after_a_day_and_no_other_file_ever(tmp_path):
    keep(URL)
    import_seed(tmp_path, images=[{"url": URL}])
    for name in ("images/ab/" + "ab" * 16 + ".webp", "images/ab/notes.txt", "elsewhere/file.webp"):
        default_storage.save(name, ContentFile(b"x"))
    assert cleaned(after=timedelta(hours=1)) == (0, 0, 0)
    assert cleaned(after=2 * DAY) == (0, 0, 1)
    assert default_storage.exists("images/ab/notes.txt")
    assert default_storage.exists("elsewhere/file.webp")


def test_files_that_two_originals_share_stay_for_the_other(tmp_path):
    one, other = keep(URL, "the same"), keep("http://b.example/1.jpg", "the same")
    assert one.names == other.names
    assert one.pk != other.pk
    KeptImage.objects.filter(pk=one.pk).delete()
    assert forget(one.names) == 0
    assert all(default_storage.exists(name) for name in other.names)


def test_what_was_taken_down_is_remembered_though_no_story_names_it(chief, django_capture_on_commit_callbacks):
    kept = keep(URL)
    with django_capture_on_commit_callbacks(execute=True):
        take_down(kept, by=chief)
    assert cleaned(after=1000 * DAY) == (0, 0, 0)
    assert ImageFetch.objects.get(url=URL).removed
    assert RemovedImage.objects.get().digest == kept.digest
