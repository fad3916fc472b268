"""The pictures that readers see: which of those that there are, and in which files.

    policy · what an editor chose · what is kept of upstream's address → `Shown` → pages, feeds, JSON-LD

What an editor chose is shown whatever the policy is. Of upstream's, `off` shows none, `hotlink` its own address, also
where something is kept of it, for the policy says whose server readers are sent to; `cached` only what is kept. An
address that begins with "/" is none of other people's servers, and shown as it is where pictures are shown at all.
"""

from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import router
from django.db.models import OuterRef, Prefetch, QuerySet, Subquery

from articles.models import Article, Image, ImagesPolicy, Provider, images_policy
from articles.querysets import REMOVED, Chosen, Kept, ordered_topics
from articles.site.words import picture_address
from articles.statements import Statement

MIDDLE = "50,50"  # where a crop is made around that no editor decided
HIGHEST = 597  # on its story's page, in pixels: a story is not pushed off the screen by its picture
FALLBACK_TYPE = "image/jpeg"
# How wide a picture is at least, so that it is not blown up where it stands, in pixels.
NEEDED = {"lead": 480, "second": 480, "small": 200, "story": 160}
# How wide a picture stands where one file does not serve all screens, as site.css has it (1rem is 16px here, whatever
# the root's size is: from 90rem on that grows with the screen).
SIZES = {
    "lead": "(min-width: 90rem) calc(36rem + 21vw), (min-width: 64rem) 61vw, 93vw",
    "second": "(min-width: 90rem) calc(17.4rem + 10vw), (min-width: 64rem) 29vw, (min-width: 40rem) 28vw, 93vw",
    "story": "(min-width: 90rem) calc(36rem + 21vw), (min-width: 64rem) 61vw, 93vw",
    "story-narrow": "(min-width: 31rem) 28rem, 93vw",
}


class File(NamedTuple):
    """A rendition, as `KeptImage.renditions` lists it."""

    name: str
    width: int
    height: int
    bytes: int

    @property
    def address(self) -> str:
        return settings.MEDIA_URL + self.name


class Shown(NamedTuple):
    """A picture as readers see it. `src`, with its size where that is known, is what every browser and feed reader can
    show. Where this site keeps the picture, `files` are the same in WebP, narrowest first, `bytes` how long `src` is,
    and `colour` ("#a1b2c3") is its main one; `is_chosen`: by an editor, whose title and credit are not upstream's."""

    src: str
    width: int | None
    height: int | None
    bytes: int | None = None
    files: tuple[File, ...] = ()
    colour: str = ""
    title: str = ""
    attribution: str = ""
    is_chosen: bool = False

    @property
    def address(self) -> str:
        return self.src

    @property
    def type(self) -> str:
        """The media type of `src`, where it is known."""
        return FALLBACK_TYPE if self.files else ""

    @property
    def largest(self) -> "Shown | File":
        """What has the `address`, `width` and `height` of it at its best."""
        return self.files[-1] if self.files else self

    @property
    def box(self) -> tuple[int, int] | None:
        """Width and height of the box that it fills on its story's page, in its own proportions: no larger than it is,
        and one much higher than wide no higher than it should stand; None where its size is not known."""
        width, height = self.largest.width, self.largest.height
        if not (width and height):
            return None
        if height > HIGHEST and width / height < 3 / 4:
            return max(round(HIGHEST * width / height), 1), HIGHEST
        return width, height

    def suits(self, place: str) -> bool:
        """Whether it is wide enough for a place (see NEEDED), on cards as a crop of 16 : 9; one whose size is not known
        is given the benefit of the doubt."""
        width, height = self.largest.width, self.largest.height
        if width and height and place != "story" and not self.files:
            width = min(width, round(height * 16 / 9))
        return not width or width >= NEEDED[place]

    def sizes(self, place: str) -> str:
        """The `sizes` of its files in a place (see SIZES); "" where there is but one to choose from."""
        if len(self.files) < 2:
            return ""
        is_narrow = place == "story-narrow" and self.box[0] < self.largest.width
        return f"{self.box[0]}px" if is_narrow and self.box[1] == HIGHEST else SIZES.get(place, "")

    def srcset(self, place: str) -> str:
        if self.sizes(place):
            return ", ".join(f"{file.address} {file.width}w" for file in self.files)
        return self.files[0].address


# -- asking for them


def with_pictures(articles: QuerySet) -> QuerySet:
    """`for_cards()` or `for_page()`, in as many queries, with what `lead` and `all_of` look at: `pictures`, which are
    the article's images, each with what is `kept` of its address; and `chosen`."""
    images = Prefetch("images", queryset=Image.objects.annotate(kept=Kept("url")), to_attr="pictures")
    found = articles.prefetch_related(None).prefetch_related(images, ordered_topics())
    return found.annotate(chosen=Chosen("picture"))


def pictures_of(article: Article, now: datetime) -> list[Image]:
    """The `pictures` of one article. One query."""
    return [_image(row) for row in OF_ARTICLE.rows(now, article.pk)]


def _image(row: tuple) -> Image:
    image = Image.from_db(router.db_for_read(Image), IMAGE_COLUMNS, row[:-1])
    image.kept = row[-1]
    return image


IMAGE_COLUMNS = [field.attname for field in Image._meta.concrete_fields]


def _of_article(now: datetime, article: int) -> QuerySet:
    return Image.objects.filter(article=article).annotate(kept=Kept("url")).values_list(*IMAGE_COLUMNS, "kept")


OF_ARTICLE = Statement(_of_article, keys=1)


def with_logos(providers: QuerySet) -> QuerySet:
    """Each with what `logo` looks at: the first picture's address, and what is kept of it."""
    first = Image.objects.filter(provider=OuterRef("pk")).order_by("position", "pk")
    kept = first.annotate(kept=Kept("url")).values("kept")[:1]
    return providers.with_logo().annotate(logo_kept=Subquery(kept))


# -- which is shown


def crop(
    own_policy: str | None, url: str | None, size: tuple, kept: dict | None, chosen: dict | None, focal: str | None
) -> Shown | None:
    """The picture of a card, 16 : 9 where it is kept here; None where there is none to show. `own_policy` is the
    outlet's, `size` what upstream says, `kept` and `chosen` are renditions, and `focal` is what an editor decided."""
    found = _found(own_policy, url or "", kept, chosen)
    if not isinstance(found, dict):
        return found and Shown(found, *size)
    return _kept(found, found["wide"].get(focal or MIDDLE) or found["wide"][MIDDLE])


def lead(article: Article) -> Shown | None:
    """The picture of a story's own page, and of whatever shows one of its pictures; see `with_pictures`."""
    if article.chosen:
        told = {name: article.chosen.get(name, "") for name in ("title", "attribution")}  # by who uploaded it
        return _kept(article.chosen, article.chosen["whole"], is_chosen=True, **told)
    return _whole(article.pictures[0], article.provider) if article.pictures else None


def on_page(article: Article) -> Shown | None:
    """The picture that a story's own page shows: one so small that it looks like a mistake is left out."""
    shown = lead(article)
    return shown if shown and shown.suits("story") else None


def all_of(article: Article) -> list[Shown]:
    """All pictures of a story that are shown anywhere, in its order; see `with_pictures`."""
    others = (_whole(image, article.provider) for image in article.pictures[1:])
    return [each for each in (lead(article), *others) if each]


def logo(provider: Provider) -> Shown | None:
    """Its logo; None where its monogram is drawn instead; see `with_logos`."""
    found = _found(provider.images_policy, provider.logo or "", provider.logo_kept, None)
    if isinstance(found, dict):
        return _kept(found, found["whole"][:1])
    return found and Shown(found, None, None)


def _whole(image: Image, provider: Provider | None) -> Shown | None:
    told = {"title": image.title, "attribution": image.attribution}
    found = _found(provider and provider.images_policy, image.url, image.kept, None)
    if isinstance(found, dict):
        return _kept(found, found["whole"], **told)
    return found and Shown(found, image.width, image.height, **told)


def _found(own_policy: str | None, url: str, kept: dict | None, chosen: dict | None) -> dict | str | None:
    """Renditions, or upstream's address, or None."""
    policy = images_policy(own_policy)
    if chosen:
        return chosen
    if policy == ImagesPolicy.OFF or kept == REMOVED:
        return None
    if policy == ImagesPolicy.CACHED and (kept or not url.startswith("/")):
        return kept
    return picture_address(url) or None


def _kept(renditions: dict, files: list, **told: Any) -> Shown:
    fallback = File(*renditions["fallback"])
    sized = fallback.width, fallback.height, fallback.bytes
    return Shown(fallback.address, *sized, tuple(File(*each) for each in files), renditions["colour"], **told)
