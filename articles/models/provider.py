from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse

from articles.models.overridden import Overridden
from articles.querysets import ProviderQuerySet


class ImagesPolicy(models.TextChoices):
    """Where the pictures that readers see come from."""

    OFF = "off", "none"
    HOTLINK = "hotlink", "from its own servers"
    CACHED = "cached", "kept by this site"


def images_policy(own: str | None) -> str:
    """The policy for an outlet's pictures, from its own (`Provider.images_policy`, or None without an outlet).

    The site's (`IMAGES`) is as far as it goes to other people's servers: browsers are told so for all pages together.
    """
    if not own or (own == ImagesPolicy.HOTLINK and settings.IMAGES != ImagesPolicy.HOTLINK):
        return settings.IMAGES
    return own


class Provider(Overridden):
    """An outlet that stories come from: one row for each domain."""

    domain = models.CharField(max_length=253, unique=True, help_text="Lower case, in its ASCII form (IDNA).")
    name = models.TextField(help_text="As the newest seed file that names it says; its domain until one does.")
    in_taxonomy = models.BooleanField(
        default=False, help_text="Its name and logos are those of upstream's taxonomy: no seed file changes them."
    )
    muted = models.BooleanField(
        default=False, help_text="Its stories keep their pages, but are on no list; they come back when it is unmuted."
    )

    images_policy = models.CharField(
        "images",
        max_length=10,
        blank=True,
        choices=ImagesPolicy,
        help_text="Blank: as the whole site does it (IMAGES).",
    )

    objects = ProviderQuerySet.as_manager()

    class Meta:
        ordering = ["name", "domain"]
        # Every list asks which are muted: a handful.
        indexes = [models.Index(fields=["id"], name="provider_muted", condition=models.Q(muted=True))]
        constraints = [
            models.CheckConstraint(condition=~models.Q(domain=""), name="provider_has_domain"),
            models.CheckConstraint(condition=models.Q(domain=Lower("domain")), name="provider_domain_is_lower_case"),
        ]

    def __str__(self):
        return f"{self.name} ({self.domain})" if self.name != self.domain else self.domain

    def get_absolute_url(self):
        return reverse("site:provider", args=[self.domain])
