from django.contrib.admin.apps import SimpleAdminConfig


class DeskConfig(SimpleAdminConfig):
    """Django's admin with the desk's own site. Its pages are loaded with the addresses, not by every command."""

    default_site = "articles.admin.site.DeskSite"

    def ready(self):
        super().ready()
        from newsdesk import sessions  # noqa: F401  (it listens to who signs out, and to whose password changes)
