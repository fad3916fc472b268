"""How gunicorn serves Newsdesk: it reads this file from the folder it is started in; its command line goes before it.

Workers are processes, as many as WEB_CONCURRENCY says, else as there are processors (2 to 8).
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")

from newsdesk.environment import settings_or_exit

settings_or_exit()  # here, once: in the workers a wrong setting would be told by each, with a traceback of gunicorn's

from django.conf import settings  # noqa: E402

bind = "127.0.0.1:8000"
threads = 4  # a worker that waits for the database or a slow reader goes on serving
if "WEB_CONCURRENCY" not in os.environ:  # gunicorn reads it by itself
    workers = min(max(os.cpu_count() or 2, 2), 8)
if os.path.isdir("/dev/shm"):  # noqa: S108
    worker_tmp_dir = "/dev/shm"  # noqa: S108  (the workers' sign of life must not wait for a disk)
graceful_timeout = 5  # seconds for what is being answered when it is told to stop; no page takes as long
control_socket_disable = True  # it would lie in the home folder; signals are enough


# gunicorn's lines leave by the same door and in the same form as ours (LOG_FORMAT, LOG_LEVEL). Who read what is not
# written down: a proxy in front does that, where it is wanted.
def _door(level: str) -> dict:
    return {"handlers": [], "propagate": True, "level": level}


logconfig_dict = settings.LOGGING | {
    "loggers": settings.LOGGING["loggers"]
    | {
        "gunicorn.error": _door("NOTSET"),
        "gunicorn.access": _door("WARNING"),
        # Says at every HEAD request that Django left it to the server to drop the body, as Django always does.
        "gunicorn.http.wsgi": _door("ERROR"),
    }
}
