from django.db import models

from articles.querysets import EditionQuerySet


class Edition(models.Model):
    """What readers are shown, as a number: one row, which every change of what is public gives another number, in the
    same transaction (see `writing.one_writer`). Whoever has read the number before a page knows when that page is old.

    Dates that pass change what is public too, and write nothing: `EditionQuerySet.as_of` looks at both.
    """

    number = models.BigIntegerField(help_text="Of the last change, in microseconds since 1970: none comes twice.")

    objects = EditionQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self):
        return str(self.number)
