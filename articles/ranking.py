"""How hot and how new make one number to sort by. Pure: no clock, no database."""

from datetime import UTC, datetime
from math import log2

BURIED = -1
PLACES = 25  # of the front page's ranked list
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def rank(heat: int, published_at: datetime, half_life: float) -> float:
    """Where a story stands: `log2(max(heat, 1)) + published_at / half_life`, times in hours.

    A story that is one half-life older needs twice the heat to stand at the same place, so the order is that of
    heat halved at every half-life, `heat * 2 ** (-age / half_life)`. It does not depend on the time of asking, so it
    is stored and indexed. Heat below 1 counts as 1: nothing vanishes for ever (buried stories are left out by query).
    """
    hours = (published_at - EPOCH).total_seconds() / 3600
    return log2(max(heat, 1)) + hours / half_life
