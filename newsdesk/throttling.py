"""How often a password may be tried, and a new one asked for: so often, then the address waits (decision 15).

django-axes counts in the database, so that all workers count together; only what is posted asks for the counts.
"""

from ipaddress import IPv6Address, ip_address, ip_network

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

ADDRESS_HAS_MORE = 4  # times the tries of an account: a whole office shares one address
LONGEST_NAME = 255
MAILS = 3  # to one mailbox, while a failure counts


def client_address(request: HttpRequest) -> str | None:
    """Whom a try counts against: the address that the connection comes from, or, behind a proxy, the last one in the
    header that CLIENT_ADDRESS_HEADER names, which the proxy itself wrote. Of IPv6 the network that one line gets."""
    trusted = request.META.get(settings.CLIENT_ADDRESS_HEADER, "") if settings.CLIENT_ADDRESS_HEADER else ""
    return _counted(trusted.rpartition(",")[2]) or _counted(request.META.get("REMOTE_ADDR", ""))


def tried_name(request: HttpRequest | None, credentials=None) -> str:
    """The account that a try is about, as long as the table of tries takes it: what is typed has any length."""
    return str((credentials or request.POST).get(get_user_model().USERNAME_FIELD) or "")[:LONGEST_NAME]


def _counted(text: str) -> str | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ip_network((int(address), 64), strict=False).network_address)
    return str(address)


class SignInHandler(AxesDatabaseHandler):
    """Counts failures of an account from one address, and of that address; never those of an account from anywhere, by
    which a stranger could keep an editor out."""

    def get_failures(self, request, credentials=None) -> int:
        account, address = (_failures(attempts) for attempts in self.get_user_attempts(request, credentials))
        return max(account, address // ADDRESS_HAS_MORE)

    def reset_user_attempts(self, request, credentials=None) -> int:
        """Who signs in has a clean slate; that address does not, or an insider could go on trying others' passwords."""
        username = get_client_username(request, credentials)
        return AccessAttempt.objects.filter(username=username, ip_address=request.axes_ip_address).delete()[0]


def _failures(attempts) -> int:
    return attempts.aggregate(failures=Sum("failures_since_start"))["failures"] or 0


def too_many(request: HttpRequest, response=None, credentials=None) -> HttpResponse:
    """429, in words: what happened, until when, and what can be done meanwhile."""
    wait = settings.AXES_COOLOFF_TIME
    context = {"minutes": int(wait.total_seconds() // 60), "title": "Too many tries", "site_header": "Newsdesk"}
    answer = render(request, "admin/too_many.html", context, status=settings.AXES_HTTP_RESPONSE_CODE)
    answer.headers["Retry-After"] = str(int(wait.total_seconds()))
    answer.headers["Cache-Control"] = "no-store"
    return answer


# -- new passwords


def may_ask_for_mail(request: HttpRequest, email: str) -> bool:
    """Whether this address may ask for a mail to `email` now. That it asked counts as a failure: a guess at who has an
    account here."""
    credentials = _as_credentials(email)
    if not AxesProxyHandler.is_allowed(request, credentials):
        return False
    AxesProxyHandler.user_login_failed(may_ask_for_mail, credentials, request)
    return True


def mailbox_is_full(email: str) -> bool:
    """Whether so many mails were asked for, by whomever, that one more would only be a nuisance."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    name = tried_name(None, _as_credentials(email))
    asked = AccessAttempt.objects.filter(username=name, attempt_time__gte=since)
    return _failures(asked) > MAILS


def _as_credentials(email: str) -> dict[str, str]:
    field = get_user_model().USERNAME_FIELD
    return {field: f"mail to {email.lower()}"}  # no username has a space
