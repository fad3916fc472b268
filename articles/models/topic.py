from urllib.parse import quote

from django.db import models

from articles.models.overridden import Overridden
from articles.querysets import TopicQuerySet


class Topic(Overridden):
    """A subject. Its name, exactly as upstream writes it, is its identity; its slug is given once, but for what
    upstream's own taxonomy says it is."""

    name = models.CharField(max_length=200, unique=True)
    slug = models.CharField(max_length=255, unique=True)
    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="children")
    shortname = models.CharField(max_length=200, blank=True, help_text="As upstream's taxonomy has it.")
    keywords = models.JSONField(default=list, blank=True, help_text="As upstream's taxonomy has them.")

    objects = TopicQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(name="") & ~models.Q(slug=""), name="topic_has_name_and_slug"),
            models.CheckConstraint(condition=~models.Q(slug="page"), name="topic_slug_is_not_page"),
            models.CheckConstraint(
                condition=models.Q(parent=None) | ~models.Q(parent=models.F("pk")),
                name="topic_is_not_its_own_parent",
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return topic_address(self.slug)

    def shown(self, field):
        """As JSON can hold it: of the parent its name, which is its identity."""
        return self.parent and self.parent.name if field == "parent" else super().shown(field)

    def put(self, field, value):
        if field == "parent":
            value = Topic.objects.filter(name=value).first() if value else None
        super().put(field, value)


def topic_address(slug):
    return f"/topics/{quote(slug)}/"  # written out: `reverse` is slow


class FormerTopicSlug(models.Model):
    """A slug that a topic had: it leads to the topic for ever, and is given to no other by itself."""

    slug = models.CharField(max_length=255, unique=True)
    topic = models.ForeignKey(Topic, models.CASCADE, related_name="former_slugs")

    class Meta:
        constraints = [models.CheckConstraint(condition=~models.Q(slug=""), name="former_topic_slug_is_not_blank")]

    def __str__(self):
        return self.slug
