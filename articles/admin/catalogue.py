"""Providers and topics, to be looked at."""

from django.contrib import admin

from articles.admin.display import admin_link, thumbnail
from articles.admin.readonly import ReadOnlyAdmin
from articles.models import Provider, Topic


@admin.register(Provider)
class ProviderAdmin(ReadOnlyAdmin):
    list_display = ("name", "domain")
    search_fields = ("name", "domain")
    ordering = ("name", "domain")
    fields = ("name", "domain", "logos", "stories")

    @admin.display(description="logos")
    def logos(self, provider):
        return thumbnail(provider.images.all())

    @admin.display(description="stories")
    def stories(self, provider):
        return admin_link("All its stories", "articles_article_changelist", query={"provider": provider.pk})


@admin.register(Topic)
class TopicAdmin(ReadOnlyAdmin):
    list_display = ("name", "slug", "parent")
    list_select_related = ("parent",)
    search_fields = ("name", "slug")
    fields = ("name", "slug", "parent", "stories")

    @admin.display(description="stories")
    def stories(self, topic):
        return admin_link("All stories about it", "articles_article_changelist", query={"topic": topic.pk})
