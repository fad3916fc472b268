from django.contrib import admin
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, path

import articles.admin  # noqa: F401  before Django asks for its site, which is made in there: asked first, it makes two
from articles.site.pages import public
from newsdesk.health import ANSWERS

handler400 = "articles.site.errors.bad_request"
handler403 = "articles.site.errors.permission_denied"
handler404 = "articles.site.errors.not_found"
handler500 = "articles.site.errors.server_error"

admin.autodiscover()
urlpatterns = [
    path("admin/", include("articles.admin.passwords")),
    path("admin/", admin.site.urls),
    # Browsers and feed readers ask for it at the root, whatever a page says.
    path("favicon.ico", public(lambda request: redirect(static("newsdesk/icons/favicon.ico")))),
    *[path(address.removeprefix("/"), answer) for address, answer in ANSWERS.items()],
    path("", include("articles.site.urls")),
]
