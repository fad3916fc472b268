"""Pictures in a bucket that speaks S3: moto's server, by the protocol itself."""

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from moto.server import ThreadedMotoServer

from articles.images.cleaning import clean_up
from articles.images.keeping import refocus, take_down
from articles.models import ImageFetch, KeptImage
from newsdesk import variables
from newsdesk.settings import STORAGES
from tests.factories import import_seed
from tests.operations.commands import manage

from .kept import DAY, keep
from .outlets import jpeg

pytestmark = pytest.mark.django_db
URL = "http://a.example/1.jpg"


@pytest.fixture(scope="module")
def endpoint():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def bucket(endpoint, settings, monkeypatch):
    """The storage that `MEDIA_STORAGE=s3+http://…/pictures` makes."""
    import boto3

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("MEDIA_STORAGE", f"{endpoint.replace('http', 's3+http')}/pictures")
    settings.STORAGES = STORAGES | {"default": variables.media_storage()}
    resource = boto3.resource("s3", endpoint_url=endpoint)
    made = resource.create_bucket(Bucket="pictures")
    yield made
    made.objects.all().delete()
    made.delete()


def names(bucket) -> set[str]:
    return {each.key for each in bucket.objects.all()}


def test_what_is_kept_lies_there_for_ever_and_in_the_type_that_it_is(bucket):
    kept = keep(URL)
    assert names(bucket) == kept.names
    fallback = bucket.Object(kept.renditions["fallback"][0]).get()
    assert (fallback["CacheControl"], fallback["ContentType"]) == ("public, max-age=31536000, immutable", "image/jpeg")
    assert bucket.Object(kept.renditions["whole"][0][0]).get()["ContentType"] == "image/webp"


def test_a_run_keeps_pictures_there_and_crops_are_made_of_them(bucket, tmp_path, pictures):
    pictures.put("/1.jpg", jpeg(640, 640))
    import_seed(tmp_path, images=[{"url": pictures.url("/1.jpg")}])
    assert manage("cache_images").code == 0
    kept = ImageFetch.objects.get(state="kept").kept
    refocus(kept, "50,0")
    assert names(bucket) == KeptImage.objects.get().names
    assert set(kept.renditions["wide"]) == {"50,50", "50,0"}


def test_readers_get_it_through_the_site(bucket, client):
    name = keep(URL).renditions["fallback"][0]
    answer = client.get(f"/media/{name}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert b"".join(answer) == bucket.Object(name).get()["Body"].read()
    assert client.get("/media/images/ab/" + "ab" * 16 + ".webp").status_code == 404


def test_what_is_taken_down_or_used_by_nothing_is_deleted_there(bucket, chief, django_capture_on_commit_callbacks):
    kept, other = keep(URL), keep("http://a.example/2.jpg")
    with django_capture_on_commit_callbacks(execute=True):
        take_down(kept, by=chief)
    assert names(bucket) == other.names
    clean_up(timezone.now() + 60 * DAY)
    assert names(bucket) == set()


def test_a_bucket_that_is_not_there_is_a_sentence(bucket, tmp_path, pictures, settings):
    options = settings.STORAGES["default"]["OPTIONS"] | {"bucket_name": "nowhere"}
    settings.STORAGES = settings.STORAGES | {"default": settings.STORAGES["default"] | {"OPTIONS": options}}
    pictures.put("/1.jpg", jpeg())
    import_seed(tmp_path, images=[{"url": pictures.url("/1.jpg")}])
    ran = manage("cache_images")
    assert (ran.code, "The storage failed: images/" in ran.err, "Traceback" in ran.err) == (2, True, False)


def test_a_bucket_that_does_not_answer_is_503_in_words_and_kept_by_nobody(client, settings):
    options = settings.STORAGES["default"]["OPTIONS"] | {"endpoint_url": "http://127.0.0.1:9"}
    settings.STORAGES = settings.STORAGES | {"default": settings.STORAGES["default"] | {"OPTIONS": options}}
    answer = client.get("/media/images/ab/" + "ab" * 16 + ".webp")
    assert (answer.status_code, answer["Cache-Control"]) == (503, "no-store")
    assert answer.content == b"Pictures are out of reach at the moment.\n"


def test_files_are_the_default():
    assert STORAGES["default"]["BACKEND"].endswith("FileSystemStorage")
    assert default_storage.bucket_name == "pictures"
