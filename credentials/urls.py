"""Pages about the password, outside any funder. No namespace: Django looks for some of them by name."""

from django.urls import URLPattern, URLResolver, path

from credentials import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("account/forgotten/", views.forgotten, name="password_forgotten"),
    path("account/forgotten/sent/", views.forgotten_sent, name="password_forgotten_sent"),
    path("account/link/<uidb64>/<token>/", views.by_link, name="password_link"),
    path("account/password/", views.change, name="password_change"),
    path("account/password/done/", views.change_done, name="password_change_done"),
]
