from django.db import models

from articles.querysets import CorrectionQuerySet


class Correction(models.Model):
    """That readers saw another title or excerpt of a story before, by upstream's doing or the desk's: for a page of its
    own, as a paper prints its corrections."""

    class Field(models.TextChoices):
        TITLE = "title", "headline"
        EXCERPT = "excerpt", "excerpt"

    article = models.ForeignKey("Article", models.CASCADE, related_name="corrections")
    at = models.DateTimeField()
    field = models.CharField(max_length=10, choices=Field)
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        default_permissions = ("view",)
        indexes = [models.Index(fields=["-at", "-id"], name="correction_by_time")]

    def __str__(self):
        return f"{self.field} of {self.article_id}"
