"""In production no process serves with a database role that row-level security does not bind."""

import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from anso_portal.serving import check_before_serving
from core.rls import refuse_privileged_role
from tests.processes import database_url, environment, run, running, wait_until

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
CELERY = str(Path(sys.executable).parent / "celery")


def production(folder: Path, user: str) -> dict[str, str]:
    return environment(
        folder,
        DJANGO_SETTINGS_MODULE="anso_portal.settings",
        PORTAL_MODE="production",
        SECRET_KEY="k" * 60 + "0123456789",
        ALLOWED_HOSTS="portal.example",
        PUBLIC_URL="https://portal.example",
        SIGNING_KEY_PASSPHRASE="for this test",
        DATABASE_URL=database_url(user),
        REDIS_URL=settings.REDIS_URL or "redis://127.0.0.1:9/0",
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("entry", "user"),
    [("wsgi", "postgres"), ("wsgi", "anso_owner"), ("wsgi", "anso_app"), ("asgi", "anso_owner"), ("asgi", "anso_app")],
)
def test_the_web_process_starts_for_the_plain_role_only(tmp_path, entry, user):
    done = run(f"import anso_portal.{entry}; print('serving')", production(tmp_path, user))
    if user == "anso_app":
        assert (done.returncode, done.stdout.strip()) == (0, "serving"), done.stderr
    else:
        assert done.returncode != 0
        assert "database role" in done.stderr
        assert "serving" not in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("service", ["worker", "beat"])
@pytest.mark.parametrize("user", ["anso_owner", "anso_app"])
def test_worker_and_beat_start_for_the_plain_role_only(tmp_path, service, user):
    command = [CELERY, "-A", "anso_portal", service, "--loglevel=INFO"]
    command += ["--pool=solo"] if service == "worker" else ["--pidfile=", f"--schedule={tmp_path / 'schedule'}"]
    log = tmp_path / "log"
    with running(command, production(tmp_path, user), log) as process:
        if user == "anso_app":
            sign = " ready." if service == "worker" else "beat: Starting"
            wait_until(lambda: sign in log.read_text(), why=log.read_text)
            assert process.poll() is None
        else:
            wait_until(lambda: process.poll() is not None, why=log.read_text)
            assert process.returncode != 0
            assert "refused to start" in log.read_text()


def test_the_owner_may_still_run_commands(tmp_path):
    code = "import sys; from django.core.management import execute_from_command_line as go; go(['manage.py', 'showmigrations', 'core'])"
    done = run(code, production(tmp_path, "anso_owner"))
    assert done.returncode == 0, done.stderr


def test_other_modes_start_with_any_role(settings):
    settings.IS_PRODUCTION = False
    check_before_serving()
    settings.IS_PRODUCTION = True
    with pytest.raises(ImproperlyConfigured, match="database role"):
        check_before_serving()


def test_a_plain_role_that_may_become_the_owner_is_refused_too():
    """The suite's owner was granted anso_app; the other way round would undo everything."""
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE anso_app")
        try:
            with pytest.raises(ImproperlyConfigured):  # RESET ROLE would lead back to the owner
                refuse_privileged_role()
        finally:
            cursor.execute("RESET ROLE")


def test_a_table_without_its_policy_is_refused(tmp_path):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE notifications_notice NO FORCE ROW LEVEL SECURITY")
        try:
            done = run("import anso_portal.wsgi", production(tmp_path, "anso_app"))
            assert done.returncode != 0
            assert "notifications_notice" in done.stderr
        finally:
            cursor.execute("ALTER TABLE notifications_notice FORCE ROW LEVEL SECURITY")
