"""Puts a funder's file into the database: what is missing is made, what is there is kept, nothing is taken away."""

from collections.abc import Callable, Mapping

from django.db import transaction

from accounts.enums import Role
from accounts.models import Affiliation, Institution, Membership, Tenant, User
from anso_portal.funders.file import FunderFile, InstitutionEntry, PersonEntry
from audit.actions import record
from core.tenancy import tenant_scope
from credentials.actions import invite
from programs.actions import import_programme, open_call
from programs.models import Call
from programs.policy import parse_call

Say = Callable[[str], None]


@transaction.atomic
def open_funder(funder: FunderFile, policies: Mapping[str, str], say: Say = lambda line: None) -> Tenant:
    """The funder with its institutions, people, programmes and calls (in preparation: the secretary publishes them).

    Running it again with a longer file adds the rest; names and colour follow the file. New accounts get
    an invitation to set their password. Raises Refused when a policy is refused."""
    institutions = {one.key: _institution(one, say) for one in funder.institutions}
    tenant, is_new = Tenant.objects.update_or_create(
        slug=funder.slug,
        defaults={
            "name_zh": funder.name.zh,
            "name_en": funder.name.en,
            "short_name_zh": funder.short_name.zh,
            "short_name_en": funder.short_name.en,
            "zone_name": funder.zone,
            "brand_colour": funder.colour,
            **({"joint_work_years": funder.joint_work_years} if funder.joint_work_years else {}),
            "secretariat": institutions.get(funder.secretariat),
            "host_institution": institutions.get(funder.host),
        },
    )
    say(f"{'opened' if is_new else 'found'} {tenant.slug} · {tenant.name_zh} · {tenant.name_en}")
    with tenant_scope(tenant):
        if is_new:
            record(tenant=tenant, actor=None, action="funder.open", subject=tenant)
        people = [_person(one, tenant, institutions, say) for one in funder.people]
        secretary = next(
            user for user, entry in zip(people, funder.people, strict=True) if Role.SECRETARY in entry.roles
        )
        for name in funder.programmes:
            version = import_programme(tenant=tenant, source=policies[name], by=secretary)
            say(f"programme {name}, version {version.number}, sha256 {version.sha256}")
        for name in funder.calls:
            _call(tenant, name, policies[name], secretary, say)
    return tenant


def _institution(entry: InstitutionEntry, say: Say) -> Institution:
    known = Institution.objects.filter(uscc=entry.uscc) if entry.uscc else Institution.objects.none()
    same_name = Institution.objects.filter(name_en=entry.name.en, country=entry.country)
    if (found := known.first() or same_name.first()) is not None:
        return found
    say(f"institution {entry.name.zh} · {entry.name.en}")
    return Institution.objects.create(
        name_zh=entry.name.zh,
        name_en=entry.name.en,
        country=entry.country,
        kind=entry.kind,
        is_chinese_legal_person=entry.country == "CN",
        uscc=entry.uscc,
        email_domain=entry.email_domain,
        is_anso_member=entry.is_anso_member,
    )


def _person(entry: PersonEntry, tenant: Tenant, institutions: Mapping[str, Institution], say: Say) -> User:
    user = User.objects.filter(email=entry.email).first()
    if user is None:
        user = User.objects.create_user(
            entry.email, None, name_zh=entry.name_zh, name_en=entry.name_en, language=entry.language
        )
        invite(user=user, tenant=tenant)
        say(f"account {user.email}, invited by mail to set a password")
    for role in entry.roles:
        membership, is_new = Membership.objects.get_or_create(user=user, tenant=tenant, role=role)
        if is_new:
            record(
                tenant=tenant,
                actor=None,
                action="membership.grant",
                subject=membership,
                data={"user": user.pk, "role": role.value},
            )
            say(f"{user.email} is {role.value}")
    if entry.institution:
        Affiliation.objects.get_or_create(user=user, institution=institutions[entry.institution], kind=entry.place)
    return user


def _call(tenant: Tenant, name: str, source: str, by: User, say: Say) -> None:
    if Call.objects.filter(slug=parse_call(source, name).slug).exists():
        return
    call = open_call(tenant=tenant, source=source, by=by)
    say(f"call {name}: {call.title_zh} · {call.title_en}, in preparation")
