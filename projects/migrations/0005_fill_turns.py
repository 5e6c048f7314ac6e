from django.db import migrations

from core.tenancy import RLS_VARIABLE
from programs.queries import effective_policy


def fill(apps, schema_editor):
    """Whose turn it is in the books that are being signed: by their policies, the first party that has not signed."""
    tenants = apps.get_model("accounts", "Tenant").objects.values_list("pk", flat=True)
    if schema_editor.connection.vendor == "postgresql":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, %s, true)", [RLS_VARIABLE, ",".join(map(str, tenants))])
    project = apps.get_model("projects", "Project")
    signature = apps.get_model("projects", "Signature")
    for row in project.objects.filter(state="signing").select_related("call__policy_version").defer("book_draft"):
        order = effective_policy(row.call).book.signatories
        signed = signature.objects.filter(project=row).count()
        if signed < len(order):
            turn = {"turn_party": order[signed].key, "turn_role": order[signed].role}
            project.objects.filter(pk=row.pk).update(**turn)


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0004_turns_and_orders'),
        ('programs', '0002_deadline_extension'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
