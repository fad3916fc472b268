"""The words for pictures: which are shown, which are needed, which were taken down."""

import json
from hashlib import md5

from django.db.models import Exists, Func, JSONField, OuterRef, QuerySet
from django.db.models.functions import MD5

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


class Kept(Func):
    """The renditions that are kept of the address in a column; `REMOVED`, or None where there are none.

    Written out: it stands in the query of each list, and to build and compile it took Django as long as all else of
    that query.
    """

    output_field = JSONField()
    removed = f"'{json.dumps(REMOVED)}'"
    template = (
        "(SELECT CASE WHEN tried.removed THEN %(removed)s ELSE kept.renditions END FROM articles_imagefetch tried"
        " LEFT JOIN articles_keptimage kept ON kept.id = tried.kept_id"
        " WHERE tried.url_digest = MD5(%(expressions)s) AND tried.url = %(expressions)s)"
    )

    def as_sql(self, compiler, connection, **extra):
        return super().as_sql(compiler, connection, **({"removed": self.removed} | extra))

    def as_postgresql(self, compiler, connection, **extra):
        return self.as_sql(compiler, connection, removed=f"{self.removed}::jsonb")


class Chosen(Func):
    """The renditions of the picture whose digest the column holds; None where there are none. Written out as well."""

    output_field = JSONField()
    template = "(SELECT renditions FROM articles_keptimage WHERE digest = %(expressions)s)"
