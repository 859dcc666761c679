"""Says errors over HTTP: each LakeError's status, as `application/problem+json` (RFC 9457).

Beside the problem's own members stand `success` and `message`, for clients that know only the
specification's answers. This module decides nothing about what is an error.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec
from aiohttp import web

from lake_core import errors
from lake_core.errors import InvalidInput, LakeError


class UnsupportedMedia(LakeError):
    """The body is of a type, or in an encoding, that is not read here."""


class SlowClient(LakeError):
    """The rest of the body did not come in time; nothing of the request was stored."""


class StreamStopped(LakeError):
    """A stream was given up at `line`, for `cause`; the lines before it are stored.

    `accepted` and `unchanged` count what came of those.
    """

    def __init__(self, cause: LakeError, line: int, accepted: int, unchanged: int) -> None:
        super().__init__(
            f"line {line}: {cause}; the lines before it are stored, go on from this one"
        )
        self.cause, self.line = cause, line
        self.accepted, self.unchanged = accepted, unchanged


class Unauthorized(LakeError):
    """The token is missing or wrong."""


class Forbidden(LakeError):
    """The request comes from a page or by a name that may not speak to this server."""


class Fault(NamedTuple):
    """How a class of errors is told: status, name (for `type`), title, seconds to wait."""

    status: int
    name: str
    title: str
    retry_after: int | None = None


FAULTS: Final[dict[type[LakeError], Fault]] = {
    errors.InvalidInput: Fault(400, "invalid-input", "The request is not as it must be"),
    errors.Unstorable: Fault(422, "unstorable", "A text cannot be stored"),
    errors.NotFound: Fault(404, "not-found", "Not found"),
    errors.Conflict: Fault(409, "conflict", "It is kept on purpose"),
    errors.Gone: Fault(410, "gone", "Expired by retention"),
    errors.Archived: Fault(410, "archived", "In an archive"),
    errors.KeyReused: Fault(422, "key-reused", "Idempotency key used with another body"),
    errors.TooLarge: Fault(413, "too-large", "Over a limit"),
    errors.QueueFull: Fault(429, "queue-full", "Too much is waiting to be written", 1),
    errors.DatabaseUnavailable: Fault(503, "database-unavailable", "PostgreSQL is away", 5),
    errors.WriterElsewhere: Fault(503, "writer-elsewhere", "Another process writes this space", 5),
    SlowClient: Fault(408, "slow-client", "The rest of the request did not come"),
    UnsupportedMedia: Fault(415, "unsupported-media", "Content type or encoding not read here"),
    Unauthorized: Fault(401, "unauthorized", "Token missing or wrong"),
    Forbidden: Fault(403, "forbidden", "Not allowed from there"),
    LakeError: Fault(500, "lake-error", "The lake could not do it"),
}


class Problem(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The body of an error answer."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] = []
    success: bool | None = None
    message: str
    line: int | None = None
    accepted: int | None = None
    unchanged: int | None = None


def fault_of(error: LakeError) -> Fault:
    """The fault of the nearest class in the error's ancestry."""
    if isinstance(error, StreamStopped):
        error = error.cause
    return next(FAULTS[kind] for kind in type(error).__mro__ if kind in FAULTS)


def problem_of(error: LakeError) -> web.Response:
    """The answer to a request that met `error`."""
    fault = fault_of(error)
    headers = {}
    if fault.retry_after is not None:
        headers["Retry-After"] = str(fault.retry_after)
    if fault.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    response = _told(problem_struct(error), headers)
    if fault.status == 408:
        response.force_close()  # whatever still comes is the rest of this request
    return response


def problem_struct(error: LakeError) -> Problem:
    """What is told of an error, whichever way it is sent."""
    fault, cause = fault_of(error), error
    body = Problem(
        type=f"urn:eustress-lake:{fault.name}",
        title=fault.title,
        status=fault.status,
        detail=str(error),
        success=False,
        message=str(error),
    )
    if isinstance(error, StreamStopped):
        cause, body.line = error.cause, error.line
        body.accepted, body.unchanged = error.accepted, error.unchanged
    fields = cause.errors if isinstance(cause, InvalidInput) else ()
    body.errors = [{"pointer": field.pointer, "reason": field.reason} for field in fields]
    return body


def problem_of_http(error: web.HTTPException) -> web.Response:
    """The router's own answers (no such path, method not allowed), told as problems."""
    allow = error.headers.get("Allow")
    detail = f"{error.reason}: allowed is {allow}" if allow else error.reason
    if error.status == 404:  # a browser at the address the window shows, too
        detail = "there is nothing at this address; /docs tells what there is"
    headers = {"Allow": allow} if allow else {}
    return problem(error.status, "about:blank", error.reason, detail, headers=headers)


def problem(
    status: int,
    kind: str,
    title: str,
    detail: str,
    *,
    headers: dict[str, str] | None = None,
) -> web.Response:
    """A problem+json answer; `detail` is also the specification's `message`."""
    body = Problem(
        type=kind,
        title=title,
        status=status,
        detail=detail,
        success=False,
        message=detail,
    )
    return _told(body, headers)


def _told(body: Problem, headers: dict[str, str] | None) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(body),
        status=body.status,
        headers=headers,
        content_type="application/problem+json",
    )
