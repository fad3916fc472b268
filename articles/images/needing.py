"""Which addresses a picture is needed from, the most wanted first: what readers see, by rank, then what waits for the
desk; and the logos of their outlets."""

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from django.db.models import QuerySet

from articles.models import Article, Image, ImageFetch, ImagesPolicy, KeptImage, Provider, images_policy
from articles.querysets import url_digest
from articles.writing import batched

AT_ONCE = 400  # stories looked at together
WAITING = 1_000  # stories of the triage queue: more no editor comes to before the next run


class Need(NamedTuple):
    """An address to fetch from, with what is known of it: the key of the picture that is kept of it, how often it
    failed in a row, and what its server said to be asked with."""

    url: str
    kept: int | None = None
    failures: int = 0
    etag: str = ""
    last_modified: str = ""


def needs(now: datetime) -> Iterator[Need]:
    """What is to be fetched at `now` (aware), none before its time. Two queries for each few hundred stories, of which
    little more than the keys is held. An address that several show comes again until `now` is later."""
    for some in batched(chain(_outlets(), _stories(now)), AT_ONCE):
        yield from _due([url for url in some if url.lower().startswith(("http://", "https://"))], now)


def _stories(now: datetime) -> Iterator[str]:
    seen = Article.objects.public(now).ranked()
    waiting = Article.objects.existing().undecided().filter(published=False).ranked()[:WAITING]
    for keys in batched(chain(_keys(seen), _keys(waiting)), AT_ONCE):
        first = Image.objects.filter(article__in=keys, position=0).not_removed()
        of = {
            key: (url, own) for key, url, own in first.values_list("article", "url", "article__provider__images_policy")
        }
        yield from (of[key][0] for key in keys if key in of and images_policy(of[key][1]) != ImagesPolicy.OFF)


def _keys(articles: QuerySet) -> Iterator[int]:
    return iter(list(articles.values_list("pk", flat=True)))


def _outlets() -> Iterator[str]:
    """The first logo of each: few, and on every page of theirs."""
    logos = Image.objects.filter(provider__isnull=False, position=0).not_removed().order_by("provider")
    for url, own in logos.values_list("url", "provider__images_policy"):
        if images_policy(own) != ImagesPolicy.OFF:
            yield url


def missing_crops() -> Iterator[tuple[KeptImage, str]]:
    """The kept pictures that a story shows whose focal point, as an editor decided it, they have no crop around: they
    came after the decision, or it was not made on the desk. Three queries for each few hundred such stories."""
    decided = Article.objects.existing().filter(focal_point__isnull=False).order_by("pk")
    for stories in batched(list(decided.values_list("pk", "picture", "focal_point")), AT_ONCE):
        chosen = KeptImage.objects.filter(digest__in={picture for _, picture, _ in stories if picture})
        given = {image.digest: image for image in chosen}
        first = Image.objects.filter(article__in=[key for key, _, _ in stories], position=0)
        urls = dict(first.values_list("article", "url"))
        digests = {url_digest(url) for url in urls.values()}
        fetches = ImageFetch.objects.filter(url_digest__in=digests, kept__isnull=False).select_related("kept")
        fetched = {fetch.url: fetch.kept for fetch in fetches}
        for key, picture, point in stories:
            image = given.get(picture) or fetched.get(urls.get(key))
            if image is not None and point not in image.renditions["wide"]:
                yield image, point


def _due(urls: Collection[str], now: datetime) -> list[Need]:
    known = {}
    names = ("url", "kept", "failures", "etag", "last_modified", "state", "next_try_at")
    for url, *values in ImageFetch.objects.filter(url_digest__in=map(url_digest, urls)).values_list(*names):
        known[url] = values
    due = []
    for url in dict.fromkeys(urls):
        *values, state, next_try_at = known.get(url, (None, 0, "", "", ImageFetch.State.WANTED, None))
        if state == ImageFetch.State.WANTED if next_try_at is None else next_try_at <= now:
            due.append(Need(url, *values))
    return due


def is_wanted_anywhere() -> bool:
    """Whether the policy of the site, or of one outlet, is to show pictures at all."""
    of_outlets = Provider.objects.exclude(images_policy="").values_list("images_policy", flat=True).distinct()
    return any(images_policy(own) != ImagesPolicy.OFF for own in {"", *of_outlets})
