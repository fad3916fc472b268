"""How an answer is packed for the way: with Brotli or gzip, as the client says that it takes (RFC 9110, 12.5.3)."""

import gzip
from functools import lru_cache

import brotli
from django.middleware import gzip as django_gzip

IDENTITY, GZIP, BROTLI = "", "gzip", "br"
ENCODINGS = (BROTLI, GZIP, IDENTITY)  # the best first
WORTH_IT = 200  # bytes: less does not become smaller
PACKED_ALREADY = ("image/png", "image/jpeg", "image/webp", "font/", "application/zip")


@lru_cache(maxsize=256)
def preferred(accepted: str) -> str:
    """The one of ENCODINGS that suits an `Accept-Encoding` best. None is refused: what takes nothing gets identity."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, parameter = part.partition(";")
        weights[name.strip()] = _weight(parameter.strip())
    others = weights.get("*", 0.0)
    offered = [(weights.get(name, others), name) for name in (BROTLI, GZIP)]
    best = max(weight for weight, _ in offered)
    return next(name for weight, name in offered if weight == best) if best > 0 else IDENTITY


def _weight(parameter: str) -> float:
    if not parameter:
        return 1.0
    name, _, value = parameter.partition("=")
    try:
        return float(value) if name.strip() == "q" and 0 <= float(value) <= 1 else 0.0
    except ValueError:
        return 0.0


def packed(body: bytes, content_type: str, encoding: str) -> tuple[bytes, str]:
    """The body in that encoding, and which it then is: identity where another would not make it smaller."""
    if encoding == IDENTITY or len(body) < WORTH_IT or content_type.startswith(PACKED_ALREADY):
        return body, IDENTITY
    # No page holds a secret beside what a stranger can have printed into it (BREACH): it is the same for everybody.
    smaller = brotli.compress(body, quality=5) if encoding == BROTLI else gzip.compress(body, 6, mtime=0)
    return (smaller, encoding) if len(smaller) < len(body) else (body, IDENTITY)


class GZipMiddleware(django_gzip.GZipMiddleware):
    """As Django's, which pads at random what may hold secrets; public pages are packed by `newsdesk.editions`, and
    pictures by who made them."""

    def process_response(self, request, response):
        is_packed = response.headers.get("Content-Type", "").startswith(PACKED_ALREADY)
        if is_packed or hasattr(response, "edition_tag"):
            return response
        return super().process_response(request, response)
