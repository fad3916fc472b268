"""The desk's site: Django's own admin, with the desk's name on it and a first page of its own."""

from django.contrib import admin
from django.utils import timezone

from articles.admin.alerts import import_alerts
from articles.admin.display import EMPTY
from articles.admin.first_page import first_page


class DeskSite(admin.AdminSite):
    site_header = site_title = "Newsdesk"
    index_title = "The desk"
    enable_nav_sidebar = False  # the list needs the width
    empty_value_display = EMPTY

    def each_context(self, request):
        return super().each_context(request) | {"import_alerts": import_alerts(request)}

    def index(self, request, extra_context=None):
        return super().index(request, first_page(request.user, timezone.now()) | (extra_context or {}))
