"""Public addresses, the same for all tenants."""

from django.urls import path

from documents import views

urlpatterns = [
    path("verify/", views.verify_start, name="verify"),
    path("verify/<str:code>", views.verify, name="verify"),
    path("V/<str:code>", views.verify_short, name="verify_short"),
]
