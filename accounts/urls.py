"""Pages about the person, outside any funder. No namespace: Django looks for "login" and its like by these names."""

from django.urls import URLPattern, URLResolver, path

from accounts import views
from core.resume import resume

urlpatterns: list[URLPattern | URLResolver] = [
    path("login/", views.login, name="login"),
    path("logout/", views.logout, name="logout"),
    path("i18n/", views.set_language, name="set_language"),
    path("resume/", resume, name="resume"),
]
