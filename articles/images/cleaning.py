"""What nothing uses any more is deleted: addresses that no story names, pictures that nothing shows, files of neither.

Each only after a while, as upstream flaps between pictures, an editor decides after uploading, and a run writes files
before rows. What was taken down is remembered for ever.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.files.storage import default_storage
from django.db.models import Q

from articles.images.storing import FOLDER
from articles.models import Image, ImageFetch, KeptImage
from articles.writing import batched, writers_turn

UNUSED = timedelta(days=30)
NAMELESS = timedelta(days=1)
_NAME = re.compile(r"[0-9a-f]{32}\.(webp|jpg)")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """How many were deleted."""

    fetches: int
    pictures: int
    files: int


def clean_up(now: datetime) -> Cleaned:
    """Delete what was not used for `UNUSED` before `now` (aware), and files that no picture names."""
    fetches = _unnamed_fetches(now)
    with writers_turn():  # no editor chooses one at this moment
        pictures, _ = KeptImage.objects.unused().filter(kept_at__lt=now - UNUSED).delete()
    return Cleaned(fetches, pictures, _nameless_files(now))


def _unnamed_fetches(now: datetime) -> int:
    # A difference, for which both databases sort once, where they would look for each address among all.
    named = ImageFetch.objects.order_by().values_list("url").difference(Image.objects.order_by().values_list("url"))
    deleted = 0
    old = Q(tried_at__lt=now - UNUSED) | Q(tried_at=None)
    for urls in batched((url for (url,) in named), 400):
        deleted += ImageFetch.objects.filter(old, url__in=urls, removed=False).delete()[0]
    return deleted


def _nameless_files(now: datetime) -> int:
    used = {name for image in KeptImage.objects.only("renditions").iterator(500) for name in image.names}
    deleted = 0
    for name in _files():
        if name not in used and default_storage.get_modified_time(name) < now - NAMELESS:
            default_storage.delete(name)
            deleted += 1
    return deleted


def _files() -> Iterator[str]:
    """All files of pictures in the storage; what has another kind of name is not ours."""
    try:
        folders, _ = default_storage.listdir(FOLDER)
    except FileNotFoundError:  # nothing was ever kept
        return
    for folder in folders:
        _, files = default_storage.listdir(f"{FOLDER}/{folder}")
        yield from (f"{FOLDER}/{folder}/{name}" for name in files if _NAME.fullmatch(name))
