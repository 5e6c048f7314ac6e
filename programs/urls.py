"""URLs of this app."""

from django.urls import URLPattern, URLResolver, path, re_path

from programs import views
from programs.guides import views as guides
from programs.pool import views as pool
from programs.studio import list_views as policies
from programs.studio import views as studio

app_name = "programs"
urlpatterns: list[URLPattern | URLResolver] = [
    path("calls/", views.call_list, name="call_list"),
    path("calls/new/", views.call_new, name="call_new"),
    path("calls/<int:pk>/", views.call, name="call"),
    path("calls/<int:pk>/publish/", views.publish, name="publish"),
    path("calls/<int:pk>/extend/", views.extend, name="extend"),
    path("calls/<int:pk>/invited/", views.invited, name="invited"),
    path("guides/", guides.guide_list, name="guide_list"),
    path("guides/new/", guides.guide_new, name="guide_new"),
    path("guides/<int:pk>/", guides.guide, name="guide"),
    path("guides/<int:pk>/calendar.ics", guides.guide_calendar, name="guide_calendar"),
    path("guides/<int:pk>/edit/", guides.guide_edit, name="guide_edit"),
    path("guides/<int:pk>/consult/", guides.guide_consult, name="guide_consult"),
    path("guides/<int:pk>/comment/", guides.guide_comment, name="guide_comment"),
    path("guides/<int:pk>/resume/", guides.guide_resume, name="guide_resume"),
    path("guides/<int:pk>/submit/", guides.guide_submit, name="guide_submit"),
    path("guides/<int:pk>/decide/", guides.guide_decide, name="guide_decide"),
    path("guides/<int:pk>/publish/", guides.guide_publish, name="guide_publish"),
    path("guides/<int:pk>/correct/", guides.guide_correct, name="guide_correct"),
    path("guides/<int:pk>/withdraw/", guides.guide_withdraw, name="guide_withdraw"),
    path("guides/<int:pk>/drop/", guides.guide_drop, name="guide_drop"),
    path("pool/", pool.pool, name="pool"),
    path("pool/export.xlsx", pool.export, name="pool_export"),
    path("pool/new/", pool.candidate_new, name="candidate_new"),
    path("pool/import/", pool.candidate_import, name="candidate_import"),
    path("pool/draw/", pool.draw, name="pool_draw"),
    path("pool/<int:pk>/", pool.candidate, name="candidate"),
    path("pool/<int:pk>/edit/", pool.candidate_edit, name="candidate_edit"),
    path("pool/<int:pk>/close/", pool.candidate_close, name="candidate_close"),
    path("policies/", policies.studio, name="studio"),
    re_path(r"^policies/new/(?P<kind>programme|call)/$", policies.studio_new, name="studio_new"),
    path("policies/programmes/<int:pk>/edit/", policies.studio_edit, name="studio_edit"),
    path("policies/versions/<int:pk>/", policies.studio_version, name="studio_version"),
    path("policies/<int:pk>/", studio.studio_part, name="studio_draft"),
    path("policies/<int:pk>/part/<path:place>/", studio.studio_part, name="studio_part"),
    path("policies/<int:pk>/rows/", studio.studio_rows, name="studio_rows"),
    path("policies/<int:pk>/text/", studio.studio_text, name="studio_text"),
    path("policies/<int:pk>/changes/", studio.studio_changes, name="studio_changes"),
    path("policies/<int:pk>/rebase/", studio.studio_rebase, name="studio_rebase"),
    path("policies/<int:pk>/try/", studio.studio_try, name="studio_try"),
    path("policies/<int:pk>/publish/", studio.studio_publish, name="studio_publish"),
    path("policies/<int:pk>/discard/", studio.studio_discard, name="studio_discard"),
]
