from django.db import migrations

from registry.marks import marks_of


def mark_institutions(apps, schema_editor):
    """Those that are there already get their marks; of two alike, the first."""
    mark = apps.get_model("registry", "InstitutionMark")
    for place in apps.get_model("accounts", "Institution").objects.order_by("pk").iterator(500):
        wanted = marks_of(
            country=place.country, name_zh=place.name_zh, name_en=place.name_en, uscc=place.uscc.strip()
        )
        mark.objects.bulk_create(
            (mark(institution=place, kind=kind, value=value) for kind, value in wanted), ignore_conflicts=True
        )


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0003_joint_work_years"),
        ("registry", "0002_institutions"),
    ]

    operations = [migrations.RunPython(mark_institutions, migrations.RunPython.noop)]
