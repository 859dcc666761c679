"""`/openapi.json` and `/docs`: what is told agrees with what is served."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest

from lake_core.settings import Settings
from server.app import build_application
from server.described import ENDPOINTS
from server.described.words import JSON
from server.errors import FAULTS
from server.gate import LakeGate
from server.openapi import schematic


@pytest.fixture
def document(served: Any) -> Any:
    answer = served.get("/openapi.json")
    assert answer.headers["Content-Type"].startswith("application/json")
    return answer.json()


def _operations(document: Any) -> dict[tuple[str, str], Any]:
    return {
        (method.upper(), path): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }


def _refs(node: Any) -> set[str]:
    """Every reference within a document."""
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*map(_refs, node.values()))
    return set().union(*map(_refs, node)) if isinstance(node, list) else set()


def test_that_every_route_is_described_and_nothing_else(document: Any, settings: Settings) -> None:
    application = build_application(LakeGate(settings))
    routes = {
        (route.method, route.resource.canonical)
        for route in application.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    assert set(_operations(document)) == routes


CONTRACT = """
    POST /eustress/ingest/entity, POST /eustress/ingest/connection,
    POST /eustress/ingest/parameter, POST /eustress/ingest/batch,
    POST /eustress/ingest/snapshot/{space}, GET /eustress/ingest/snapshots/{space},
    GET /eustress/ingest/stats, POST /eustress/ingest/entity/delete,
    POST /eustress/ingest/connection/delete, POST /eustress/ingest/stream,
    GET /eustress/ingest/ws, GET /eustress/snapshots/{id}, PATCH /eustress/snapshots/{id},
    DELETE /eustress/snapshots/{id}, GET /eustress/spaces,
    GET /eustress/spaces/{space}/entities, GET /eustress/spaces/{space}/entities/{id}/history,
    GET /eustress/spaces/{space}/diff, GET /eustress/entities, POST /eustress/epochs,
    GET /eustress/epochs, GET /eustress/epochs/{id}, DELETE /eustress/epochs/{id},
    GET /eustress/live, GET /healthz, GET /readyz, GET /version, GET /metrics, GET /openapi.json
"""
"""Sections 2 to 4 of the contract."""


def test_that_every_endpoint_of_the_contract_is_there(document: Any) -> None:
    told = {f"{method} {path}" for method, path in _operations(document)}
    assert {endpoint.strip() for endpoint in CONTRACT.split(",")} <= told


def test_that_every_reference_leads_somewhere_and_every_schema_is_used(document: Any) -> None:
    refs = _refs(document)
    for ref in refs:
        node = document
        for step in ref.removeprefix("#/").split("/"):
            node = node[step]
    for kind in ("schemas", "responses"):
        names = {f"#/components/{kind}/{name}" for name in document["components"][kind]}
        assert names <= refs


def test_that_every_fault_the_server_knows_is_told(document: Any) -> None:
    responses = document["components"]["responses"]
    for fault in FAULTS.values():
        if fault.status < 500 or fault.status == 503:
            assert fault.name in responses[f"Fault{fault.status}"]["description"]
    assert "Retry-After" in responses["Fault429"]["headers"]
    assert "writer-elsewhere" in responses["Fault503"]["description"]


def test_that_the_parameters_in_each_path_are_told(document: Any) -> None:
    for (_, path), operation in _operations(document).items():
        told = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
        assert told == set(re.findall(r"\{(\w+)\}", path))
    ids = [operation["operationId"] for operation in _operations(document).values()]
    assert len(set(ids)) == len(ids)


def test_that_each_example_is_taken_as_it_is_printed(document: Any, served: Any) -> None:
    edge = {"source_id": "atom_1", "target_id": "photon_1", "connection_type": "hierarchy"}
    entities = [{"id": entity_id} for entity_id in ("atom_1", "photon_1", "electron_9")]
    scene = {"space_name": "quantum_mechanics", "entities": entities, "connections": [edge]}
    tried = []
    for (method, path), operation in _operations(document).items():
        if "requestBody" not in operation:
            continue
        served.ingest("batch", scene | {"replace": True})
        snapshot_id = served.ingest("snapshot/quantum_mechanics")["snapshot_id"]
        [(media_type, content)] = operation["requestBody"]["content"].items()
        example = content["example"]
        body = example.encode() if isinstance(example, str) else msgspec.json.encode(example)
        address = path.replace("{id}", snapshot_id).replace("{space}", "quantum_mechanics")
        answer = served.request(method, address, body=body, headers={"Content-Type": media_type})
        assert answer.status in (200, 201), (path, answer.body)
        tried.append(path)
    assert len(tried) >= 9


def test_that_each_answer_has_an_example_that_is_of_its_kind() -> None:
    for endpoint in ENDPOINTS:
        for content in endpoint.answers.values():
            if content.media_type != JSON or not content.kinds():
                continue
            # What a union of mappings would say is left open, as in the document.
            kind = schematic(content.kinds()[0])
            assert content.example is not None, endpoint
            msgspec.json.decode(msgspec.json.encode(content.example), type=kind)


class _Addresses(HTMLParser):
    """Every address an HTML page leads to or loads."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("href", "src")]


def test_that_the_page_needs_no_other_host(served: Any) -> None:
    answer = served.get("/docs")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    page = _Addresses()
    page.feed(answer.body.decode())
    loaded = [address for address in page.found if address.startswith("/")]
    assert sorted(set(page.found) - set(loaded)) == ["data:,"]
    for address in loaded:
        part = served.get(address)
        assert part.status == 200
        assert not re.search(rb"https?://", part.body)
    assert served.get("/docs/elsewhere.js").status == 404


def test_that_the_document_needs_no_token_but_what_it_tells_of_does(served_with: Any) -> None:
    with served_with(token="right") as served:
        for path in ("/openapi.json", "/docs", "/docs/docs.css", "/docs/docs.js"):
            assert served.get(path).status == 200
        assert served.get("/eustress/spaces").status == 401
        assert served.get("/docs", headers={"Host": "evil.example"}).status == 403


def test_that_head_is_answered_where_get_is(served: Any) -> None:
    answer = served.request("HEAD", "/openapi.json")
    assert (answer.status, answer.body) == (200, b"")
