"""The desk's site: Django's own admin, with the desk's name on it and a first page of its own."""

from functools import wraps

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from articles.admin.alerts import import_alerts
from articles.admin.display import EMPTY
from articles.admin.first_page import first_page
from articles.admin.refusals import refused


class DeskSite(admin.AdminSite):
    site_header = site_title = "Newsdesk"
    index_title = "The desk"
    enable_nav_sidebar = False  # the list needs the width
    empty_value_display = EMPTY

    def each_context(self, request):
        return super().each_context(request) | {"import_alerts": import_alerts(request)}

    def index(self, request, extra_context=None):
        return super().index(request, first_page(request.user, timezone.now()) | (extra_context or {}))

    def admin_view(self, view, cacheable=False):
        """As Django's, but who is signed in and may not do something is told so on the desk, not on readers' pages."""

        @wraps(view)
        def told(request, *args, **kwargs):
            try:
                return view(request, *args, **kwargs)
            except PermissionDenied:
                return refused(self, request)

        return super().admin_view(told, cacheable)
