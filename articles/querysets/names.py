"""The words for topics and outlets: what stories are filed under, and come from."""

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Lower

from articles.querysets.reach import listed, model

AMONG = 300  # of the newest listed articles, in which sections are looked for
MANY = 2_000  # stories of a topic, of which a page is found sooner among all stories than by sorting them


class TopicQuerySet(QuerySet):
    def with_public_articles(self, now):
        """Those that a reader finds something under."""
        # The newest filed, by their keys, are looked at until one is listed. Asked whether there *is* one, PostgreSQL
        # may read all that is filed under a topic.
        filed = listed(now).filter(article_topics__topic=OuterRef("pk")).order_by("-article_topics__article_id")
        return self.alias(one=Subquery(filed.values("pk")[:1])).filter(one__isnull=False)

    def with_size(self):
        """Each with `many`: not None where MANY stories or more are filed under it, seen by readers or not."""
        filed = model("ArticleTopic").objects.filter(topic=OuterRef("pk")).order_by("article_id")
        return self.annotate(many=Subquery(filed.values("article_id")[MANY - 1 : MANY]))  # read from the index alone


class ArticleTopicQuerySet(QuerySet):
    def leading(self, now, among=AMONG):
        """The `topic` of each of the `among` newest listed articles, once, and how many of them (`stories`) it has:
        bounded, however many there are. Counted before anything is looked up of a topic."""
        newest = listed(now).latest().values("pk")[:among]
        return self.filter(article__in=newest).order_by().values("topic").annotate(stories=Count("pk"))


class ProviderQuerySet(QuerySet):
    def with_public_articles(self, now):
        """Those that a reader finds something by."""
        return self.filter(Exists(listed(now).filter(provider=OuterRef("pk")))).order_by(Lower("name"), "domain")

    def with_logo(self):
        """Each with `logo`: the address of its first picture, None where it has none."""
        images = model("Image").objects.filter(provider=OuterRef("pk")).order_by("position", "pk")
        return self.annotate(logo=Subquery(images.values("url")[:1]))
