"""What became of each address, and of each picture, written down; and what the desk does with pictures: give one, set
what it is cropped around, take one down, fetch it again.

Files are written before the rows that name them: what is killed in between leaves files that `cleaning` finds, never a
page with a picture that is not there.
"""

from collections.abc import Collection, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from mmap import mmap
from urllib.parse import urlsplit

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from articles.curation import CurationRefused, require_permission
from articles.decidable import UNSTORABLE
from articles.images.needing import Need
from articles.images.rendering import Rendered, Undecodable
from articles.images.storing import NotStored, forget, put, read, still_there, store
from articles.images.workshop import Workshop, WorkshopFailed
from articles.models import ImageFetch, KeptImage, RemovedImage
from articles.querysets import url_digest
from articles.writing import new_edition, one_writer, writers_turn

REMOVE = "articles.remove_image"
REFRESH = timedelta(days=30)  # after which a server is asked whether it has another picture at the address
FIRST_PAUSE = timedelta(minutes=10)
LONGEST_PAUSE = timedelta(days=7)
PATIENCE = 8  # tries that fail in a row, over some three weeks, after which a picture is taken for gone
LARGEST_UPLOAD = 30 * 2**20  # bytes

State = ImageFetch.State


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one try at one address: `digest` of the picture that is kept of it, or a state and why; `unchanged`
    where its server said that it has no other picture than what is kept."""

    need: Need
    state: str = State.KEPT
    why: str = ""
    digest: str = ""
    etag: str = ""
    last_modified: str = ""
    unchanged: bool = False
    removed: bool = False  # its picture was taken down
    pause: float | None = None  # seconds that the server asked for


# -- pictures


def digest_of(data: bytes | mmap) -> str:
    return sha256(data).hexdigest()


def known(digests: Collection[str]) -> tuple[set[str], set[str]]:
    """Of these digests of originals: those whose pictures are kept, and those that were taken down. Two queries."""
    kept = KeptImage.objects.filter(digest__in=digests).values_list("digest", flat=True)
    removed = RemovedImage.objects.filter(digest__in=digests).values_list("digest", flat=True)
    return set(kept), set(removed)


def made(digest: str, size: int, rendered: Rendered, by: str = "") -> KeptImage:
    """The row of a picture whose files are stored now; it is not in the database yet."""
    renditions, kept_bytes = store(rendered)
    return KeptImage(
        digest=digest,
        kind=rendered.kind,
        width=rendered.width,
        height=rendered.height,
        original_bytes=size,
        kept_bytes=kept_bytes,
        renditions=renditions,
        uploaded_by=by,
        kept_at=timezone.now(),
    )


# -- addresses


def record(outcomes: Collection[Outcome], pictures: Collection[KeptImage], now: datetime) -> None:
    """Write down what came of some tries, and the pictures that they brought: all of it or nothing.

    What is kept once stays: where its address gives nothing more, that is told, and the picture is still shown.
    """
    with writers_turn():
        KeptImage.objects.bulk_create(still_there(pictures), ignore_conflicts=True)
        of_digest = KeptImage.objects.filter(digest__in={each.digest for each in outcomes if each.digest})
        keys = dict(of_digest.values_list("digest", "pk"))
        before = KeptImage.objects.filter(pk__in={each.need.kept for each in outcomes if each.need.kept})
        there = set(before.values_list("pk", flat=True))  # not taken down meanwhile
        removed = ImageFetch.objects.filter(removed=True, url_digest__in=[url_digest(o.need.url) for o in outcomes])
        gone = set(removed.values_list("url_digest", flat=True))
        rows = [_row(each, keys.get(each.digest), each.need.kept in there, now) for each in outcomes]
        rows = [row for row in rows if row.url_digest not in gone]
        ImageFetch.objects.bulk_create(rows, update_conflicts=True, unique_fields=["url_digest"], update_fields=WRITTEN)
        if any(each.removed or (each.digest and keys.get(each.digest) != each.need.kept) for each in outcomes):
            new_edition()  # readers see another picture, or none any more


WRITTEN = ["state", "why", "removed", "kept", "etag", "last_modified", "failures", "tried_at", "next_try_at"]


def _row(outcome: Outcome, key: int | None, still_kept: bool, now: datetime) -> ImageFetch:
    need, state, failures = outcome.need, outcome.state, 0
    pause: timedelta | None = REFRESH
    if state == State.KEPT and key is None and not outcome.unchanged:  # taken down since it was fetched
        state = State.WANTED
    if state == State.WANTED:
        failures = need.failures + 1
        asked = timedelta(seconds=outcome.pause or 0)
        pause = min(LONGEST_PAUSE, max(asked, FIRST_PAUSE * 4 ** min(need.failures, 10)))
        state = State.GONE if failures >= PATIENCE else state
    elif state == State.REFUSED:
        pause = None
    key = key or (need.kept if still_kept and not outcome.removed else None)
    if key is not None:
        state, pause = State.KEPT, pause or REFRESH
    return ImageFetch(
        url=need.url,
        url_digest=url_digest(need.url),
        host=host_of(need.url),
        state=state,
        why=outcome.why,
        removed=outcome.removed,
        kept_id=key,
        etag=outcome.etag or (need.etag if outcome.unchanged else ""),
        last_modified=outcome.last_modified or (need.last_modified if outcome.unchanged else ""),
        failures=failures,
        tried_at=now,
        next_try_at=now + pause if pause else None,
    )


def host_of(url: str) -> str:
    """The host that an address names, as people know it."""
    return (urlsplit(url).hostname or "")[:253]


# -- the desk's verbs


def fetch_again(fetch: ImageFetch, *, by: AbstractBaseUser) -> None:
    """Have it fetched by the next run, whatever came of it before. Raises `CurationRefused` where it was taken down."""
    require_permission(by)
    if fetch.removed:
        raise CurationRefused([("", "It was taken down, and is not fetched again.")])
    again = {"failures": 0, "next_try_at": None, "etag": "", "last_modified": ""}
    with one_writer():
        ImageFetch.objects.filter(pk=fetch.pk, removed=False).update(state=State.WANTED, **again)


WORDS = {"title": 500, "attribution": 200}  # that editors give a picture, and how long each may be


def keep_upload(data: bytes, *, by: AbstractBaseUser, title: str = "", attribution: str = "") -> KeptImage:
    """Keep a picture that an editor gives: what an article's `picture` can then be decided to be. Of one that is kept
    already it is noted who gave it, and what is said of it now: what it shows (`title`), and whose it is.

    Raises `CurationRefused` where it is too large, no picture, or one that was taken down, or a text is too long.
    """
    require_permission(by)
    if len(data) > LARGEST_UPLOAD:
        raise CurationRefused([("", f"It has {len(data):,} bytes; at most {LARGEST_UPLOAD:,} are taken.")])
    words = _worded({name: text for name, text in (("title", title), ("attribution", attribution)) if text.strip()})
    digest = digest_of(data)
    _, removed = known([digest])
    if removed:
        raise CurationRefused([("", "This picture was taken down, for good.")])
    picture = KeptImage.objects.filter(digest=digest).first()
    if picture is None:
        try:
            with Workshop(processes=1) as workshop:
                picture = made(digest, len(data), workshop.render(data), by.get_username())
        except (Undecodable, WorkshopFailed) as error:
            raise CurationRefused([("", str(error))]) from None
    elif picture.uploaded_by and not words:
        return picture
    with one_writer():
        if picture.pk is None and not still_there([picture]):
            raise NotStored("A picture that looks the same was taken down at this moment. Give it again.")
        KeptImage.objects.bulk_create([picture], ignore_conflicts=True)
        now = KeptImage.objects.select_for_update().get(digest=digest)
        now.uploaded_by = now.uploaded_by or by.get_username()
        _say(now, words)
    return now


def describe(image: KeptImage, *, by: AbstractBaseUser, **words: str) -> None:
    """Say of a picture that an editor gave what it shows (`title`), whose it is (`attribution`), or both; a blank text
    takes back what was said. Whoever shows the picture says so too.

    Raises `CurationRefused` where `by` may not, a text is too long, or nobody gave the picture or it is kept no more.
    """
    require_permission(by)
    words = _worded(words)
    with one_writer():
        now = KeptImage.objects.select_for_update().filter(pk=image.pk).exclude(uploaded_by="").first()
        if now is None:
            raise CurationRefused([("", "Words are only given to a picture that an editor gave, while it is kept.")])
        _say(now, words)


def _say(image: KeptImage, words: Mapping[str, str]) -> None:
    image.renditions = {name: value for name, value in (image.renditions | words).items() if value != ""}
    image.save(update_fields=["renditions", "uploaded_by"])


def _worded(words: Mapping[str, str]) -> dict[str, str]:
    """On one line each. Raises `CurationRefused`."""
    found = {name: " ".join(text.split()) for name, text in words.items()}
    long = [
        (name, f"It has {len(text)} characters; at most {WORDS[name]} are taken.")
        for name, text in found.items()
        if len(text) > WORDS[name]
    ]
    odd = [(name, "It must not have control characters.") for name, text in found.items() if UNSTORABLE.search(text)]
    if long or odd:
        raise CurationRefused(long + odd)
    return found


def refocus(image: KeptImage, focal_point: str, workshop: Workshop | None = None) -> None:
    """See that there are crops around `focal_point` ("30,70", as it is decided) of a kept picture, made in the caller's
    workshop or in one of its own. Raises NotStored, Undecodable, WorkshopFailed, or OSError where it is not there.
    """
    if focal_point in image.renditions["wide"]:
        return
    widest = read(image.renditions["whole"][-1][0])
    with nullcontext(workshop) if workshop else Workshop(processes=1) as at_work:
        crops = [put(each) for each in at_work.crop(widest, tuple(map(int, focal_point.split(","))))]
    with one_writer():
        now = KeptImage.objects.select_for_update().get(pk=image.pk)
        if focal_point not in now.renditions["wide"]:
            now.renditions["wide"][focal_point] = crops
            now.kept_bytes += sum(size for *_, size in crops)
            now.save(update_fields=["renditions", "kept_bytes"])
    image.refresh_from_db()


def take_down(target: KeptImage | str, *, by: AbstractBaseUser, note: str = "") -> None:
    """Remove a picture everywhere, for good: one that is kept, whatever addresses it came from, or the one at an
    address that nothing is kept of. It is shown no more, its files are deleted, and it is not kept again: not from
    there, nor from anywhere else where its bytes are the same.

    Raises `CurationRefused` where `by` may not.
    """
    if not by.is_active or not by.has_perm(REMOVE):
        raise CurationRefused([("", f"{by.get_username()} may not take pictures down (the permission is {REMOVE}).")])
    now, who = timezone.now(), by.get_username()
    why = f"Taken down by {who}" + (f": {note}" if note else ".")
    names: set[str] = set()
    with one_writer():
        if isinstance(target, str):
            row = _row(Outcome(Need(target), State.REFUSED, why, removed=True), None, False, now)
            ImageFetch.objects.bulk_create(
                [row], update_conflicts=True, unique_fields=["url_digest"], update_fields=WRITTEN
            )
        else:
            names = target.names
            RemovedImage.objects.get_or_create(
                digest=target.digest, defaults={"username": who, "at": now, "note": note}
            )
            refused = {"state": State.REFUSED, "why": why, "removed": True, "kept": None, "next_try_at": None}
            ImageFetch.objects.filter(kept=target).update(**refused)
            KeptImage.objects.filter(pk=target.pk).delete()
        # What a storage says against it is logged: the picture is shown no more, and `cleaning` finds its files.
        transaction.on_commit(lambda: forget(names), robust=True)
