"""The first log: what upstream said, and in which run it was heard."""

from django.db import models

from articles.querysets import ImportRunQuerySet


class ImportRun(models.Model):
    """One call of the import: what it read, what came of it, and every problem it met."""

    class Status(models.TextChoices):
        RUNNING = "running", "running"
        FINISHED = "finished", "finished"
        REFUSED = "refused", "refused: a bad file, and --strict"
        INTERRUPTED = "interrupted", "interrupted"
        FAILED = "failed", "failed"
        DIED = "died", "died without a word"
        HELD = "held", "held: too much would have changed"

    source = models.CharField(max_length=40)
    paths = models.JSONField(default=list, help_text="As they were typed.")
    status = models.CharField(max_length=20, choices=Status, default=Status.RUNNING)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    files = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    conflicts = models.PositiveIntegerField(default=0)
    withdrawn = models.PositiveIntegerField(default=0)
    errors = models.JSONField(default=list)
    warnings = models.JSONField(default=list)
    differences = models.JSONField(default=list, help_text="Of a held run: what it would have changed.")
    username = models.CharField(max_length=150, blank=True, help_text="Who ran it from the desk; blank from a shell.")
    commit = models.CharField(max_length=64, blank=True, help_text="Of a run read from git: its commit.")
    undoes = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    undone_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        permissions = [("run_import", "Can import seed files, let a held run through and undo a run")]
        indexes = [
            models.Index(fields=["source", "-id"], name="run_by_source"),
            models.Index(fields=["-finished_at"], name="run_by_finish"),
            models.Index(fields=["source"], name="run_held", condition=models.Q(status="held")),
        ]
        constraints = [
            models.CheckConstraint(condition=~models.Q(source=""), name="run_has_source"),
            models.UniqueConstraint(
                fields=["source", "commit"], condition=~models.Q(commit=""), name="run_once_a_commit"
            ),
            models.CheckConstraint(
                name="run_counts_each_file_once",
                condition=models.Q(
                    files=models.F("created") + models.F("updated") + models.F("unchanged") + models.F("rejected")
                ),
            ),
        ]

    def __str__(self):
        return f"Run {self.pk} of {self.source}"


class Version(models.Model):
    """What upstream said of one article, once: a change of its file's content, or that the file is gone; or that what
    another run said does not count any longer, or does again (an undo).

    Append-only, but for one thing: where a file has the same content in other bytes, or lies in another folder, the
    bytes and the path of the newest version are replaced (upstream encrypts `secured` anew at every rewrite).
    """

    class Kind(models.TextChoices):
        FILE = "file", "file"
        WITHDRAWAL = "withdrawal", "withdrawal"
        UNDO = "undo", "undo"

    article = models.ForeignKey("Article", models.PROTECT, related_name="versions", db_index=False)
    run = models.ForeignKey(ImportRun, models.PROTECT, related_name="versions", db_index=False)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.FILE)
    at = models.DateTimeField(help_text="The time of the run: versions are ordered by it.")
    path = models.TextField(help_text="Relative to the folder that was imported.")
    undone_by = models.ForeignKey(
        ImportRun,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="The run that made it stop counting.",
    )
    # What the bytes say of the two numbers that move, so that a curve of them needs no file read again.
    heat = models.IntegerField(null=True, help_text="Upstream's heat; none where it is no file.")
    quality = models.IntegerField(null=True, help_text="Upstream's quality; none where it is no file.")
    data = models.BinaryField(help_text="The file's bytes, compressed with zlib.")
    file_digest = models.BinaryField(max_length=32, help_text="SHA-256 of the bytes.")
    content_digest = models.BinaryField(max_length=32, help_text="SHA-256 of what they say, `secured` apart.")

    class Meta:
        ordering = ["at", "pk"]
        indexes = [
            models.Index(fields=["article", "at", "id"], name="version_by_article"),
            models.Index(fields=["undone_by"], name="version_undone", condition=models.Q(undone_by__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["run", "article"], name="version_once_a_run"),
            models.CheckConstraint(
                condition=~models.Q(kind="file") | ~models.Q(data=b""), name="version_keeps_its_bytes"
            ),
        ]

    def __str__(self):
        return f"{self.path} in run {self.run_id}"
