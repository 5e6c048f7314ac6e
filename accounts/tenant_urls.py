"""The funder's own pages that belong to no other app."""

from django.urls import URLPattern, URLResolver, path

from accounts import views

urlpatterns: list[URLPattern | URLResolver] = [path("brand.css", views.brand_css, name="brand_css")]
