"""URLs of this app."""

from django.urls import URLPattern, URLResolver, path

from registry.views import institutions, places, profiles, registering, roles

app_name = "registry"
urlpatterns: list[URLPattern | URLResolver] = [
    path("register/", registering.register_page, name="register"),
    path("register/sent/", registering.register_sent, name="register_sent"),
    path("register/<token>/", registering.confirm_page, name="confirm"),
    path("profile/", profiles.profile, name="profile"),
    path("institutions/", institutions.institution_list, name="institutions"),
    path("institutions/new/", institutions.institution_new, name="institution_new"),
    path("institutions/<int:pk>/", institutions.institution_page, name="institution_request"),
    path("institutions/<int:pk>/proof/", institutions.institution_proof, name="institution_proof"),
    path("institution/people/", places.colleague_list, name="colleagues"),
    path("institution/people/<int:pk>/", places.colleague, name="colleague"),
    path("institution/people/requests/<int:pk>/", places.place_request, name="place_request"),
    path("people/", roles.people, name="people"),
    path("people/new/", roles.person_new, name="person_new"),
    path("people/<int:pk>/", roles.one_person, name="person"),
]
