"""Roles and kinds of institutions."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """What a person may be in one tenant. All are granted but APPLICANT (everyone) and OFFICE (by affiliation)."""

    APPLICANT = "applicant", _("Applicant")
    OFFICE = "office", _("Institution office")
    SECRETARY = "secretary", _("Secretariat")
    FINANCE = "finance", _("Secretariat finance")
    DIRECTOR = "director", _("Executive director")
    HOST = "host", _("Host institution")
    REVIEWER = "reviewer", _("Domain expert")
    FINANCE_EXPERT = "finance_expert", _("Finance expert")
    STRATEGIST = "strategist", _("Strategy expert")
    ADMIN = "admin", _("Administrator")


# The staff of a funder, as against its applicants and experts.
STAFF_ROLES = frozenset({Role.SECRETARY, Role.FINANCE, Role.DIRECTOR, Role.ADMIN})
GRANTED_ROLES = [role for role in Role if role not in (Role.APPLICANT, Role.OFFICE)]


class InstitutionKind(TextChoices):
    """What an institution is; policies speak of these."""

    CAS_INSTITUTE = "cas_institute", _("Institute of the Chinese Academy of Sciences")
    RESEARCH_INSTITUTE = "research_institute", _("Research institute")
    UNIVERSITY = "university", _("University")
    ENTERPRISE = "enterprise", _("Enterprise")
    ACADEMY = "academy", _("Academy of sciences")
    ORGANISATION = "organisation", _("International organisation")
    GOVERNMENT = "government", _("Government body")


class AffiliationKind(TextChoices):
    """What a person does at an institution."""

    STAFF = "staff", _("Researcher")
    OFFICE = "office", _("Research office")
