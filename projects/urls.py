"""URLs of this app."""

from django.urls import URLPattern, URLResolver, path

from projects.midterm import views as midterm
from projects.views import book, lists, review, signing

app_name = "projects"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", lists.project_list, name="list"),
    path("export.xlsx", lists.export, name="export"),
    path("tray/", signing.signing_tray, name="tray"),
    path("batches/<int:pk>/", signing.batch, name="batch"),
    path("batches/<int:pk>/control/", signing.batch_control, name="batch_control"),
    path("<int:pk>/", lists.detail, name="detail"),
    path("<int:pk>/book.pdf", lists.pdf, name="book_pdf"),
    path("<int:pk>/book/", review.book, name="book"),
    path("<int:pk>/book/edit/", book.edit, name="book_edit"),
    path("<int:pk>/book/autosave/", book.autosave, name="book_autosave"),
    path("<int:pk>/book/submit/", book.submit, name="book_submit"),
    path("<int:pk>/book/preview.pdf", book.preview, name="book_preview"),
    path("<int:pk>/book/expert/", review.expert, name="book_expert"),
    path("<int:pk>/sign/", signing.sign, name="sign"),
    path("midterm/", midterm.overview, name="midterms"),
    path("midterm/draws/", midterm.draw, name="midterm_draw"),
    path("midterm/draws/<int:pk>/", midterm.draw_record, name="midterm_draw_record"),
    path("<int:pk>/midterm/", midterm.detail, name="midterm"),
    path("<int:pk>/midterm/inspection/", midterm.inspect, name="midterm_inspect"),
    path("<int:pk>/midterm/papers/<slug:kind>/", midterm.file, name="midterm_file"),
    path("<int:pk>/midterm/scans/<int:opinion_pk>/", midterm.scan, name="midterm_scan"),
    path("<int:pk>/midterm/letters/<int:document_pk>.pdf", midterm.letter, name="midterm_letter"),
    path("<int:pk>/midterm/conclusion/", midterm.propose, name="midterm_propose"),
    path("<int:pk>/midterm/decision/", midterm.decide, name="midterm_decide"),
]
