"""Pictures for the tests of the desk: files as an editor uploads them, and what a run of cache_images leaves behind."""

import re
from datetime import timedelta
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from articles.images.keeping import Outcome, digest_of, made, record
from articles.images.needing import Need
from articles.images.rendering import render
from articles.models import ImageFetch, KeptImage

ADDRESS = "https://img.outlet.example/bridge.jpg"


def png(width: int = 64, height: int = 48, colour: str = "#b45a3c") -> bytes:
    """A picture of two halves, so that its crops differ."""
    picture = Image.new("RGB", (width, height), colour)
    picture.paste("#1e5078", (0, 0, width // 2, height))
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def upload(data: bytes | None = None, name: str = "bridge.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, png() if data is None else data, "image/png")


def kept(url: str = ADDRESS, data: bytes | None = None) -> KeptImage:
    """A picture that a run has fetched from `url`."""
    data = png() if data is None else data
    picture = made(digest_of(data), len(data), render(data))
    record([Outcome(Need(url), digest=picture.digest)], [picture], timezone.now())
    return KeptImage.objects.get(digest=picture.digest)


def came_to(state: str, why: str, url: str = ADDRESS, days: int = 0) -> ImageFetch:
    """An address that a run has got no picture from, some days ago."""
    record([Outcome(Need(url), state, why)], [], timezone.now() - timedelta(days=days))
    return ImageFetch.objects.of_url(url).get()


# -- pages of the desk


def page_of(row) -> str:
    return f"/admin/articles/{row._meta.model_name}/{row.pk}/change/"


def text_of(response) -> str:
    return " ".join(re.sub("<[^>]*>", " ", response.text).split())


def queries(desk, address) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert desk.get(address).status_code == 200
    return len(asked)
