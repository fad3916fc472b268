#!/usr/bin/env python
"""Newsdesk's commands: `python manage.py help` lists them."""

import os
import sys

from newsdesk.environment import settings_or_exit

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")
    settings_or_exit()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
