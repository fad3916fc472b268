"""The words for topics and outlets: what stories are filed under, and come from."""

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Lower

from articles.querysets.reach import listed, model

AMONG = 300  # of the newest listed articles, in which sections are looked for


class TopicQuerySet(QuerySet):
    def with_public_articles(self, now):
        """Those that a reader finds something under."""
        return self.filter(Exists(listed(now).filter(article_topics__topic=OuterRef("pk"))))

    def leading(self, now, among=AMONG):
        """Those of the `among` newest listed articles, the most frequent first: bounded, however many there are."""
        newest = listed(now).latest().values("pk")[:among]
        topics = self.filter(article_topics__article__in=newest)
        return topics.annotate(stories=Count("article_topics")).order_by("-stories", "name")


class ProviderQuerySet(QuerySet):
    def with_public_articles(self, now):
        """Those that a reader finds something by."""
        return self.filter(Exists(listed(now).filter(provider=OuterRef("pk")))).order_by(Lower("name"), "domain")

    def with_logo(self):
        """Each with `logo`: the address of its first picture, None where it has none."""
        images = model("Image").objects.filter(provider=OuterRef("pk")).order_by("position", "pk")
        return self.annotate(logo=Subquery(images.values("url")[:1]))
