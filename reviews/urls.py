"""URLs of review and planning, below /<tenant>/reviews/."""

from django.urls import path

from reviews import api
from reviews.views import assigning, expert, panels, plans, pool, results

app_name = "reviews"
urlpatterns = [
    path("experts/", pool.experts, name="experts"),
    path("experts/new/", pool.expert_new, name="expert_new"),
    path("experts/<int:pk>/", pool.expert_edit, name="expert_edit"),
    path("experts/<int:pk>/invite/", pool.expert_invite, name="expert_invite"),
    path("proposals/<int:pk>/assign/", assigning.assign, name="assign"),
    path("proposals/<int:pk>/conflicts/", assigning.conflict, name="record_conflict"),
    path("proposals/<int:pk>/results/", results.results, name="results"),
    path("proposals/<int:pk>/results.xlsx", results.export, name="results_export"),
    path("proposals/<int:pk>/panel/", panels.panel, name="panel"),
    path("proposals/<int:pk>/panels/<int:panel_pk>/minutes/", panels.minutes, name="panel_minutes"),
    path("mine/", expert.mine, name="mine"),
    path("<int:pk>/", expert.review, name="review"),
    path("<int:pk>/accept/", expert.accept, name="accept"),
    path("<int:pk>/decline/", expert.decline, name="decline"),
    path("<int:pk>/conflict/", expert.conflict, name="conflict"),
    path("<int:pk>/autosave/", api.autosave, name="autosave"),
    path("<int:pk>/submit/", expert.submit, name="submit"),
    path("<int:pk>/remind/", assigning.remind, name="remind"),
    path("<int:pk>/release/", assigning.release, name="release"),
    path("<int:pk>/reopen/", assigning.reopen, name="reopen"),
    path("plans/", plans.plan_list, name="plan_list"),
    path("plans/new/", plans.plan_new, name="plan_new"),
    path("plans/<int:pk>/", plans.plan, name="plan"),
    path("plans/<int:pk>/add/", plans.plan_add, name="plan_add"),
    path("plans/<int:pk>/lines/<int:proposal_pk>/", plans.plan_line, name="plan_line"),
    path("plans/<int:pk>/comment/", plans.plan_comment, name="plan_comment"),
    path("plans/<int:pk>/hand-in/", plans.plan_hand_in, name="plan_hand_in"),
    path("plans/<int:pk>/revise/", plans.plan_revise, name="plan_revise"),
    path("plans/<int:pk>/decide/", plans.plan_decide, name="plan_decide"),
    path("plans/<int:pk>/export.xlsx", plans.plan_export, name="plan_export"),
]
