"""Who is an editor. Chief editors add people and hand out roles, but never more than they have themselves.

A superuser has Django's own pages, which know all flags and permissions. For everybody else the form has no such
fields, so nothing that a request says can raise anybody's rights; and whom they may not change, they only see.
"""

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from articles.admin.display import dated
from articles.admin.passwords import mail_link, password_link, sends_mail
from articles.admin.readonly import CarefulAdmin
from articles.admin.refusals import ROLES

THE_WAY_IN = "They choose their password themselves: the next page makes the link with which they do."


def beyond(user: User, of: User) -> bool:
    """Whether `of` has, or would have if active, any right that `user` does not have."""
    if user.is_superuser:
        return False
    held = user.get_all_permissions()
    granted = Permission.objects.filter(Q(user=of) | Q(group__user=of))
    granted = granted.values_list("content_type__app_label", "codename")
    return of.is_superuser or any(f"{app}.{name}" not in held for app, name in granted)


def grantable(user: User):
    """The roles that `user` may hand out: those with no right that they lack themselves."""
    roles = Group.objects.filter(name__in=ROLES).order_by("pk")
    if user.is_superuser:
        return roles
    own = Permission.objects.filter(Q(user=user) | Q(group__user=user))
    lacking = Permission.objects.exclude(pk__in=own.values("pk")).filter(group=OuterRef("pk"))
    return roles.exclude(Exists(lacking))


class PersonForm(forms.ModelForm):
    """What a chief editor decides of somebody. Roles that are not theirs to hand out stay as they are."""

    groups = forms.ModelMultipleChoiceField(
        queryset=None,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Roles",
        help_text="Viewers look; Editors decide on stories; Chief editors also take back what others decided, run "
        "imports, change providers and topics, and say who is an editor.",
    )

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "email", "groups", "is_active")

    by: User  # who saves it; set by the admin, on a class made for one request

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "groups" in self.fields:
            self.fields["groups"].queryset = grantable(self.by)
        if "email" in self.fields:
            self.fields["email"].help_text = "Where a forgotten password's link goes."
        if "is_active" in self.fields:
            self.fields["is_active"].help_text = "Unticked, they are signed out at once, wherever they are."

    def clean_groups(self):
        chosen = self.cleaned_data["groups"]
        if self.instance.pk is None:
            return chosen
        others = self.instance.groups.exclude(pk__in=self.fields["groups"].queryset.values("pk"))
        return Group.objects.filter(Q(pk__in=chosen) | Q(pk__in=others.values("pk")))


admin.site.unregister(User)


@admin.register(User)
class PeopleAdmin(CarefulAdmin, auth_admin.UserAdmin):
    list_display = ("username", "full_name", "email", "roles", "is_active", "seen")
    list_filter = ("is_active", "groups")
    show_facets = admin.ShowFacets.NEVER
    search_help_text = "names and addresses"
    add_form_template = None
    actions = None

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("groups")

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": "Users"} | (extra_context or {}))

    # -- who may

    def has_change_permission(self, request, obj=None):
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or not beyond(request.user, obj))

    def get_fieldsets(self, request, obj=None):
        if obj is not None and request.user.is_superuser:
            return auth_admin.UserAdmin.fieldsets
        who = (None, {"fields": ["username", "first_name", "last_name", "email"]})
        if obj is None:
            return [who, ("Role", {"fields": ["groups"], "description": THE_WAY_IN})]
        if not self.has_change_permission(request, obj) or obj == request.user:
            return [who, ("Role", {"fields": ["roles", "is_active", "seen"]})]
        return [who, ("Role", {"fields": ["groups", "is_active", "seen"]})]

    def get_readonly_fields(self, request, obj=None):
        if obj is not None and request.user.is_superuser:
            return ()
        # Nobody hands out a role to themselves, or locks themselves out.
        return ("roles", "seen", "is_active", "groups") if obj == request.user else ("roles", "seen")

    def get_form(self, request, obj=None, change=False, **kwargs):
        if obj is not None and request.user.is_superuser:
            return super().get_form(request, obj, change=change, **kwargs)
        form = admin.ModelAdmin.get_form(self, request, obj, change=change, form=PersonForm, **kwargs)
        form.by = request.user
        return form

    def save_model(self, request, obj, form, change):
        if not change:
            obj.is_staff = True
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)

    def response_add(self, request, obj, post_url_continue=None):
        self.message_user(request, f"{obj} has an account. Now give them a way in.", messages.SUCCESS)
        return redirect("admin:auth_user_link", obj.pk)

    @method_decorator(sensitive_post_parameters())
    def user_change_password(self, request, id, form_url=""):
        if not request.user.is_superuser:  # a chief editor makes a link, and never knows anybody's password
            raise PermissionDenied
        return super().user_change_password(request, id, form_url)

    # -- a way in

    def get_urls(self):
        link = path("<int:pk>/link/", self.admin_site.admin_view(self.link), name="auth_user_link")
        return [link, *super().get_urls()]

    def link(self, request, pk):
        """A link with which somebody chooses a password: mailed, or shown, this once, to hand on."""
        person = get_object_or_404(User, pk=pk)
        if not self.has_change_permission(request, person):
            raise PermissionDenied
        mailed = sends_mail() and bool(person.email)
        context = self.admin_site.each_context(request) | {
            "title": f"A password for {person}",
            "opts": self.opts,
            "person": person,
            "mailed": mailed,
            "link": "",
        }
        if request.method == "POST" and person.is_active:
            self.log_change(request, person, "Made a link for choosing a password.")
            if mailed:
                mail_link(person)
                self.message_user(request, f"A link is on its way to {person.email}.", messages.SUCCESS)
                return redirect("admin:auth_user_change", person.pk)
            context["link"] = password_link(person)
        return TemplateResponse(request, "admin/auth/user/link.html", context)

    # -- columns

    @admin.display(description="name")
    def full_name(self, person):
        return person.get_full_name()

    @admin.display(description="roles")
    def roles(self, person):
        named = ", ".join(group.name for group in person.groups.all())
        return "superuser" if person.is_superuser else named

    @admin.display(description="last signed in", ordering="last_login")
    def seen(self, person):
        return dated(person.last_login)
