"""The files of kept pictures in Django's default storage, named by what is in them: the same bytes have the same name,
and a name has the same bytes for ever."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from functools import reduce
from hashlib import sha256
from io import BytesIO
from operator import or_

from django.core.files import File
from django.core.files.storage import default_storage
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from articles.images.rendering import Rendered, Rendition
from articles.models import KeptImage, RemovedImage
from articles.writing import writers_turn

FOLDER = "images"
LONGEST_STORING = timedelta(hours=1)  # the files of one picture
CENTRE = "50,50"


class NotStored(Exception):
    """The storage took no file; the message says which, and why."""


def store(rendered: Rendered) -> tuple[dict, int]:
    """Write the files of a picture that are not there yet: what `KeptImage.renditions` says of them, and their bytes.

    Raises `NotStored`.
    """
    of = {
        role: [put(each) for each in rendered.renditions if each.role == role] for role in ("whole", "fallback", "wide")
    }
    renditions = {
        "colour": rendered.colour,
        "whole": of["whole"],
        "fallback": of["fallback"][0],
        "wide": {CENTRE: of["wide"]},
    }
    return renditions, sum(len(each.data) for each in rendered.renditions)


def put(rendition: Rendition) -> list:
    """Write one file, where it is not there. Its name, width, height and bytes. Raises `NotStored`."""
    digest = sha256(rendition.data).hexdigest()[:32]
    name = f"{FOLDER}/{digest[:2]}/{digest}.{rendition.extension}"
    try:
        if not default_storage.exists(name):
            stored = default_storage.save(name, File(BytesIO(rendition.data)))
            if stored != name:  # somebody else wrote the same at the same time
                default_storage.delete(stored)
    except Exception as error:  # each storage has its own
        raise NotStored(f"{name} cannot be written: {error}") from error
    return [name, rendition.width, rendition.height, len(rendition.data)]


def read(name: str) -> bytes:
    """The bytes of a file. Raises OSError where it is not there."""
    with default_storage.open(name) as file:
        return file.read()


def forget(names: Iterable[str]) -> int:
    """Delete those of these files that no kept picture has (any more). How many that were. A look through all pictures:
    two originals that differ only in what is stripped from them share their files."""
    names = set(names)
    if not names:
        return 0
    told = Cast("renditions", TextField())
    has_one = reduce(or_, (Q(told__contains=name) for name in names))
    with writers_turn():  # in which a picture that found these files there is not written down (`still_there`)
        for image in KeptImage.objects.annotate(told=told).filter(has_one):
            names -= image.names
        for name in names:
            default_storage.delete(name)
    return len(names)


def still_there(pictures: Collection[KeptImage]) -> list[KeptImage]:
    """Those of these new pictures whose files were not deleted after they were made, as they were also those of another
    that was taken down. Asks the storage only where one was. The caller holds the writers' turn."""
    since = min((picture.kept_at for picture in pictures), default=None)
    if since is None or not RemovedImage.objects.filter(at__gte=since - LONGEST_STORING).exists():
        return list(pictures)
    return [picture for picture in pictures if all(map(default_storage.exists, picture.names))]
