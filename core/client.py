"""Who asks, as an address: what throttles count by."""

from ipaddress import ip_address, ip_network

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

# One household or institute holds a whole /64: its addresses are one client.
IPV6_PREFIX = 64


def client_address(request: HttpRequest) -> str:
    """The client's address. Behind `TRUSTED_PROXIES` proxies it is what the outermost of them wrote.

    What stands further left in X-Forwarded-For the client may have made up. Unreadable: the neighbour's own address."""
    neighbour = str(request.META.get("REMOTE_ADDR", ""))
    proxies: int = settings.TRUSTED_PROXIES
    if not proxies:
        return _network(neighbour)
    hops = [hop.strip() for hop in str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")]
    return _network(hops[-proxies] if len(hops) >= proxies else "") or _network(neighbour)


def _network(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    if address.version == 4:
        return str(address)
    return str(ip_network((address, IPV6_PREFIX), strict=False))


def count_up(key: str, seconds: int) -> int:
    """One more under the cache key, which lives from its first count for so many seconds; how many there are now."""
    if cache.add(key, 1, seconds):
        return 1
    try:
        return int(cache.incr(key))
    except ValueError:  # it ran out in between
        cache.set(key, 1, seconds)
        return 1
