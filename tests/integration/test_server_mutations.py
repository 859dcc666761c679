"""Thousands of damaged requests: no 500, nothing stored in part, nothing left behind.

300 as a rule; `--mutated-requests 10000` takes some minutes.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import socket
import time
from collections import Counter
from typing import Any

import psutil
import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from tests.integration.mutations import Sending, sendings

TOLD = {200, 201, 400, 403, 404, 405, 408, 409, 413, 415, 417, 422, 429}
"""What a damaged request may be answered; nobody is away, and no token is asked for."""
PATIENCE = 0.3


class _Kept(io.BytesIO):
    """An answer's bytes, as http.client wants them."""

    def makefile(self, mode: str) -> io.BytesIO:
        return self


def _send(port: int, sending: Sending) -> bytes:
    """All that is answered until the server, or we, have had enough.

    A stream may pause as long as it likes: there it is we who leave.
    """
    is_stream = sending.request.startswith(b"POST /eustress/ingest/stream ")
    request = sending.request if sending.kept is None else sending.request[: sending.kept]
    size = max(1, -(-len(request) // sending.pieces))
    answer = b""
    with (
        socket.create_connection(("127.0.0.1", port), 5) as sent,
        contextlib.suppress(ConnectionError),  # it had enough before we were through
    ):
        if is_stream:
            sent.settimeout(1)
        for at in range(0, len(request), size):
            sent.sendall(request[at : at + size])
            time.sleep(sending.pause)
        if sending.kept is not None and not sending.stays:
            return b""
        with contextlib.suppress(*([TimeoutError] if is_stream else [])):
            while piece := sent.recv(1 << 16):
                answer += piece
    return answer


def _status(answer: bytes) -> int | None:
    """The status of the first answer, whose shape is looked at; None where there is none."""
    if not answer:
        return None
    response = http.client.HTTPResponse(_Kept(answer))  # type: ignore[arg-type]
    response.begin()
    kind = response.headers.get_content_type()
    if response.status >= 400 and kind == "application/problem+json":
        with contextlib.suppress(http.client.IncompleteRead):  # to HEAD, or to one who left
            assert json.loads(response.read())["status"] == response.status
    elif response.status >= 400:
        # What is not HTTP does not come as far as we do.
        assert (response.status, kind) in ((400, "text/plain"), (417, "text/plain")), answer
    return response.status


def _connections(port: int) -> int:
    """How many connections the server has open; it runs in this process."""
    found = psutil.Process().net_connections("tcp")
    return sum(one.laddr.port == port and one.status != psutil.CONN_LISTEN for one in found)


def _gauge(served: Any, name: str) -> float:
    families = text_string_to_metric_families(served.get("/metrics").body.decode())
    return next(sample.value for one in families for sample in one.samples if sample.name == name)


def _stored(database_url: str) -> dict[str, tuple[int, int]]:
    """Of each space: how many rows its log has, and the newest sequence number."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "SELECT space_name, count(seq), coalesce(max(seq), 0) FROM lake_spaces"
            " LEFT JOIN lake_changes USING (space_id) GROUP BY space_name"
        )
        return {name: (count, newest) for name, count, newest in rows}


# The lake's own threads draw random numbers too, while a strategy does its work.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
def test_that_damaged_requests_leave_no_500_no_part_and_nothing_open(
    served_with: Any, database_url: str, mutated_requests: int, request: pytest.FixtureRequest
) -> None:
    numbers = iter(range(10**9))
    statuses: Counter[int | None] = Counter()
    refused: list[str] = []
    with served_with(read_timeout=PATIENCE, idle_timeout=PATIENCE) as served:
        served.ingest("entity", {"space_name": "known", "entity": {"id": "a"}})
        served.ingest("snapshot/known")

        @hypothesis_settings(
            max_examples=mutated_requests,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(sendings(st.builds(lambda: f"space {next(numbers)}")))
        def endure(sending: Sending) -> None:
            status = _status(_send(served.port, sending))
            assert status is None or status in TOLD, sending
            statuses[status] += 1
            if status is not None and status >= 400 and b"/stream" not in sending.request[:40]:
                refused.append(sending.space_name)

        endure()
        assert served.get("/healthz").status == 200
        _assert_nothing_open(served)
        stored = _stored(database_url)
        # Nothing of a refused request: not even its space.
        assert not stored.keys() & set(refused)
        for space_name, (rows, newest) in stored.items():
            assert rows == newest, space_name
            assert not served.lake.verify(space_name).faults
        if request.config.getoption("verbose") > 0:
            print(dict(statuses), f"{len(stored)} spaces, {_rss() >> 20} MiB")
    assert statuses[200] > mutated_requests // 20
    assert statuses[400] > mutated_requests // 20


def _assert_nothing_open(served: Any) -> None:
    """Connections, bodies, requests under way: all of them come to their end."""
    end = time.monotonic() + 10
    while _connections(served.port) and time.monotonic() < end:
        time.sleep(0.05)
    assert _connections(served.port) == 0
    assert _gauge(served, "lake_http_receiving_bytes") == 0
    assert _gauge(served, "lake_queue_depth") == 0


def _rss() -> int:
    return int(psutil.Process().memory_info().rss)
