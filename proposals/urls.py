"""URLs of this app."""

from django.urls import URLPattern, URLResolver, path

from proposals.drafting_urls import drafting_urlpatterns
from proposals.views import deciding, listing, reading

app_name = "proposals"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", listing.proposal_list, name="list"),
    path("export.xlsx", listing.export, name="export"),
    path("<int:pk>/", reading.detail, name="detail"),
    path("<int:pk>/compare/", reading.compare, name="compare"),
    path("<int:pk>/versions/<int:number>.pdf", reading.version_pdf, name="version_pdf"),
    path("<int:pk>/attachments/<int:attachment_pk>/", reading.attachment, name="attachment"),
    path("<int:pk>/endorse/", deciding.endorse_page, name="endorse"),
    path("<int:pk>/check/", deciding.check_page, name="check"),
    path("<int:pk>/take-back/", deciding.take_back_view, name="take_back"),
    path("<int:pk>/withdraw/", deciding.withdraw_page, name="withdraw"),
    *drafting_urlpatterns,
]
