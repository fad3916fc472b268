"""What editors decided of pictures, in words: nobody is shown the digest by which a log knows a picture."""

from collections.abc import Collection, Iterable, Mapping
from itertools import chain

from articles.models import Decision, KeptImage, RemovedImage

UPSTREAMS = "upstream’s"
ANOTHER = "another picture"
CENTRE = "the centre"


def cropped_around(point: str | None) -> str:
    """A focal point: "30 % from the left, 70 % from the top"; without one crops are made around the centre."""
    left, _, top = (point or "").partition(",")
    return f"{left} % from the left, {top} % from the top" if top else CENTRE


def size_of(image: KeptImage) -> str:
    return f"{image.width} × {image.height}"


def pictures_named(decisions: Iterable[Decision]) -> Mapping[str, str]:
    """By digest, in words, each picture that one of these decisions gives or takes: see `pictures_in_words`."""
    values = chain.from_iterable((each.old, each.new) for each in decisions if each.field == "picture")
    return pictures_in_words({value for value in values if value})


def pictures_in_words(digests: Collection[str]) -> Mapping[str, str]:
    """By digest: "another picture (640 × 360, uploaded by erin)". One query for any number, none for none; a second one
    where some are kept no more."""
    if not digests:
        return {}
    kept = KeptImage.objects.filter(digest__in=digests).only("digest", "width", "height", "uploaded_by")
    told = {image.digest: f"{ANOTHER} ({_whence(image)})" for image in kept}
    if missing := set(digests) - told.keys():
        removed = dict(RemovedImage.objects.filter(digest__in=missing).values_list("digest", "username"))
        told |= {digest: f"a picture that {_fate(removed.get(digest))}" for digest in missing}
    return told


def _whence(image: KeptImage) -> str:
    return f"{size_of(image)}, uploaded by {image.uploaded_by}" if image.uploaded_by else size_of(image)


def _fate(by: str | None) -> str:
    return f"{by} took down" if by else "is kept no more"
