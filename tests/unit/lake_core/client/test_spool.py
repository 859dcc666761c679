"""What waits on disk: order, bound, one holder, and what a client that is gone left behind."""

from __future__ import annotations

import logging
import resource
import signal
from pathlib import Path

import pytest

from lake_core.client.spool import Spool, SpoolTaken, spool_for, usual_folder
from lake_core.errors import LakeError

MIB = 1024 * 1024


def _bodies(spool: Spool) -> list[bytes]:
    taken = []
    while spool.operations:
        stowed = spool.first()
        assert stowed is not None
        taken.append(bytes(stowed.body))
        spool.remove(stowed)
    return taken


def test_that_requests_come_in_order_and_survive(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", MIB)
    for number in range(5):
        assert spool.add("batch", 2, b"%d" % number)
    first = spool.first()
    assert first is not None
    spool.remove(first)
    spool.close()
    spool = Spool(tmp_path / "spool", MIB)
    assert spool.operations == 8
    assert _bodies(spool) == [b"1", b"2", b"3", b"4"]
    spool.close()
    assert list(tmp_path.iterdir()) == []


def test_that_the_bound_holds_and_one_large_request_passes_alone(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", 1000)
    assert spool.add("batch", 1, b"x" * 5000)
    assert not spool.add("batch", 1, b"y")
    assert _bodies(spool) == [b"x" * 5000]
    assert spool.add("batch", 1, b"y")
    spool.close()


def test_that_a_large_body_comes_back_whole(tmp_path: Path) -> None:
    body = bytes(range(256)) * 5000
    spool = Spool(tmp_path / "spool", 2 * MIB)
    assert spool.add("batch", 1, body)
    assert _bodies(spool) == [body]
    spool.close()


def test_that_a_file_has_one_holder(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", MIB)
    with pytest.raises(SpoolTaken, match="another client"):
        Spool(tmp_path / "spool", MIB)
    spool.close()
    Spool(tmp_path / "spool", MIB).close()


def test_that_what_is_no_spool_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes").write_bytes(b"not a database, and longer than a header" * 50)
    with pytest.raises(LakeError, match="is not a spool"):
        Spool(tmp_path / "notes", MIB)
    assert (tmp_path / "notes").read_bytes().startswith(b"not a database")


def test_that_a_second_client_of_a_space_has_a_file_of_its_own_and_inherits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKE_SPOOL_DIR", str(tmp_path))
    one, two = (spool_for(True, "http://lake", "s", MIB) for _ in range(2))
    other = spool_for(True, "http://lake", "t", MIB)
    assert len({one.path, two.path, other.path}) == 3
    one.add("batch", 1, b"first")
    two.add("batch", 1, b"second")
    for spool in (one, two, other):
        spool.close()
    heir = spool_for(True, "http://lake/", "s", MIB)
    assert heir.path == one.path
    assert _bodies(heir) == [b"first", b"second"]
    heir.close()
    assert list(tmp_path.iterdir()) == []


def test_that_a_home_that_cannot_be_written_is_no_end_of_the_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LAKE_SPOOL_DIR", str(tmp_path / "file" / "below"))
    spool = spool_for(True, "http://lake", "s", MIB)
    assert spool.path is None
    assert "in memory alone" in caplog.text
    spool.close()


def test_that_the_usual_folder_is_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAKE_SPOOL_DIR", raising=False)
    assert usual_folder().name == "unsent"
    assert usual_folder().is_absolute()


def test_that_a_disk_that_takes_nothing_still_lets_one_request_through(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spool = Spool(tmp_path / "spool", MIB)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
        caplog.set_level(logging.WARNING)
        assert spool.add("batch", 1, b"x" * 9000)
        assert not spool.add("batch", 1, b"y" * 9000)
        assert _bodies(spool) == [b"x" * 9000]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert "cannot be written" in caplog.text
    assert spool.add("batch", 1, b"z" * 9000)
    assert _bodies(spool) == [b"z" * 9000]
    spool.close()
