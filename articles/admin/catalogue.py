"""Providers and topics: to be looked at, and for chief editors to decide what they are called and where they are."""

from django import forms
from django.conf import settings
from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.html import format_html

from articles.admin.display import admin_link, quoted, shown
from articles.admin.pictures import provider_logos
from articles.admin.readonly import ReadOnlyAdmin
from articles.catalogue import CHANGE_PROVIDER, CHANGE_TOPIC, FOLLOW, change_provider, change_topic, problems_of
from articles.models import ImagesPolicy, Provider, Topic
from articles.writing import one_writer


class CatalogueForm(forms.ModelForm):
    """Decides only what was typed over: each field carries what the page displayed in a hidden input, and where it
    changed meanwhile, the form comes back with both values. `changes` are for the verb, `told` for the log."""

    follow = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Follow upstream again",
        help_text="Takes the decision on these back: the value is upstream's again.",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.decided = [name for name in self.fields if name != "follow"]
        overridden = [name for name in self.decided if name in self.instance.overridden]
        for name in self.decided:
            self.initial[name] = self._holding(self.instance, name)
            self.fields[name].show_hidden_initial = True
            self.fields[name].widget.attrs["autocomplete"] = "off"
        for name in overridden:
            upstream = quoted(self.instance.said(name))
            self.fields[name].help_text = f"Decided here; upstream says {upstream}. {self.fields[name].help_text}"
        self.fields["follow"].choices = [(name, name) for name in overridden]
        if not overridden:
            del self.fields["follow"]

    @property
    def changes(self) -> dict:
        typed = {name: self.cleaned_data[name] for name in self.decided if name in self.changed_data}
        return typed | dict.fromkeys(self.cleaned_data.get("follow", ()), FOLLOW)

    @property
    def told(self) -> list[str]:
        return [f"{name} (released)" if value is FOLLOW else name for name, value in self.changes.items()]

    def clean(self):
        cleaned = super().clean()
        if self.errors:
            return cleaned
        now = type(self.instance).objects.get(pk=self.instance.pk)
        if "follow" not in self.fields and self.data.getlist("follow"):
            self.add_error(None, "It follows upstream already. Look again, and save.")
        for name in set(cleaned.get("follow", ())) & set(self.changed_data):
            self.add_error(name, "Decide a value, or follow upstream: not both.")
        for name in self.decided:
            if name in self.changed_data and name not in self.errors:
                self._compare(name, now)
        for name, sentence in [] if self.errors else problems_of(now, self.changes):
            self.add_error(name, sentence)
        return cleaned

    def _compare(self, name: str, now) -> None:
        holding, wanted = self._holding(now, name), self.cleaned_data[name]
        hidden = self[name].html_initial_name
        seen = self.fields[name].to_python(
            self._widget_data_value(self.fields[name].hidden_widget(), hidden)  # what the page says it displayed
        )
        if holding in (seen, wanted):
            return
        values = [quoted(value) for value in (holding, seen, wanted)]
        self.add_error(
            name,
            "It was changed to {} meanwhile; this page showed {}, and you want {}. Save again to decide so.".format(
                *values
            ),
        )
        self.data = self.data.copy()
        self.data[hidden] = str(self.fields[name].prepare_value(holding))

    def _post_clean(self):
        """What was typed is decided by the verb, never put into the instance."""

    def _save_m2m(self):
        """Nothing else hangs on the form."""

    def _holding(self, row, name: str):
        value = row.shown(name)
        return "" if value is None else value


class Line(forms.CharField):
    """A short text of one line."""

    widget = admin.widgets.AdminTextInputWidget


POLICY = (
    "Where readers get the pictures of its stories from. “From its own servers” counts only where the whole site does "
    "so (IMAGES=hotlink): browsers are told once, for all pages."
)


class ProviderForm(CatalogueForm):
    name = Line(help_text="Readers see it with each of its stories.")
    images_policy = forms.ChoiceField(required=False, label="Pictures")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "images_policy" in self.fields:
            site = ImagesPolicy(settings.IMAGES).label
            self.fields["images_policy"].choices = [("", f"as the whole site: {site}"), *ImagesPolicy.choices]
            self.fields["images_policy"].help_text = POLICY

    class Meta:
        model = Provider
        fields = ("name", "muted", "images_policy")


class TopicForm(CatalogueForm):
    slug = Line(help_text="Its address on the site; the old one leads to it.")
    shortname = Line(required=False, label="Short name")
    parent = Line(required=False, help_text="The topic that it is filed under: its name, exactly; or nothing.")

    class Meta:
        model = Topic
        fields = ("slug", "shortname")


class CatalogueAdmin(ReadOnlyAdmin):
    """Chief editors decide the fields of the form, by the verb; all others look."""

    permission, decide = "", None
    show_facets = admin.ShowFacets.NEVER

    def changelist_view(self, request, extra_context=None):
        title = str(self.opts.verbose_name_plural).capitalize()
        return super().changelist_view(request, {"title": title} | (extra_context or {}))

    def has_change_permission(self, request, obj=None):
        return request.user.has_perm(self.permission)

    def get_fieldsets(self, request, obj=None):
        names = self.looked_at if not self.has_change_permission(request, obj) else [*self.decides, *self.around]
        if obj and obj.overridden and self.has_change_permission(request, obj):
            names = [*self.decides, "decided", "follow", *self.around]
        return [(None, {"fields": names})]

    def get_form(self, request, obj=None, change=False, **kwargs):
        fields = self.form.Meta.fields if self.has_change_permission(request, obj) else ()
        return super().get_form(request, obj, change=change, **kwargs | {"fields": fields})

    def get_readonly_fields(self, request, obj=None):
        return ["decided", *self.around] if self.has_change_permission(request, obj) else self.looked_at

    def changeform_view(self, request, *args, **kwargs):
        if request.method != "POST":
            return super().changeform_view(request, *args, **kwargs)
        with one_writer():  # what is compared is what is written over
            return super().changeform_view(request, *args, **kwargs)

    def save_model(self, request, obj, form, change):
        if form.changes:
            type(self).decide(obj, form.changes, by=request.user)

    def save_related(self, request, form, formsets, change):
        """Nothing hangs on the form but what `save_model` decided."""

    def construct_change_message(self, request, form, formsets, add=False):
        return [{"changed": {"fields": form.told}}] if form.told else []

    def log_change(self, request, obj, message):
        return super().log_change(request, obj, message) if message else None

    @admin.display(description="upstream → desk")
    def decided(self, row):
        decided = [(name, shown(row.said(name)), shown(row.shown(name))) for name in row.overridden]
        return render_to_string("admin/articles/overridden.html", {"decided": decided})


@admin.register(Provider)
class ProviderAdmin(CatalogueAdmin):
    permission, decide, form = CHANGE_PROVIDER, change_provider, ProviderForm
    list_display = ("name", "domain", "decided", "lists")
    list_filter = ("muted",)
    search_fields = ("name", "domain")
    ordering = ("name", "domain")
    decides, around = ["name", "muted", "images_policy"], ["domain", "logos", "stories"]
    looked_at = ["name", "domain", "muted", "images_policy", "decided", "logos", "stories"]

    @admin.display(description="on lists", ordering="muted")
    def lists(self, provider):
        return format_html('<span class="muted">{}</span>', "muted") if provider.muted else "yes"

    @admin.display(description="logos")
    def logos(self, provider):
        return provider_logos(provider)

    @admin.display(description="stories")
    def stories(self, provider):
        return admin_link("All its stories", "articles_article_changelist", query={"provider": provider.pk})


@admin.register(Topic)
class TopicAdmin(CatalogueAdmin):
    permission, decide, form = CHANGE_TOPIC, change_topic, TopicForm
    list_display = ("name", "slug", "parent", "decided")
    list_select_related = ("parent",)
    search_fields = ("name", "slug")
    decides, around = ["slug", "shortname", "parent"], ["name", "stories"]
    looked_at = ["name", "slug", "shortname", "parent", "decided", "stories"]

    @admin.display(description="stories")
    def stories(self, topic):
        return admin_link("All stories about it", "articles_article_changelist", query={"topic": topic.pk})
