"""The settings, or one clear line: a wrong environment is the operator's to mend, so it gets no traceback."""

import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def settings_or_exit() -> None:
    """Load the settings. Where one is wrong, print which, and what was expected, and exit with 2 (bad usage)."""
    try:
        settings.DEBUG  # noqa: B018  (the first access loads them)
    except ImproperlyConfigured as error:
        print(f"newsdesk: {error}", file=sys.stderr)
        sys.exit(2)
