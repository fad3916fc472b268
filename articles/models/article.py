from urllib.parse import quote

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Left

from articles.querysets import LINK_START, ArticleQuerySet, ArticleTopicQuerySet
from articles.ranking import BURIED, PLACES

PUBLISHED = Q(published=True, withdrawn=False)


class Article(models.Model):
    """A story as the site shows it. Its columns are a projection of two logs: what upstream said (`versions`) and what
    editors decided (`decisions`); `articles.projection` computes them and nothing else writes them.

    Identity is (source, stem), never a URL: upstream swaps URLs, and two stories may share one.
    """

    class State(models.TextChoices):
        WITHDRAWN = "withdrawn"
        UNPUBLISHED = "unpublished"
        EXPIRED = "expired"
        SCHEDULED = "scheduled"
        PUBLIC = "public"

    source = models.CharField(max_length=40)
    stem = models.TextField(help_text="The seed file's name without its last extension.")
    slug = models.CharField(max_length=255, unique=True)
    given_slug = models.CharField(
        max_length=255, help_text="Given at the first import; an editor's slug stands before."
    )

    # upstream's facts
    path = models.TextField(help_text="Where the newest run saw the file, relative to the folder imported.")
    file_digest = models.BinaryField(max_length=32)
    content_digest = models.BinaryField(max_length=32)
    facts_digest = models.BinaryField(max_length=32, help_text="Of what upstream alone says, heat and quality apart.")
    withdrawn = models.BooleanField(default=False, help_text="Upstream's file is gone.")
    undone = models.BooleanField(
        default=False,
        help_text="The only run that brought it is undone: it does not exist, but for its slug and decisions.",
    )
    category = models.TextField()
    type = models.TextField(blank=True)
    locale = models.TextField(blank=True)
    highlight = models.TextField(blank=True)
    published_at = models.DateTimeField(help_text="UTC. An editor's earlier date replaces that of a future story.")
    updated_at = models.DateTimeField(null=True, blank=True)
    web_url = models.TextField(blank=True)
    original_url = models.TextField(blank=True)
    amp_web_url = models.TextField(blank=True)
    cdn_amp_web_url = models.TextField(blank=True)
    link = models.TextField(blank=True, help_text="The reader's link: the web URL, else the original one.")
    link_start = models.GeneratedField(
        expression=Left("link", LINK_START),
        output_field=models.TextField(),
        db_persist=True,
        help_text="What an index can take of the link, which may be longer than PostgreSQL's indexes allow.",
    )
    provider = models.ForeignKey(
        "Provider", models.PROTECT, null=True, blank=True, related_name="articles", db_index=False
    )
    outlets = models.PositiveIntegerField(default=0, help_text="How many other outlets tell it, by its related links.")
    tags = models.JSONField(default=list, blank=True)
    featured_content = models.TextField(blank=True, help_text="An embedded player's HTML: read, never printed.")
    body = models.TextField(blank=True)

    # upstream's, or an editor's over it
    title = models.TextField()
    excerpt = models.TextField(blank=True)
    topics = models.ManyToManyField("Topic", through="ArticleTopic", related_name="articles")
    quality = models.IntegerField(
        validators=[MinValueValidator(0), MaxValueValidator(1_000_000)],
        help_text="How good it is, from 0; about 200 is the best seen.",
    )
    heat = models.IntegerField(
        validators=[MinValueValidator(BURIED), MaxValueValidator(1_000_000)],
        help_text="How hot it is, from 0; about 200 is the hottest seen. "
        "−1 buries it: it keeps its page, but is on no list.",
    )
    published = models.BooleanField(help_text="Readers see it.")

    # the desk's own
    publish_at = models.DateTimeField(null=True, blank=True)
    publish_until = models.DateTimeField(null=True, blank=True)
    pinned_place = models.PositiveSmallIntegerField(null=True, blank=True)
    pinned_until = models.DateTimeField(null=True, blank=True)

    picture = models.CharField(
        max_length=64,
        null=True,
        blank=True,
        help_text="The digest of the kept picture that stands for upstream's first one.",
    )
    focal_point = models.CharField(
        max_length=7,
        null=True,
        blank=True,
        help_text="What crops of its picture are made around: 30,70 is from left and top, in %.",
    )

    # what follows from the above
    visible_from = models.DateTimeField(help_text="Public only from then: its own date, or the editor's.")
    rank = models.FloatField(
        help_text="Where it stands: its heat, halved at every half-life of its age. The highest is first."
    )
    created_at = models.DateTimeField(help_text="The time of the run that brought it.")

    # for those who keep a copy: kept by `articles.changes`, as nothing else says when a column was written
    changed_at = models.DateTimeField(
        help_text="When what is told of it last became another, or it came on lists: not by heat or quality."
    )
    left_at = models.DateTimeField(
        null=True, help_text="When it was taken off the lists that it was on; none while it is on them."
    )

    objects = ArticleQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "slug"]
        indexes = [
            # The orders of the public lists, of public articles only: SQLite walks an index over a yes or no column
            # only where the index itself is limited to it. They end in the slug, so they are total.
            models.Index(fields=["-rank", "-published_at", "slug"], name="article_by_rank", condition=PUBLISHED),
            models.Index(fields=["-published_at", "slug"], name="article_by_date", condition=PUBLISHED),
            models.Index(fields=["provider", "-published_at", "slug"], name="article_by_provider"),
            models.Index(fields=["publish_until"], name="article_by_end", condition=Q(publish_until__isnull=False)),
            models.Index(fields=["pinned_place"], name="article_pinned", condition=Q(pinned_place__isnull=False)),
            # With `article_by_date` and `article_by_end`: when what is public last changed by a date that passed.
            models.Index(fields=["publish_at"], name="article_by_embargo", condition=Q(publish_at__isnull=False)),
            models.Index(fields=["pinned_until"], name="article_by_pin_end", condition=Q(pinned_until__isnull=False)),
            models.Index(fields=["picture"], name="article_by_picture", condition=Q(picture__isnull=False)),
            models.Index(fields=["link_start"], name="article_by_link", condition=~Q(link_start="")),
            models.Index(fields=["-changed_at", "slug"], name="article_by_change", condition=PUBLISHED),
            models.Index(
                fields=["-visible_from"], name="article_by_opening", condition=Q(visible_from__gt=F("changed_at"))
            ),
            models.Index(fields=["-left_at"], name="article_by_leaving", condition=Q(left_at__isnull=False)),
            # The orders of the desk.
            models.Index(fields=["-published_at", "slug"], name="article_by_date_all"),
            models.Index(fields=["-rank", "-published_at", "slug"], name="article_by_rank_all"),
            models.Index(fields=["-heat", "-published_at"], name="article_by_heat"),
            models.Index(fields=["-quality", "-published_at"], name="article_by_quality"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["source", "stem"], name="article_identity"),
            models.CheckConstraint(condition=~Q(source="") & ~Q(stem=""), name="article_has_identity"),
            models.CheckConstraint(condition=~Q(slug="") & ~Q(given_slug=""), name="article_has_slug"),
            models.CheckConstraint(condition=~Q(title=""), name="article_has_title"),
            models.CheckConstraint(condition=Q(undone=False) | Q(withdrawn=True), name="article_undone_is_withdrawn"),
            models.CheckConstraint(condition=Q(heat__range=(BURIED, 1_000_000)), name="article_heat_in_bounds"),
            models.CheckConstraint(condition=Q(quality__range=(0, 1_000_000)), name="article_quality_in_bounds"),
            models.CheckConstraint(
                condition=Q(pinned_place=None, pinned_until=None)
                | Q(pinned_place__isnull=False, pinned_place__range=(1, PLACES)),
                name="article_pinned_to_a_place",
            ),
            models.CheckConstraint(
                condition=Q(publish_at=None, visible_from=F("published_at"))
                | Q(publish_at__isnull=False, visible_from=F("publish_at")),
                name="article_visible_from_its_date",
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        # Written out: a list asks it of each of its stories, and `reverse` is slow.
        return f"/articles/{quote(self.slug)}/"

    @property
    def is_buried(self) -> bool:
        return self.heat == BURIED

    @property
    def is_on_no_list(self) -> bool:
        """Whether it keeps only its page once it is public; no query where its provider is known."""
        return self.is_buried or (self.provider is not None and self.provider.muted)

    @property
    def lead_image(self):
        """The first picture, or None; from the prefetched list where there is one."""
        return next(iter(self.images.all()), None)

    @property
    def topic_list(self) -> list:
        """Its topics in its own order; no query where `ordered_topics()` were prefetched."""
        entries = self.filed if "filed" in self.__dict__ else self.article_topics.all()
        return [entry.topic for entry in entries]

    def state(self, now) -> str:
        """Why readers see it or not, at `now` (aware): the first of `State` that applies."""
        if self.withdrawn:
            return self.State.WITHDRAWN
        if not self.published:
            return self.State.UNPUBLISHED
        if self.publish_until is not None and self.publish_until <= now:
            return self.State.EXPIRED
        return self.State.SCHEDULED if self.visible_from > now else self.State.PUBLIC


class ArticleTopic(models.Model):
    """A topic of an article, at its place in the article's own order."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="article_topics", db_index=False)
    topic = models.ForeignKey("Topic", models.PROTECT, related_name="article_topics", db_index=False)
    position = models.PositiveIntegerField()

    objects = ArticleTopicQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["article", "topic"], name="article_topic_once"),
            models.UniqueConstraint(fields=["article", "position"], name="article_topic_has_its_place"),
        ]
        indexes = [models.Index(fields=["topic", "article"], name="articles_of_topic")]

    def __str__(self):
        return f"{self.topic_id} at {self.position} of {self.article_id}"


class FormerSlug(models.Model):
    """A slug that an article had before an editor gave it another: its old address still leads there."""

    slug = models.CharField(max_length=255, unique=True)
    article = models.ForeignKey(Article, models.CASCADE, related_name="former_slugs")

    def __str__(self):
        return self.slug
