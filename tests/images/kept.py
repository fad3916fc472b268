"""Pictures that are kept, as a run of `cache_images` leaves them."""

from datetime import timedelta
from hashlib import sha256
from itertools import count

from django.utils import timezone

from articles.images.keeping import Outcome, made, record
from articles.images.needing import Need
from articles.images.rendering import Rendered, Rendition
from articles.models import ImageFetch, KeptImage

_numbers = count(1)


def rendered(mark: str = "") -> Rendered:
    """A picture of 1200 × 600; pictures of one `mark` have the same files."""
    mark = mark or f"picture {next(_numbers)}"

    def rendition(role: str, width: int, height: int, extension: str = "webp") -> Rendition:
        return Rendition(role, width, height, extension, f"{mark} {role} {width}".encode())

    files = [rendition("whole", 320, 160), rendition("whole", 1200, 600), rendition("fallback", 640, 320, "jpg")]
    return Rendered("JPEG", 1200, 600, "#336699", [*files, rendition("wide", 480, 270), rendition("wide", 960, 540)])


def keep(url: str, mark: str = "", original: bytes | None = None, at=None) -> KeptImage:
    """Keep a picture from an address."""
    data = original or f"original {next(_numbers)}".encode()
    digest = sha256(data).hexdigest()
    picture = made(digest, len(data), rendered(mark))
    record([Outcome(Need(url), digest=digest, etag='"1"')], [picture], at or timezone.now())
    return KeptImage.objects.get(digest=digest)


def came_to(url: str, state: str, why: str = "why", **values) -> ImageFetch:
    """Write down that an address came to something else."""
    record([Outcome(Need(url), state=state, why=why)], [], timezone.now())
    ImageFetch.objects.filter(url=url).update(**values)
    return ImageFetch.objects.get(url=url)


DAY = timedelta(days=1)
