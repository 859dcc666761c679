from __future__ import annotations

from typing import Any

import msgspec
import pytest
from aiohttp import web

from lake_core import errors
from lake_core.errors import FieldError, InvalidInput, LakeError
from server.errors import Forbidden, Unauthorized, UnsupportedMedia, problem_of, problem_of_http


def _body(response: web.Response) -> dict[str, Any]:
    assert response.content_type == "application/problem+json"
    assert isinstance(response.body, bytes)
    body: dict[str, Any] = msgspec.json.decode(response.body)
    assert body["status"] == response.status
    return body


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.InvalidInput("x"), 400),
        (errors.NotFound("x"), 404),
        (errors.Gone("x"), 410),
        (errors.TooLarge("x"), 413),
        (UnsupportedMedia("x"), 415),
        (errors.Unstorable("x"), 422),
        (errors.KeyReused("x"), 422),
        (errors.Conflict("x"), 409),
        (Unauthorized("x"), 401),
        (Forbidden("x"), 403),
        (errors.QueueFull("x"), 429),
        (errors.DatabaseUnavailable("x"), 503),
        (errors.WriterElsewhere("x"), 503),
        (LakeError("x"), 500),
    ],
)
def test_that_each_error_has_the_contracts_status(error: LakeError, status: int) -> None:
    response = problem_of(error)
    assert response.status == status
    body = _body(response)
    assert body["detail"] == body["message"] == "x"
    assert body["success"] is False
    assert body["title"]
    assert body["type"].startswith("urn:eustress-lake:")
    assert ("Retry-After" in response.headers) == (status in (429, 503))


def test_that_the_fields_at_fault_are_named() -> None:
    error = InvalidInput("bad", (FieldError("/entity/position/1", "must be finite"),))
    at_fault = [{"pointer": "/entity/position/1", "reason": "must be finite"}]
    assert _body(problem_of(error))["errors"] == at_fault
    assert "errors" not in _body(problem_of(InvalidInput("bad")))


def test_that_a_kind_of_error_we_do_not_list_is_told_as_its_parent() -> None:
    class Odd(errors.NotFound):
        """A later module's own kind of missing thing."""

    assert problem_of(Odd("x")).status == 404


def test_that_an_unknown_address_leads_to_the_documentation() -> None:
    response = problem_of_http(web.HTTPNotFound())
    assert response.status == 404
    assert "/docs tells what there is" in _body(response)["detail"]


def test_that_a_method_that_is_not_allowed_names_those_that_are() -> None:
    response = problem_of_http(web.HTTPMethodNotAllowed("PUT", {"GET", "DELETE"}))
    assert response.status == 405
    assert set(response.headers["Allow"].split(",")) == {"GET", "DELETE"}
    assert "DELETE" in _body(response)["detail"]
