from django.db import models
from django.db.models import Q

from articles.querysets import ImageQuerySet


class Image(models.Model):
    """A picture that upstream names: of an article, of a related link, or of a provider (its logo)."""

    article = models.ForeignKey("Article", models.CASCADE, null=True, blank=True, related_name="images", db_index=False)
    related = models.ForeignKey(
        "RelatedLink", models.CASCADE, null=True, blank=True, related_name="images", db_index=False
    )
    provider = models.ForeignKey(
        "Provider", models.CASCADE, null=True, blank=True, related_name="images", db_index=False
    )
    position = models.PositiveIntegerField()
    url = models.TextField(help_text="Absolute, or relative to the site's root.")
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    is_cached = models.BooleanField(null=True, blank=True)
    title = models.TextField(blank=True)
    attribution = models.TextField(blank=True)

    objects = ImageQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        # Of three owners an image has one: an index over all images for each would have two empty entries of three.
        indexes = [
            models.Index(fields=[owner], name=f"image_of_{owner}", condition=Q(**{f"{owner}__isnull": False}))
            for owner in ("article", "related", "provider")
        ]
        constraints = [
            models.CheckConstraint(
                name="image_has_one_owner",
                condition=Q(article__isnull=False, related__isnull=True, provider__isnull=True)
                | Q(article__isnull=True, related__isnull=False, provider__isnull=True)
                | Q(article__isnull=True, related__isnull=True, provider__isnull=False),
            ),
            models.CheckConstraint(condition=~Q(url=""), name="image_has_url"),
            models.CheckConstraint(
                name="image_sizes_in_bounds",
                condition=(Q(width=None) | Q(width__lte=1_000_000)) & (Q(height=None) | Q(height__lte=1_000_000)),
            ),
        ]

    def __str__(self):
        return self.title or self.url
