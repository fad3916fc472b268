"""Pictures as the desk shows them: those that readers see, and no others, as a page may show no more than its CSP lets.

Where pictures are kept by this site (`IMAGES=cached`), they are what stands in lists and in triage too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.template.loader import render_to_string

from articles.images.storing import CENTRE
from articles.models import Article, Image, ImagesPolicy, Provider, images_policy
from articles.querysets import REMOVED, Chosen, Kept
from articles.site.words import picture_address


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to show: the address of a small one and of a crop, with the size of the first where it is known."""

    src: str
    crop: str
    width: int | None = None
    height: int | None = None
    title: str = ""


def address_of(name: str) -> str:
    """Where browsers get a file of a kept picture."""
    return settings.MEDIA_URL + name


def kept_picture(renditions: Mapping, point: str | None = None, title: str = "", widest: int = 320) -> Picture:
    """From what is kept: the largest up to `widest`, or the smallest there is, and the crop around `point`."""
    whole = renditions["whole"]
    name, width, height, _ = next((each for each in reversed(whole) if each[1] <= widest), whole[0])
    crops = renditions["wide"].get(point or CENTRE) or renditions["wide"][CENTRE]
    return Picture(address_of(name), address_of(crops[0][0]), width, height, title)


def picture_of(
    image: Image, kept: Mapping | None, provider: Provider | None, point: str | None = None
) -> Picture | None:
    """What readers see of a picture that upstream names, of which `kept` is kept (`Kept`); None: nothing."""
    policy = images_policy(provider.images_policy if provider else None)
    if kept == REMOVED or policy == ImagesPolicy.OFF:
        return None
    if policy == ImagesPolicy.CACHED and not image.url.startswith("/"):
        return kept_picture(kept, point, image.title) if kept else None
    src = picture_address(image.url)
    return Picture(src, src, image.width, image.height, image.title) if src else None


# -- for lists of stories, in the queries that they make anyway


def with_kept(articles: QuerySet[Article], *beside) -> QuerySet[Article]:
    """Stories with what `lead_picture` asks for. It takes the place of their prefetch of `images`, and so of all: what
    else they are to come with is named `beside`."""
    return articles.annotate(chosen=Chosen("picture")).prefetch_related(None).prefetch_related(kept_images(), *beside)


def kept_images() -> Prefetch:
    """The images of stories or providers, each with what is `kept` of it."""
    return Prefetch("images", Image.objects.annotate(kept=Kept("url")))


def lead_picture(article: Article) -> Picture | None:
    """What readers see with a story that came `with_kept`: what an editor gave, else upstream's first; None: none."""
    if article.chosen:
        return kept_picture(article.chosen, article.focal_point)
    image = article.lead_image
    return picture_of(image, image.kept, article.provider, article.focal_point) if image else None


def pictures_of(images: Iterable[Image], provider: Provider | None) -> list[Picture | None]:
    """What readers see of each of these images, which came as `kept_images`."""
    return [picture_of(image, image.kept, provider) for image in images]


def upstreams_pictures(article: Article) -> str:
    """All that upstream names with a story that came `with_kept`: each by its address, with what readers see of it."""
    images = article.images.all()
    shown = zip(pictures_of(images, article.provider), images, strict=True)
    rows = [(picture, image, picture_address(image.url)) for picture, image in shown]
    return render_to_string("admin/articles/upstream_pictures.html", {"pictures": rows})


def provider_logos(provider: Provider) -> str:
    """Its logos as readers see them, or the monogram that stands where there is none. One query."""
    logos = provider.images.annotate(kept=Kept("url"))
    pictures = [picture for picture in pictures_of(logos, provider) if picture]
    return render_to_string("admin/articles/logos.html", {"pictures": pictures, "provider": provider})


def thumbnail(pictures: Sequence[Picture | None], titled: bool = True) -> str:
    return render_to_string("admin/articles/images.html", {"pictures": pictures, "titled": titled})
