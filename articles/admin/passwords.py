"""A forgotten password: a link by mail, where the desk sends mail, and words about what to do where it does not.

The same page is shown whether or not somebody has the address that was typed: nobody learns here who is an editor.
"""

import logging
from threading import Thread

from django import forms
from django.conf import settings
from django.contrib.auth import forms as auth_forms
from django.contrib.auth import get_user_model
from django.contrib.auth import views as auth_views
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from newsdesk.throttling import mailbox_is_full, may_ask_for_mail, too_many

logger = logging.getLogger(__name__)
HEAD = {"site_header": "Newsdesk", "site_title": "Newsdesk"}
WRITES_TO_THE_LOG = "django.core.mail.backends.console.EmailBackend"


def sends_mail() -> bool:
    """Whether mail leaves this machine: EMAIL_URL's default only writes it to the log."""
    return settings.EMAIL_BACKEND != WRITES_TO_THE_LOG


def password_link(user) -> str:
    """A link with which `user` sets a password: it works once, and only until another one is set or a day is over.

    It begins as SITE_URL says, whatever host a request named."""
    key = urlsafe_base64_encode(force_bytes(user.pk))
    return settings.SITE_URL + reverse("password_reset_confirm", args=[key, default_token_generator.make_token(user)])


def mail_link(user) -> None:
    """Send `user` that link. It is sent beside the answer, which takes as long where there is nobody to send it to."""
    context = {"user": user, "link": password_link(user), "site_url": settings.SITE_URL}
    subject = render_to_string("registration/password_reset_subject.txt", context).strip()
    body = render_to_string("registration/password_reset_email.html", context)
    mail = EmailMultiAlternatives(subject, body, to=[user.email])
    Thread(target=_sent, args=[mail], name="mail").start()


def _sent(mail: EmailMultiAlternatives) -> None:
    try:
        mail.send()
    except Exception:  # whatever the server said: nobody is waiting for this any more
        logger.exception("A mail about a password could not be sent; check EMAIL_URL")


class ForgottenForm(auth_forms.PasswordResetForm):
    """Sends to whoever has the address and is active, also to those who never had a password."""

    email = forms.EmailField(
        label="Email address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )

    def get_users(self, email):
        users = get_user_model().objects.filter(email__iexact=email, is_active=True, is_staff=True)
        return (user for user in users if user.email.casefold() == email.casefold())

    def save(self, **options):
        email = self.cleaned_data["email"]
        if not mailbox_is_full(email):
            for user in self.get_users(email):
                mail_link(user)


class Forgotten(auth_views.PasswordResetView):
    form_class = ForgottenForm
    title = "Forgotten password"
    extra_context = HEAD

    def get_context_data(self, **context):
        return super().get_context_data(**context) | {"sends_mail": sends_mail()}

    def post(self, request, *args, **kwargs):
        if not sends_mail():
            return self.get(request, *args, **kwargs)
        form = self.get_form()
        if not form.is_valid():
            return self.form_invalid(form)
        if not may_ask_for_mail(request, form.cleaned_data["email"]):
            return too_many(request)
        return self.form_valid(form)


class Sent(auth_views.PasswordResetDoneView):
    title = "Look into your mailbox"
    extra_context = HEAD


class Confirm(auth_views.PasswordResetConfirmView):
    title = "Choose a password"
    extra_context = HEAD


class Complete(auth_views.PasswordResetCompleteView):
    title = "Your password is set"
    extra_context = HEAD


# Django's admin and its forms look for these names.
urlpatterns = [
    path("password_reset/", Forgotten.as_view(), name="admin_password_reset"),
    path("password_reset/done/", Sent.as_view(), name="password_reset_done"),
    path("reset/<uidb64>/<token>/", Confirm.as_view(), name="password_reset_confirm"),
    path("reset/done/", Complete.as_view(), name="password_reset_complete"),
]
