"""A page with an autosaved form whose server says what the test wants, for tests/browser/test_autosave.py."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from django.urls import path

from anso_portal.urls import urlpatterns as portal_urls
from core.access import SIGNED_IN, open_to

PAGE = """
{% extends "base.html" %}
{% block title %}Draft{% endblock %}
{% block head %}<script defer src="{% static 'js/saving.js' %}"></script><script defer src="{% static 'js/autosave.js' %}"></script><script defer src="{% static 'js/rows.js' %}"></script>{% endblock %}
{% block content %}<h1>Draft</h1>
<form method="post" data-autosave-url="/draft/save/" data-revision="{{ draft.revision }}" data-draft-key="draft-1">{% csrf_token %}
<label for="a">Goal</label><textarea id="a" name="goal">{{ draft.goal }}</textarea>
<label for="b">Plan</label><textarea id="b" name="plan">{{ draft.plan }}</textarea>
<div id="field-goal"></div>
<table data-rows="lines"><tbody></tbody></table>
<template data-row-template="lines"><tr class="row-item"><td><input aria-label="Line" name="line-__key__" data-sum-in="all"><button data-remove-row>-</button></td></tr></template>
<button name="add_row" value="lines" data-add-row="lines">Add</button> <output data-sum-out="all"></output>
{% include "_components/save_state.html" %}<button>Save</button></form>
<div id="findings">old findings</div>
{% endblock %}
"""

DRAFT: dict[str, Any] = {}


@open_to(SIGNED_IN)
def draft(request: HttpRequest) -> HttpResponse:
    return HttpResponse(engines["django"].from_string(PAGE).render({"draft": DRAFT}, request))


@open_to(SIGNED_IN)
def save(request: HttpRequest) -> HttpResponse:
    if DRAFT.get("broken"):
        return HttpResponse(status=503)
    if int(request.headers["X-Revision"]) != DRAFT["revision"]:
        theirs = {"goal": DRAFT["goal"], "plan": DRAFT["plan"]}
        return JsonResponse({"revision": DRAFT["revision"], "theirs": theirs}, status=409)
    DRAFT.update(revision=DRAFT["revision"] + 1, fields=dict(request.POST.lists()))
    DRAFT.update(goal=request.POST["goal"], plan=request.POST["plan"])
    return JsonResponse(
        {
            "revision": DRAFT["revision"],
            "saved_at": "2021-06-20T02:00:00Z",
            "findings_html": '<div id="findings">new findings</div>',
            "field_findings": {"goal": "<p data-findings>too short</p>"},
        }
    )


urlpatterns = [path("draft/", draft), path("draft/save/", save), *portal_urls]
