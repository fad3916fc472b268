"""The description of the JSON API for programs that read such: OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.0)."""

from django.conf import settings

from articles.merge import HIGHEST
from articles.ranking import BURIED
from articles.site.filters import LONGEST

_YEARS = "^(?!0000|9999)"  # at their edges no other time zone has them
_MOMENT = {
    "type": "string",
    "anyOf": [{"maxLength": 0}, {"format": "date", "pattern": _YEARS}, {"format": "date-time", "pattern": _YEARS}],
    "examples": ["2026-03-01", "2026-03-01T18:30:00Z"],
}
_TEXT = {"type": "string", "maxLength": LONGEST, "pattern": "^[^\\u0000]*$"}


def _number_or_blank(minimum: int, maximum: int) -> dict:
    """A blank is what a form sends of a field that nobody filled in: as if it were not there."""
    number = {"type": "integer", "minimum": minimum, "maximum": maximum}
    return {"anyOf": [number, {"type": "string", "maxLength": 0}]}


def _nullable(*kinds: str) -> dict:
    return {"type": [*kinds, "null"]}


def _object(properties: dict) -> dict:
    return {"type": "object", "required": list(properties), "additionalProperties": False, "properties": properties}


def _list_or_null(item: dict) -> dict:
    return {"type": ["array", "null"], "items": item}


def _reference(name: str) -> dict:
    return {"$ref": f"#/components/schemas/{name}"}


REASONS = {
    "withdrawn": "upstream took it back",
    "unpublished": "editors took it back",
    "expired": "its time is over",
    "scheduled": "it will come again",
    "buried": "it is a duplicate, and only its page is left",
    "muted": "its outlet is on no list any more",
    "filtered": "it does not fit the filters, or no longer",
}
_TOLD_REASONS = "; ".join(f"{reason}: {told}" for reason, told in REASONS.items())
_TIME = {"type": ["string", "null"], "format": "date-time"}
_TEXTS = "sourceUrl webUrl originalUrl featuredContent highlight type ampWebUrl cdnAmpWebUrl excerpt".split()
SCHEMAS = {
    "Image": _object(
        {
            "url": {"type": "string"},
            "width": _nullable("integer"),
            "height": _nullable("integer"),
            "title": _nullable("string"),
            "attribution": _nullable("string"),
            "isCached": {"type": "boolean"},
        }
    ),
    "Provider": _object(
        {
            "name": {"type": "string"},
            "domain": {"type": "string"},
            "images": _list_or_null(_reference("Image")),
            "publishers": {"type": "null"},
            "authors": {"type": "null"},
        }
    ),
    "Article": _object(
        {
            "path": {"type": "string"},
            "title": {"type": "string"},
            **{name: _nullable("string") for name in _TEXTS},
            "heat": {"type": "integer", "minimum": 0},
            "tags": _list_or_null({"type": "string"}),
            "images": _list_or_null(_reference("Image")),
            "content": {"type": "string"},
            "publishedDateTime": {"type": "string", "format": "date-time"},
            "updatedDateTime": _TIME,
            "provider": {"oneOf": [_reference("Provider"), {"type": "null"}]},
            "locale": {"type": "string"},
            "categories": {"type": "array", "items": {"type": "string"}},
            "topics": _list_or_null({"type": "string"}),
        }
    ),
    "Page": _object(
        {
            "page": {"type": "integer", "minimum": 1},
            "value": {"type": "array", "maxItems": 25, "items": _reference("Article")},
            "nextPage": _nullable("integer"),
        }
    ),
    "Changes": _object(
        {
            "page": {"type": "integer", "minimum": 1},
            "value": {"type": "array", "maxItems": 25, "items": _reference("Article")},
            "nextPage": _nullable("integer"),
            "removed": {"type": "array", "maxItems": 25, "items": _reference("Removed")},
        }
    ),
    "Removed": _object(
        {
            "path": {"type": "string", "description": "That of the story when it was public"},
            "slug": {"type": "string", "description": "Its address here was /articles/<slug>/"},
            "removedDateTime": {"type": "string", "format": "date-time"},
            "reason": {"type": "string", "enum": list(REASONS), "description": _TOLD_REASONS},
        }
    ),
    "Problem": {
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
        },
    },
}
FILTERS = {
    "q": ("Words in the title or excerpt", _TEXT),
    "topic": ("A topic's slug", _TEXT),
    "provider": ("An outlet's domain", _TEXT),
    "type": ("Such as article or video", _TEXT),
    "quality_min": ("Quality at least", _number_or_blank(0, HIGHEST)),
    "heat_min": ("Heat at least", _number_or_blank(BURIED, HIGHEST)),
    "after": ("Published at or after", _MOMENT),
    "before": ("Published before", _MOMENT),
    "page": ("Which page, from 1", {"type": "integer", "minimum": 1, "maximum": 999_999_999}),
    "changed_since": (
        "For programs that keep a copy: what changed by content at or after this instant, and what is gone, newest "
        "first. Heat and quality do not count. Walk the pages to the last one, take what is told as it stands then, "
        "and next time ask from some minutes before this walk began.",
        _MOMENT,
    ),
}


def description() -> dict:
    """The whole document, as JSON can write it."""
    number = _parameter("number", "path", "Which page, from 1", {"type": "integer", "minimum": 1}, required=True)
    slug = _parameter("slug", "path", "A topic's slug", {"type": "string", "pattern": r"^[-\w]{1,255}$"}, required=True)
    filters = [_parameter(name, "query", told, schema) for name, (told, schema) in FILTERS.items()]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": settings.SITE_NAME,
            "version": "1",
            "description": "Published stories, newest first, in the shape that upstream's own files have.",
        },
        "servers": [{"url": settings.SITE_URL}],
        "paths": {
            "/api/news/index.json": _get("The newest stories", []),
            "/api/news/page/{number}/index.json": _get("A page of all stories", [number], 404),
            "/api/news/{slug}/index.json": _get("The newest stories of a topic", [slug], 404, 301),
            "/api/news/{slug}/page/{number}/index.json": _get("A page of a topic", [slug, number], 404, 301),
            "/api/news/": _get("Stories that fit some filters, or what changed", filters, 400, 404, also="Changes"),
        },
        "components": {"schemas": SCHEMAS},
    }


def _parameter(name: str, place: str, told: str, schema: dict, required: bool = False) -> dict:
    return {"name": name, "in": place, "description": told, "required": required, "schema": schema}


_OTHERS = {301: "An old address of the topic", 400: "A value that cannot be meant", 404: "There is no such page"}


def _get(summary: str, parameters: list[dict], *others: int, also: str = "") -> dict:
    schema = {"oneOf": [_reference("Page"), _reference(also)]} if also else _reference("Page")
    found = {"description": "A page of stories", "content": {"application/json": {"schema": schema}}}
    problem = {"application/problem+json": {"schema": _reference("Problem")}}
    responses = {"200": found}
    for status in others:
        content = {} if status == 301 else {"content": problem}
        responses[str(status)] = {"description": _OTHERS[status]} | content
    return {"get": {"summary": summary, "parameters": parameters, "responses": responses}}
