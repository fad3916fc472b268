"""The desk's site: Django's own admin, with the desk's name on it."""

from django.contrib import admin

from articles.admin.alerts import import_alerts
from articles.admin.display import EMPTY


class DeskSite(admin.AdminSite):
    site_header = site_title = "Newsdesk"
    index_title = "The desk"
    enable_nav_sidebar = False  # the list needs the width
    empty_value_display = EMPTY

    def each_context(self, request):
        return super().each_context(request) | {"import_alerts": import_alerts(request)}
