"""The files of kept pictures, where this site serves them itself (`MEDIA_URL`). Asks no database.

A name says what is in the file, so whoever has it never asks again; what is no such name is not looked for.
"""

import re

from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response

NAME = re.compile(r"images/[0-9a-f]{2}/([0-9a-f]{32})\.(webp|jpg)")
TYPES = {"webp": "image/webp", "jpg": "image/jpeg"}
FOR_EVER = "public, max-age=31536000, immutable"
FOR_A_MINUTE = "public, max-age=60"  # a file may come, or come back


def media(request: HttpRequest, name: str) -> HttpResponse:
    """The file of this name in the storage; 404, in words, where there is none."""
    found = NAME.fullmatch(name)
    try:
        return _answer(request, name, *found.groups()) if found else _nothing()
    except FileNotFoundError:
        return _nothing()


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
    headers = {"Cache-Control": FOR_A_MINUTE}
    return HttpResponse("There is no such picture.\n", "text/plain; charset=utf-8", 404, headers=headers)
