"""`lake-studio` as a process: address, picture, signals, a port in use, a restart."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QImage

ROOT = Path(__file__).resolve().parents[2]
ENTITY = {"space_name": "lab", "entity": {"id": "a", "position": [1, 2, 3]}}


@contextmanager
def studio(data_dir: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A Studio of its own, killed at the latest at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "studio", "--data-dir", str(data_dir), *arguments],
        cwd=ROOT,
        env={
            **os.environ,
            "QT_QPA_PLATFORM": "offscreen",
            "XDG_CONFIG_HOME": str(data_dir / "config"),
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(20)
        assert process.stdout is not None
        process.stdout.close()


def said(process: subprocess.Popen[str], start: str) -> str:
    """The rest of the first line that begins so."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(start):
            return line.removeprefix(start).strip()
    raise AssertionError(f"it ended without saying {start!r}")


def post(url: str, body: object) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{url}/eustress/ingest/entity",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        told: dict[str, Any] = json.load(answer)
    return told


def runs_told(url: str) -> list[dict[str, Any]]:
    """When servers held the lake, oldest first."""
    with urllib.request.urlopen(f"{url}/eustress/runs", timeout=20) as answer:
        told: list[dict[str, Any]] = json.load(answer)
    return told


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_that_it_takes_entities_and_stops_cleanly(data_dir: Path, number: signal.Signals) -> None:
    with studio(data_dir, "--port", "0") as process:
        url = said(process, "listening on ")
        assert post(url, ENTITY)["success"] is True
        process.send_signal(number)
        assert process.wait(20) == 0
    with studio(data_dir, "--port", "0") as process:
        url = said(process, "listening on ")
        assert post(url, ENTITY)["unchanged"] == 1
        first = runs_told(url)[0]
        assert (first["program"], first["state"]) == ("lake-studio", "ended")


def test_that_a_postgresql_killed_under_the_window_comes_back(data_dir: Path) -> None:
    with studio(data_dir, "--port", "0") as process:
        url = said(process, "listening on ")
        assert post(url, ENTITY)["accepted"] == 1
        [pid_file] = data_dir.rglob("postmaster.pid")
        os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)
        moved = {**ENTITY, "entity": {"id": "a", "position": [4, 5, 6]}}
        assert post(url, moved)["accepted"] == 1
        ready = {"status": "ready", "database": "embedded", "spooled": 0}
        for _ in range(200):
            with urllib.request.urlopen(f"{url}/readyz", timeout=20) as answer:
                told = json.load(answer)
            if told == ready:
                break
            time.sleep(0.1)
        assert told == ready
        assert post(url, moved)["unchanged"] == 1


def test_that_the_demo_is_seen_in_a_picture(data_dir: Path) -> None:
    picture = data_dir / "window.png"
    arguments = ("--port", "0", "--demo", "--screenshot", str(picture), "--exit-after", "6")
    with studio(data_dir, *arguments) as process:
        assert process.wait(40) == 0
    image = QImage(str(picture))
    assert (image.width(), image.height()) == (1440, 900)
    colours = {image.pixel(x, y) for x in range(300, 1100, 3) for y in range(60, 650, 3)}
    assert len(colours) > 200, "the scene is not drawn"


def test_that_a_port_in_use_leaves_the_window_up(data_dir: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with studio(data_dir, "--port", port) as process:
            assert port in said(process, "lake-studio: ")
            time.sleep(1)
            assert process.poll() is None
            process.terminate()
            assert process.wait(20) == 0


def test_that_a_lake_that_cannot_be_opened_leaves_the_window_up(data_dir: Path) -> None:
    picture = data_dir / "window.png"
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    arguments = ("--port", "0", "--database-url", nowhere, "--screenshot", str(picture))
    with studio(data_dir, *arguments, "--exit-after", "1") as process:
        assert process.wait(20) == 0
    assert not QImage(str(picture)).isNull()


def test_that_it_attaches_to_a_server_of_its_lake_that_has_another_data_directory(
    data_dir: Path, database_url: str
) -> None:
    shared = ("--database-url", database_url)
    command = [sys.executable, "-m", "server", "--port", "0", "--data-dir", str(data_dir / "a")]
    with subprocess.Popen(
        [*command, *shared], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            url = said(server, "listening on ")
            assert post(url, ENTITY)["accepted"] == 1
            port = url.rsplit(":", 1)[1]
            with studio(data_dir / "b", "--port", port, *shared, "--exit-after", "3") as process:
                assert said(process, "attached to ") == url
                assert process.wait(40) == 0
        finally:
            server.terminate()
        assert server.wait(20) == 0


def test_that_it_attaches_to_a_server_that_has_the_lake_and_the_port(data_dir: Path) -> None:
    """It listens nowhere itself, and shows what the server takes."""
    server = subprocess.Popen(
        [sys.executable, "-m", "server", "--port", "0", "--data-dir", str(data_dir), "--demo"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        url = said(server, "listening on ")
        assert post(url, ENTITY)["accepted"] == 1
        picture = data_dir / "window.png"
        port = url.rsplit(":", 1)[1]
        with studio(
            data_dir, "--port", port, "--screenshot", str(picture), "--exit-after", "8"
        ) as process:
            assert said(process, "attached to ") == url
            assert process.wait(40) == 0
        image = QImage(str(picture))
        colours = {image.pixel(x, y) for x in range(300, 1100, 3) for y in range(60, 650, 3)}
        assert len(colours) > 200, "the scene is not drawn"
        assert post(url, ENTITY)["unchanged"] == 1  # the server has gone on
        assert [run["program"] for run in runs_told(url)] == ["lake-server"]
    finally:
        server.terminate()
        assert server.wait(20) == 0
        assert server.stdout is not None
        server.stdout.close()
