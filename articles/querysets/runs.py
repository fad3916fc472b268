"""The words for runs of the import, and for the links that they bring."""

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Left

from articles.querysets.articles import LINK_START, RANKED
from articles.querysets.reach import model

EXAMPLES = 3  # of a held run's differences, shown wherever it is told of


class ImportRunQuerySet(QuerySet):
    def light(self):
        """Without what is long: errors, warnings and differences may be thousands."""
        return self.defer("errors", "warnings", "differences")

    def imports(self):
        """Those that took files in to the end: no undo, no commit of upstream's past."""
        # Not `undoes=None`: SQLite would look up all of those by their index, and sort them.
        return self.filter(status="finished", commit="").exclude(undoes__gt=0)

    def by_the_clock(self):
        """Good ones of files on the machine that still count: an upload by hand does not prove that the clock runs."""
        by_hand = model("Upload").objects.filter(run=OuterRef("pk"))
        return self.imports().filter(~Exists(by_hand), finished_at__isnull=False).exclude(undone_by__gt=0)

    def waiting(self):
        """Held by the guard, and nothing of their source was taken in since, nor held anew: one a source at most."""
        since = model("ImportRun").objects.filter(source=OuterRef("source"), pk__gt=OuterRef("pk"))
        newer = since.filter(Q(status="finished", undoes=None, commit="") | Q(status="held"))
        return self.filter(~Exists(newer), status="held")

    def to_look_after(self):
        """In one query what the desk warns of: the runs that wait, each with its first differences (`example_0` and so
        on), and the last good one by the clock (if any)."""
        good = model("ImportRun").objects.by_the_clock().order_by("-finished_at").values("pk")[:1]
        found = self.filter(Q(pk__in=self.model.objects.waiting().values("pk")) | Q(pk=Subquery(good))).light()
        return found.annotate(**{f"example_{place}": F(f"differences__{place}") for place in range(EXAMPLES)})


class RelatedLinkQuerySet(QuerySet):
    def with_stored(self, articles, column="slug"):
        """Each with `stored`: the `column` of the best of `articles` that has the same link, None where none has."""
        start = Left(OuterRef("link"), LINK_START)
        same = articles.filter(link_start=start, link=OuterRef("link")).exclude(link_start="")
        others = same.exclude(pk=OuterRef("article")).order_by(*RANKED)
        return self.annotate(stored=Subquery(others.values(column)[:1]))
