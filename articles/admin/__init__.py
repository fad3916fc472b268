"""The desk: Django's own admin, widened. Admin classes are shells; what they do is said in `articles.curation`."""

from django.contrib import admin

from . import articles, catalogue, runs
from .display import EMPTY

admin.site.site_header = admin.site.site_title = "Newsdesk"
admin.site.index_title = "The desk"
admin.site.enable_nav_sidebar = False  # the list needs the width
admin.site.empty_value_display = EMPTY

__all__ = ["articles", "catalogue", "runs"]
