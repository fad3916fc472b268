"""The yardstick of `serving.py`: Django at its barest, one view that says hello."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

settings.configure(ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=__name__, SECRET_KEY="for a benchmark")
urlpatterns = [path("", lambda request: HttpResponse("hello"))]
application = get_wsgi_application()
