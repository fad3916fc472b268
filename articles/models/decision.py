"""The second log: what editors decided; and which of it is in force."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from articles.querysets import DecisionQuerySet, StandingDecisionQuerySet


class Field(models.TextChoices):
    """What an editor can decide: six fields that upstream has a value for, and six that are the desk's own."""

    PUBLISHED = "published", "published"
    QUALITY = "quality", "quality"
    HEAT = "heat", "heat"
    TITLE = "title", "title"
    EXCERPT = "excerpt", "excerpt"
    TOPICS = "topics", "topics"
    SLUG = "slug", "slug"
    PUBLISH_AT = "publish_at", "publish at"
    PUBLISH_UNTIL = "publish_until", "publish until"
    PINNED = "pinned", "pinned"
    PICTURE = "picture", "picture"
    FOCAL_POINT = "focal_point", "focal point"


class Decision(models.Model):
    """One thing an editor did, with the upstream value and link that stood at the time. Append-only."""

    class Kind(models.TextChoices):
        SET = "set", "set"
        BOOST = "boost", "boost"
        RELEASE = "release", "release"
        KEEP = "keep", "keep"
        UNDO = "undo", "undo"

    article = models.ForeignKey("Article", models.PROTECT, related_name="decisions", db_index=False)
    version = models.ForeignKey(
        "Version",
        models.PROTECT,
        related_name="+",
        help_text="The article's newest entry in upstream's log then.",
    )
    field = models.CharField(max_length=20, choices=Field)
    kind = models.CharField(max_length=10, choices=Kind)
    value = models.JSONField(null=True, help_text="What was set, or by how much it was boosted.")
    base = models.JSONField(null=True, help_text="Upstream's value that it was decided against.")
    base_link = models.TextField(blank=True, help_text="Upstream's link then.")
    old = models.JSONField(null=True, help_text="The effective value before.")
    new = models.JSONField(null=True, help_text="The effective value after.")
    at = models.DateTimeField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="decisions", db_index=False
    )
    username = models.CharField(max_length=150, help_text="Kept when the account is gone.")
    note = models.TextField(blank=True)
    undoes = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="The decision that stops counting, or, where that is an undo itself, counts again.",
    )

    batch = models.UUIDField(null=True, help_text="The same for all that one bulk action decided.")

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        permissions = [
            ("curate_article", "Can decide what is published, how hot and how good it is"),
            ("release_others_decision", "Can release and undo what others decided"),
        ]
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["article", "-id"], name="decision_by_article"),
            models.Index(fields=["user", "-id"], name="decision_by_user"),
            models.Index(fields=["batch"], name="decision_by_batch", condition=Q(batch__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="boost") | Q(field__in=["heat", "quality"]),
                name="decision_boosts_numbers_only",
            ),
            models.CheckConstraint(condition=~Q(username=""), name="decision_has_author"),
            models.CheckConstraint(
                condition=Q(kind="undo", undoes__isnull=False) | (~Q(kind="undo") & Q(undoes=None)),
                name="decision_undo_names_what_it_undoes",
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.field} by {self.username}"


class StandingDecision(models.Model):
    """The decision in force on one field of one article, and how upstream stands to it: projected from the two logs."""

    article = models.ForeignKey("Article", models.CASCADE, related_name="standing_decisions", db_index=False)
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="+", help_text="The newest entry of its log.")
    field = models.CharField(max_length=20, choices=Field)
    kind = models.CharField(max_length=10, choices=[("set", "set"), ("boost", "boost")])
    value = models.JSONField(null=True)
    base = models.JSONField(null=True, help_text="Upstream's value that the editor has seen.")
    base_link = models.TextField(blank=True)
    links = models.JSONField(default=list, help_text="Upstream's links that the editor has accepted for it.")
    upstream = models.JSONField(null=True, help_text="Upstream's value of now.")
    link = models.TextField(blank=True, help_text="Upstream's link of now.")
    moved_since = models.DateTimeField(null=True, help_text="Since when upstream's value is in conflict with it.")
    link_since = models.DateTimeField(null=True, help_text="Since when upstream's link is in conflict with it.")

    objects = StandingDecisionQuerySet.as_manager()

    class Meta:
        ordering = ["article", "field"]
        constraints = [
            models.UniqueConstraint(fields=["article", "field"], name="one_decision_in_force_a_field"),
        ]
        indexes = [
            models.Index(
                fields=["article"],
                name="conflict_queue",
                condition=Q(moved_since__isnull=False) | Q(link_since__isnull=False),
            )
        ]

    def __str__(self):
        return f"{self.field} of {self.article_id}: {self.kind} {self.value}"

    @property
    def in_conflict(self) -> bool:
        return self.moved_since is not None or self.link_since is not None
