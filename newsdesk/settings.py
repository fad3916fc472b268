"""Settings, all from the environment (docs/operators.md lists them). A wrong value is refused in one line.

The one place where it is said what they are called: everything else imports `django.conf.settings`.
"""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from newsdesk import variables
from newsdesk.variables import BASE_DIR

# -- the site

DEBUG = variables.boolean("DEBUG", False)
SECRET_KEY = variables.secret_key()
SITE_URL = variables.site_url()
SITE_NAME = variables.text("SITE_NAME", "Newsdesk")
ALLOWED_HOSTS = [
    *variables.hosts("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]", variables.HOST_OR_PATTERN),
    urlsplit(SITE_URL).hostname,
]
TIME_ZONE = variables.time_zone()
HALF_LIFE_HOURS = variables.number("HALF_LIFE_HOURS", 24, 0.01, float)
ARTICLE_INDEXING = variables.choice("ARTICLE_INDEXING", "noindex", ("noindex", "self", "original"))
EMBED_HOSTS = variables.hosts("EMBED_HOSTS", "", variables.NAME_ALONE)
CONTACT_EMAIL = variables.email("CONTACT_EMAIL")
IMAGES = variables.choice("IMAGES", "hotlink", ("off", "hotlink", "cached"))
IMAGES_PORTS = variables.ports("IMAGES_PORTS", "80,443")
IMAGES_ALLOWED = variables.networks("IMAGES_ALLOWED")
WEBSUB_HUB = variables.link("WEBSUB_HUB")
CDN_SECONDS = variables.number("CDN_SECONDS", 0, 0)
IMPORT_EVERY_HOURS = variables.number("IMPORT_EVERY_HOURS", 6, 0, float)
DATABASES = variables.databases()
CACHES = variables.caches()
vars().update(variables.mail())
DEFAULT_FROM_EMAIL = SERVER_EMAIL = variables.email("MAIL_FROM") or f"newsdesk@{urlsplit(SITE_URL).hostname}"
MEDIA_ROOT = Path(variables.text("MEDIA_ROOT", str(BASE_DIR / "media")))
MEDIA_URL = variables.media_url()
MEDIA_ORIGIN = ["{0.scheme}://{0.netloc}".format(urlsplit(MEDIA_URL))] if "://" in MEDIA_URL else []

# -- Django

INSTALLED_APPS = [
    "articles",
    "newsdesk.apps.DeskConfig",  # Django's admin
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "django_filters",
    "csp",
]
MIDDLEWARE = [
    "newsdesk.editions.EditionMiddleware",  # before all others: what they said of a page is kept with it
    "csp.middleware.CSPMiddleware",  # so far out that no answer leaves without a policy
    "newsdesk.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "newsdesk.encodings.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "newsdesk.urls"
WSGI_APPLICATION = "newsdesk.wsgi.application"
TEMPLATES = [
    {
        "NAME": "site",
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates" / "site"],
        "OPTIONS": {"environment": "articles.site.jinja.environment"},
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    },
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_REDIRECT_URL = "/admin/"

# -- sign-in: what is tried too often waits (decision 15)

SESSION_ENGINE = "newsdesk.sessions"
CLIENT_ADDRESS_HEADER = variables.header("CLIENT_ADDRESS_HEADER")
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_HANDLER = "newsdesk.throttling.SignInHandler"
AXES_CLIENT_IP_CALLABLE = "newsdesk.throttling.client_address"
AXES_USERNAME_CALLABLE = "newsdesk.throttling.tried_name"
AXES_LOCKOUT_CALLABLE = "newsdesk.throttling.too_many"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address"]
AXES_FAILURE_LIMIT = 5  # of an account from one address; of an address four times as many
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # or whoever goes on trying locks for ever
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["username"]  # people type passwords there; the address is what an operator needs
PASSWORD_RESET_TIMEOUT = 24 * 60 * 60
USE_I18N = True
USE_TZ = True
LANGUAGE_CODE = "en-gb"

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "fixtures" / "static"]  # the pictures of the stories that ship with the project
STORAGES = {
    "default": variables.media_storage(),
    "staticfiles": {"BACKEND": "newsdesk.static.StaticFilesStorage"},
}

WHITENOISE_USE_FINDERS = True  # what was not collected is served all the same

# -- security: https follows from SITE_URL

HTTPS = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_FAILURE_VIEW = "articles.site.errors.csrf_failure"
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "base-uri": [NONE],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        # Pictures of other people's servers only where they may come from there at all.
        "img-src": [SELF, *(["https:"] if IMAGES == "hotlink" else []), *MEDIA_ORIGIN],
        "manifest-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
    }
}

# -- logs, to stderr

_LOG_LEVEL = variables.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "{asctime}{levelname}{name}{message}",
            "style": "{",
            "datefmt": "%Y-%m-%dT%H:%M:%S%z",
            "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
        },
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": variables.choice("LOG_FORMAT", "text", ("text", "json")),
            "level": _LOG_LEVEL,  # here too: Django's own loggers have a level of theirs
        }
    },
    "root": {"handlers": ["stderr"], "level": _LOG_LEVEL},
    # Django's own handlers write only where DEBUG is on, or mail the admins: one way out is enough.
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "axes": {"level": "WARNING"},
        # Anybody can send a wrong host name; it is answered 400 and tells an operator nothing.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
