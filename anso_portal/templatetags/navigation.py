"""The frame's navigation. `{% load navigation %}`, used by base.html only."""

from typing import Any

from django import template
from django.utils import translation

from anso_portal import navigation
from core.colour import light_brand

register = template.Library()


@register.simple_tag(takes_context=True)
def nav_links(context: template.Context) -> list[navigation.Link]:
    """`{% nav_links as entries %}` for the tenant and roles of this page; the public ones for all others."""
    request, tenant = context.get("request"), context.get("tenant")
    if request is None or tenant is None:
        return []
    return navigation.links(tenant.slug, context.get("roles") or (), request.path)


@register.simple_tag(takes_context=True)
def hat_links(context: template.Context) -> list[dict[str, Any]]:
    """`{% hat_links as groups %}`: the person's hats by tenant, each with the page where its work is."""
    present = context.get("tenant")
    groups: dict[str, dict[str, Any]] = {}
    for hat in context.get("hats") or ():
        tenant = hat.tenant
        group = groups.setdefault(
            tenant.slug, {"tenant": tenant, "is_current": present is not None and tenant.pk == present.pk, "hats": []}
        )
        group["hats"].append((hat.get_role_display(), navigation.workplace(hat.role, tenant.slug)))
    return list(groups.values())


@register.simple_tag(takes_context=True)
def hat_names(context: template.Context) -> str:
    """The roles held in this tenant, in words: what the role switch shows when closed."""
    present = context.get("tenant")
    if present is None:
        return ""
    names = [str(hat.get_role_display()) for hat in context.get("hats") or () if hat.tenant_id == present.pk]
    return "、".join(names) if (translation.get_language() or "").startswith("zh") else ", ".join(names)


@register.filter
def theme_colour(tenant: Any) -> str:
    """The colour of the browser's own bar."""
    return light_brand(tenant.brand_colour).fill if tenant else "#1d4e6b"
