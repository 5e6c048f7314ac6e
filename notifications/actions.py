"""Tells people: inbox line and mail, in the transaction of the change, each exactly once."""

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from core import clock
from notifications.models import Effect, Mail, Notice, Reminder

MOST_TITLE = 300


def notify(
    *,
    tenant: Any,
    to: Iterable[Any],
    kind: str,
    key: str,
    title_zh: str,
    title_en: str,
    body_zh: str = "",
    body_en: str = "",
    url: str = "",
    reminder: Reminder | None = None,
) -> None:
    """Put a line into each person's inbox and a mail into the outbox; a repeated `key` does nothing for that person.

    `url` is a path of this portal. Mail goes to one recipient a message, in the person's language. Closed accounts
    are told nothing. A `reminder` is looked at once more before its mail goes out."""
    people = {person.pk: person for person in to if person.is_active}
    title_zh, title_en = _one_line(title_zh), _one_line(title_en)
    about = {"reminder": reminder.pk} if reminder else {}

    def write() -> None:
        rows = Notice.objects.filter(tenant=tenant, key=key, user__in=people)
        told = set(rows.values_list("user_id", flat=True))
        notices = Notice.objects.bulk_create(
            Notice(
                tenant=tenant,
                user=person,
                key=key,
                kind=kind,
                title_zh=title_zh,
                title_en=title_en,
                body_zh=body_zh,
                body_en=body_en,
                url=url,
                created_at=clock.now(),
            )
            for person in people.values()
            if person.pk not in told
        )
        mails = Mail.objects.bulk_create(_mail(notice) for notice in notices)
        Effect.objects.bulk_create(
            Effect(tenant=tenant, kind="mail", key=f"mail:{mail.pk}", payload={"mail": mail.pk, **about})
            for mail in mails
        )

    _once_more_on_race(write)


def _one_line(title: str) -> str:
    """Fit for a column and a mail's subject, whatever the title of a project holds."""
    line = " ".join(title.split())
    return line if len(line) <= MOST_TITLE else line[: MOST_TITLE - 1] + "…"


def _once_more_on_race(write: Callable[[], None]) -> None:
    """Someone else wrote the same unique rows between look and write: the second look sees them."""
    try:
        with transaction.atomic():
            write()
    except IntegrityError:
        with transaction.atomic():
            write()


def _mail(notice: Notice) -> Mail:
    chinese = notice.user.language.startswith("zh")
    link = f"\n\n{settings.PUBLIC_URL}{notice.url}" if notice.url else ""
    body = (notice.body_zh or notice.title_zh) if chinese else (notice.body_en or notice.title_en)
    return Mail(
        tenant=notice.tenant,
        user=notice.user,
        recipient=notice.user.email,
        subject=notice.title_zh if chinese else notice.title_en,
        body=body + link,
        message_id=f"<notice-{notice.tenant_id}-{notice.pk}@{settings.PUBLIC_URL.split('//')[-1].split(':')[0]}>",
    )


def add_effect(*, tenant: Any, kind: str, key: str, payload: dict[str, Any]) -> Effect:
    """Have something done after this transaction; the dispatcher hands it to Celery. One row per key."""
    effect, _ = Effect.objects.get_or_create(tenant=tenant, key=key, defaults={"kind": kind, "payload": payload})
    return effect


def remind(
    *,
    tenant: Any,
    users: Iterable[Any],
    kind: str,
    subject: Any,
    due_at: Any,
    title_zh: str,
    title_en: str,
    url: str = "",
) -> None:
    """Have each person reminded at `due_at` unless `cancel_reminders` comes first."""
    payload = {"title_zh": title_zh, "title_en": title_en, "url": url}
    people = {person.pk: person for person in users}
    same = {"kind": kind, "subject_type": subject._meta.label_lower, "subject_id": subject.pk, "due_at": due_at}
    Reminder.objects.bulk_create(
        (Reminder(tenant=tenant, user=person, payload=payload, **same) for person in people.values()),
        ignore_conflicts=True,
    )
    # The same reminder may have been cancelled before: handed in, returned, handed in again.
    cancelled = Reminder.objects.filter(tenant=tenant, user__in=people, sent_at=None, cancelled_at__isnull=False)
    cancelled.filter(**same).update(cancelled_at=None, payload=payload)


def cancel_reminders(*, tenant: Any, subject: Any, kind: str = "", user: Any = None) -> None:
    """The thing is done: no more reminders of it (of `kind`, to `user`, or all)."""
    rows = Reminder.objects.filter(
        tenant=tenant,
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        sent_at__isnull=True,
        cancelled_at__isnull=True,
    )
    if kind:
        rows = rows.filter(kind=kind)
    if user is not None:
        rows = rows.filter(user=user)
    rows.update(cancelled_at=clock.now())


def mark_read(*, user: Any, notice_ids: Iterable[int]) -> int:
    """Mark the person's own notices as read; how many were unread."""
    return Notice.objects.filter(user=user, pk__in=list(notice_ids), read_at__isnull=True).update(read_at=clock.now())
