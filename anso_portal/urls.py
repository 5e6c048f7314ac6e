"""The URL map. Tenant pages live under /<tenant>/ and get their scope from accounts.middleware."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from anso_portal import demo_views, funder_settings, styleguide, views
from reviews.views import statistics

tenant_urls: list[URLPattern | URLResolver] = [
    path("", views.front, name="front"),
    path("", include("programs.urls")),
    path("proposals/statistics/", statistics.statistics, name="statistics"),
    path("proposals/statistics.xlsx", statistics.statistics_export, name="statistics_export"),
    path("proposals/", include("proposals.urls")),
    path("reviews/", include("reviews.urls")),
    path("projects/", include("projects.urls")),
    path("acceptance/", include("acceptance.urls")),
    path("", include("notifications.urls")),
    path("", include("registry.urls")),
    path("", include("accounts.tenant_urls")),
    path("settings/", funder_settings.funder_settings, name="funder_settings"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("demo/clock/", demo_views.demo_clock, name="demo_clock"),
    path("", include("accounts.urls")),
    path("", include("credentials.urls")),
    path("", include("documents.urls")),
    path("", include("registry.portal_urls")),
    path("<slug:tenant>/", include(tenant_urls)),
]
if not settings.IS_PRODUCTION:
    urlpatterns.insert(0, path("styleguide/", styleguide.show, name="styleguide"))
