"""URLs of acceptance, below /<tenant>/acceptance/."""

from django.urls import path

from acceptance import views

app_name = "acceptance"
urlpatterns = [
    path("", views.overview, name="list"),
    path("<int:project_pk>/", views.detail, name="detail"),
    path("<int:project_pk>/notice/", views.notify, name="notify"),
    path("<int:project_pk>/opinions/<slug:kind>/", views.file_opinion, name="file_opinion"),
    path("<int:project_pk>/opinions/<int:opinion_pk>/scan/", views.opinion_scan, name="opinion_scan"),
    path("<int:project_pk>/notices/<int:document_pk>.pdf", views.document, name="document"),
    path("<int:project_pk>/results/", views.record_result, name="record_result"),
    path("<int:project_pk>/conclusion/", views.propose, name="propose"),
    path("<int:project_pk>/decision/", views.decide, name="decide"),
]
