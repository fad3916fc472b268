"""Pictures on the desk: the addresses that they come from with what came of each, and what is kept."""

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Subquery
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.html import format_html

from articles import overview
from articles.admin import image_pages
from articles.admin.display import EMPTY, admin_link, ago, dated
from articles.admin.filters import ChoiceFilter, FormFilter
from articles.admin.image_uses import said_sizes
from articles.admin.picture_words import size_of
from articles.admin.pictures import kept_picture, thumbnail
from articles.admin.readonly import CarefulChangeList, ReadOnlyAdmin
from articles.models import ImageFetch, ImagesPolicy, KeptImage

POLICIES = {
    ImagesPolicy.OFF: "Readers see no pictures (IMAGES=off), but for outlets that say otherwise and what editors gave.",
    ImagesPolicy.HOTLINK: "Readers’ browsers fetch pictures from upstream’s servers (IMAGES=hotlink), but for outlets "
    "whose pictures are kept here and what editors gave.",
    ImagesPolicy.CACHED: "Readers see what is kept here, and nothing from elsewhere (IMAGES=cached).",
}
LONGEST = 70  # characters of an address, or of a title, in a list


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


class StateFilter(ChoiceFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [*ImageFetch.State.choices, ("down", "taken down")]

    def found(self, request, queryset):
        if self.value() == "down":
            return queryset.filter(removed=True)
        return queryset.filter(state=self.value(), removed=False)


class HostFilter(FormFilter):
    """One host, by its name: there may be thousands, so it is typed, or clicked in a row."""

    title = "host"
    parameters = ("host",)

    def inputs(self):
        typed = self.used_parameters["host"]
        attributes = {"id": "filter-host", "aria-label": "host", "size": 18, "maxlength": 253, "value": typed}
        yield {"input": format_html("<input name='host' {}>", _attributes(attributes))}

    def read(self, name, text):
        if "\0" in text or "/" in text:
            self.problems.append(f"Host: “{text[:40]}” was typed; expected is a name like img.outlet.example.")
        return text.lower()

    def found(self, queryset, host):
        return queryset if host is None else queryset.filter(host=host)


def _attributes(values: dict) -> str:
    return format_html(" ".join(f'{name}="{{}}"' for name in values), *values.values())


class GivenFilter(ChoiceFilter):
    title = "origin"
    parameter_name = "given"

    def lookups(self, request, model_admin):
        return [("yes", "uploaded by an editor"), ("no", "fetched")]

    def found(self, request, queryset):
        return queryset.exclude(uploaded_by="") if self.value() == "yes" else queryset.filter(uploaded_by="")


class AddressList(CarefulChangeList):
    """Each row with the size that upstream says it has, in one query for all of the page."""

    def get_results(self, request):
        super().get_results(request)
        self.result_list = list(self.result_list)
        said = said_sizes([row.url for row in self.result_list])
        for row in self.result_list:
            row.said = said.get(row.url, "")


class PictureAdmin(ReadOnlyAdmin):
    """Of kept pictures, or of addresses: nobody adds or deletes; their pages are `image_pages`."""

    show_facets = admin.ShowFacets.NEVER
    actions = None
    page = None
    title = ""

    def changelist_view(self, request, extra_context=None):
        found = overview.pictures() if self.has_view_permission(request) else None
        extra = {"title": self.title, "pictures": found, "policy": POLICIES[settings.IMAGES]}
        return super().changelist_view(request, extra | (extra_context or {}))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        row = self.get_object(request, object_id)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return type(self).page(self, request, row)

    def history_view(self, request, object_id, extra_context=None):
        if not self.has_view_permission(request):
            raise PermissionDenied
        return redirect(f"admin:articles_{self.opts.model_name}_change", object_id)


@admin.register(ImageFetch)
class ImageFetchAdmin(PictureAdmin):
    page = image_pages.address_page
    title = "Pictures by address"
    list_display = ("picture", "address", "outcome", "size", "weight", "tried", "next_try", "reason")
    list_display_links = ("address",)
    list_filter = (StateFilter, HostFilter)
    list_select_related = ("kept",)
    search_fields = ("url",)
    search_help_text = "addresses"
    sortable_by = ("tried", "next_try")

    def get_changelist(self, request, **kwargs):
        return AddressList

    @admin.display(description="picture")
    def picture(self, fetch):
        return thumbnail([fetch.kept and kept_picture(fetch.kept.renditions)], titled=False)

    @admin.display(description="address")
    def address(self, fetch):
        return _cut(fetch.url)

    @admin.display(description="state", ordering="state")
    def outcome(self, fetch):
        return "taken down" if fetch.removed else fetch.state

    @admin.display(description="size")
    def size(self, fetch):
        real = size_of(fetch.kept) if fetch.kept else ""
        said = format_html('<span class="quiet">said {}</span>', fetch.said) if fetch.said not in ("", real) else ""
        return format_html("{} {}", real, said) if real or said else EMPTY

    @admin.display(description="original → kept")
    def weight(self, fetch):
        return weight_of(fetch.kept) if fetch.kept else EMPTY

    @admin.display(description="tried", ordering="tried_at")
    def tried(self, fetch):
        return ago(fetch.tried_at, timezone.now()) if fetch.tried_at else EMPTY

    @admin.display(description="next try", ordering="next_try_at")
    def next_try(self, fetch):
        if fetch.next_try_at is None and fetch.state == ImageFetch.State.WANTED:
            return "next run"
        return dated(fetch.next_try_at)

    @admin.display(description="host, and why")
    def reason(self, fetch):
        host = admin_link(fetch.host or "this site", "articles_imagefetch_changelist", query={"host": fetch.host})
        return format_html("{} <bdi>{}</bdi>", host, fetch.why) if fetch.why else host


@admin.register(KeptImage)
class KeptImageAdmin(PictureAdmin):
    page = image_pages.picture_page
    title = "Kept pictures"
    list_display = ("picture", "name", "weight", "by", "kept")
    list_display_links = ("name",)
    list_filter = (GivenFilter,)
    search_fields = ("uploaded_by", "fetches__url")
    search_help_text = "addresses, and who uploaded"
    sortable_by = ("kept",)

    def get_urls(self):
        return [*image_pages.urls(self), *super().get_urls()]

    @admin.display(description="picture")
    def picture(self, image):
        return thumbnail([kept_picture(image.renditions)], titled=False)

    def get_queryset(self, request):
        first = ImageFetch.objects.filter(kept=OuterRef("pk")).order_by("pk").values("host")[:1]
        return super().get_queryset(request).annotate(host=Subquery(first))

    @admin.display(description="what it is")
    def name(self, image):
        called = image.renditions.get("title") or image.host
        kind = str(image)
        return format_html('<bdi>{}</bdi> <span class="quiet">{}</span>', _cut(called), kind) if called else kind

    @admin.display(description="original → kept")
    def weight(self, image):
        return weight_of(image)

    @admin.display(description="uploaded by", ordering="uploaded_by")
    def by(self, image):
        return image.uploaded_by or "fetched"

    @admin.display(description="kept since", ordering="kept_at")
    def kept(self, image):
        return ago(image.kept_at, timezone.now())


def weight_of(image: KeptImage) -> str:
    return f"{filesizeformat(image.original_bytes)} → {filesizeformat(image.kept_bytes)}"
