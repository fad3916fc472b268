"""The files of kept pictures, as `/media/` serves them: nothing else, and without asking the database."""

from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from tests.site.pages import get, policy

pytestmark = pytest.mark.django_db
NONE_THERE = f"images/bb/{'b' * 32}.webp"


@pytest.fixture(autouse=True)
def _a_folder_of_its_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def stored(ending: str = "webp") -> tuple[str, bytes]:
    file = BytesIO()
    Image.new("RGB", (320, 240), "#a1b2c3").save(file, {"webp": "WEBP", "jpg": "JPEG"}[ending])
    told = f"images/aa/{'a' * 32}.{ending}"
    default_storage.save(told, ContentFile(file.getvalue()))
    return told, file.getvalue()


@pytest.mark.parametrize(("ending", "kind"), [("webp", "image/webp"), ("jpg", "image/jpeg")])
@pytest.mark.parametrize("encoding", ["", "gzip, br"])
def test_a_file_is_served_as_it_is_for_ever_and_as_nothing_but_a_picture(ending, kind, encoding):
    told, data = stored(ending)
    answer = get(f"/media/{told}", headers={"accept-encoding": encoding})
    assert (answer.status_code, answer["Content-Type"], answer.content) == (200, kind, data)
    assert answer["Content-Length"] == str(len(data))
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert policy(answer)["default-src"] == "'none'"
    assert "script-src" not in policy(answer)
    assert not {"Content-Encoding", "Vary", "Set-Cookie"} & set(answer.headers)


def test_who_has_a_file_is_told_so_and_who_asks_for_its_head_gets_no_more():
    told, data = stored()
    full = get(f"/media/{told}")
    assert get(f"/media/{told}", headers={"if-none-match": full["ETag"]}).status_code == 304
    head = Client().head(f"/media/{told}")
    assert (head.status_code, head.content, head["Content-Length"]) == (200, b"", str(len(data)))
    assert head["ETag"] == full["ETag"]
    assert Client().post(f"/media/{told}").status_code == 405


NO_FILES = [
    NONE_THERE,
    "secret.txt",
    "images/aa/secret.txt",
    "images/aa/../../secret.txt",
    "images/aa/..%2F..%2Fsecret.txt",
    f"images/aa/{'A' * 32}.webp",
    f"images/aa/{'a' * 32}.webp/",
    f"images/aa/{'a' * 32}.svg",
    f"images/ab/{'a' * 31}.webp",
]


@pytest.mark.parametrize("told", NO_FILES)
def test_what_is_no_file_of_a_picture_is_404_soon_asked_again(told, settings):
    for secret in ("secret.txt", "images/aa/secret.txt", f"images/aa/{'a' * 32}.svg"):
        default_storage.save(secret, ContentFile(b"secret"))
    answer = get(f"/media/{told}")
    assert answer.status_code == 404
    assert b"secret" not in answer.content
    assert answer["Cache-Control"] == "public, max-age=60"
    assert answer["Content-Type"].startswith("text/plain")


def test_files_ask_no_database():
    told, _ = stored()
    with CaptureQueriesContext(connection) as asked:
        for path in (told, NONE_THERE, "nothing"):
            get(f"/media/{path}")
    assert len(asked) == 0
