"""`/openapi.json`, and `/docs`: a page that shows it in any browser, without any other host.

Hands out files and one document made at the start; knows nothing of the lake.
"""

from __future__ import annotations

from importlib import resources
from typing import Final

import msgspec
from aiohttp import web

from server.answers import encoded_response
from server.openapi import document

DOCUMENT: Final = "/openapi.json"
PAGE: Final = "/docs"
PARTS: Final = PAGE + "/{file}"

_FILES: Final = {"docs.css": "text/css", "docs.js": "text/javascript"}
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
"""The page may speak to this server and to no one else."""


def routes() -> list[web.RouteDef]:
    """The document, the page and what it is made of."""
    told = msgspec.json.encode(document())

    async def openapi(request: web.Request) -> web.StreamResponse:
        return encoded_response(told)

    async def page(request: web.Request) -> web.StreamResponse:
        return _file("docs.html", "text/html")

    async def part(request: web.Request) -> web.StreamResponse:
        name = request.match_info["file"]
        if name not in _FILES:
            raise web.HTTPNotFound
        return _file(name, _FILES[name])

    return [web.get(DOCUMENT, openapi), web.get(PAGE, page), web.get(PARTS, part)]


def _file(name: str, kind: str) -> web.Response:
    body = (resources.files("resources") / "docs" / name).read_bytes()
    return web.Response(body=body, content_type=kind, charset="utf-8", headers=_HEADERS)
