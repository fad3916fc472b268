from django.db import models
from django.db.models import Q

from articles.querysets import RelatedLinkQuerySet


class RelatedLink(models.Model):
    """Another outlet's report of the same story, as the article's seed file lists it."""

    article = models.ForeignKey("Article", models.CASCADE, related_name="related", db_index=False)
    position = models.PositiveIntegerField()
    title = models.TextField()
    excerpt = models.TextField(blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    type = models.TextField(blank=True)
    web_url = models.TextField(blank=True)
    original_url = models.TextField(blank=True)
    amp_web_url = models.TextField(blank=True)
    cdn_amp_web_url = models.TextField(blank=True)
    link = models.TextField(blank=True, help_text="The reader's link: its web URL, else the original one.")
    provider = models.ForeignKey("Provider", models.PROTECT, null=True, blank=True, related_name="related_links")
    quality = models.IntegerField(null=True, blank=True)

    objects = RelatedLinkQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["article", "position"], name="related_link_has_its_place"),
            models.CheckConstraint(condition=~Q(title=""), name="related_link_has_title"),
            models.CheckConstraint(
                condition=Q(quality=None) | Q(quality__range=(0, 1_000_000)),
                name="related_link_quality_in_bounds",
            ),
        ]

    def __str__(self):
        return self.title
