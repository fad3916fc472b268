"""The words for pictures: which are shown, which are needed, which were taken down."""

from hashlib import md5

from django.db.models import Case, Exists, JSONField, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import MD5, Coalesce

from articles.querysets.reach import model

REMOVED = {"removed": True}  # instead of renditions: taken down on the desk


def url_digest(url: str) -> str:
    """By what an address is looked up: MD5, which both databases can make of a column."""
    return md5(url.encode(), usedforsecurity=False).hexdigest()


class ImageQuerySet(QuerySet):
    def not_removed(self):
        """All but those that were taken down."""
        removed = model("ImageFetch").objects.filter(removed=True).of_url(OuterRef("url"))
        return self.filter(~Exists(removed))


class KeptImageQuerySet(QuerySet):
    def unused(self):
        """Those that no fetch leads to, and no article shows by a decision that is in force."""
        fetched = model("ImageFetch").objects.filter(kept=OuterRef("pk"))
        decided = model("Article").objects.filter(picture=OuterRef("digest"))
        return self.filter(~Exists(fetched), ~Exists(decided))


class ImageFetchQuerySet(QuerySet):
    def of_url(self, url):
        """Of this address: a text, or an expression that gives one."""
        digest = url_digest(url) if isinstance(url, str) else MD5(url)
        return self.filter(url_digest=digest, url=url)


def renditions_of(url: str, picture: str | None = None):
    """An expression: the renditions that are kept of the address in the column `url`, or, where the column `picture`
    names one that an editor chose, of that; `REMOVED`, or None where there are none."""
    removed = When(removed=True, then=Value(REMOVED, JSONField()))
    told = Case(removed, default="kept__renditions", output_field=JSONField())
    fetched = model("ImageFetch").objects.of_url(OuterRef(url)).annotate(told=told).values("told")
    if picture is None:
        return Subquery(fetched)
    chosen = model("KeptImage").objects.filter(digest=OuterRef(picture)).values("renditions")
    return Coalesce(Subquery(chosen), Subquery(fetched))
