"""The suite makes its tables straight from the models; here the migrations are walked and must end at the same tables."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WITHOUT_MIGRATIONS = """
import sys
from django.conf import settings
class Disabled(dict):
    def __contains__(self, item): return True
    def __getitem__(self, item): return None
import django; django.setup()
settings.MIGRATION_MODULES = Disabled()
from django.core.management import call_command
call_command("migrate", run_syncdb=True, verbosity=0)
"""


def tables(var: Path, *command: str) -> dict[str, set[tuple[object, ...]]]:
    """Columns and indexes of every table that `command` makes in an empty SQLite database."""
    environment = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG"}}
    subprocess.run(
        [sys.executable, *command], cwd=ROOT, env={**environment, "VAR_DIR": str(var)}, check=True, timeout=300
    )
    found: dict[str, set[tuple[object, ...]]] = {}
    with sqlite3.connect(var / "portal.sqlite3") as database:
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        for (name,) in names.fetchall():
            columns = database.execute(f'SELECT name, type, "notnull", pk FROM pragma_table_info("{name}")').fetchall()
            keys = database.execute(f'SELECT "table", "from", "to" FROM pragma_foreign_key_list("{name}")').fetchall()
            indexes = database.execute(
                'SELECT l."unique", l.partial, group_concat(i.name) FROM pragma_index_list(?) l, pragma_index_info(l.name) i '
                "GROUP BY l.name",
                [name],
            ).fetchall()
            triggers = database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", [name]
            )
            found[name] = {*columns, *keys, *indexes, *triggers.fetchall()}
    found.pop("django_migrations", None)
    return found


@pytest.mark.slow
def test_migrations_end_at_the_models_tables(tmp_path: Path) -> None:
    migrated, direct = tmp_path / "migrated", tmp_path / "direct"
    migrated.mkdir()
    direct.mkdir()
    by_migrations = tables(migrated, "manage.py", "migrate", "--no-input", "-v0")
    by_models = tables(
        direct, "-c", f"import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'anso_portal.settings'\n{WITHOUT_MIGRATIONS}"
    )
    assert by_migrations.keys() == by_models.keys()
    different = {
        name: by_migrations[name] ^ by_models[name] for name in by_models if by_migrations[name] != by_models[name]
    }
    assert not different
