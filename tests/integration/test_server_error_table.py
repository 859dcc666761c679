"""The contract's table of errors, one row after another: status, shape, cause, nothing stored."""

from __future__ import annotations

import base64
import http.client
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pytest

from lake_core.settings import Settings
from lake_core.upkeep.retention import Retention
from tests.conftest import fresh_database
from tests.integration.conftest import Answer, Served, serve
from tests.integration.line import Line

NOWHERE = str(uuid4())
RIGHT = {"Authorization": "Bearer right"}


class Row(NamedTuple):
    """A row of the table, or one of its cases; `names` is what the detail must speak of."""

    case: str
    status: int
    method: str
    path: str
    body: Any = None
    headers: dict[str, str] = {}  # noqa: RUF012
    pointer: str | None = None
    names: str = ""


def _entity(case: str, status: int, entity: Any, **more: Any) -> Row:
    body = {"space_name": "s", "entity": entity}
    return Row(case, status, "POST", "/eustress/ingest/entity", body, **more)


def _raw(case: str, status: int, body: bytes, **more: Any) -> Row:
    return Row(case, status, "POST", "/eustress/ingest/entity", body, **more)


def _key(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


_NOTED = {"note": "x" * 10_001}
_SNAPSHOTS = "/eustress/snapshots"
TABLE = [
    _raw("not JSON", 400, b'{"space_name": '),
    _raw("not UTF-8", 400, b'{"space_name": "\xff"}'),
    _raw("a field missing", 400, b'{"space_name": "s"}', names="entity"),
    _entity("a field of the wrong type", 400, {"id": "a", "tags": 3}, pointer="/entity/tags"),
    _raw("a number that is not finite", 400, b'{"space_name": "s", "entity": {"id": NaN}}'),
    _entity("not finite as float32", 400, {"id": "a", "scale": [0, 0, 1e39]}, names="scale"),
    _entity("a blank id", 400, {"id": "  "}, pointer="/entity/id"),
    _entity("a blank key", 400, {"id": "a"}, headers=_key(" ")),
    Row("an edit that cannot be", 400, "PATCH", f"{_SNAPSHOTS}/{NOWHERE}", {"rating": 9}),
    Row("an epoch of nothing", 400, "POST", "/eustress/epochs", {"snapshot_ids": []}),
    Row("a question that cannot be read", 400, "GET", "/eustress/entities?flux=11", names="flux"),
    Row("an unknown space", 404, "GET", "/eustress/spaces/none/entities", names="none"),
    Row("an unknown snapshot", 404, "GET", f"{_SNAPSHOTS}/{NOWHERE}", names=NOWHERE),
    Row("an unknown epoch", 404, "DELETE", f"/eustress/epochs/{NOWHERE}", names=NOWHERE),
    Row("an unknown entity", 404, "GET", "/eustress/spaces/known/entities/z/history", names="'z'"),
    Row(
        "an epoch of a space that cannot be",
        404,
        "POST",
        "/eustress/epochs",
        {"space_name": "\0", "from": "2025-12-30T00:00:00Z"},
    ),
    Row("an unknown address", 404, "GET", "/eustress/elsewhere"),
    Row("another method", 405, "PUT", "/eustress/spaces", names="GET"),
    _entity("a body too long", 413, {"id": "a", "name": "x" * 20_000}, names="20000"),
    _entity("an id too long", 413, {"id": "x" * 1025}, names="1024"),
    _raw(
        "a space name too long",
        413,
        b'{"space_name": "%s", "entity": {"id": "a"}}' % (b"x" * 257),
        names="256",
    ),
    _raw(
        "JSON too deep",
        413,
        b'{"space_name": "known", "entity": {"id": "a", "parameters": {"x": %s}}}'
        % (b"[" * 70 + b"]" * 70),
        names="64",
    ),
    _entity("one space too many", 413, {"id": "a"}, names="1 spaces"),
    Row("a note too long", 413, "PATCH", f"{_SNAPSHOTS}/{NOWHERE}", _NOTED, names="10000"),
    _raw("another content type", 415, b"<a/>", headers={"Content-Type": "text/xml"}, names="xml"),
    _raw("another encoding", 415, b"x", headers={"Content-Encoding": "br"}, names="br"),
    _entity("a text PostgreSQL cannot hold", 422, {"id": "a", "name": "\0"}, names="u0000"),
    Row(
        "an epoch's name PostgreSQL cannot hold",
        422,
        "POST",
        "/eustress/epochs",
        {"snapshot_ids": [NOWHERE], "name": "\0"},
        pointer="/name",
    ),
    _entity("a key used with another body", 422, {"id": "other"}, headers=_key("used")),
    _entity("no token", 401, {"id": "a"}, headers={"Authorization": ""}, names="Bearer"),
    _entity("a wrong token", 401, {"id": "a"}, headers={"Authorization": "Bearer wrong"}),
    _entity(
        "a token of another kind",
        401,
        {"id": "a"},
        headers={"Authorization": f"Basic {base64.b64encode(b'x:right').decode()}"},
    ),
    _entity("a foreign Origin", 403, {"id": "a"}, headers={"Origin": "http://evil.example"}),
    _entity("a foreign Host", 403, {"id": "a"}, headers={"Host": "evil.example"}, names="evil"),
]


def _assert_problem(answer: Answer, status: int) -> Any:
    assert answer.status == status, answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["success"]) == (status, False)
    assert body["type"].startswith("urn:eustress-lake:") or body["type"] == "about:blank"
    assert body["title"]
    assert body["detail"] == body["message"] != ""
    return body


@pytest.fixture(scope="module")
def limited(postgres: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server with low limits for the whole table: nothing of it is ever stored."""
    folder = tmp_path_factory.mktemp("limited")
    with fresh_database(postgres) as url:
        settings = Settings(
            port=0,
            data_dir=folder,
            database_url=url,
            token="right",
            max_body_bytes=20_000,
            max_spaces=1,
        )
        with serve(settings) as served:
            known = {"space_name": "known", "entity": {"id": "a"}}
            served.ingest("entity", known, headers=RIGHT | _key("used"))
            yield served


def _spaces(served: Served) -> Any:
    spaces = served.get("/eustress/spaces", headers=RIGHT).json()
    return [{name: space[name] for name in space if name != "rate_per_s"} for space in spaces]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.case)
def test_that_each_case_of_the_table_is_told_and_stores_nothing(limited: Served, row: Row) -> None:
    before = _spaces(limited)
    headers = RIGHT | row.headers
    if isinstance(row.body, bytes):
        answer = limited.request(row.method, row.path, body=row.body, headers=headers)
    else:
        answer = limited.request(row.method, row.path, row.body, headers=headers)
    problem = _assert_problem(answer, row.status)
    assert row.names in problem["detail"]
    if row.pointer is not None:
        assert [field["pointer"] for field in problem["errors"]] == [row.pointer]
        assert all(field["reason"] for field in problem["errors"])
    assert _spaces(limited) == before


def test_that_deleting_what_an_epoch_holds_is_409(served: Any) -> None:
    served.ingest("entity", {"space_name": "s", "entity": {"id": "a"}})
    held = served.ingest("snapshot/s")["snapshot_id"]
    served.post("/eustress/epochs", {"snapshot_ids": [held]})
    problem = _assert_problem(served.request("DELETE", f"{_SNAPSHOTS}/{held}"), 409)
    assert held in problem["detail"]
    assert served.get(f"{_SNAPSHOTS}/{held}").status == 200


def test_that_what_retention_let_go_is_410_and_comes_back(served: Any) -> None:
    served.ingest("entity", {"space_name": "s", "entity": {"id": "a"}})
    gone, newest = (served.ingest("snapshot/s")["snapshot_id"] for _ in range(2))
    later = datetime.now(UTC) + timedelta(seconds=10)
    served.lake.apply_retention("s", Retention(newest=1, triggers=("manual",)), later)
    for path in (f"{_SNAPSHOTS}/{gone}", f"/eustress/spaces/s/entities?at={gone}"):
        assert gone in _assert_problem(served.get(path), 410)["detail"]
    _assert_problem(served.post("/eustress/epochs", {"snapshot_ids": [gone]}), 410)
    assert served.get(f"{_SNAPSHOTS}/{newest}").status == 200
    assert served.request("PATCH", f"{_SNAPSHOTS}/{gone}", {"deleted": False}).status == 200
    assert served.get(f"{_SNAPSHOTS}/{gone}").status == 200


def test_that_a_full_queue_is_429_and_says_when_to_come_again(served_with: Any) -> None:
    with served_with(max_body_bytes=1000, queue_bytes=1000) as served:
        go_on, holds = threading.Event(), threading.Event()

        def hold_up(notice: object) -> None:  # in the lake thread
            holds.set()
            go_on.wait(30)

        served.lake.add_listener(hold_up)
        first = served.lake.ingest("entity", b'{"space_name": "s", "entity": {"id": "a"}}')
        assert holds.wait(30)
        waiting = b'{"space_name": "s", "entity": {"id": "b", "name": "%s"}}' % (b"x" * 800)
        second = served.lake.ingest("entity", waiting)
        answer = served.post("/eustress/ingest/entity", body=waiting.replace(b'"b"', b'"c"'))
        go_on.set()
        assert "1000" in _assert_problem(answer, 429)["detail"]
        assert int(answer.headers["Retry-After"]) >= 1
        assert (first.result(30).accepted, second.result(30).accepted) == (1, 1)
        entities = served.get("/eustress/spaces/s/entities").json()
        assert [entity["id"] for entity in entities] == ["a", "b"]


def test_that_a_full_spool_is_503_and_says_when_to_come_again(
    served_with: Any, database_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "l"
    folder.mkdir()
    line = Line(folder, database_url)
    try:
        with served_with(database_url=line.url, spool_bytes=1500) as served:
            served.ingest("entity", {"space_name": "s", "entity": {"id": "a"}})
            line.cut()
            answers = [_entity_post(served, f"e{number}") for number in range(5)]
            statuses = [answer.status for answer in answers]
            assert statuses == sorted(statuses)
            assert (statuses[0], statuses[-1]) == (200, 503)
            assert "1500" in _assert_problem(answers[-1], 503)["detail"]
            assert int(answers[-1].headers["Retry-After"]) >= 1
            _assert_problem(served.get("/eustress/spaces"), 503)
            assert served.get("/readyz").json()["status"] == "spooling"
            line.mend()
    finally:
        line.close()


def test_that_a_space_written_elsewhere_is_503_and_names_who_writes_it(served_with: Any) -> None:
    with served_with() as one, served_with() as other:
        one.ingest("entity", {"space_name": "s", "entity": {"id": "a"}})
        problem = _assert_problem(_entity_post(other, "b"), 503)
        assert problem["type"] == "urn:eustress-lake:writer-elsewhere"
        assert "eustress-lake" in problem["detail"]
        assert [item["id"] for item in one.get("/eustress/spaces/s/entities").json()] == ["a"]


def _entity_post(served: Any, entity_id: str) -> Any:
    return served.post("/eustress/ingest/entity", {"space_name": "s", "entity": {"id": entity_id}})


def test_that_no_page_of_another_origin_is_let_through_by_a_preflight(served: Any) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
    asked = {
        "Origin": "http://evil.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
        "Access-Control-Request-Private-Network": "true",
    }
    connection.request("OPTIONS", "/eustress/ingest/entity", headers=asked)
    answer = connection.getresponse()
    assert answer.status == 403
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]
    connection.close()
