import secrets

from django.contrib.auth import get_user_model

from articles.management.base import DatabaseCommand


class Command(DatabaseCommand):
    help = "Make the first superuser, with a random password that is printed once. Where there is one already, nothing."

    def add_arguments(self, parser):
        parser.add_argument("username", nargs="?", default="editor")

    def run(self, *, username, **options) -> None:
        users = get_user_model().objects
        if users.filter(username=username).exists():
            return
        password = secrets.token_urlsafe(12)
        users.create_superuser(username, password=password)
        self.stdout.write(f"Sign in at /admin/ as {username} with the password {password} (shown only now).")
