"""Whatever a draft's text says, each of its pages answers, and what is sent to them is taken or refused in words."""

import random
import tomllib
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from core.tenancy import tenant_scope
from programs.models import PolicyDraft
from programs.policy import builtin_text
from programs.policy.rewriting import written
from tests.cast import Cast
from tests.programs.test_studio import CONFERENCE, admin, begun, browser, form_of, page, posted

pytestmark = pytest.mark.django_db
__all__ = ["admin", "browser"]
ODD: list[Any] = [
    "", 0, -1, 10**30, True, 1.5, [], {}, [[]], [{}], [1, "x"], {"a/b": {}}, {"": {"zh": "x"}}, {"a\nb": {"zh": "x"}},
    "x" * 5000, {"kind": {}}, [{"kind": "amount", "article": {}}], [{"kind": "no_such"}], [{"key": "k"}, "mixed"], "\x01",
]  # fmt: skip


def places(data: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in the data."""
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [place for key, value in inner for place in [(*here, key), *places(value, (*here, key))]]


def spoilt(seed: int) -> dict[str, Any]:
    """A policy's data with odd values at three places."""
    dice = random.Random(seed)
    data = tomllib.loads(builtin_text(CONFERENCE))
    for _ in range(3):
        *steps, last = dice.choice([one for one in places(data) if len(one) <= 4])
        here: Any = data
        for step in steps:
            here = here[step]
        here[last] = dice.choice(ODD)
    return data


@pytest.mark.parametrize("seed", range(6))
def test_every_page_of_an_odd_draft_answers(cast: Cast, admin: User, browser: Client, seed: int):
    draft = begun(cast, admin)
    data = spoilt(seed)
    with tenant_scope(cast.anso):
        PolicyDraft.objects.update(source=written(data))
    for name in ("draft", "text", "changes", "try", "publish"):
        assert browser.get(page(draft, name), follow=True).status_code == 200
    dice = random.Random(seed)
    sections = [(name,) for name in data]
    chosen = dice.sample(places(data), k=min(12, len(places(data))))
    for place in [*sections, *chosen, ("acknowledgement",), ("mid_term",), ("call",)]:
        text = "/".join(str(step) for step in place)
        if not text.strip("/") or "\n" in text:
            continue
        url = f"/anso/policies/{draft.pk}/part/{text}/"
        answer = browser.get(url)
        assert answer.status_code in (200, 302, 404), url
        if answer.status_code == 200 and answer.context.get("form"):
            sent = posted(browser, url, **form_of(browser, url))
            assert sent.status_code in (302, 422), url
        assert posted(browser, url, months="x" * 50, seen="0").status_code in (404, 409, 422, 302), url
    for name in ("clauses", "form", "articles", "book", "questions", "mid_term"):
        for do in ("add", "up", "remove"):
            with tenant_scope(cast.anso):
                revision = PolicyDraft.objects.get().revision
            order = {"owner": "", "name": name, "do": do, "key": "0", "kind": "amount", "revision": revision}
            assert posted(browser, page(draft, "rows"), **order).status_code == 302
    assert posted(browser, page(draft, "publish"), revision="999999999").status_code == 302
