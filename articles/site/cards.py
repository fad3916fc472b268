"""What a story in a list needs, beyond its own columns."""

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from articles.models import RelatedLink


def cards(articles: QuerySet) -> QuerySet:
    """The articles as cards show them, in three queries for any number; `outlets` is how many others tell the story."""
    return articles.for_cards().annotate(outlets=Coalesce(Subquery(_other_outlets(), IntegerField()), 0))


def _other_outlets() -> QuerySet:
    own = Q(provider=OuterRef("provider")) & Q(provider__isnull=False)
    related = RelatedLink.objects.filter(article=OuterRef("pk"), provider__isnull=False).exclude(own)
    return related.order_by().values("article").annotate(outlets=Count("provider", distinct=True)).values("outlets")
