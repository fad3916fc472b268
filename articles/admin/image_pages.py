"""The page of a kept picture, that of an address which gave none, and the page that takes a picture down for good."""

from functools import wraps

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from articles.admin.history import is_key
from articles.admin.image_uses import ADDRESSES, Uses, uses_of
from articles.admin.picture_words import cropped_around
from articles.admin.pictures import Picture, address_of, kept_picture
from articles.admin.story_picture import page_of, state_told, take_down_address
from articles.curation import PERMISSION, CurationRefused
from articles.decidable import UNSTORABLE
from articles.images.keeping import REMOVE, fetch_again, host_of, take_down
from articles.images.storing import CENTRE
from articles.models import ImageFetch, ImagesPolicy, KeptImage
from articles.site.words import address, picture_address

AGAIN = "_again"  # posted with the key of an address, or "all"
LONGEST_ADDRESS = 4000
WIDEST = 640
DONE = "It is taken down: it is shown nowhere, and is not kept again."
WHAT_HELPS = {
    "gone": "Its server has it no more, or could not be reached for weeks. Fetch it again if you know better, or give "
    "the story another picture.",
    "refused": "What came is not kept, for the reason above. Fetch it again if its server has something else by now, "
    "or give the story another picture.",
    "wanted": "The next runs of cache_images go on trying by themselves, after growing pauses.",
    "kept": "",
}


def urls(model_admin) -> list[URLPattern]:
    """The page that takes down, of a picture by `?picture=` or of what is at an address by `?url=`."""

    @wraps(take_down_page)
    def view(request):
        if not request.user.has_perm(REMOVE):
            raise PermissionDenied
        return take_down_page(model_admin, request)

    view = model_admin.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(view))
    return [path("take-down/", view, name="articles_keptimage_take_down")]


# -- a picture that is kept


def picture_page(model_admin, request: HttpRequest, image: KeptImage) -> HttpResponse:
    """All its files, the addresses that it comes from, and who uses it; posted to, it has addresses fetched again."""
    if request.method == "POST":
        return _again(model_admin, request, image.fetches.all())
    fetches = list(image.fetches.order_by("-tried_at", "-pk")[: ADDRESSES + 1])
    uses = uses_of([fetch.url for fetch in fetches], image)
    context = {
        "title": f"{image}",
        "image": image,
        "shown": kept_picture(image.renditions, widest=WIDEST),
        "files": _files(image),
        "crops": _crops(image),
        "fetches": [(fetch, uses.said.get(fetch.url, ""), address(fetch.url)) for fetch in fetches[:ADDRESSES]],
        "more_fetches": len(fetches) > ADDRESSES,
    }
    return _page(model_admin, request, "picture", context | _beside(request, uses, take_down_address(image)))


def _files(image: KeptImage) -> list[dict]:
    whole, fallback = image.renditions["whole"], image.renditions["fallback"]
    return [*(_file("whole, WebP", each) for each in whole), _file("fallback, JPEG", fallback)]


def _crops(image: KeptImage) -> list[tuple[str, list[dict]]]:
    return [
        (cropped_around(None if point == CENTRE else point), [_file("crop, WebP", each) for each in files])
        for point, files in image.renditions["wide"].items()
    ]


def _file(what: str, file: list) -> dict:
    name, width, height, size = file
    return {"what": what, "address": address_of(name), "width": width, "height": height, "bytes": size}


# -- an address of which nothing is kept


def address_page(model_admin, request: HttpRequest, fetch: ImageFetch) -> HttpResponse:
    """Why nothing is kept of an address, what can be done, and who names it; of one that gave a picture, its page."""
    if request.method == "POST":
        return _again(model_admin, request, ImageFetch.objects.filter(pk=fetch.pk))
    if fetch.kept_id is not None:
        return redirect(page_of(fetch.kept))
    uses = uses_of([fetch.url])
    context = {
        "title": f"A picture at {fetch.host or 'this site'}",
        "fetch": fetch,
        "link": address(fetch.url),
        "told": state_told(fetch),
        "helps": "" if fetch.removed or _is_next(fetch) else WHAT_HELPS[fetch.state],
        "said": uses.said.get(fetch.url, ""),
    }
    down = "" if fetch.removed else take_down_address(url=fetch.url)
    return _page(model_admin, request, "picture_address", context | _beside(request, uses, down))


def _is_next(fetch: ImageFetch) -> bool:
    """Whether the next run asks for it: then there is nothing to be done, and no pause to be waited for."""
    return fetch.state == ImageFetch.State.WANTED and not fetch.failures


def _beside(request: HttpRequest, uses: Uses, down: str) -> dict:
    may_remove = request.user.has_perm(REMOVE)
    return {"uses": uses, "may_fetch": request.user.has_perm(PERMISSION), "take_down": down if may_remove else ""}


def _page(model_admin, request: HttpRequest, template: str, context: dict) -> HttpResponse:
    frame = model_admin.admin_site.each_context(request) | {"opts": model_admin.opts, "now": timezone.now()}
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(request, f"admin/articles/{template}.html", frame | context)


def _again(model_admin, request: HttpRequest, fetches) -> HttpResponse:
    key = request.POST.get(AGAIN, "")
    chosen = fetches.filter(removed=False) if key == "all" else fetches.filter(pk=key if is_key(key) else None)
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    chosen = list(chosen[:ADDRESSES])
    try:
        for fetch in chosen:
            fetch_again(fetch, by=request.user)
    except CurationRefused as refusal:
        model_admin.message_user(request, str(refusal), messages.ERROR)
    else:
        what = "It is" if len(chosen) == 1 else f"All {len(chosen)} addresses are"
        told = f"{what} asked again by the next run of cache_images." if chosen else "There is nothing to fetch."
        model_admin.message_user(request, told, messages.SUCCESS if chosen else messages.WARNING)
    return redirect(request.get_full_path())


# -- taking down


class TakeDownForm(forms.Form):
    """Why, for the colleagues who will wonder."""

    note = forms.CharField(
        required=False,
        max_length=500,
        label="Why",
        widget=forms.TextInput({"class": "vLargeTextField", "autocomplete": "off"}),
        help_text="Stays with it; seen by all on the desk. As “asked by the photographer, 3 May”.",
    )


def take_down_page(model_admin, request: HttpRequest) -> HttpResponse:
    """What it would do, and with a post it is done."""
    image, url = _target(request)
    fetches = list(image.fetches.order_by("pk")[: ADDRESSES + 1]) if image else []
    form = TakeDownForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        take_down(image or url, by=request.user, note=form.cleaned_data["note"])
        if image:
            model_admin.log_change(request, image, f"Taken down. {form.cleaned_data['note']}".strip())
        model_admin.message_user(request, DONE, messages.SUCCESS)
        return redirect(f"{reverse('admin:articles_imagefetch_changelist')}?state=down")
    uses = uses_of([fetch.url for fetch in fetches] if image else [url], image)
    context = {
        "title": "Take a picture down",
        "image": image,
        "shown": kept_picture(image.renditions, widest=WIDEST) if image else _hot_linked(url),
        "files": len(image.names) if image else 0,
        "url": url,
        "link": address(url),
        "host": host_of(url) if url else "",
        "addresses": len(fetches),
        "form": form,
        "uses": uses,
        "back": page_of(image) if image else reverse("admin:articles_imagefetch_changelist"),
    }
    return _page(model_admin, request, "take_down", context)


def _hot_linked(url: str) -> Picture | None:
    """The picture at an address, where a page may show it."""
    may = url.startswith("/") or settings.IMAGES == ImagesPolicy.HOTLINK
    return Picture(picture_address(url), picture_address(url)) if may else None


def _target(request: HttpRequest) -> tuple[KeptImage | None, str]:
    """The kept picture that the address of the page names, also by an address that it came from; or that address."""
    key, url = request.GET.get("picture", ""), request.GET.get("url", "")
    if key:
        return get_object_or_404(KeptImage, pk=key if is_key(key) else None), ""
    if not url or len(url) > LONGEST_ADDRESS or UNSTORABLE.search(url) or not address(url):
        raise Http404("That is no address of a picture.")
    fetch = ImageFetch.objects.of_url(url).select_related("kept").first()
    return (fetch.kept, "") if fetch and fetch.kept else (None, url)
