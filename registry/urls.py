"""URLs of this app."""

from django.urls import URLPattern, URLResolver, path

from registry.views import roles

app_name = "registry"
urlpatterns: list[URLPattern | URLResolver] = [
    path("people/", roles.people, name="people"),
    path("people/new/", roles.person_new, name="person_new"),
    path("people/<int:pk>/", roles.one_person, name="person"),
]
