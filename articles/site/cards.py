"""What a story in a list needs, beyond its own columns."""

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from articles.models import RelatedLink
from articles.querysets import HEAVY


def cards(articles: QuerySet) -> QuerySet:
    """The articles as cards show them, in three queries for any number; `outlets` is how many others tell the story."""
    return articles.for_cards().annotate(outlets=Coalesce(Subquery(_other_outlets(), IntegerField()), 0))


def lines(articles: QuerySet, count: int) -> list:
    """The best `count` of the articles as lines show them: headline, outlet, age and heat. One query."""
    return list(articles.ranked().select_related("provider").defer(*HEAVY)[:count])


def _other_outlets() -> QuerySet:
    own = Q(provider=OuterRef("provider")) & Q(provider__isnull=False)
    related = RelatedLink.objects.filter(article=OuterRef("pk"), provider__isnull=False).exclude(own)
    return related.order_by().values("article").annotate(outlets=Count("provider", distinct=True)).values("outlets")
