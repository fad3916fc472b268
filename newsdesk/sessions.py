"""Sessions that say whose they are: all of a person's end when they sign out, get another password or are deactivated.

Django's own store knows a session by its key alone. This is what its documentation calls extending a database-backed
session engine: https://docs.djangoproject.com/en/5.2/topics/http/sessions/#extending-database-backed-session-engines
"""

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models import Model
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver

ENDING = ("password", "is_active")  # a change of these ends what is signed in


class SessionStore(DatabaseStore):
    @classmethod
    def get_model_class(cls) -> type[Model]:
        from articles.models import UserSession  # the settings name this module before there are models

        return UserSession

    def create_model_instance(self, data):
        row = super().create_model_instance(data)
        row.user_id = data.get(SESSION_KEY)
        return row


def end_sessions(user) -> None:
    """Sign the user out wherever they are signed in. One statement."""
    SessionStore.get_model_class().objects.filter(user=user).delete()


@receiver(user_logged_in)
def _clear_expired(**signal):
    SessionStore.clear_expired()  # so that nobody has to do it by the clock


@receiver(user_logged_out)
def _end_all(user, **signal):
    if user is not None:
        end_sessions(user)


@receiver(pre_save, sender=settings.AUTH_USER_MODEL)
def _compare(sender, instance, update_fields, **signal):
    instance.ends_sessions = False
    if instance.pk is None or (update_fields is not None and not set(update_fields) & set(ENDING)):
        return
    before = sender.objects.filter(pk=instance.pk).values(*ENDING).first()
    if before is not None:
        instance.ends_sessions = before != {name: getattr(instance, name) for name in ENDING}


@receiver(post_save, sender=settings.AUTH_USER_MODEL)
def _end_where_changed(instance, **signal):
    if instance.ends_sessions:
        end_sessions(instance)
