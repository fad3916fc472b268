from articles.management.base import DatabaseCommand
from newsdesk.sessions import SessionStore


class Command(DatabaseCommand):
    help = "Delete the sessions that have expired. Each sign-in does so too: it need not be run by the clock."

    def run(self, **options) -> None:
        SessionStore.clear_expired()
