"""The picture of one story on its page of the desk: what readers see of it, why, and where to go about it."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.auth.models import AbstractBaseUser
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from articles.admin.picture_fields import WIDEST
from articles.admin.picture_words import pictures_in_words, size_of
from articles.admin.pictures import Picture, kept_picture, picture_of
from articles.curation import PERMISSION
from articles.images.keeping import REMOVE, host_of, refocus
from articles.images.rendering import Undecodable
from articles.images.storing import NotStored
from articles.images.workshop import WorkshopFailed
from articles.models import Article, Image, ImageFetch, ImagesPolicy, KeptImage, images_policy
from articles.querysets import REMOVED
from articles.site.words import age, counted

NOTHING = "Readers see no picture with it"


@dataclass(frozen=True, slots=True)
class StoryPicture:
    """What readers see with a story, in a sentence; `kept` is what it is cropped from, where it is kept here."""

    picture: Picture | None
    kept: KeptImage | None
    told: str
    is_amiss: bool = False
    page: str = ""  # of the picture, or of its address
    take_down: str = ""  # where it is removed for good


def story_picture(article: Article) -> StoryPicture:
    """In two queries: of the picture that an editor gave, and of upstream's first with what came of its address; one or
    two more where what was given is no longer kept."""
    chosen = KeptImage.objects.filter(digest=article.picture).first() if article.picture else None
    if chosen is not None:
        return _chosen(article, chosen)
    image = article.lead_image
    found = _upstreams(article, image) if image else StoryPicture(None, None, f"Upstream names none. {NOTHING}.")
    if not article.picture:
        return found
    fate = pictures_in_words({article.picture})[article.picture]
    told = f"It was given {fate}: upstream’s stands again. {found.told}"
    return StoryPicture(found.picture, found.kept, told, True, found.page, found.take_down)


def take_down_address(picture: KeptImage | None = None, url: str = "") -> str:
    """The page that takes a kept picture down, or the one at an address."""
    query = {"picture": picture.pk} if picture else {"url": url}
    return f"{reverse('admin:articles_keptimage_take_down')}?{urlencode(query)}"


def _chosen(article: Article, image: KeptImage) -> StoryPicture:
    by = f"that {image.uploaded_by} gave" if image.uploaded_by else "that was chosen here"
    told = f"Readers see the picture {by}: {in_short(image)}."
    shown = kept_picture(image.renditions, article.focal_point, image.renditions.get("title", ""), WIDEST)
    return StoryPicture(shown, image, told, page=page_of(image), take_down=take_down_address(image))


def _upstreams(article: Article, image: Image) -> StoryPicture:
    fetch = ImageFetch.objects.of_url(image.url).select_related("kept").first()
    kept = fetch.kept if fetch else None
    renditions = REMOVED if fetch and fetch.removed else kept and kept.renditions
    policy = images_policy(article.provider.images_policy if article.provider else None)
    shown = picture_of(image, renditions, article.provider, article.focal_point)
    if shown and kept and policy == ImagesPolicy.CACHED:
        shown = kept_picture(kept.renditions, article.focal_point, image.title, WIDEST)
    told, is_amiss = _told(article, image, fetch, policy)
    page = page_of(kept) if kept else page_of(fetch) if fetch else ""
    down = "" if fetch and fetch.removed else take_down_address(kept, image.url)
    return StoryPicture(shown, kept if policy == ImagesPolicy.CACHED else None, told, is_amiss, page, down)


def _told(article: Article, image: Image, fetch: ImageFetch | None, policy: str) -> tuple[str, bool]:
    """What is to be said of upstream's picture, and whether it wants looking at."""
    if fetch and fetch.removed:
        return f"{fetch.why} {NOTHING}.", True
    if policy == ImagesPolicy.OFF:
        own = article.provider and article.provider.images_policy
        whose = f"those of {article.provider.name} are off" if own else "pictures are off for the whole site (IMAGES)"
        return f"{NOTHING}: {whose}.", False
    if image.url.startswith("/"):
        return f"A file of this site: {image.url}", False
    host = host_of(image.url)
    if policy == ImagesPolicy.HOTLINK:
        said = f", {said_size(image)} by its word" if said_size(image) else ""
        return f"Hot-linked: readers’ browsers fetch it from {host}{said}.", False
    if fetch and fetch.kept:
        return _kept(image, fetch), bool(fetch.why)
    if fetch is None:
        return f"Not fetched from {host} yet; the next run of cache_images asks for it. {NOTHING}.", False
    return f"{state_told(fetch)} {NOTHING}.", True


def _kept(image: Image, fetch: ImageFetch) -> str:
    said = said_size(image)
    differs = f"; upstream says {said}" if said and said != size_of(fetch.kept) else ""
    more = f" Its server has since said otherwise, and it stays: {fetch.why}" if fetch.why else ""
    return f"Kept here: {in_short(fetch.kept)}, from {fetch.host}{differs}.{more}"


def said_size(image: Image) -> str:
    """The size that upstream says it has, "" where it says none."""
    return f"{image.width} × {image.height}" if image.width and image.height else ""


def in_short(image: KeptImage) -> str:
    return f"{image.kind}, {size_of(image)}, {filesizeformat(image.kept_bytes)} in all sizes"


def page_of(row: KeptImage | ImageFetch) -> str:
    return reverse(f"admin:articles_{row._meta.model_name}_change", args=[row.pk])


def state_told(fetch: ImageFetch) -> str:
    """What came of an address that nothing is kept of, in a sentence or two."""
    tried = fetch.tried_at
    when = (age(tried, timezone.now()) or f"on {timezone.localtime(tried):%-d %b %Y}") if tried else ""
    if fetch.removed:
        return fetch.why
    if fetch.state == ImageFetch.State.WANTED:
        if not fetch.failures:
            return "It is to be fetched by the next run of cache_images."
        return f"Not there after {counted(fetch.failures, 'try')}, the last {when}: {fetch.why}"
    if fetch.state == ImageFetch.State.GONE:
        return f"Gone, as was seen {when}: {fetch.why}"
    return f"Refused {when}: {fetch.why}"


# -- on the form


def shown_on_form(article: Article, by: AbstractBaseUser) -> str:
    """The row that says it; with the picture itself for whom no field below shows it."""
    context = {"found": article.story_picture, "with_picture": not by.has_perm(PERMISSION)}
    return render_to_string("admin/articles/story_picture.html", context | {"may_remove": by.has_perm(REMOVE)})


def see_to_crops(article: Article) -> str:
    """Have crops of the story's picture around its focal point, if it has one and the picture is kept. What went wrong
    in words, "" where nothing did."""
    kept = story_picture(article).kept if article.focal_point else None
    try:
        if kept is not None:
            refocus(kept, article.focal_point)
    except (NotStored, OSError, Undecodable, WorkshopFailed) as error:
        return f"Its crops around the focal point could not be made ({error}); cards crop it around the centre."
    return ""
