"""What the desk decided over upstream where no log is kept of it: names of providers, places of topics."""

from typing import Any

from django.db import models


class Overridden(models.Model):
    """A row of upstream's of which the desk may decide some fields. `overridden` holds each of them with what upstream
    says of it now, so that nothing is lost, and what is released is upstream's again."""

    overridden = models.JSONField(
        default=dict, blank=True, help_text="The fields that the desk decided, each with what upstream says of it."
    )

    class Meta:
        abstract = True

    def hear(self, field: str, value: Any) -> None:
        """Upstream says so: it is the field's value, unless the desk decided that."""
        if field in self.overridden:
            self.overridden = self.overridden | {field: value}
        else:
            self.put(field, value)

    def said(self, field: str) -> Any:
        """What upstream says of the field now."""
        return self.overridden.get(field, self.shown(field))

    def decide(self, field: str, value: Any) -> None:
        """The desk says so, whatever upstream will say."""
        self.overridden = {field: self.shown(field)} | self.overridden
        self.put(field, value)

    def release(self, field: str) -> None:
        """The field follows upstream again."""
        self.put(field, self.overridden[field])
        self.overridden = {name: value for name, value in self.overridden.items() if name != field}

    def shown(self, field: str) -> Any:
        """The field's value, as JSON can hold it."""
        return getattr(self, field)

    def put(self, field: str, value: Any) -> None:
        setattr(self, field, value)
