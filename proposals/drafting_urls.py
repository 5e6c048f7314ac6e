"""URLs of the applicant's drafting pages; proposals.urls includes them."""

from django.urls import URLPattern, URLResolver, path

import proposals.api as api
from proposals import drafting_views
from proposals.views import office, part, partners, people, waivers

drafting_urlpatterns: list[URLPattern | URLResolver] = [
    path("new/<int:call_pk>/", drafting_views.new, name="new"),
    path("<int:pk>/edit/", drafting_views.edit, name="edit"),
    path("<int:pk>/edit/<slug:section>/", drafting_views.edit_section, name="edit_section"),
    path("<int:pk>/partners/<slug:key>/", drafting_views.find_partner, name="find_partner"),
    path("<int:pk>/partners/", partners.partners, name="partners"),
    path("<int:pk>/partner-links/<int:link_pk>/revoke/", partners.revoke_link, name="revoke_partner_link"),
    path("partner/<str:token>/", part.part, name="partner"),
    path("partner/<str:token>/confirm/", part.confirm, name="partner_confirm"),
    path("partner/<str:token>/attach/", part.attach, name="partner_attach"),
    path("partner/<str:token>/files/<int:attachment_pk>/", part.file, name="partner_file"),
    path("<int:pk>/autosave/", api.autosave, name="autosave"),
    path("<int:pk>/presence/<slug:section>/", drafting_views.presence, name="presence"),
    path("<int:pk>/preview.pdf", drafting_views.preview_pdf, name="preview_pdf"),
    path("templates/<int:call_pk>/form.docx", office.blank_word, name="blank_word"),
    path("templates/<int:call_pk>/budget.xlsx", office.blank_excel, name="blank_excel"),
    path("<int:pk>/office/", office.office, name="office"),
    path("<int:pk>/office/form.docx", office.word, name="office_word"),
    path("<int:pk>/office/budget.xlsx", office.excel, name="office_excel"),
    path("<int:pk>/office/read/", office.office_read, name="office_read"),
    path("<int:pk>/office/take/", office.office_take, name="office_take"),
    path("<int:pk>/attach/", drafting_views.attach, name="attach"),
    path("<int:pk>/detach/<int:attachment_pk>/", drafting_views.detach, name="detach"),
    path("<int:pk>/exception/", waivers.ask, name="ask_waiver"),
    path("<int:pk>/people/", people.people, name="people"),
    path("<int:pk>/people/<int:user_pk>/extent/", people.set_extent, name="set_extent"),
    path("<int:pk>/people/<int:user_pk>/remove/", people.remove_writer, name="remove_writer"),
    path("<int:pk>/invitations/<int:invitation_pk>/end/", people.take_invitation_back, name="end_invitation"),
    path("invitations/<int:pk>/", people.invitation, name="invitation"),
    path("<int:pk>/hand-in/", drafting_views.hand_in, name="hand_in"),
]
