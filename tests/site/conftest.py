import pytest
from django.core.cache import cache


@pytest.fixture
def _pages_are_kept(settings):
    """As in production with one worker: a page that was built is kept for whoever asks next."""
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "tests of kept pages"}
    }
    cache.clear()
