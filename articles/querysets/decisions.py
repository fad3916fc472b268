"""The words for what editors decided, and for what readers were told otherwise before."""

from django.contrib.auth import get_user_model
from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Least

from articles.querysets.reach import model


class StandingDecisionQuerySet(QuerySet):
    def in_conflict(self):
        return self.filter(Q(moved_since__isnull=False) | Q(link_since__isnull=False))

    def because(self, reason):
        """In conflict as upstream's link changed, `link`; or as only its value did, `moved`."""
        by_link = Q(link_since__isnull=False)
        return self.filter(by_link) if reason == "link" else self.filter(~by_link, moved_since__isnull=False)

    def queue(self, by_rank=False):
        """The articles of these conflicts (`article`, and `since` when the first of them is open): what has waited
        longest first, or what stands highest."""
        first = Min(Least(Coalesce("moved_since", "link_since"), Coalesce("link_since", "moved_since")))
        order = ["-article__rank", "article"] if by_rank else ["since", "article"]
        return self.values("article").annotate(since=first).order_by(*order)


class CorrectionQuerySet(QuerySet):
    def of_public(self, now):
        """Those of stories that readers may see at `now`, newest first."""
        public = model("Article").objects.public(now).filter(pk=OuterRef("article"))
        return self.filter(Exists(public)).select_related("article__provider").order_by("-at", "-id")


class DecisionQuerySet(QuerySet):
    def made_by(self, username):
        """By this editor, whose account may be gone."""
        users = get_user_model().objects.filter(username=username).values("pk")
        return self.filter(Q(user__in=users) | Q(user=None, username=username))

    def newest(self, below=None, most=50, fold=True):
        """The keys of the newest ones, all below a key where one is given, and the key below which to go on (None at
        the end). Of what one bulk action decided (`fold`) it is the newest alone: those of one action stand together.

        Reads no more than a few hundred narrow rows in at most four queries, however many there are; where bulk actions
        fill them, it finds fewer than `most`.
        """
        found, seen = [], set()
        for _ in range(2):
            rows = self.order_by("-pk") if below is None else self.order_by("-pk").filter(pk__lt=below)
            rows = list(rows.values_list("pk", "batch")[:LOOKED_THROUGH])
            for key, batch in rows:
                if not (fold and batch in seen):
                    if len(found) == most:
                        return found, below
                    found.append(key)
                    seen |= {batch} - {None}
                below = key
            if len(rows) < LOOKED_THROUGH:
                return found, None
            if fold and batch is not None:  # past the rest of it
                below = self.filter(batch=batch).aggregate(first=Min("pk"))["first"]
        return found, below


LOOKED_THROUGH = 400
