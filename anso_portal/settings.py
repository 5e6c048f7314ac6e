"""Settings, all from the environment; without any, a safe local demo on SQLite and the filesystem broker.

PORTAL_MODE     production | demo | test (default demo): what may be relaxed. Production refuses missing secrets, and no
                server, worker or beat starts without being told the mode: see serving.py
DATABASE_URL    PostgreSQL in production; without it SQLite in var/ (WAL, IMMEDIATE)
REDIS_URL       broker and cache, needed in production; without it Celery over var/broker and a cache in each process
DEMO_ON_NETWORK 1 lets a demo answer other hosts and machines, although everybody knows its passwords
SECRET_KEY, ALLOWED_HOSTS, PUBLIC_URL, EMAIL_URL-like EMAIL_* variables, DOCUMENT_ROOT, SIGNING_KEYS_DIR
"""

import os
from pathlib import Path
from typing import Any

import bootstrap_wrapper
import dj_database_url
import django_stubs_ext
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from core.local import LOCAL_HOSTS, kept_secret

django_stubs_ext.monkeypatch()

LEAST_SECRET = 40

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("VAR_DIR", BASE_DIR / "var"))
MODE_IS_TOLD = bool(os.environ.get("PORTAL_MODE"))
MODE = os.environ.get("PORTAL_MODE") or "demo"
if MODE not in {"production", "demo", "test"}:
    raise ImproperlyConfigured(f"PORTAL_MODE is {MODE!r}; it must be production, demo or test")
IS_PRODUCTION = MODE == "production"
DEMO_MODE = MODE == "demo"
TEST_MODE = MODE == "test"
DEBUG = os.environ.get("DEBUG", "") == "1" and not IS_PRODUCTION


def required(name: str, fallback: str) -> str:
    """The variable's value; the fallback only outside production."""
    value = os.environ.get(name, "")
    if value:
        return value
    if IS_PRODUCTION:
        raise ImproperlyConfigured(f"{name} must be set in production")
    return fallback


SECRET_KEY = required("SECRET_KEY", "") or kept_secret(VAR_DIR / "secret-key")
ALLOWED_HOSTS = [host.strip() for host in required("ALLOWED_HOSTS", ",".join(LOCAL_HOSTS)).split(",")]
DEMO_STAYS_HERE = DEMO_MODE and os.environ.get("DEMO_ON_NETWORK") != "1"
if DEMO_STAYS_HERE and (strange := set(ALLOWED_HOSTS) - set(LOCAL_HOSTS)):
    raise ImproperlyConfigured(
        f"ALLOWED_HOSTS names {', '.join(sorted(strange))}, but this is a demo, whose passwords everybody knows: "
        "set PORTAL_MODE=production, or DEMO_ON_NETWORK=1 if that is what you want"
    )
if IS_PRODUCTION and "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the portal's hosts in production, not *")
if IS_PRODUCTION and len(SECRET_KEY) < LEAST_SECRET:
    raise ImproperlyConfigured(f"SECRET_KEY must have at least {LEAST_SECRET} characters in production")
PUBLIC_URL = required("PUBLIC_URL", f"http://localhost:{os.environ.get('PORT', '8000')}").rstrip("/")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "guardian",
    "rules",
    "csp",
    "django_htmx",
    "core",
    "accounts",
    "audit",
    "notifications",
    "credentials",
    "documents",
    "registry",
    "programs",
    "budgets",
    "proposals",
    "reviews",
    "projects",
    "acceptance",
    "anso_portal",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "core.limits.BodyLimitMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "core.resume.KeepLostPostMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.TenantMiddleware",
    "core.errors.ErrorPagesMiddleware",
]

if DEMO_STAYS_HERE:
    MIDDLEWARE.insert(0, "core.local.LocalOnlyMiddleware")

ROOT_URLCONF = "anso_portal.urls"
WSGI_APPLICATION = "anso_portal.wsgi.application"
ASGI_APPLICATION = "anso_portal.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "accounts.context.portal",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "core.templatetags.quick"],
        },
    }
]

# ---------------------------------------------------------------- database
DATABASE_URL = os.environ.get("DATABASE_URL", "")
if not DATABASE_URL and IS_PRODUCTION:
    raise ImproperlyConfigured("DATABASE_URL must be set in production")
DATABASES: dict[str, Any]
if DATABASE_URL:
    DATABASES = {"default": dict(dj_database_url.parse(DATABASE_URL, conn_max_age=60, conn_health_checks=True))}
    if DATABASES["default"]["ENGINE"].endswith("postgresql"):
        # A page's query joins up to ten tables by their keys: to try every order of them took 10 ms of planning, and
        # what a list filters by is always among the first.
        DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", "-c join_collapse_limit=4")
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": VAR_DIR / "portal.sqlite3",
            "OPTIONS": {
                "timeout": 30,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
            },
        }
    }
DATABASES["default"]["TEST"] = {"NAME": os.environ.get("TEST_DATABASE_NAME") or None}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ---------------------------------------------------------------- Celery, cache
# Without it each process would count tries for itself, and work would wait where no worker looks.
REDIS_URL = required("REDIS_URL", "")
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 900
CELERY_TASK_SOFT_TIME_LIMIT = 840
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "dispatch-outbox": {
        "task": "notifications.dispatch_outbox",
        "schedule": 5.0 if not IS_PRODUCTION else 15.0,
    },
    "send-due-reminders": {"task": "notifications.send_due_reminders", "schedule": 60.0},
    "sweep-jobs": {"task": "projects.resume_signing_batches", "schedule": 30.0},
    "sweep-endorsements": {"task": "proposals.resume_endorsement_batches", "schedule": 30.0},
    "forget-unconfirmed": {"task": "registry.forget_unconfirmed", "schedule": crontab(minute="40")},
    "clear-sessions": {"task": "accounts.clear_sessions", "schedule": crontab(hour="19", minute="0")},
}
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
else:
    CELERY_BROKER_URL = "filesystem://"
    _broker = VAR_DIR / "broker"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker / "queue"),
        "data_folder_out": str(_broker / "queue"),
        "control_folder": str(_broker / "control"),
        "store_processed": False,
    }
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# ---------------------------------------------------------------- people and sessions
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "rules.permissions.ObjectPermissionBackend",
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
GUARDIAN_MONKEY_PATCH_USER = False
ANONYMOUS_USER_NAME = None
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
if TEST_MODE:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name_zh", "name_en")},
    },
    {"NAME": "credentials.validators.LongEnough", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# How long a link by which a forgotten password is set anew holds; invitations hold as long as the funder says.
PASSWORD_RESET_TIMEOUT = 2 * 60 * 60
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
SESSION_COOKIE_AGE = 60 * 60 * 12
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# ---------------------------------------------------------------- language, time, static
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
FORMAT_MODULE_PATH = ["anso_portal.formats"]

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS: list[Any] = [
    BASE_DIR / "static",
    ("bootstrap", Path(bootstrap_wrapper.__file__).resolve().parent.parent / "bootstrap"),
]
STORAGES: dict[str, Any] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "documents": {
        "BACKEND": os.environ.get("DOCUMENT_STORAGE", "documents.storage.AtomicFileSystemStorage"),
        "OPTIONS": {"location": os.environ.get("DOCUMENT_ROOT", str(VAR_DIR / "documents"))}
        if not os.environ.get("DOCUMENT_STORAGE")
        else {},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TEST_MODE or DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# ---------------------------------------------------------------- documents and signing
DOCUMENT_ROOT = Path(os.environ.get("DOCUMENT_ROOT", VAR_DIR / "documents"))
SIGNING_KEYS_DIR = Path(os.environ.get("SIGNING_KEYS_DIR", VAR_DIR / "signing-keys"))
FONTS_DIR = Path(os.environ.get("FONTS_DIR", VAR_DIR / "fonts"))
SIGNING_KEY_PASSPHRASE = required("SIGNING_KEY_PASSPHRASE", "demo")
MAX_UPLOAD_BYTES = 20 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# ---------------------------------------------------------------- mail
EMAIL_BACKEND = os.environ.get(
    "EMAIL_BACKEND",
    "django.core.mail.backends.smtp.EmailBackend"
    if IS_PRODUCTION
    else "django.core.mail.backends.filebased.EmailBackend",
)
EMAIL_FILE_PATH = VAR_DIR / "mail"
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("EMAIL_USE_TLS", "") == "1"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "ANSO portal <no-reply@demo.example>")

# ---------------------------------------------------------------- safety
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-src": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
        "manifest-src": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
# Production sits behind a TLS-terminating proxy that must set X-Forwarded-Proto itself.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_PRODUCTION else None
# How many proxies append to X-Forwarded-For before the portal; throttles count by the address that the first one saw.
TRUSTED_PROXIES = int(os.environ.get("TRUSTED_PROXIES", "1" if IS_PRODUCTION else "0"))
SECURE_SSL_REDIRECT = IS_PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SESSION_COOKIE_SECURE = IS_PRODUCTION
CSRF_COOKIE_SECURE = IS_PRODUCTION
SECURE_HSTS_SECONDS = 31536000 if IS_PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_PRODUCTION
SECURE_HSTS_PRELOAD = IS_PRODUCTION

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {"tokens": {"()": "core.logs.HideTokens"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["tokens"]}},
    "root": {
        "handlers": ["console"],
        "level": os.environ.get("LOG_LEVEL", "INFO" if IS_PRODUCTION else "WARNING"),
    },
}
SILENCED_SYSTEM_CHECKS: list[str] = []
