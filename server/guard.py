"""Who may speak to the server: token, `Host` and `Origin`.

A page on the web can make a browser on this machine post to a loopback port, by its address
(foreign `Origin`) or by a name of its own that it points at 127.0.0.1 (foreign `Host`); neither
is let in. This module only looks at headers.
"""

from __future__ import annotations

import hmac
from typing import Final
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from lake_core.settings import is_loopback
from server.errors import Forbidden, Unauthorized

OPEN_PATHS: Final = frozenset(
    {"/healthz", "/readyz", "/openapi.json", "/docs", "/docs/docs.css", "/docs/docs.js"}
)
"""Asked by supervisors and browsers that hold no token; they tell nothing of what is stored."""

MOST_HOSTS_REMEMBERED: Final = 64


def hostname_of(authority: str) -> str:
    """The host of `host[:port]`, lower case, without the brackets of IPv6."""
    try:
        return urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return ""


class Guard:
    """Checks each request before its body is read. `bound_to` is the host listened on."""

    def __init__(self, token: str | None, bound_to: str) -> None:
        self._token = token.encode() if token else None
        self._loopback_only = is_loopback(bound_to)
        self._good_hosts: set[str] = set()

    def check(self, request: web.Request) -> None:
        """Raise Forbidden or Unauthorized unless the request may pass."""
        headers = request.headers
        host = headers.get(hdrs.HOST)
        if host is not None and host not in self._good_hosts:
            self._check_host(host)
        origin = headers.get(hdrs.ORIGIN)
        if origin is not None:
            _check_origin(origin, host)
        if self._token is not None and request.path not in OPEN_PATHS:
            self._check_token(headers.get(hdrs.AUTHORIZATION, ""))

    def _check_host(self, host: str) -> None:
        if self._loopback_only and not is_loopback(hostname_of(host)):
            raise Forbidden(f"Host {host!r} is not a name of this machine")
        if len(self._good_hosts) < MOST_HOSTS_REMEMBERED:
            self._good_hosts.add(host)

    def _check_token(self, authorization: str) -> None:
        assert self._token is not None
        scheme, _, given = authorization.partition(" ")
        sent = given.strip().encode("utf-8", "surrogateescape")
        if scheme.lower() != "bearer" or not hmac.compare_digest(sent, self._token):
            raise Unauthorized("send the server's token: Authorization: Bearer TOKEN")


def _check_origin(origin: str, host: str | None) -> None:
    if host is None or origin.lower() != f"http://{host.lower()}":
        raise Forbidden(f"Origin {origin!r} may not speak to this server")
