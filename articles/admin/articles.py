"""The article list and the article's page, where editors decide."""

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.forms import CheckboxInput, Media
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from articles.admin import bulk, conflicts, presence, preview, triage
from articles.admin.bulk_forms import BulkBar
from articles.admin.curves import heat_curve
from articles.admin.display import (
    EMPTY,
    Shown,
    admin_link,
    ago,
    beside_cells,
    cell,
    dated,
    decided_in_row,
    shown,
    told_state,
    worded,
)
from articles.admin.filters import (
    DateFilter,
    DecidedFilter,
    HeatFilter,
    ImageFilter,
    ProviderFilter,
    QualityFilter,
    StateFilter,
    TopicFilter,
)
from articles.admin.history import article_history, undo_and_tell
from articles.admin.picture_fields import take_upload
from articles.admin.picture_form import WORDS
from articles.admin.picture_words import pictures_named
from articles.admin.pictures import lead_picture, thumbnail, upstreams_pictures, with_kept
from articles.admin.readonly import ReadOnlyAdmin, searched
from articles.admin.rows import Posted, PostedRows, Rows
from articles.admin.seen import ArticleForm, RowForm, why_withheld
from articles.admin.story_picture import see_to_crops, shown_on_form, story_picture
from articles.curation import PERMISSION, curate, undoable
from articles.models import Article, Decision
from articles.projection import taken_back
from articles.writing import one_writer

PAGES = (bulk, conflicts, presence, preview, triage)  # modules that widen the list by pages of their own
EDITABLE = ("published", "quality", "heat")


@admin.register(Article)
class ArticleAdmin(ReadOnlyAdmin):
    form = ArticleForm
    list_display = ("lead", "headline", "origin", *EDITABLE, "last_days", "also_decided", "state")
    list_display_links = ("headline",)
    list_editable = EDITABLE
    list_filter = (
        StateFilter,
        DecidedFilter,
        HeatFilter,
        QualityFilter,
        DateFilter,
        TopicFilter,
        ProviderFilter,
        ImageFilter,
    )
    search_fields = ("title", "excerpt", "provider__name", "provider__domain")  # as `with_words()` searches
    search_help_text = "titles, excerpts and providers"
    ordering = ("-published_at", "slug")
    sortable_by = ("origin", "quality", "heat", "quality_shown", "heat_shown")
    show_facets = admin.ShowFacets.NEVER
    list_max_show_all = 100  # each row posts seven values, and Django takes a thousand
    actions = bulk.ACTIONS
    action_form = BulkBar

    @property
    def media(self):
        lookups = (ProviderFilter, TopicFilter)
        widgets = [admin.widgets.AutocompleteSelect(lookup.relation, self.admin_site) for lookup in lookups]
        own = Media(js=["newsdesk/unsaved.js", "newsdesk/focal.js"])
        return sum((widget.media for widget in widgets), (super().media or Media()) + own)

    # -- who may

    def has_change_permission(self, request, obj=None):
        return request.user.has_perm(PERMISSION)

    # -- the list

    def get_changelist(self, request, **kwargs):
        return PostedRows

    def get_changelist_form(self, request, **kwargs):
        return RowForm

    def get_changelist_formset(self, request, **kwargs):
        return super().get_changelist_formset(request, formset=Rows, **kwargs)

    def get_queryset(self, request):
        return with_kept(super().get_queryset(request).existing().for_desk(), "standing_decisions")

    def get_search_results(self, request, queryset, search_term):
        return queryset.with_words(searched(search_term)), False

    def get_list_display(self, request):
        if self.has_change_permission(request):
            return self.list_display
        return [f"{name}_shown" if name in EDITABLE else name for name in self.list_display]

    def get_action_choices(self, request, default_choices=(("", "choose what…"),)):
        return super().get_action_choices(request, list(default_choices))

    def changelist_view(self, request, extra_context=None):
        extra_context = {"title": "Articles"} | (extra_context or {})
        if request.method != "POST":
            return super().changelist_view(request, extra_context)
        if (action := bulk.action_posted(request.POST)) is not None:
            request.POST = action
            if "_save" not in action:
                return super().changelist_view(request, extra_context)
        with one_writer():  # what is compared is what is written over
            posted = Posted.of(request.POST)
            request.POST = posted.data
            response = super().changelist_view(request, extra_context)
        if posted.gone:
            rest = "All else is saved." if response.status_code == 302 else "All else is still below."
            self.message_user(request, f"{posted.gone} {rest}", messages.WARNING)
        elif response.status_code == 302 and not hasattr(request, "decided"):
            self.message_user(request, NOTHING)
        return response

    def changeform_view(self, request, *args, **kwargs):
        if request.method != "POST":
            return super().changeform_view(request, *args, **kwargs)
        if "_undo" in request.POST and self.has_change_permission(request):
            return self._undo(request, request.POST["_undo"])
        take_upload(request)  # before the writers' turn
        with one_writer():
            response = super().changeform_view(request, *args, **kwargs)
        if hasattr(request, "crops") and (told := see_to_crops(request.crops)):  # made while nobody waits
            self.message_user(request, told, messages.WARNING)
        return response

    @admin.display(description=mark_safe('<input type="checkbox" id="action-toggle">'))
    def action_checkbox(self, article):
        """As Django's, but what was ticked stays so where the list comes back with what was typed."""
        attributes = {"class": "action-select", "aria-label": f"Choose {article}"}
        box = CheckboxInput(attributes, check_test=lambda value: getattr(article, "is_ticked", False))
        return box.render(ACTION_CHECKBOX_NAME, str(article.pk))

    @admin.display(description="picture")
    def lead(self, article):
        return thumbnail([lead_picture(article)], titled=False)

    @admin.display(description="story", ordering="title")
    def headline(self, article):
        return render_to_string("admin/articles/headline.html", {"article": article})

    @admin.display(description="provider, age", ordering="published_at")
    def origin(self, article):
        context = {"provider": article.provider, "ago": ago(article.published_at, timezone.now())}
        return render_to_string("admin/articles/origin.html", context)

    @admin.display(description="published")
    def published_shown(self, article):
        return _shown_in_row(article, "published")

    @admin.display(description="quality", ordering="quality")
    def quality_shown(self, article):
        return _shown_in_row(article, "quality")

    @admin.display(description="heat", ordering="heat")
    def heat_shown(self, article):
        return _shown_in_row(article, "heat")

    @admin.display(description="7 days", empty_value="")
    def last_days(self, article):
        return heat_curve(article.points, timezone.now())

    @admin.display(description="also decided", empty_value="")
    def also_decided(self, article):
        return beside_cells(article)

    @admin.display(description="decisions")
    def decided(self, article):
        decisions = [Shown.of(row) for row in article.standing_decisions.all()]
        return render_to_string("admin/articles/decided.html", {"decisions": decisions})

    @admin.display(description="readers")
    def state(self, article):
        return told_state(article, timezone.now())

    # -- the article's page

    def get_object(self, request, *args, **kwargs):
        article = super().get_object(request, *args, **kwargs)
        if article is not None:
            article.looked_at_by = request.user  # what is offered depends on it: not all may take back what others did
            article.story_picture = story_picture(article)
        return article

    def get_form(self, request, obj=None, change=False, **kwargs):
        kwargs["fields"] = ["title", "excerpt", *EDITABLE]
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request, obj=None):
        decide = ["title", "excerpt", "topics", EDITABLE]
        if not self.has_change_permission(request, obj):
            decided = [
                ("Decided or upstream's", {"fields": ["title", "excerpt", "topic_names", EDITABLE, "decided"]}),
                ("Picture", {"fields": ["picture_now"]}),
            ]
            return [*decided, *UPSTREAM, (HISTORY, {"fields": ["history"]})]
        standings = list(obj.standing_decisions.select_related("decision")) if obj else []
        withheld = why_withheld(standings, request.user)
        decide += ["release"] if any(row.field in DECIDABLE and row.field not in withheld for row in standings) else []
        decide += ["keep"] if any(row.in_conflict for row in standings) else []
        picture = ("Picture", {"fields": ["picture_now", "focal_point", "picture", WORDS]})
        decide = [("You decide", {"fields": [*decide, "offered"]}), picture, ("When and where", _clocks())]
        readers, *upstream = UPSTREAM
        readers = (readers[0], {"fields": [name for name in readers[1]["fields"] if name not in CLOCKS_AND_STATE]})
        return [*decide, readers, *upstream, (HISTORY, {"fields": ["history_to_undo"]})]

    def get_readonly_fields(self, request, obj=None):
        shown = [name for _, options in UPSTREAM for name in options["fields"]]
        if self.has_change_permission(request, obj):
            shown.remove("slug")  # decided on the form
        return [*shown, "topic_names", "decided", "picture_now", "history", "history_to_undo"]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj and self.has_change_permission(request, obj):
            context["who_else"] = presence.who_else(obj, request.user)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(self, request, obj, form, change):
        if form.changes:
            curate(obj, form.changes, by=request.user)
            request.decided = True
            if {"picture", "focal_point"} & {change.field for change in form.changes}:
                request.crops = obj
        if isinstance(form, ArticleForm) and form.describe(by=request.user):  # a row of the list has no picture
            request.decided = True

    def save_related(self, request, form, formsets, change):
        """Nothing hangs on the form but what `save_model` decided."""

    def log_change(self, request, obj, message):
        """The verb has told the log what was decided."""

    def get_urls(self):
        return [*(url for page in PAGES for url in page.urls(self)), *super().get_urls()]

    def response_change(self, request, obj):
        if hasattr(request, "decided"):
            return super().response_change(request, obj)
        self.message_user(request, NOTHING)
        return (
            redirect(request.get_full_path())
            if "_continue" in request.POST
            else self.response_post_save_change(request, obj)
        )

    def history_view(self, request, object_id, extra_context=None):
        return article_history(self, request, object_id)

    def _undo(self, request, key: str):
        decision = get_object_or_404(Decision, pk=key if key.isdecimal() and len(key) < 19 else None)
        undo_and_tell(self, request, decision)
        return redirect("admin:articles_article_change", decision.article_id)

    @admin.display(description="as it is")
    def picture_now(self, article):
        return shown_on_form(article, article.looked_at_by)

    @admin.display(description="tags")
    def tag_names(self, article):
        return ", ".join(article.tags) or EMPTY

    @admin.display(description="rank")
    def standing(self, article):
        return f"{article.rank:.2f}"

    @admin.display(description="published at")
    def date(self, article):
        return dated(article.published_at)

    @admin.display(description="updated at")
    def updated(self, article):
        return dated(article.updated_at)

    @admin.display(description="first seen")
    def created(self, article):
        return dated(article.created_at)

    @admin.display(description="visible from")
    def from_when(self, article):
        return dated(article.visible_from)

    @admin.display(description="topics")
    def topic_names(self, article):
        return ", ".join(topic.name for topic in article.topic_list)

    @admin.display(description="provider")
    def provider_link(self, article):
        if article.provider is None:
            return EMPTY
        return admin_link(str(article.provider), "articles_provider_change", article.provider_id)

    @admin.display(description="reader's link")
    def reader_link(self, article):
        link = article.link
        return format_html('<a href="{0}" rel="noopener noreferrer">{0}</a>', link) if link else EMPTY

    @admin.display(description="on the site")
    def on_site(self, article):
        address = article.get_absolute_url()
        if article.state(timezone.now()) == Article.State.PUBLIC:
            return format_html('<a href="{0}">{0}</a>', address)
        return format_html("{} ({})", address, admin_link("preview", "articles_article_preview", article.pk))

    @admin.display(description="images")
    def pictures(self, article):
        return upstreams_pictures(article)

    @admin.display(description="related links")
    def related_links(self, article):
        links = article.related.select_related("provider").prefetch_related("images")
        links = list(links.with_stored(Article.objects.existing(), "pk"))
        for link in links:
            link.dated = dated(link.published_at) if link.published_at else ""
        return render_to_string("admin/articles/related.html", {"links": links})

    @admin.display(description="decisions")
    def history(self, article):
        return _history(article, may_undo=False)

    @admin.display(description="decisions")
    def history_to_undo(self, article):
        return _history(article, may_undo=True)

    @admin.display(description="upstream's versions")
    def versions(self, article):
        rows = article.versions.select_related("run").defer("data", "run__errors", "run__warnings").order_by("-pk")
        return render_to_string("admin/articles/versions.html", {"rows": rows[:NEWEST], "article": article})


def _history(article: Article, may_undo: bool) -> str:
    decisions = list(article.decisions.all())
    pictures = pictures_named(decisions[:NEWEST])
    mine = undoable(decisions, article.looked_at_by) if may_undo else set()
    context = {
        "article": article,
        "rows": [
            (row, worded(row.field, row.old, pictures), worded(row.field, row.new, pictures))
            for row in decisions[:NEWEST]
        ],
        "undone": taken_back(decisions),
        "can_undo": mine,
        "others": undoable(decisions) - mine if may_undo else (),
    }
    return render_to_string("admin/articles/history.html", context)


def _clocks() -> dict:
    now = timezone.localtime()
    named = settings.TIME_ZONE if f"{now:%Z}" == settings.TIME_ZONE else f"{settings.TIME_ZONE} ({now:%Z})"
    told = f"Times are those of {named}, where it is {now:%H:%M} now. What is cleared is over."
    return {"fields": ["state", ("publish_at", "publish_until"), "pinned", "slug"], "description": told}


def _shown_in_row(article: Article, name: str) -> str:
    decision = decided_in_row(article).get(name)
    return format_html("{} {}", shown(getattr(article, name)), cell(decision) if decision else "")


NEWEST = 5  # entries of either log; the rest is in the history
NOTHING = "Nothing was changed."
HISTORY = "What the desk decided"
CLOCKS_AND_STATE = ("state", "slug")
DECIDABLE = ("title", "excerpt", "topics", *EDITABLE)
UPSTREAM = [
    ("What readers see", {"fields": ["state", "on_site", "slug", "standing", "from_when"]}),
    (
        "Upstream says",
        {
            "fields": (
                "provider_link date updated category type locale tag_names highlight reader_link web_url "
                "original_url amp_web_url cdn_amp_web_url pictures related_links"
            ).split()
        },
    ),
    ("Where it comes from", {"fields": ["source", "stem", "path", "created", "versions"]}),
]
