"""Whatever is typed or posted: an answer in words, nothing lost, never a 500."""

from typing import Any

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projects.editing import read_post
from projects.models import Project
from projects.sheet import flat
from tests.cast import PASSWORD, Cast
from tests.programs.dossiers import good_dossier
from tests.projects.world import being_signed, in_review, start

NASTY = (
    "1e9", "-1", "100万", "=cmd()|'/c calc'!A0", "\u202eevil", "a\x00b", "\ud800", "<script>alert(1)</script>", "9" * 400, " ", "٣",
    "²", "NaN", "{{ 7*7 }}", "' OR 1=1 --", "0.001",
)  # fmt: skip
FIELDS = (
    "budget_lines.l1.amount_fen", "budget_lines.l1.name", "budget_lines.l1.year", "budget_lines.l1.quantity",
    "budget_lines.l1.party_key", "budget_lines.present", "disbursement.d2022.amount_fen", "partner_allocation.x.party_key",
    "yearly_plan.y2022.indicators.i1.target", "yearly_plan.y2022", "objectives_zh", "objectives_zh.x", "justifications.a.text",
    "title_zh", "budget_lines", "budget_lines..", "...", "budget_lines.l1.amount_fen.x.y.z",
)  # fmt: skip


def at(name: str, *args: Any) -> str:
    return reverse(f"projects:{name}", args=["anso", *args])


@pytest.mark.parametrize("text", NASTY)
def test_nothing_typed_into_the_book_breaks_it(cast: Cast, anso: Any, clock: Any, as_: Any, text: str) -> None:
    project = start(cast, amount_fen=100_000_000)
    pi, url = as_(cast.pi), at("book_edit", project.pk)
    text = text.encode("utf-8", "replace").decode()
    posted = dict.fromkeys(FIELDS, text)
    for extra in ({"do": "save"}, {"do": "scale"}, {"add_row": text}, {"remove_row": f"budget_lines:{text}"}):
        project.refresh_from_db()
        answer = pi.post(url, {**posted, **extra, "revision": str(project.book_revision)})
        assert answer.status_code in (302, 409)
        assert pi.get(url).status_code == 200
    project.refresh_from_db()
    assert (
        pi.post(at("book_autosave", project.pk), posted, headers={"X-Revision": str(project.book_revision)}).status_code
        == 200
    )
    assert pi.get(at("book_submit", project.pk)).status_code == 200
    assert pi.post(at("book_submit", project.pk), {"answer": text}).status_code in (302, 409, 422)
    assert pi.get(at("book_preview", project.pk)).status_code == 200 if text == NASTY[0] else True
    assert project.title_zh == Project.objects.get(pk=project.pk).title_zh


@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 30, "²"])
def test_a_nonsense_revision_is_a_stale_one(cast: Cast, anso: Any, clock: Any, as_: Any, revision: str) -> None:
    project = start(cast)
    answer = as_(cast.pi).post(at("book_edit", project.pk), {"objectives_en": "x", "revision": revision})
    assert answer.status_code == 409
    project.refresh_from_db()
    assert project.book_revision == 0


@pytest.mark.parametrize("text", NASTY)
def test_opinions_signatures_and_lists_take_anything(cast: Cast, call: Any, as_: Any, text: str) -> None:
    clean = text.encode("utf-8", "replace").decode()
    project = being_signed(cast, call)
    secretary, pi = as_(cast.secretary), as_(cast.pi)
    for name in ("q", "state", "call", "sort", "after", "before"):
        for page in ("list", "tray", "export"):
            assert secretary.get(at(page), {name: clean}).status_code == 200
    assert secretary.get(at("book", project.pk), {"round": clean}).status_code == 200
    assert secretary.get(at("book_pdf", project.pk), {"revision": clean}).status_code in (200, 404)
    for name in ("party", "sha256", "password"):
        good = {"party": "pi", "sha256": "0" * 64, "password": PASSWORD}
        assert pi.post(at("sign", project.pk), {**good, name: clean}).status_code in (404, 409, 422)
    posted = {"items": [clean, "1"], "party": clean, f"sha256.{clean}": clean, "password": PASSWORD}
    assert secretary.post(at("tray"), posted).status_code in (409, 422)
    assert project.signatures.count() == 0


@pytest.mark.parametrize("text", NASTY)
def test_an_opinion_takes_anything(cast: Cast, anso: Any, clock: Any, as_: Any, text: str) -> None:
    clean = text.encode("utf-8", "replace").decode()
    project = in_review(cast)
    secretary = as_(cast.secretary)
    assert secretary.post(at("book", project.pk), {"verdict": clean}).status_code == 422
    assert secretary.post(at("book_expert", project.pk), {"expert": clean}).status_code == 422
    posted = {"verdict": "revise", "round": "1", "comment": clean, f"on.{clean}": clean, "on.budget_lines.l1": clean}
    assert secretary.post(at("book", project.pk), posted).status_code in (302, 409, 422)
    assert secretary.get(at("book", project.pk)).status_code == 200


names = st.lists(st.sampled_from([*FIELDS, "yearly_plan.y2022.indicators.present"]), min_size=1, max_size=30)


@given(st.lists(st.tuples(st.one_of(names.map(lambda n: n[0]), st.text(max_size=30)), st.text(max_size=20))))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_reading_a_post_never_fails_and_keeps_to_what_may_change(fields: list[tuple[str, str]]) -> None:
    from programs.dossier import Dossier
    from projects.editing import EDITABLE, draft_of

    frozen = good_dossier()
    current = frozen.model_dump(mode="json")
    data = read_post(current, fields)
    assert set(data) <= set(EDITABLE)
    dossier, _problems = Dossier.from_draft(draft_of(frozen, data))
    assert (dossier.title_zh, dossier.pi, dossier.parties) == (frozen.title_zh, frozen.pi, frozen.parties)
    flat(data)


def test_a_page_posted_back_unchanged_changes_nothing() -> None:
    from programs.dossier import Dossier
    from projects.editing import EDITABLE, draft_of

    frozen = good_dossier()
    current = {name: frozen.model_dump(mode="json")[name] for name in EDITABLE}
    fields = [(name, text) for name, text in flat(current).items()]
    dossier, problems = Dossier.from_draft(draft_of(frozen, read_post(current, fields)))
    assert not problems
    assert dossier == frozen
