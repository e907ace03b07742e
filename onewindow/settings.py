"""All settings in one file; every value that an operator may change comes from the environment (docs/operators.md)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from onewindow.server.keys import stored_key
from onewindow.server.logging import log_config

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("OW_DATA_DIR") or BASE_DIR / "data").absolute()
TESTING = os.environ.get("OW_TESTING") == "1"


def _flag(name: str) -> bool:
    return os.environ.get(name) == "1"


def _list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


SECRET_KEY = os.environ.get("OW_SECRET_KEY") or stored_key(DATA_DIR, "session")
PERSONAL_DATA_KEY = os.environ.get("OW_PERSONAL_DATA_KEY") or stored_key(DATA_DIR, "personal-data")
FILE_KEYS = _list("OW_FILE_KEYS")
FILE_KEY_LIST = DATA_DIR / "keys" / "files"
"""Keys of uploaded files, a line each, the newest first; there is no such list before the first change of keys."""
DEBUG = _flag("OW_DEBUG")
ALLOWED_HOSTS = _list("OW_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "procrastinate.contrib.django",
    "onewindow.clocks",
    "onewindow.places",
    "onewindow.people",
    "onewindow.catalogue",
    "onewindow.papers",
    "onewindow.exchange",
    "onewindow.cases",
    "onewindow.loops",
    "onewindow.hall",
    "onewindow.voice",
    "onewindow.oversight",
    "onewindow.faces.design",
    "onewindow.faces.portal",
    "onewindow.faces.desk",
    "onewindow.faces.manage",
    "onewindow.faces.screens",
    "onewindow.faces.board",
    "onewindow.faces.kiosk",
    "onewindow.faces.api",
    "onewindow.server",
]
MIDDLEWARE = [
    "onewindow.server.middleware.RequestLine",
    "onewindow.server.middleware.ProtectiveHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "onewindow.server.middleware.DatabaseAway",
]
ROOT_URLCONF = "onewindow.urls"
WSGI_APPLICATION = "onewindow.wsgi.application"
AUTH_USER_MODEL = "people.Account"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]


def _database(url: str) -> dict[str, Any]:
    """Django's form of a libpq address; what Django has no word for (sslmode …) goes to psycopg as it is. The pool
    tries a connection before lending it, so a database that was restarted is found again without a restart here."""
    parts = conninfo_to_dict(url)
    named = {"dbname", "user", "password", "host", "port"}
    threads = int(os.environ.get("OW_WEB_THREADS", "8"))
    pool = {"min_size": 1, "max_size": threads + 2, "timeout": 8, "max_lifetime": 1800, "reconnect_timeout": 30}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.get("dbname", "onewindow"),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": str(parts.get("port", "")),
        "OPTIONS": {
            **{name: value for name, value in parts.items() if name not in named},
            "connect_timeout": int(parts.get("connect_timeout") or 5),
            "application_name": parts.get("application_name") or "onewindow",
            "pool": pool,
            # Statements are planned once per connection; needs a direct connection or a pooler that keeps sessions.
            "server_side_binding": os.environ.get("OW_PREPARED_STATEMENTS", "1") == "1",
            "prepare_threshold": 5 if os.environ.get("OW_PREPARED_STATEMENTS", "1") == "1" else None,
        },
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = {"default": _database(os.environ.get("DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/onewindow"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "onewindow" / "faces" / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "onewindow.server.static.VendorFinder",
]
NODE_MODULES = BASE_DIR / "node_modules"
# Address below /static/ -> file below node_modules. Only what a page asks for: `{% static 'vendor/…' %}`.
VENDOR_FILES = {
    "vendor/tabler/css/tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "vendor/tabler/js/tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "vendor/echarts/echarts.min.js": "echarts/dist/echarts.min.js",
}
WHITENOISE_USE_FINDERS = DEBUG or TESTING
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {
        "BACKEND": "onewindow.files.storage.SealedStorage",
        "OPTIONS": {
            "location": DATA_DIR / "files",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "onewindow.server.static.ManifestStorage"
    },
}

# Sign-in. Argon2id first; what was stored by an earlier choice is rehashed at the next sign-in.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if TESTING:
    PASSWORD_HASHERS.insert(0, "django.contrib.auth.hashers.MD5PasswordHasher")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "ow_session"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "ow_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = _list("OW_CSRF_TRUSTED_ORIGINS")

# OW_HTTPS=1: a proxy in front ends TLS and sets X-Forwarded-Proto.
HTTPS = _flag("OW_HTTPS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz", r"^metrics$"]
SECURE_HSTS_SECONDS = 365 * 86400 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
PROXY_HOPS = int(os.environ.get("OW_PROXY_HOPS", "0"))
METRICS_TOKEN = os.environ.get("OW_METRICS_TOKEN", "")

# Uploads are streamed to disk above 2 MB; one file may be 20 MB (checked by the faces).
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024**2
FILE_UPLOAD_HANDLERS = [
    "onewindow.files.bounded.Bounded",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024**2
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 60

LOGGING = log_config(
    level="WARNING" if TESTING else os.environ.get("OW_LOG_LEVEL", "INFO"),
    file=os.environ.get("OW_LOG_FILE", ""),
    debug=DEBUG,
)

OW_PUBLIC_URL = (os.environ.get("OW_PUBLIC_URL") or f"http://127.0.0.1:{os.environ.get('PORT') or 8000}").rstrip("/")
"""Where the public reaches this site: printed on papers as the address of their verification page."""
OW_OUTBOX_URL = os.environ.get("OW_OUTBOX_URL", "")
"""Where outgoing messages (notices to applicants, events) are posted as JSON; empty: they wait in the outbox."""
OW_RATING_URL = os.environ.get("OW_RATING_URL", "")
"""Where every rating is pushed at once, in the national fields and signed; empty: they wait in the outbox."""
OW_RATING_KEY_ID = os.environ.get("OW_RATING_KEY_ID", "onewindow")
OW_RATING_SECRET = os.environ.get("OW_RATING_SECRET", "")
OW_RATING_SCALE = os.environ.get("OW_RATING_SCALE", "best5")
"""`best5`: 5 is best, as the national exchange has it; `best1`: 1 is best, as GB/T 39734 has it."""
