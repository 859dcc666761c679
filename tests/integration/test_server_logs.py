"""What `lake-server` and `lake-studio` log: JSON where asked for, and never a token."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "hush-hush-42"


def _start(program: str, database_url: str, data_dir: Path, *flags: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", program, "--port", "0", "--data-dir", str(data_dir), *flags]
    environ = os.environ | {"DATABASE_URL": database_url, "LAKE_TOKEN": TOKEN}
    environ["XDG_CONFIG_HOME"] = str(data_dir / "config")
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=environ, stdout=pipe, stderr=pipe, text=True)


def _port(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    port = urlsplit(process.stdout.readline().removeprefix("listening on ").strip()).port
    assert port is not None
    return port


def _end(process: subprocess.Popen[str]) -> list[str]:
    """The lines of stderr of a process that ends well when it is told to."""
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 0, told
    return told.splitlines()


def _get(port: int, path: str, token: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
    status = connection.getresponse().status
    connection.close()
    return status


def _send_raw(port: int, request: str) -> None:
    with socket.create_connection(("127.0.0.1", port), 10) as raw:
        raw.sendall(request.encode())
        raw.recv(1000)


def test_that_the_server_logs_lines_of_json_and_never_a_token(
    database_url: str, tmp_path: Path
) -> None:
    process = _start("server", database_url, tmp_path, "--log-json", "--log-level", "debug")
    port = _port(process)
    assert _get(port, "/eustress/spaces", TOKEN) == 200
    assert _get(port, "/eustress/spaces", TOKEN + "x") == 401
    head = "GET /eustress/spaces HTTP/1.1\r\nHost: localhost\r\n"
    for broken in (
        f"Authorization : Bearer {TOKEN}\r\n",
        f"Authorization: Bearer {TOKEN}\x01\r\n",
        f"Authorization: Bearer {TOKEN}\r\nContent-Length: x\r\n",
        f"Authorization: Bearer {TOKEN}\r\nBad({TOKEN}): {TOKEN}\r\n",
    ):
        _send_raw(port, head + broken + "\r\n")
    lines = _end(process)
    told: list[dict[str, Any]] = [json.loads(line) for line in lines]
    for line in told:
        assert {"time", "level", "logger", "message"} <= set(line) <= {
            "time", "level", "logger", "message", "exception",
        }  # fmt: skip
    assert not [line for line in lines if TOKEN in line]
    messages = [line["message"] for line in told]
    assert any(f":{port}" in message for message in messages)
    assert any("/eustress/spaces from 127.0.0.1: Token" in message for message in messages)
    assert [line["level"] for line in told if "is not HTTP" in line["message"]] == ["info"] * 4
    assert not "\n".join(str(line) for line in told if line["level"] in ("error", "critical"))
    assert messages[-1] == "stopped"


def test_that_a_start_that_fails_says_so_as_json_too(database_url: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = _start("server", database_url, tmp_path, "--log-json", "--port", str(port))
        _, told = process.communicate(timeout=60)
    assert process.returncode == 3
    last = json.loads(told.splitlines()[-1])
    assert (last["level"], last["logger"]) == ("critical", "lake-server")
    assert str(port) in last["message"]


@pytest.mark.skipif(sys.platform != "linux", reason="signals end the Studio on Linux alone")
def test_that_the_studio_logs_lines_of_json(database_url: str, tmp_path: Path) -> None:
    process = _start("studio", database_url, tmp_path, "--log-json", "--exit-after", "1")
    _, told = process.communicate(timeout=60)
    assert process.returncode == 0, told
    messages = [json.loads(line)["message"] for line in told.splitlines()]
    assert any("the lake is open" in message for message in messages)
    assert TOKEN not in told
