"""The table of errors, row by row: the status, the problem, and that nothing was stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from lake_core.settings import Settings
from server.state import whereabouts
from tests.integration.outages import wait_for

SPACE = "s"
ENTITY = {"space_name": SPACE, "entity": {"id": "a"}}


def _assert_problem(answer: Any, status: int) -> Any:
    assert answer.status == status, answer.body
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    body = answer.json()
    assert (body["status"], body["success"]) == (status, False)
    assert body["type"]
    assert body["title"]
    assert body["detail"] == body["message"] != ""
    return body


def _assert_nothing_stored(served: Any) -> None:
    stats = served.get("/eustress/ingest/stats").json()
    assert stats["total_entities_seen"] == 0
    assert sum(space["changes"] for space in stats["spaces"]) == 0


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"", ""),
        (b"{", ""),
        (b"[]", ""),
        (b"null", ""),
        (b'{"entity": {"id": "a"}}', ""),
        (b'{"space_name": "s"}', ""),
        (b'{"space_name": 5, "entity": {"id": "a"}}', "/space_name"),
        (b'{"space_name": "  ", "entity": {"id": "a"}}', "/space_name"),
        (b'{"space_name": "s", "entity": {"name": "a"}}', "/entity"),
        (b'{"space_name": "s", "entity": {"id": " "}}', None),
        (b'{"space_name": "s", "entity": {"id": "a", "position": [1, 2]}}', "/entity/position"),
        (b'{"space_name": "s", "entity": {"id": "a", "position": [0, "x", 0]}}', None),
        (b'{"space_name": "s", "entity": {"id": "a", "position": [0, NaN, 0]}}', ""),
        (b'{"space_name": "s", "entity": {"id": "a", "position": [0, 1e39, 0]}}', None),
        (b'{"space_name": "s", "entity": {"id": "a", "parameters": {"x": 1e999}}}', None),
        (b'{"space_name": "s", "entity": {"id": "a", "tags": "light"}}', "/entity/tags"),
        (b'{"space_name": "s", "entity": {"id": "\xff"}}', ""),
    ],
)
def test_that_a_request_that_is_not_as_it_must_be_is_400(
    served: Any, body: bytes, pointer: str | None
) -> None:
    answer = served.post("/eustress/ingest/entity", body=body)
    problem = _assert_problem(answer, 400)
    if pointer:
        assert [field["pointer"] for field in problem["errors"]] == [pointer]
    _assert_nothing_stored(served)


def test_that_one_bad_item_refuses_the_whole_batch(served: Any) -> None:
    entities = [{"id": "a"}, {"id": "b", "scale": [1, 1]}]
    body = {"space_name": SPACE, "entities": entities}
    problem = _assert_problem(served.post("/eustress/ingest/batch", body), 400)
    assert problem["errors"][0]["pointer"] == "/entities/1/scale"
    _assert_nothing_stored(served)


@pytest.mark.parametrize(
    "path",
    [
        "/eustress/ingest/snapshots/nowhere",
        "/eustress/ingest/snapshots/nowhere?view=summary",
        "/eustress/spaces/nowhere/entities",
        "/eustress/ingest/snapshots/nul%00",
        "/eustress/ingest/snapshots/%ff",
        "/eustress/ingest/snapshots/%ed%a0%80",
        "/eustress/spaces/nul%00/entities",
        "/eustress/spaces/nul%00/entities?at=3",
        f"/eustress/snapshots/{uuid4()}",
        f"/eustress/epochs/{uuid4()}",
        "/eustress/elsewhere",
        "/",
    ],
)
def test_that_what_is_not_there_is_404(served: Any, path: str) -> None:
    _assert_problem(served.get(path), 404)


def test_that_acts_on_what_is_not_there_are_404(served: Any) -> None:
    for name in ("nowhere", "nul%00", "%ff", "%ed%a0%80"):
        _assert_problem(served.post(f"/eustress/ingest/snapshot/{name}"), 404)
    _assert_problem(served.request("DELETE", f"/eustress/epochs/{uuid4()}"), 404)
    served.ingest("entity", ENTITY)
    for endpoint, body in (
        ("entity/delete", {"space_name": SPACE, "entity_id": "b"}),
        ("parameter", {"space_name": SPACE, "entity_id": "b", "parameter_name": "x", "value": 1}),
    ):
        _assert_problem(served.post(f"/eustress/ingest/{endpoint}", body), 404)


@pytest.mark.parametrize(
    "path",
    [
        "/eustress/snapshots/not-a-uuid",
        "/eustress/epochs/not-a-uuid",
        "/eustress/ingest/snapshots/s?limit=0",
        "/eustress/ingest/snapshots/s?from=yesterday",
        "/eustress/ingest/snapshots/s?view=brief",
        "/eustress/spaces/s/entities?flux=12",
        "/eustress/spaces/s/entities?at=never",
    ],
)
def test_that_a_question_that_cannot_be_read_is_400(served: Any, path: str) -> None:
    served.ingest("entity", ENTITY)
    _assert_problem(served.get(path), 400)


def test_that_a_method_that_is_not_allowed_is_405(served: Any) -> None:
    answer = served.request("PUT", "/eustress/ingest/entity")
    _assert_problem(answer, 405)
    assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "application/json; charset=latin-1"]
)
def test_that_another_content_type_is_415(served: Any, content_type: str) -> None:
    headers = {"Content-Type": content_type}
    answer = served.post("/eustress/ingest/entity", ENTITY, headers=headers)
    _assert_problem(answer, 415)
    _assert_nothing_stored(served)


def test_that_json_by_any_of_its_names_is_read(served: Any) -> None:
    for number, content_type in enumerate(("application/json; charset=UTF-8", "Application/JSON")):
        body = {"space_name": SPACE, "entity": {"id": f"e{number}"}}
        served.ingest("entity", body, headers={"Content-Type": content_type})
    answer = served.post("/eustress/ingest/entity", body=b'{"space_name":"s","entity":{"id":"x"}}')
    assert answer.status == 200


def test_that_a_text_postgresql_cannot_hold_is_422(served: Any) -> None:
    body = {"space_name": SPACE, "entity": {"id": "a", "name": "nul\0"}}
    _assert_problem(served.post("/eustress/ingest/entity", body), 422)
    _assert_nothing_stored(served)


def test_that_a_foreign_page_is_403(served: Any) -> None:
    for headers in ({"Origin": "http://evil.example"}, {"Host": "evil.example"}):
        answer = served.post("/eustress/ingest/entity", ENTITY, headers=headers)
        _assert_problem(answer, 403)
    _assert_nothing_stored(served)


def test_that_a_missing_or_wrong_token_is_401(served_with: Any) -> None:
    with served_with(token="right") as served:
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            answer = served.post("/eustress/ingest/entity", ENTITY, headers=headers)
            _assert_problem(answer, 401)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
        right = {"Authorization": "Bearer right"}
        assert served.get("/eustress/spaces", headers=right).json() == []
        assert served.get("/healthz").status == 200


def test_that_liveness_readiness_and_version_are_answered(served: Any) -> None:
    assert served.get("/healthz").json() == {"status": "ok"}
    assert served.get("/readyz").json()["status"] == "ready"
    assert served.get("/version").json()["name"] == "eustress-lake-studio"


def test_that_where_the_lake_is_kept_is_told_to_who_may_know_and_never_a_password(
    served_with: Any, settings: Settings
) -> None:
    address = make_conninfo(settings.database_url or "", password="hush-1")
    with served_with(token="right", database_url=address) as served:
        _assert_problem(served.get("/eustress/lake"), 401)
        answer = served.get("/eustress/lake", headers={"Authorization": "Bearer right"})
        told = answer.json()
        assert (told["database"], told["data_dir"]) == ("external", str(settings.data_dir))
        parts = conninfo_to_dict(told["address"])
        assert parts["dbname"] == conninfo_to_dict(address)["dbname"]
        assert b"hush-1" not in answer.body
        assert told["run"] is None
        served.lake.begin_run("lake-server", "1", served.url)
        again = served.get("/eustress/lake", headers={"Authorization": "Bearer right"})
        wait_for(lambda: [str(run.id) for run in served.lake.runs()] == [again.json()["run"]])


def test_that_an_embedded_postgresql_is_told_by_its_folder_alone(tmp_path: Path) -> None:
    told = whereabouts(Settings(data_dir=tmp_path))
    assert (told.database, told.data_dir, told.address) == ("embedded", str(tmp_path), None)
