"""Conditional requests: what a browser has already is not sent again, under the policy that it was sent with."""

from django.middleware import http
from django.utils.cache import get_conditional_response, set_response_etag
from django.utils.http import parse_http_date_safe


class ConditionalGetMiddleware(http.ConditionalGetMiddleware):
    """As Django's, but HEAD has the ETag of GET, and a 304 has the Content-Security-Policy of the 200.

    Browsers take the headers of a 304 over into what they have kept. Django makes a 304 anew, without what a view said
    about the policy: a video's page that was asked for again would then be kept from framing its player.
    """

    def process_response(self, request, response):
        if request.method not in ("GET", "HEAD"):
            return response
        if self.needs_etag(response) and not response.has_header("ETag"):
            set_response_etag(response)  # a HEAD has its whole body still: the server drops it later
        etag, changed = response.get("ETag"), response.get("Last-Modified")
        if not etag and not changed:
            return response
        changed = changed and parse_http_date_safe(changed)
        answer = get_conditional_response(request, etag=etag, last_modified=changed, response=response)
        for name, value in vars(response).items():
            if name.startswith("_csp_"):
                setattr(answer, name, value)
        return answer
