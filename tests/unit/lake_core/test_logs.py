from __future__ import annotations

import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from datetime import datetime

import pytest

from lake_core import logs
from lake_core.errors import PortInUse

_log = logging.getLogger("some.room")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    hooks = sys.excepthook, threading.excepthook
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    sys.excepthook, threading.excepthook = hooks
    logging.captureWarnings(capture=False)


def _fail() -> None:
    raise ValueError("two\nlines")


def test_that_each_line_is_json_with_the_exception_in_one_field(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.set_up("info", as_json=True)
    _log.debug("unseen")
    _log.info("räume %r", "a\nb")
    try:
        _fail()
    except ValueError:
        _log.exception("failed")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("worn", UserWarning, stacklevel=1)
    logs.tell_end("lake-server", PortInUse("127.0.0.1", 7000))
    told, failed, worn, ended = map(json.loads, capsys.readouterr().err.splitlines())
    assert (told["level"], told["logger"]) == ("info", "some.room")
    assert told["message"] == "räume 'a\\nb'"
    assert datetime.fromisoformat(told["time"]).tzinfo is not None
    assert "exception" not in told
    assert (failed["level"], failed["message"]) == ("error", "failed")
    assert failed["exception"].endswith("ValueError: two\nlines")
    assert "worn" in worn["message"]
    assert (ended["logger"], ended["level"]) == ("lake-server", "critical")
    assert "7000" in ended["message"]


def test_that_what_a_client_sent_begins_no_line_of_its_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.set_up("info", as_json=False)
    _log.info("path %s", "/a\r\n2026-01-01 ERROR made up")
    logs.tell_end("lake-server", PortInUse("127.0.0.1", 7000))
    told, ended = capsys.readouterr().err.splitlines()
    assert told.endswith(r"path /a\r\n2026-01-01 ERROR made up")
    assert ended.startswith("lake-server: port 7000")


def test_that_a_bug_that_nothing_handles_is_a_line_too(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("info", as_json=True)
    try:
        _fail()
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    thread = threading.Thread(target=_fail, name="worker")
    thread.start()
    thread.join()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["level"] for line in lines] == ["critical", "error"]
    assert all("ValueError" in line["exception"] for line in lines)
    assert "worker" in lines[1]["message"]


def test_that_one_event_of_a_kind_has_its_turn_in_a_while() -> None:
    seldom = logs.Seldom(seconds=3600)
    assert [seldom.turn(kind) for kind in ("a", "a", "b", "a")] == [0, None, 0, None]
    soon = logs.Seldom(seconds=0)
    assert [soon.turn("a"), soon.turn("a")] == [0, 0]
