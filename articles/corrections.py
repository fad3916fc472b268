"""What readers have read otherwise before: titles and excerpts that changed while a story was public."""

from collections.abc import Collection
from datetime import datetime

from articles.models import Article, Correction


def note_corrections(articles: Collection[Article], at: datetime) -> None:
    """Note what changes of these articles, which are about to be written, for readers at `at` (aware). Two queries."""
    before = Article.objects.public(at).filter(pk__in=[article.pk for article in articles])
    seen = {key: values for key, *values in before.values_list("pk", "title", "excerpt")}
    shown = [article for article in articles if article.pk in seen and article.published and not article.withdrawn]
    corrections = [
        Correction(article=article, at=at, field=field, before=old, after=new)
        for article in shown
        for field, old, new in zip(
            Correction.Field.values, seen[article.pk], (article.title, article.excerpt), strict=True
        )
        if old != new
    ]
    Correction.objects.bulk_create(corrections, batch_size=500)
