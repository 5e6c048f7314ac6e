"""URLs of this app."""

from django.urls import URLPattern, URLResolver, path

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
]
