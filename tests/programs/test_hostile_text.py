"""Policy files that are sent to hang the portal, or to break it later: refused in moments, with a reason."""

import tomllib
from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from core.errors import Refused
from core.tenancy import tenant_scope
from programs.actions import open_call
from programs.models import PolicyDraft
from programs.policy import PolicyError, builtin_text, parse_call, parse_programme
from programs.policy.rewriting import comments_of
from programs.policy.toml import DEEPEST, read_toml_data
from programs.studio.queries import MOST_COMPARED, text_difference
from tests.cast import Cast
from tests.programs.test_studio import CONFERENCE, admin, begun, browser, page, posted

__all__ = ["admin", "browser"]
MOMENTS = timedelta(seconds=5)
UNREADABLE = {
    "lists in lists": "a = " + "[" * 100_000,
    "lists in lists, closed": "a = " + "[" * 3_000 + "]" * 3_000,
    "a little too deep": "a = " + "[" * 21 + "]" * 21,
    "tables in tables": "a = " + "{a = " * 5_000 + "1" + "}" * 5_000,
    "names in names": ".".join("a" * 190_000) + " = 1",
    "names in names of tables": f"[{'. '.join('a' * 5_000)}]\nb = 1",
    "a number of many digits": "a = " + "9" * 5_000,
}
COSTLY: dict[str, Callable[[], Any]] = {
    "blanks in a list": lambda: parse_programme("x = [\n[" + " " * 4_000 + "1],\n]"),
    "quotes in a comment": lambda: comments_of("# " + '"' + '\\"' * 100_000),
    "many lines": lambda: text_difference(*("\n".join(str(i % n) for i in range(60_000)) for n in (150, 149))),
}


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_refused_in_both_languages(text: str):
    with pytest.raises(PolicyError) as refusal:
        parse_programme(text)
    (problem,) = refusal.value.problems
    assert problem.reason in ("Nested too deeply", "A number is too large")
    assert problem.reason_zh in ("TOML 语法错误：嵌套层数过多", "数值过大")


@pytest.mark.parametrize("work", COSTLY.values(), ids=COSTLY)
def test_it_takes_moments(work: Callable[[], Any]):
    begun_at = monotonic()
    try:
        work()
    except PolicyError:
        pass
    assert timedelta(seconds=monotonic() - begun_at) < MOMENTS


def test_policies_are_far_from_the_limits():
    text = "a = " + "[" * (DEEPEST - 1) + "]" * (DEEPEST - 1)
    assert read_toml_data(text) == tomllib.loads(text)
    assert read_toml_data(builtin_text(CONFERENCE)) == tomllib.loads(builtin_text(CONFERENCE))
    assert len(builtin_text(CONFERENCE).splitlines()) * 4 < MOST_COMPARED


def test_long_texts_are_told_apart_from_the_first_to_the_last_line_that_differs():
    same = ["same"] * MOST_COMPARED
    lines = text_difference("\n".join([*same, "old", *same]), "\n".join([*same, "new", "er", *same]))
    assert [(line.kind, line.text) for line in lines] == [
        ("place", f"@@ -{MOST_COMPARED + 1},1 +{MOST_COMPARED + 1},2 @@"),
        ("removed", "old"),
        ("added", "new"),
        ("added", "er"),
    ]
    assert text_difference("\n".join(same * 2), "\n".join(same * 2)) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    ['{"answers": {"q": ' + "[" * 480 + "]" * 480 + "}}", '{"end_date": "9999-12-31", "start_date": "2022-01-01"}'],
)
def test_a_dossier_is_tried_or_refused(text: str, cast: Cast, admin: User, browser: Client):
    draft = begun(cast, admin)
    file = SimpleUploadedFile("dossier.json", text.encode())
    answer = browser.post(page(draft, "try"), {"upload": file, "stage": "endorse"})
    assert answer.status_code in (200, 422)


@pytest.mark.django_db
@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_a_draft_of_it_can_be_looked_at_and_put_right(text: str, cast: Cast, admin: User, browser: Client):
    draft = begun(cast, admin)
    assert posted(browser, page(draft, "text"), source=text, revision="1").status_code == 302
    assert browser.get("/anso/policies/").status_code == 200
    for name in ("draft", "text", "changes", "try", "publish"):
        assert browser.get(page(draft, name), follow=True).status_code == 200
    assert posted(browser, page(draft, "discard")).status_code == 302
    with tenant_scope(cast.anso):
        assert not PolicyDraft.objects.exists()
        with pytest.raises(Refused):
            open_call(tenant=cast.anso, source=text, by=cast.secretary)


CALL = builtin_text("anso/calls/2021-joint-research")
TOO_LONG = {
    "slug": ('slug = "2021-joint-research"', f'slug = "{"x" * 61}"'),
    "wide number": ("{sequence:04d}", "{sequence:0999d}"),
    "long number": ("{sequence:04d}", f"{'X' * 40}{{sequence:04d}}"),
    "name of nothing": ("{lead}+{pi}", "{lead}+{nobody}"),
    "inside of a name": ("{lead}+{pi}", "{lead.__class__}"),
    "wide name": ("{lead}+{pi}", "{lead:>999999999}"),
    "first day of all": ("2021-06-15 00:00", "0001-01-01 00:00"),
    "last day of all": ("2021-07-30 24:00", "9999-12-31 24:00"),
    "open brace": ("{lead}+{pi}", "{lead}{"),
    "article": ('article = "B6"', f'article = "{"A" * 21}"'),
}


@pytest.mark.parametrize(("old", "new"), TOO_LONG.values(), ids=TOO_LONG)
def test_what_would_break_later_is_refused_at_once(old: str, new: str):
    assert old in CALL
    with pytest.raises(PolicyError) as refusal:
        parse_call(CALL.replace(old, new))
    assert all(problem.reason_zh != problem.reason for problem in refusal.value.problems)
