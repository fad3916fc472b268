"""Pictures that this site keeps itself, and what became of each address that one was to be fetched from."""

from django.db import models
from django.db.models import Q

from articles.querysets import ImageFetchQuerySet, KeptImageQuerySet


class KeptImage(models.Model):
    """One picture, by the bytes it was made of, and the renditions of it that pages show."""

    digest = models.CharField(max_length=64, unique=True, help_text="Of the original's bytes: SHA-256, in hex.")
    kind = models.CharField(max_length=10, help_text="What the original was, by its content: JPEG, PNG, …")
    width = models.PositiveIntegerField(help_text="Its real size, upright.")
    height = models.PositiveIntegerField()
    original_bytes = models.PositiveBigIntegerField()
    kept_bytes = models.PositiveBigIntegerField(help_text="All renditions together.")
    # {"colour": "#a1b2c3", "whole": [[name, width, height, bytes], …], "fallback": [name, width, height, bytes],
    #  "wide": {"50,50": [[name, width, height, bytes], …]}}: narrowest first; the crops by their focal point
    renditions = models.JSONField(help_text="Which files, how large, and the colour to show before they are there.")
    uploaded_by = models.CharField(max_length=150, blank=True, help_text="Who gave it; blank where it was fetched.")
    kept_at = models.DateTimeField()

    objects = KeptImageQuerySet.as_manager()

    class Meta:
        ordering = ["-kept_at", "-pk"]
        verbose_name = "kept picture"
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["-kept_at", "-id"], name="kept_image_by_date"),
            # How much is kept is added up without reading what the renditions are.
            models.Index(fields=["uploaded_by", "original_bytes", "kept_bytes"], name="kept_image_sums"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(width__gt=0) & Q(height__gt=0), name="kept_image_has_a_size"),
        ]

    def __str__(self):
        return f"{self.kind} of {self.width} × {self.height}"

    @property
    def names(self) -> set[str]:
        """Of all its files in the storage."""
        of = self.renditions
        crops = (file for files in of["wide"].values() for file in files)
        return {name for name, *_ in (*of["whole"], of["fallback"], *crops)}


class ImageFetch(models.Model):
    """An address of somebody else's server that a picture was, or is to be, fetched from."""

    class State(models.TextChoices):
        WANTED = "wanted", "wanted"
        KEPT = "kept", "kept"
        GONE = "gone", "gone"
        REFUSED = "refused", "refused"

    url = models.TextField()
    # An index takes no text of 4,000 characters on PostgreSQL. Not a secret, so MD5, which both databases can make.
    url_digest = models.CharField(max_length=32, unique=True, help_text="Of the address: MD5, in hex.")
    host = models.CharField(max_length=253)
    state = models.CharField(max_length=10, choices=State, default=State.WANTED)
    why = models.TextField(blank=True, help_text="Why it is gone, refused, or still wanted after a try.")
    removed = models.BooleanField(default=False, help_text="Taken down on the desk: never shown, never fetched again.")
    kept = models.ForeignKey(KeptImage, models.SET_NULL, null=True, blank=True, related_name="fetches")
    etag = models.TextField(blank=True, help_text="What the server said to be asked with next time.")
    last_modified = models.TextField(blank=True)
    failures = models.PositiveSmallIntegerField(default=0, help_text="How many tries failed in a row.")
    tried_at = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(
        null=True, blank=True, help_text="Not before then; blank: whenever it is needed."
    )

    objects = ImageFetchQuerySet.as_manager()

    class Meta:
        ordering = ["-tried_at", "-pk"]
        verbose_name, verbose_name_plural = "picture address", "picture addresses"
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["-tried_at", "-id"], name="image_fetch_by_try"),
            models.Index(fields=["state", "-tried_at"], name="image_fetch_by_state"),
            models.Index(fields=["host"], name="image_fetch_by_host"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(removed=False) | Q(state="refused", kept=None), name="image_fetch_removed_is_refused"
            ),
        ]

    def __str__(self):
        return self.url


class RemovedImage(models.Model):
    """A picture that was taken down: whatever address it comes from, or whoever uploads it, it is not kept again."""

    digest = models.CharField(max_length=64, unique=True, help_text="Of the original's bytes: SHA-256, in hex.")
    username = models.CharField(max_length=150)
    at = models.DateTimeField()
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["-at"]
        default_permissions = ("view",)
        permissions = [("remove_image", "Can take a picture down for good")]

    def __str__(self):
        return self.digest
