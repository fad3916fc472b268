"""Signing in and out: passwords cannot be guessed, and a session ends when it should, wherever it is."""

import json
import re
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import UserSession
from newsdesk.throttling import client_address
from tests.factories import make_article

pytestmark = pytest.mark.django_db
LOGIN = "/admin/login/"
PASSWORD = "secret-for-tests"
LIMIT = 5


def try_to_sign_in(client, name="erin", password="wrong", **headers):
    return client.post(LOGIN, {"username": name, "password": password, "next": "/admin/"}, **headers)


def is_signed_in(client) -> bool:
    return client.get("/admin/").status_code == 200


def signed_in(name="erin", **headers) -> Client:
    client = Client()
    assert try_to_sign_in(client, name, PASSWORD, **headers).status_code == 302
    return client


# -- guessing


def test_an_account_waits_for_one_address_after_five_wrong_passwords_even_with_the_right_one(client, editor, colleague):
    for _ in range(LIMIT - 1):
        assert try_to_sign_in(client).status_code == 200
    locked = try_to_sign_in(client)
    assert locked.status_code == 429
    assert "For 15 minutes nothing more is taken from it" in " ".join(locked.text.split())
    assert locked.headers["Retry-After"] == "900"
    assert "no-store" in locked.headers["Cache-Control"]
    assert try_to_sign_in(client, password=PASSWORD).status_code == 429
    assert not is_signed_in(client)
    assert try_to_sign_in(client, "carl", PASSWORD).status_code == 302


def test_the_editor_gets_in_from_elsewhere_meanwhile(client, editor):
    for _ in range(LIMIT):
        try_to_sign_in(client, REMOTE_ADDR="203.0.113.9")
    assert try_to_sign_in(client, password=PASSWORD, REMOTE_ADDR="203.0.113.9").status_code == 429
    assert try_to_sign_in(client, password=PASSWORD, REMOTE_ADDR="198.51.100.7").status_code == 302


def test_an_address_that_tries_many_accounts_waits_for_all_of_them(client, editor):
    for number in range(4 * LIMIT - 1):
        assert try_to_sign_in(client, f"guess{number}").status_code == 200
    assert try_to_sign_in(client, "guess").status_code == 429
    assert try_to_sign_in(client, password=PASSWORD).status_code == 429
    assert try_to_sign_in(client, password=PASSWORD, REMOTE_ADDR="198.51.100.7").status_code == 302


def test_the_wait_ends_also_for_whoever_goes_on_trying(client, editor):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(LIMIT):
            try_to_sign_in(client)
        for _ in range(14):
            clock.shift(timedelta(minutes=1))
            assert try_to_sign_in(client).status_code == 429
        clock.shift(timedelta(minutes=2))
        assert try_to_sign_in(client, password=PASSWORD).status_code == 302


def test_an_insiders_own_sign_in_gives_no_new_tries_at_others(client, editor, chief):
    for _ in range(LIMIT - 1):
        try_to_sign_in(client, "chloe")
    signed_in("erin")
    assert try_to_sign_in(client, "chloe").status_code == 429


def test_who_signs_in_after_some_slips_has_a_clean_slate(client, editor):
    for _ in range(2):
        for _ in range(LIMIT - 1):
            assert try_to_sign_in(client).status_code == 200
        assert try_to_sign_in(client, password=PASSWORD).status_code == 302


def test_another_browser_or_another_case_of_the_header_gives_no_new_tries(client, editor):
    for number in range(LIMIT):
        try_to_sign_in(client, HTTP_USER_AGENT=f"Browser {number}", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")
    assert try_to_sign_in(client, password=PASSWORD).status_code == 429


@pytest.mark.parametrize(
    ("header", "meta", "address"),
    [
        ("", {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_REAL_IP": "203.0.113.9"}, "192.0.2.1"),
        ("HTTP_X_REAL_IP", {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_REAL_IP": "203.0.113.9"}, "203.0.113.9"),
        ("HTTP_X_FORWARDED_FOR", {"HTTP_X_FORWARDED_FOR": "6.6.6.6, 203.0.113.9"}, "203.0.113.9"),
        ("HTTP_X_REAL_IP", {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_REAL_IP": "nonsense"}, "127.0.0.1"),
        ("HTTP_X_REAL_IP", {"REMOTE_ADDR": "127.0.0.1"}, "127.0.0.1"),
        ("", {"REMOTE_ADDR": "2001:db8:1:2:3:4:5:6"}, "2001:db8:1:2::"),
        ("", {"REMOTE_ADDR": "::ffff:192.0.2.1"}, "192.0.2.1"),
        ("", {"REMOTE_ADDR": ""}, None),
    ],
)
def test_whom_a_try_counts_against(rf, settings, header, meta, address):
    settings.CLIENT_ADDRESS_HEADER = header
    assert client_address(rf.get("/", **{"REMOTE_ADDR": ""} | meta)) == address


@pytest.mark.parametrize("name", ["", "x" * 5000, "a\0b", "ﬁ", "erin ", "💥" * 150])
def test_whatever_is_typed_is_answered_in_words(client, name):
    assert try_to_sign_in(client, name, REMOTE_ADDR="", HTTP_USER_AGENT="x" * 5000).status_code == 200


def test_what_was_typed_is_kept_nowhere(client, editor):
    from axes.models import AccessAttempt

    for _ in range(3):
        try_to_sign_in(client, password="my-other-password")
    kept = json.dumps(list(AccessAttempt.objects.values()), default=str)
    assert "my-other-password" not in kept
    assert AccessAttempt.objects.get().failures_since_start == 3


def test_public_pages_ask_for_no_session_and_no_count(client, editor):
    make_article("a")
    client.force_login(editor)
    with CaptureQueriesContext(connection) as asked:
        client.get("/articles/a/")
    assert [query["sql"] for query in asked if "axes_" in query["sql"] or "usersession" in query["sql"]] == []


# -- sessions


def test_a_new_session_begins_at_sign_in(client, editor):
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    before = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = before
    assert try_to_sign_in(client, password=PASSWORD).status_code == 302
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != before
    assert not UserSession.objects.filter(pk=before).exists()
    assert UserSession.objects.get().user == editor


def test_signing_out_ends_all_sessions_and_nobody_elses(editor, colleague):
    here, there, carl = signed_in(), signed_in(), signed_in("carl")
    assert here.post("/admin/logout/").status_code == 200
    assert (is_signed_in(here), is_signed_in(there), is_signed_in(carl)) == (False, False, True)
    assert list(UserSession.objects.values_list("user__username", flat=True)) == ["carl"]


def test_a_new_password_ends_all_other_sessions_and_renews_this_one(editor):
    here, there = signed_in(), signed_in()
    before = here.cookies[settings.SESSION_COOKIE_NAME].value
    new = {"old_password": PASSWORD, "new_password1": "another-of-12", "new_password2": "another-of-12"}
    assert here.post("/admin/password_change/", new).status_code == 302
    assert (is_signed_in(here), is_signed_in(there)) == (True, False)
    assert not UserSession.objects.filter(pk=before).exists()
    assert UserSession.objects.count() == 1


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": "!"}])
def test_who_is_deactivated_or_given_another_password_is_signed_out_at_once(editor, change):
    client = signed_in()
    for name, value in change.items():
        setattr(editor, name, value)
    editor.save()
    assert not is_signed_in(client)
    assert not UserSession.objects.filter(user=editor).exists()


def test_the_operators_command_ends_them_too(editor, monkeypatch):
    client = signed_in()
    monkeypatch.setattr("getpass.getpass", lambda prompt: "another-of-12")
    call_command("changepassword", "erin", verbosity=0)
    assert not UserSession.objects.filter(user=editor).exists()
    assert not is_signed_in(client)


def test_another_name_or_role_ends_nothing(editor):
    client = signed_in()
    editor.first_name = "Erin"
    editor.save()
    assert is_signed_in(client)


def test_expired_sessions_are_cleared_at_each_sign_in_and_by_command(editor, colleague):
    signed_in()
    UserSession.objects.update(expire_date=timezone.now() - timedelta(days=1))
    signed_in("carl")
    assert UserSession.objects.get().user == colleague
    UserSession.objects.update(expire_date=timezone.now() - timedelta(days=1))
    call_command("clearsessions")
    assert not UserSession.objects.exists()


# -- forgotten passwords

FORGOTTEN = "/admin/password_reset/"


@pytest.fixture
def post(monkeypatch):
    """Mail goes out at once, so that a test can look at it."""
    monkeypatch.setattr("articles.admin.passwords.Thread", _AtOnce)
    return mail.outbox


class _AtOnce:
    def __init__(self, target, args, name):
        self.start = lambda: target(*args)


def asked_by(client, email, **headers):
    return client.post(FORGOTTEN, {"email": email}, **headers)


@pytest.fixture
def erin(editor):
    editor.email = "Erin@news.example"
    editor.save()
    return editor


def test_a_link_by_mail_gives_a_new_password_once(client, erin, post, settings):
    settings.SITE_URL = "https://news.example"
    there = signed_in()
    answer = asked_by(client, "erin@news.example", HTTP_HOST="localhost")
    assert answer.headers["Location"] == "/admin/password_reset/done/"
    assert [message.to for message in post] == [["Erin@news.example"]]
    assert "https://news.example/admin/reset/" in post[0].body
    assert "erin" in post[0].body
    link = re.search(r"https://news.example(/\S+)", post[0].body)[1]
    form = client.get(link).headers["Location"]
    assert "You sign in as <b>erin</b>" in " ".join(client.get(form).text.split())
    new = {"new_password1": "another-of-12", "new_password2": "another-of-12"}
    assert client.post(form, new).headers["Location"] == "/admin/reset/done/"
    assert not is_signed_in(there)
    assert try_to_sign_in(client, password="another-of-12").status_code == 302
    assert "does not work any more" in Client().get(link).text


def test_nobody_learns_who_has_an_account(client, erin, colleague, post):
    colleague.email, colleague.is_active = "carl@news.example", False
    colleague.save()
    answers = [asked_by(client, email) for email in ("erin@news.example", "no@news.example", "carl@news.example")]
    assert {(answer.status_code, answer.headers["Location"]) for answer in answers} == {(302, f"{FORGOTTEN}done/")}
    assert len(post) == 1


def test_mails_are_asked_for_only_so_often(client, erin, post):
    statuses = [asked_by(client, "erin@news.example").status_code for _ in range(LIMIT + 1)]
    assert statuses == [302] * (LIMIT - 1) + [429, 429]
    assert len(post) == 3
    assert try_to_sign_in(client, password=PASSWORD).status_code == 302  # by mail is one thing, by password another


def test_many_addresses_together_do_not_flood_a_mailbox(erin, post):
    for number in range(8):
        answer = asked_by(Client(), "erin@news.example", REMOTE_ADDR=f"192.0.2.{number}")
        assert answer.status_code == 302
    assert len(post) == 3


def test_a_mail_that_cannot_be_sent_is_told_to_the_operator_and_not_to_the_world(client, erin, post, settings, caplog):
    settings.EMAIL_BACKEND = "django.core.mail.backends.nowhere.EmailBackend"
    assert asked_by(client, "erin@news.example").status_code == 302
    assert "check EMAIL_URL" in caplog.text


def test_where_no_mail_is_sent_the_page_says_what_to_do(client, erin, post, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    for answer in (client.get(FORGOTTEN), asked_by(client, "erin@news.example")):
        assert answer.status_code == 200
        assert "Ask a chief editor" in answer.text
        assert "manage.py changepassword" in answer.text
    assert post == []
    assert FORGOTTEN in client.get(LOGIN).text


@pytest.mark.parametrize("email", ["", "no address", "a\0b@news.example", "x" * 250 + "@news.example"])
def test_what_is_no_address_is_told(client, post, email):
    assert "errorlist" in asked_by(client, email).text


@pytest.mark.parametrize("key", ["MQ", "x", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk", "_", "8J-SpQ"])
def test_a_link_of_nobody_says_so(client, key):
    assert "does not work any more" in client.get(f"/admin/reset/{key}/abc-def/").text
