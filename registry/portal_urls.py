"""Pages outside any funder, which lead to one's. No namespace: the funders' pages have it."""

from django.urls import URLPattern, URLResolver, path

from registry.views import profiles, registering

urlpatterns: list[URLPattern | URLResolver] = [
    path("register/", registering.register_anywhere, name="register_anywhere"),
    path("account/profile/", profiles.profile_anywhere, name="profile_anywhere"),
]
