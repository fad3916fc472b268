"""The desk's site: Django's own admin, with the desk's name on it."""

from django.contrib import admin

from articles.admin.display import EMPTY


class DeskSite(admin.AdminSite):
    site_header = site_title = "Newsdesk"
    index_title = "The desk"
    enable_nav_sidebar = False  # the list needs the width
    empty_value_display = EMPTY
