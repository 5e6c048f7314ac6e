"""A call by invitation, public or in preparation."""

from programs.actions import open_call
from programs.enums import CallState
from programs.models import Call
from programs.policy import builtin_text
from tests.cast import Cast
from tests.factories import CLOSES_AT, OPENS_AT


def in_preparation(cast: Cast) -> Call:
    """The 2021 call by invitation, under another name and other numbers."""
    source = builtin_text("anso/calls/2021-joint-research")
    for old, new in (
        ('slug = "2021-joint-research"', 'slug = "2021-invited"'),
        ("ANSO-2021-JR-", "ANSO-2021-JI-"),
        ("[call]\n", "[call]\nby_invitation = true\n"),
        ('title_en = "ANSO Joint Research 2021"', 'title_en = "By invitation 2021"'),
    ):
        assert old in source
        source = source.replace(old, new)
    return open_call(tenant=cast.anso, source=source, by=cast.secretary)


def targeted(cast: Cast) -> Call:
    """The same, public while the test call is open; who is invited is the test's to say."""
    call = in_preparation(cast)
    Call.objects.filter(pk=call.pk).update(
        state=CallState.OPEN, opens_at=OPENS_AT, closes_at=CLOSES_AT, published_at=OPENS_AT, published_by=cast.secretary
    )
    return Call.objects.select_related("tenant", "programme", "policy_version").get(pk=call.pk)
