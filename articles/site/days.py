"""Stories under the days they were published on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from articles.site.words import local_time


@dataclass(frozen=True, slots=True)
class Day:
    """A day in the site's time zone (TIME_ZONE) and some stories of it, in the order they came in."""

    date: date
    articles: list


def by_day(articles: Iterable) -> list[Day]:
    """The articles, already in order of date, grouped by the day of their `published_at` in the current time zone."""
    days = groupby(articles, key=lambda article: local_time(article.published_at).date())
    return [Day(day, list(group)) for day, group in days]
