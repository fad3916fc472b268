"""Who has an article's page open. The page says so itself every few seconds; who has not for a minute is gone."""

from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from articles.models import Article, OpenPage

COUNTS_FOR = timedelta(minutes=1)


def open_page(article: Article, user: AbstractBaseUser, now: datetime) -> None:
    """The page is open at `now`. What is left of others who went without a word is cleared away."""
    with transaction.atomic():
        OpenPage.objects.filter(article=article, seen_at__lte=now - COUNTS_FOR).delete()
        OpenPage.objects.bulk_create(
            [OpenPage(article=article, user=user, seen_at=now)],
            update_conflicts=True,
            unique_fields=["article", "user"],
            update_fields=["seen_at"],
        )


def close_page(article: Article, user: AbstractBaseUser) -> None:
    OpenPage.objects.filter(article=article, user=user).delete()


def others_there(article: Article, user: AbstractBaseUser, now: datetime) -> list[str]:
    """The names of those besides `user` who have the page open at `now`."""
    there = OpenPage.objects.filter(article=article, seen_at__gt=now - COUNTS_FOR).exclude(user=user)
    return [page.user.get_username() for page in there.select_related("user").order_by("user__username")]
