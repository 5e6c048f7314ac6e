"""Telling people: once per key, in their language, in the transaction of the change."""

import pytest
from django.db import transaction

from notifications.actions import add_effect, cancel_reminders, mark_read, notify, remind
from notifications.models import Effect, Mail, Notice, Reminder


def tell(tenant, *people, key="k", **more):
    words = {"title_zh": "申请书已受理", "title_en": "Proposal received", "url": "/anso/proposals/1/"} | more
    notify(tenant=tenant, to=people, kind="proposal.received", key=key, **words)


def test_each_person_gets_one_notice_one_mail_one_effect(cast, anso):
    tell(anso, cast.pi, cast.reviewer1, cast.pi)
    tell(anso, cast.pi, cast.reviewer1)
    assert Notice.objects.count() == Mail.objects.count() == Effect.objects.count() == 2
    assert {mail.recipient for mail in Mail.objects.all()} == {cast.pi.email, cast.reviewer1.email}
    assert {one.payload["mail"] for one in Effect.objects.all()} == set(Mail.objects.values_list("pk", flat=True))


def test_who_was_told_before_is_not_told_again_with_others(cast, anso):
    tell(anso, cast.pi)
    tell(anso, cast.pi, cast.charlie)
    assert sorted(Notice.objects.values_list("user__name_en", flat=True)) == ["Charlie Cha", "Shan Pei"]
    tell(anso, cast.pi, key="another")
    assert Notice.objects.filter(user=cast.pi).count() == 2


def test_mail_is_in_the_person_s_language_with_the_whole_address(cast, anso, settings):
    settings.PUBLIC_URL = "https://portal.example"
    tell(anso, cast.pi, cast.reviewer1, body_zh="编号 1", body_en="Number 1")
    chinese, english = Mail.objects.get(user=cast.pi), Mail.objects.get(user=cast.reviewer1)
    assert (chinese.subject, english.subject) == ("申请书已受理", "Proposal received")
    assert chinese.body == "编号 1\n\nhttps://portal.example/anso/proposals/1/"
    assert chinese.message_id != english.message_id
    assert chinese.message_id.endswith("@portal.example>")


def test_the_title_of_a_project_cannot_break_the_mail(cast, anso):
    tell(anso, cast.pi, title_zh="受理：第一行\r\nBcc: all@demo.example\n" + "长" * 400, title_en="x" * 301)
    notice, mail = Notice.objects.get(), Mail.objects.get()
    assert len(notice.title_zh) == len(notice.title_en) == 300
    assert notice.title_en.endswith("x…")
    assert mail.subject.startswith("受理：第一行 Bcc: all@demo.example 长")
    assert "\n" not in mail.subject


def test_a_closed_account_is_told_nothing(cast, anso):
    cast.pi.is_active = False
    cast.pi.save()
    tell(anso, cast.pi, cast.charlie)
    assert [notice.user for notice in Notice.objects.all()] == [cast.charlie]


def test_nobody_is_no_error(cast, anso):
    tell(anso)
    assert not Effect.objects.exists()


def test_what_is_rolled_back_was_never_told(cast, anso):
    with transaction.atomic():
        tell(anso, cast.pi)
        transaction.set_rollback(True)
    assert not Notice.objects.exists()
    assert not Mail.objects.exists()
    assert not Effect.objects.exists()


def test_the_same_key_of_two_funders_are_two_notices(cast):
    from core.tenancy import tenant_scope

    for tenant in (cast.anso, cast.most):
        with tenant_scope(tenant):
            tell(tenant, cast.pi)
            assert Notice.objects.count() == 1


def test_an_effect_s_key_is_used_once(cast, anso):
    first = add_effect(tenant=anso, kind="a", key="k", payload={"n": 1})
    assert add_effect(tenant=anso, kind="a", key="k", payload={"n": 2}) == first
    assert Effect.objects.get().payload == {"n": 1}


def test_reading_marks_only_one_s_own(cast, anso):
    tell(anso, cast.pi, cast.charlie)
    every = list(Notice.objects.values_list("pk", flat=True))
    assert mark_read(user=cast.pi, notice_ids=every) == 1
    assert mark_read(user=cast.pi, notice_ids=every) == 0
    assert Notice.objects.get(user=cast.charlie).read_at is None


# ---------------------------------------------------------------- reminders are made and taken back
@pytest.fixture
def due(clock):
    from datetime import timedelta

    return lambda **ahead: clock.get() + timedelta(**ahead)


def ask(anso, cast, due_at, kind="review_due", people=None):
    words = {"title_zh": "评审将到期", "title_en": "Review due"}
    remind(tenant=anso, users=people or [cast.reviewer1], kind=kind, subject=anso, due_at=due_at, **words)


def test_asking_twice_reminds_once(cast, anso, due):
    ask(anso, cast, due(days=1), people=[cast.reviewer1, cast.reviewer1])
    ask(anso, cast, due(days=1))
    ask(anso, cast, due(days=2))
    assert Reminder.objects.count() == 2


def test_cancelling_takes_back_what_was_named(cast, anso, due):
    ask(anso, cast, due(days=1), people=[cast.reviewer1, cast.reviewer2])
    ask(anso, cast, due(days=1), kind="other")
    cancel_reminders(tenant=anso, subject=anso, kind="review_due", user=cast.reviewer1)
    assert Reminder.objects.filter(cancelled_at=None).count() == 2
    cancel_reminders(tenant=anso, subject=cast.anso.host_institution)
    assert Reminder.objects.filter(cancelled_at=None).count() == 2
    cancel_reminders(tenant=anso, subject=anso)
    assert Reminder.objects.filter(cancelled_at=None).count() == 0


def test_handed_in_returned_handed_in_again_is_reminded(cast, anso, due):
    ask(anso, cast, due(days=1))
    cancel_reminders(tenant=anso, subject=anso)
    ask(anso, cast, due(days=1))
    assert Reminder.objects.get().cancelled_at is None


def test_a_sent_reminder_is_not_revived(cast, anso, due):
    ask(anso, cast, due(days=1))
    Reminder.objects.update(sent_at=due(days=0), cancelled_at=due(days=0))
    ask(anso, cast, due(days=1))
    assert Reminder.objects.get().cancelled_at is not None
