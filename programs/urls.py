"""URLs of this app."""

from django.urls import URLPattern, URLResolver, path

from programs import views

app_name = "programs"
urlpatterns: list[URLPattern | URLResolver] = [
    path("calls/", views.call_list, name="call_list"),
    path("calls/new/", views.call_new, name="call_new"),
    path("calls/<int:pk>/", views.call, name="call"),
    path("calls/<int:pk>/publish/", views.publish, name="publish"),
]
