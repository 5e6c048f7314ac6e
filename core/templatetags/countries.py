"""`{% load countries %}{{ "NP"|country }}`: a country's name in the page's language."""

from django import template

from core.countries import country_name

register = template.Library()


@register.filter
def country(code: str) -> str:
    """The name; the code itself when there is no such country."""
    return country_name(code)
