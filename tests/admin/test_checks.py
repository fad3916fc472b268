"""The desk is loaded with the addresses and not by each command: Django's checks of it still find it."""

from importlib import import_module

from django.contrib import admin
from django.core.checks import Tags, run_checks

from articles.models import Article, ImportRun, Provider, Topic


def test_every_page_of_the_desk_is_registered_and_passes_djangos_checks():
    import_module("newsdesk.urls")
    assert all(map(admin.site.is_registered, (Article, Provider, Topic, ImportRun)))
    assert run_checks(tags=[Tags.admin, Tags.urls, Tags.models]) == []
