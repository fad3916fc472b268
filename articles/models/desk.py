"""What the desk itself keeps: who has which page open, what was uploaded, and who is signed in where."""

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models


class OpenPage(models.Model):
    """That an editor has an article's page open: told by the page itself every few seconds, forgotten when it stops."""

    article = models.ForeignKey("Article", models.CASCADE, related_name="open_pages", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "user"], name="page_open_once_for_each_editor")]

    def __str__(self):
        return f"{self.article_id} open by {self.user_id}"


class Upload(models.Model):
    """Seed files that somebody uploaded, and what their dry run said; imported once, when it is confirmed."""

    name = models.TextField(help_text="Of the file that was uploaded, or of the first of several.")
    source = models.CharField(max_length=40)
    data = models.BinaryField(help_text="A zip of the files.")
    report = models.JSONField(default=dict, help_text="Of the dry run: counts, errors, warnings and differences.")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    username = models.CharField(max_length=150, help_text="Kept when the account is gone.")
    created_at = models.DateTimeField()
    run = models.ForeignKey("ImportRun", models.PROTECT, null=True, related_name="+", help_text="That imported it.")

    class Meta:
        ordering = ["-pk"]
        default_permissions = ("view",)

    def __str__(self):
        return self.name


class UserSession(AbstractBaseSession):
    """A session that says whose it is, so that all of an editor's can be ended at once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")

    def __str__(self):
        return self.session_key
