import json

from django.db import migrations

from core.tenancy import RLS_VARIABLE


def fill(apps, schema_editor):
    """Fields and partners' countries of what was received before they were kept, from the newest versions."""
    if schema_editor.connection.vendor == "postgresql":
        tenants = apps.get_model("accounts", "Tenant").objects.values_list("pk", flat=True)
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, %s, true)", [RLS_VARIABLE, ",".join(map(str, tenants))])
    proposals = apps.get_model("proposals", "Proposal").objects
    countries = apps.get_model("proposals", "ProposalCountry").objects
    versions = apps.get_model("proposals", "ProposalVersion").objects.order_by("proposal_id", "number")
    # Ascending, so that the newest version of each has the last word.
    for pk, tenant, text in versions.values_list("proposal_id", "tenant_id", "dossier_json").iterator(200):
        dossier = json.loads(text)
        proposals.filter(pk=pk).update(field=dossier.get("field") or "")
        found = {party.get("country") for party in dossier.get("parties") or ()} - {None, ""}
        countries.filter(proposal_id=pk).delete()
        countries.bulk_create(countries.model(tenant_id=tenant, proposal_id=pk, country=one) for one in sorted(found))


class Migration(migrations.Migration):

    dependencies = [
        ('proposals', '0013_statistics'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
