#!/usr/bin/env python
"""Newsdesk's commands: `python manage.py help` lists them."""

import os
import sys

if __name__ == "__main__":  # an import's worker processes load this file too, and need nothing of Django
    from newsdesk.environment import database_or_exit, settings_or_exit

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")
    settings_or_exit()
    from django.core.management import execute_from_command_line

    with database_or_exit():
        execute_from_command_line(sys.argv)
