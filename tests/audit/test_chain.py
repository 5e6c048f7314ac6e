"""The audit chain is whole after any events, and one altered byte breaks it."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from audit.actions import record
from audit.models import Event
from audit.queries import broken_links, history_of


def some_events(cast, tenant, count: int = 3) -> list[Event]:
    return [
        record(tenant=tenant, actor=cast.secretary, action="test.act", subject=tenant, reason=f"第{n}次", data={"n": n})
        for n in range(count)
    ]


def without_triggers() -> None:
    """What an intruder with the owner's rights could do."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # an altered table may have no checks pending
            cursor.execute("ALTER TABLE audit_event DISABLE TRIGGER USER")
        else:
            cursor.execute("DROP TRIGGER audit_event_no_update")
            cursor.execute("DROP TRIGGER audit_event_no_delete")


def test_a_whole_chain_has_no_defect(cast, anso):
    some_events(cast, anso)
    assert list(broken_links()) == []
    assert [event.seq for event in history_of(anso)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("column", "value"), [("reason", "第9次"), ("action", "test.acT"), ("data", '{"n": 8}'), ("subject_id", 99)]
)
def test_one_altered_value_is_found(cast, anso, column, value):
    some_events(cast, anso)
    without_triggers()
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE audit_event SET {column} = %s WHERE seq = 2", [value])
    assert [seq for seq, _ in broken_links()] == [2]


def test_a_removed_event_is_found(cast, anso):
    some_events(cast, anso)
    without_triggers()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_event WHERE seq = 2")
    assert [seq for seq, _ in broken_links()] == [3, 3]


def test_a_removed_last_event_is_found(cast, anso):
    some_events(cast, anso)
    without_triggers()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_event WHERE seq = 3")
    assert [seq for seq, _ in broken_links()] == [3]


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET reason = 'x'", "DELETE FROM audit_event"])
def test_the_database_refuses_changes(cast, anso, statement):
    some_events(cast, anso)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert len(history_of(anso)) == 3


def test_the_command_passes_and_fails(cast, anso, capsys):
    some_events(cast, anso)
    call_command("verify_audit")
    without_triggers()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_event SET reason = 'x' WHERE seq = 1")
    with pytest.raises(SystemExit) as stop:
        call_command("verify_audit")
    assert stop.value.code == 1
    assert "event 1" in capsys.readouterr().err
