"""The WSGI application that gunicorn serves: `gunicorn newsdesk.wsgi:application`."""

import os

from newsdesk.environment import settings_or_exit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")
settings_or_exit()

from django.core.wsgi import get_wsgi_application  # noqa: E402  (the settings must be known to be right first)

application = get_wsgi_application()
