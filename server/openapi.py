"""The OpenAPI document, made of the lake's own schema and the endpoints in words.

Schemas come from the Structs that decode and encode, faults from `server.errors`: what is told
here cannot differ from what is done, but for the words. Serves nothing.
"""

from __future__ import annotations

import typing
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final

import msgspec
from msgspec import Struct

from lake_core.scene.diff import SceneDiff
from lake_core.scene.life import EntityMoment
from server.described import ENDPOINTS
from server.described.words import Content, Endpoint, Parameter
from server.errors import FAULTS, Problem
from server.state import PACKAGE, package_version

PROBLEM_TYPE: Final = "application/problem+json"

_SCHEMAS: Final = "#/components/schemas/"
_TIMES: Final = frozenset({
    "timestamp", "recorded_at", "created_at", "start_time", "end_time", "last_change",
    "last_snapshot", "from", "to",
})  # fmt: skip
_OPEN: Final = ("EntityBody", "EntityUpdate", "ConnectionBody", "ConnectionUpdate", "BatchBody")
"""Bodies whose unknown fields are kept, or left alone; they are decoded a second time then."""
_INTRO: Final = (
    "The lake keeps every change of a scene, and tells any of its pasts. A success of an ingest "
    "request means that the data is committed. Errors are `application/problem+json` (RFC 9457); "
    "nothing of a refused request is stored. Bodies may come in gzip, deflate or zstd."
)
_HEADERS: Final[dict[int, tuple[str, str]]] = {
    401: ("WWW-Authenticate", "Bearer"),
    429: ("Retry-After", "Seconds to wait."),
    503: ("Retry-After", "Seconds to wait."),
}

Json = dict[str, Any]


def document() -> Json:
    """The document, OpenAPI 3.1, of all that is described."""
    bodies = [one.body for one in ENDPOINTS if one.body is not None]
    contents = bodies + [content for one in ENDPOINTS for content in one.answers.values()]
    book = _SchemaBook([Problem, *(kind for content in contents for kind in content.kinds())])
    paths: dict[str, Json] = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(endpoint.path, {})[endpoint.method] = _operation(endpoint, book)
    statuses = sorted({status for endpoint in ENDPOINTS for status in endpoint.faults})
    return {
        "openapi": "3.1.0",
        "info": {"title": "Eustress Lake", "version": package_version(), "description": _INTRO},
        "servers": [{"url": "/"}],
        "security": [{}, {"token": []}],
        "tags": [{"name": room} for room in dict.fromkeys(one.room for one in ENDPOINTS)],
        "paths": paths,
        "components": {
            "schemas": book.components,
            "responses": {_fault_name(status): _fault(status) for status in statuses},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": f"Where {PACKAGE} runs with --token.",
                }
            },
        },
    }


class _SchemaBook:
    """JSON Schemas of types, and what they refer to by name."""

    def __init__(self, kinds: Iterable[Any]) -> None:
        wanted = list(dict.fromkeys(kinds))
        schemas, self.components = msgspec.json.schema_components(
            [schematic(kind) for kind in wanted], ref_template=_SCHEMAS + "{name}"
        )
        self._schemas = dict(zip(wanted, schemas, strict=True))
        for name, schema in self.components.items():
            schema["description"] = " ".join(schema.get("description", "").split())
            if name in _OPEN:
                schema["additionalProperties"] = True
            for field, told in schema.get("properties", {}).items():
                if field in _TIMES:
                    _tell_time(told)

    def schema(self, content: Content) -> Json:
        """What a body is made of."""
        schemas = [self._schemas[kind] for kind in content.kinds()]
        if not schemas:
            return dict(content.kind)
        return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def schematic(kind: Any) -> Any:
    """A type that msgspec has a schema for; for a union of two mappings it has none."""
    changes = dict[str, dict[str, Any]]
    if kind is SceneDiff:
        return _with(SceneDiff, changed=dict[str, changes])
    if kind == list[EntityMoment]:
        return list[_with(EntityMoment, changed=changes)]  # type: ignore[misc]
    return kind


def _with(kind: type[Struct], **fields: Any) -> type[Struct]:
    """The same Struct, but for the types of some fields."""
    hints = typing.get_type_hints(kind, include_extras=True)
    named = [(name, fields.get(name, hints[name])) for name in kind.__struct_fields__]
    return msgspec.defstruct(kind.__name__, named, namespace={"__doc__": kind.__doc__})


def _tell_time(schema: Json) -> None:
    for part in (schema, *schema.get("anyOf", ())):
        if part.get("type") == "string":
            part["format"] = "date-time"


def _operation(endpoint: Endpoint, book: _SchemaBook) -> Json:
    told: Json = {
        "operationId": _operation_id(endpoint),
        "tags": [endpoint.room],
        "summary": endpoint.summary,
        "description": endpoint.detail,
        "parameters": [_parameter(parameter) for parameter in endpoint.parameters],
        "responses": {
            str(status): _answer(status, content, endpoint, book)
            for status, content in endpoint.answers.items()
        }
        | {
            str(status): {"$ref": f"#/components/responses/{_fault_name(status)}"}
            for status in sorted(set(endpoint.faults))
        },
    }
    if endpoint.body is not None:
        told["requestBody"] = {"required": True, "content": _content(endpoint.body, book)}
    return told


def _operation_id(endpoint: Endpoint) -> str:
    words = endpoint.path.replace("{", "").replace("}", "").replace(".", "/").split("/")
    return "_".join([endpoint.method, *(word for word in words if word not in ("", "eustress"))])


def _parameter(parameter: Parameter) -> Json:
    told: Json = {
        "name": parameter.name,
        "in": parameter.where,
        "description": parameter.meaning,
        "required": parameter.is_required or parameter.where == "path",
        "schema": dict(parameter.schema),
    }
    if parameter.example is not None:
        told["example"] = parameter.example
    return told


def _content(content: Content, book: _SchemaBook) -> Json:
    told: Json = {"schema": book.schema(content)}
    if content.example is not None:
        told["example"] = content.example
    return {content.media_type: told}


def _answer(status: int, content: Content, endpoint: Endpoint, book: _SchemaBook) -> Json:
    told: Json = {"description": content.meaning or HTTPStatus(status).phrase}
    if content.media_type:
        told["content"] = _content(content, book)
    if endpoint.is_paged:
        meaning = 'With `limit`, where there is more: the next page, as `rel="next"`.'
        told["headers"] = {"Link": _header(meaning)}
    if status == HTTPStatus.CREATED:
        told["headers"] = {"Location": _header("Where it is found.")}
    return told


def _header(meaning: str) -> Json:
    return {"description": meaning, "schema": {"type": "string"}}


def _fault_name(status: int) -> str:
    return f"Fault{status}"


def _fault(status: int) -> Json:
    faults = [fault for fault in FAULTS.values() if fault.status == status]
    example = Problem(
        type=f"urn:eustress-lake:{faults[0].name}",
        title=faults[0].title,
        status=status,
        detail="what is wrong, and what to do",
        success=False,
        message="what is wrong, and what to do",
    )
    told: Json = {
        "description": "; ".join(f"{fault.title} (`{fault.name}`)" for fault in faults),
        "content": {
            PROBLEM_TYPE: {
                "schema": {"$ref": f"{_SCHEMAS}{Problem.__name__}"},
                "example": msgspec.to_builtins(example),
            }
        },
    }
    if status in _HEADERS:
        name, meaning = _HEADERS[status]
        told["headers"] = {name: _header(meaning)}
    return told
