"""The desk in a process of its own, as a server starts it: nothing of the tests has loaded its pages before."""

from .commands import Site


def test_a_server_that_starts_has_all_of_the_desks_pages():
    code = "import newsdesk.wsgi, newsdesk.urls; from django.contrib import admin; print(*admin.site._registry)"
    ran = Site("sqlite:///:memory:").python(code)
    assert ran.code == 0, ran.err
    for model in ("Article", "Provider", "Topic", "ImportRun", "User", "Group"):
        assert f".{model}'" in ran.out
