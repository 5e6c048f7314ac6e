"""What of a template never changes: words, translated once for each language instead of once for each row, and the
addresses of static files. A builtin of all templates: `{% translate "…" %}` and `{% static "…" %}` are Django's own
otherwise."""

from django import template
from django.template.base import Parser, Token
from django.templatetags.i18n import TranslateNode, do_translate
from django.templatetags.static import StaticNode
from django.utils.translation import get_language

register = template.Library()


class ConstantNode(template.Node):
    """A translated text that depends on nothing but the language."""

    def __init__(self, node: TranslateNode) -> None:
        self.node = node
        self.known: dict[tuple[str | None, bool], str] = {}

    def render(self, context: template.Context) -> str:
        key = get_language(), context.autoescape
        text = self.known.get(key)
        if text is None:
            text = self.known[key] = self.node.render(context)
        return text


@register.tag
def translate(parser: Parser, token: Token) -> template.Node:
    """As Django's; `as`, `noop` and texts from variables are left to it."""
    node = do_translate(parser, token)
    is_literal = getattr(node.filter_expression.var, "literal", None) is not None
    if node.noop or node.asvar or node.filter_expression.filters or not is_literal:
        return node
    if node.message_context is not None and getattr(node.message_context.var, "literal", node.message_context) is None:
        return node
    return ConstantNode(node)


class ConstantStaticNode(StaticNode):
    """The address of a file that the template names: the same as long as the process runs."""

    known: str | None = None

    def render(self, context: template.Context) -> str:
        if self.known is None:
            self.known = super().render(context)
        return self.known


@register.tag
def static(parser: Parser, token: Token) -> template.Node:
    """As Django's; `as` and paths from variables are left to it."""
    node = StaticNode.handle_token(parser, token)
    if node.varname is not None or node.path.filters or not isinstance(node.path.var, str):
        return node
    return ConstantStaticNode(path=node.path)
