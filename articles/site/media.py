"""The files of kept pictures, where this site serves them itself (`MEDIA_URL`). Asks no database.

A name says what is in the file, so whoever has it never asks again; what is no such name is not looked for.
"""

import logging
import re

from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response

log = logging.getLogger(__name__)
NAME = re.compile(r"images/[0-9a-f]{2}/([0-9a-f]{32})\.(webp|jpg)")
TYPES = {"webp": "image/webp", "jpg": "image/jpeg"}
FOR_EVER = "public, max-age=31536000, immutable"
FOR_A_MINUTE = "public, max-age=60"  # a file may come, or come back


def media(request: HttpRequest, name: str) -> HttpResponse:
    """The file of this name in the storage; in words 404 where there is none, 503 where the storage does not answer."""
    found = NAME.fullmatch(name)
    try:
        return _answer(request, name, *found.groups()) if found else _nothing()
    except FileNotFoundError:
        return _nothing()
    except Exception as error:  # each storage has its own; a bucket is another machine
        log.error("The storage of pictures does not answer: %s", error)
        return _said("Pictures are out of reach at the moment.\n", 503, "no-store")


def _answer(request: HttpRequest, name: str, digest: str, ending: str) -> HttpResponse:
    etag = f'"{digest}"'
    with default_storage.open(name) as file:
        response = get_conditional_response(request, etag=etag)
        if response is None:
            body = b"" if request.method == "HEAD" else file.read()
            response = HttpResponse(body, content_type=TYPES[ending], headers={"Content-Length": str(file.size)})
    response.headers["ETag"], response.headers["Cache-Control"] = etag, FOR_EVER
    return response


def _nothing() -> HttpResponse:
    return _said("There is no such picture.\n", 404, FOR_A_MINUTE)


def _said(sentence: str, status: int, caching: str) -> HttpResponse:
    return HttpResponse(sentence, "text/plain; charset=utf-8", status, headers={"Cache-Control": caching})
