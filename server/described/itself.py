"""How the server itself is, and what it says of itself."""

from __future__ import annotations

from typing import Final

from server.described.words import GUARDED, TEXT, Content, Endpoint, Parameter
from server.state import LAKE, Alive, Ready, Version, Whereabouts

ROOM: Final = "Server"

ENDPOINTS: Final = (
    Endpoint(
        method="get",
        path="/healthz",
        room=ROOM,
        summary="Alive?",
        detail="Needs no token.",
        answers={200: Content(Alive, {"status": "ok"})},
        faults=(403,),
    ),
    Endpoint(
        method="get",
        path="/readyz",
        room=ROOM,
        summary="Ready?",
        detail="`spooling`: PostgreSQL is away, changes rest on disk. Needs no token.",
        answers={
            200: Content(Ready, {"status": "ready", "database": "embedded", "spooled": 0}),
        },
        faults=(403, 503),
    ),
    Endpoint(
        method="get",
        path="/version",
        room=ROOM,
        summary="Which version",
        answers={
            200: Content(
                Version, {"name": "eustress-lake-studio", "version": "0.1.0", "python": "3.11.7"}
            )
        },
        faults=GUARDED,
    ),
    Endpoint(
        method="get",
        path=LAKE,
        room=ROOM,
        summary="Where the lake is kept",
        detail="For a program that would read it beside the server, as a Studio does that attaches "
        "to it: the folder on the server's machine and, where it is not embedded, the PostgreSQL "
        "as the server reaches it, without its password. `run` is its own of those that "
        "`/eustress/runs` tells; null until it has begun.",
        answers={
            200: Content(
                Whereabouts,
                {
                    "database": "external",
                    "data_dir": "/var/lib/lake",
                    "address": "postgresql://lake@db.example:5432/lake",
                    "run": "0197a1f2-5c1e-7d4a-9a43-0d6f4a1f2b3c",
                },
            )
        },
        faults=GUARDED,
    ),
    Endpoint(
        method="get",
        path="/metrics",
        room=ROOM,
        summary="Figures for Prometheus",
        answers={200: Content(TEXT, media_type="text/plain")},
        faults=GUARDED,
    ),
    Endpoint(
        method="get",
        path="/openapi.json",
        room=ROOM,
        summary="This document",
        detail="Needs no token.",
        answers={200: Content({"type": "object"})},
        faults=(403,),
    ),
    Endpoint(
        method="get",
        path="/docs",
        room=ROOM,
        summary="This document, to read",
        detail="Needs no token, and no other host.",
        answers={200: Content(TEXT, media_type="text/html")},
        faults=(403,),
    ),
    Endpoint(
        method="get",
        path="/docs/{file}",
        room=ROOM,
        summary="What that page is made of",
        parameters=(
            Parameter("file", "Its name.", {"enum": ["docs.css", "docs.js"]}, "path", "docs.css"),
        ),
        answers={200: Content(TEXT, media_type="text/*")},
        faults=(403, 404),
    ),
)
