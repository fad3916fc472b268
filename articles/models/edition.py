from django.db import models

from articles.querysets import EditionQuerySet


class Edition(models.Model):
    """What readers are shown, as a number: one row, which every change of what is public gives another number, in the
    same transaction (see `writing.one_writer`). Whoever has read the number before a page knows when that page is old.

    Dates that pass change what is public too, and write nothing: it knows them ahead (see `EditionQuerySet.as_of`).
    """

    number = models.BigIntegerField(help_text="Of the last change, in microseconds since 1970: none comes twice.")
    since = models.BigIntegerField(help_text="From then on it knows the dates, in the same microseconds.")
    due = models.TextField(blank=True, help_text="The next of them, ascending, with commas between.")

    objects = EditionQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self):
        return str(self.number)
