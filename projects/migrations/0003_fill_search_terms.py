from django.db import migrations

from core.search import fill_terms


def fill(apps, schema_editor):
    fill_terms(
        apps,
        schema_editor.connection,
        apps.get_model("projects", "ProjectTerm"),
        "title_zh", "title_en", "grant_number", "proposal__application_number", "pi__name_zh", "pi__name_en",
    )


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0002_search_terms'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
