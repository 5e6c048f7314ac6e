"""URLs of this app."""

from django.urls import URLPattern, URLResolver, path

from proposals.drafting_urls import drafting_urlpatterns
from proposals.views import (
    appeals,
    deciding,
    endorsing,
    integrity,
    listing,
    reading,
    recommending,
    stamped,
    summaries,
    waivers,
)

app_name = "proposals"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", listing.proposal_list, name="list"),
    path("export.xlsx", listing.export, name="export"),
    path("exceptions/", waivers.waivers, name="waivers"),
    path("exceptions/<int:pk>/", waivers.waiver, name="waiver"),
    path("appeals/", appeals.appeals, name="appeals"),
    path("appeals/<int:pk>/", appeals.appeal_decision, name="appeal_decision"),
    path("endorsing/", endorsing.to_endorse, name="to_endorse"),
    path("endorsing/batches/<int:pk>/", endorsing.endorsement_batch, name="endorsement_batch"),
    path("endorsing/lists/", summaries.summary_list, name="summaries"),
    path("<int:pk>/scan/", stamped.scan, name="version_scan"),
    path("<int:pk>/scans/<int:scan_pk>/", stamped.scan_file, name="version_scan_file"),
    path("endorsing/lists/scan/", summaries.scan, name="summary_scan"),
    path("endorsing/lists/scans/<int:pk>/", summaries.scan_file, name="summary_scan_file"),
    path("endorsing/lists/<int:pk>.pdf", summaries.summary_pdf, name="summary_pdf"),
    path("recommenders/", recommending.recommender_list, name="recommenders"),
    path("recommenders/<int:pk>/remove/", recommending.recommender_remove, name="remove_recommender"),
    path("integrity/", integrity.records, name="integrity"),
    path("integrity/new/", integrity.record, name="integrity_new"),
    path("integrity/<int:pk>/", integrity.one_record, name="integrity_record"),
    path("integrity/<int:pk>/paper/", integrity.paper, name="integrity_paper"),
    path("<int:pk>/", reading.detail, name="detail"),
    path("<int:pk>/compare/", reading.compare, name="compare"),
    path("<int:pk>/versions/<int:number>.pdf", reading.version_pdf, name="version_pdf"),
    path("<int:pk>/attachments/<int:attachment_pk>/", reading.attachment, name="attachment"),
    path("<int:pk>/endorse/", deciding.endorse_page, name="endorse"),
    path("<int:pk>/check/", deciding.check_page, name="check"),
    path("<int:pk>/appeal/", appeals.appeal, name="appeal"),
    path("<int:pk>/appeal/<int:appeal_pk>/evidence/", appeals.evidence, name="appeal_evidence"),
    path("<int:pk>/alike/", deciding.alike_page, name="alike"),
    path("<int:pk>/take-back/", deciding.take_back_view, name="take_back"),
    path("<int:pk>/withdraw/", deciding.withdraw_page, name="withdraw"),
    *drafting_urlpatterns,
]
