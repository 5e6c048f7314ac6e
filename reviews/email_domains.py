"""Which e-mail domains say where a person works."""

from django.conf import settings

# fmt: off
FREE_MAIL = frozenset(
    [
        "126.com", "139.com", "163.com", "189.cn", "21cn.com", "aliyun.com", "aol.com", "fastmail.com",
        "foxmail.com", "gmail.com", "gmx.com", "gmx.de", "gmx.net", "googlemail.com", "hotmail.com", "icloud.com",
        "live.cn", "live.com", "mac.com", "mail.com", "mail.ru", "me.com", "msn.com", "outlook.com", "pm.me",
        "proton.me", "protonmail.com", "qq.com", "rediffmail.com", "sina.cn", "sina.com", "sohu.com", "tom.com",
        "vip.163.com", "vip.qq.com", "vip.sina.com", "web.de", "yahoo.co.in", "yahoo.co.jp", "yahoo.co.uk",
        "yahoo.com", "yahoo.com.cn", "yahoo.fr", "yandex.com", "yandex.ru", "yeah.net", "zoho.com",
    ]
)
# fmt: on
# Registries under which institutions register: `a.ac.cn` and `b.ac.cn` have nothing in common.
_REGISTRY_WORDS = frozenset({"ac", "co", "com", "edu", "gov", "int", "mil", "net", "org", "res"})


def institutional_domain(address: str) -> str:
    """The domain of an e-mail address (or a domain), lower-case; empty for free mail and the portal's own domain."""
    domain = address.rpartition("@")[2].strip().lower().rstrip(".")
    own = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ").lower()
    return "" if "." not in domain or domain in FREE_MAIL or domain == own else domain


def share_domain(one: str, other: str) -> bool:
    """Whether two institutional domains are one, or one lies in the other (`mail.x.edu.cn`, `x.edu.cn`)."""
    if one == other:
        return bool(one)
    short, long = sorted((one, other), key=len)
    return bool(short) and long.endswith(f".{short}") and not _is_registry(short)


def _is_registry(domain: str) -> bool:
    labels = domain.split(".")
    return len(labels) < 2 or (len(labels) == 2 and labels[0] in _REGISTRY_WORDS)
