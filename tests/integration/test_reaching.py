"""From a server's address to its lake, where that lies in a folder."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import msgspec
import pytest

from lake_core.errors import LakeError
from lake_core.settings import Settings
from server.state import Version, Whereabouts
from studio.lakes import Server
from studio.reaching import _find, reach, server_url
from tests.integration.conftest import serve
from tests.integration.outages import wait_for

PROBLEM = "application/problem+json"


class Earlier(BaseHTTPRequestHandler):
    """A server before it told where its lake is kept."""

    def do_GET(self) -> None:
        is_known = self.path == "/version"
        told = Version("eustress-lake-studio", "0.0.9", "3.11") if is_known else {"title": "?"}
        self.send_response(200 if is_known else 404)
        self.send_header("Content-Type", "application/json" if is_known else PROBLEM)
        self.end_headers()
        self.wfile.write(msgspec.json.encode(told))

    def log_request(self, *_: object) -> None:
        """Say nothing on the console."""


def test_that_a_lake_in_a_folder_of_this_machine_is_found_and_one_elsewhere_is_not(
    tmp_path: Path,
) -> None:
    settings = Settings(data_dir=tmp_path / "own", port=0)
    here = Settings(data_dir=tmp_path / "here")
    with serve(settings) as server:
        server.lake.begin_run("lake-server", "1", server.url)
        wait_for(lambda: len(server.lake.runs()) == 1)
        found = reach(Server(server.url), here)
        assert found.lake == settings.data_dir
    far = Whereabouts("embedded", str(tmp_path / "far"))
    with pytest.raises(LakeError, match="start that server with --database-url"):
        _find(Server("http://far:7000"), far, here)
    assert not (tmp_path / "far").exists()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("127.0.0.1:7000", "http://127.0.0.1:7000"),
        ("https://me:hush@lake.example/behind/", "https://lake.example/behind"),
        ("http://[::1]:7000", "http://[::1]:7000"),
        ("127.0.0.1:7000/docs", "http://127.0.0.1:7000"),
        ("127.0.0.1:7000/docs/#/Server", "http://127.0.0.1:7000"),
        ("127.0.0.1:7000/eustress/spaces/lab?x=1", "http://127.0.0.1:7000"),
        ("https://lake.example/behind/healthz", "https://lake.example/behind"),
        ("https://lake.example/eustress/", "https://lake.example/eustress"),
    ],
)
def test_that_an_address_is_read_as_it_is_meant(typed: str, meant: str) -> None:
    assert server_url(typed) == meant


def test_that_a_path_that_leads_nowhere_is_told_from_an_earlier_version(
    settings: Settings, tmp_path: Path
) -> None:
    here = Settings(data_dir=tmp_path / "here")
    with serve(settings) as server:
        url = f"{server.url}/elsewhere"
        with pytest.raises(LakeError, match=r"is no lake-server\. Try it without /elsewhere\.$"):
            reach(Server(url), here)
    with HTTPServer(("127.0.0.1", 0), Earlier) as earlier:
        threading.Thread(target=earlier.serve_forever, daemon=True).start()
        with pytest.raises(LakeError, match="is of an earlier version"):
            reach(Server(f"http://127.0.0.1:{earlier.server_port}"), here)
        earlier.shutdown()
