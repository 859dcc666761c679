"""A lake over three PostgreSQL servers, set up by the README's own words; one is killed, or two."""

from __future__ import annotations

import os
import re
import shutil
import signal
import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import msgspec
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from typer.testing import CliRunner

from lake_core.backup import back_up
from lake_core.cli import app
from lake_core.errors import LakeError
from lake_core.lake import Lake
from lake_core.scene.model import IngestResult
from lake_core.settings import Settings
from lake_core.store.embedded import EmbeddedPostgres
from lake_core.store.postmaster import Postmaster
from lake_core.upkeep.retention import Retention
from tests.conftest import ROOT, _passable_folder
from tests.integration.outages import is_back, wait_for

HOME, B, C = 0, 1, 2
SPACES = [f"space{n}" for n in range(12)]


class Server:
    """One PostgreSQL that can be killed and started again."""

    def __init__(self) -> None:
        self._folder = _passable_folder()
        self._server = EmbeddedPostgres.start(self._folder)
        self.url = self._server.url

    def database(self) -> str:
        """The address of a new one."""
        name = f"test_{uuid.uuid4().hex}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        return make_conninfo(self.url, dbname=name)

    def kill(self) -> None:
        found = Postmaster.find(self._server._place.data)
        assert found is not None
        os.kill(found.pid, signal.SIGKILL)

    def revive(self) -> None:
        before, self._server = self._server, EmbeddedPostgres.start(self._folder)
        before.stop()  # lets go of a server that is no more
        assert self._server.url == self.url

    def end(self) -> None:
        self._server.stop()
        shutil.rmtree(self._folder)


class Spread:
    """The lake's own database and two others, and what of its log is where."""

    def __init__(self, urls: list[str], data_dir: Path) -> None:
        self.urls = urls
        self.settings = Settings(
            port=0, data_dir=data_dir, database_url=urls[HOME], snapshot_threshold=1_000_000
        )

    @classmethod
    def by_the_readme(cls, urls: list[str], data_dir: Path) -> Self:
        """Run the README's commands and statements as they are but for names and addresses."""
        shell, sql = readme("sh"), readme("sql")
        for letter, url in (("b", urls[B]), ("c", urls[C])):
            meant = f"postgresql://lake:secret@lake-{letter}.example:5432/lake"
            assert f"DATABASE_URL={meant} lake status" in shell
            environment = {"DATABASE_URL": url, "LAKE_DATA_DIR": str(data_dir / letter)}
            done = CliRunner().invoke(app, ["status"], env=environment)
            assert done.exit_code == 0, done.stderr
            told = conninfo_to_dict(url)
            place = f"host '{told['host']}', port '{told['port']}', dbname '{told['dbname']}'"
            meant = f"host 'lake-{letter}.example', port '5432', dbname 'lake'"
            assert meant in sql
            sql = sql.replace(meant, place)
        with psycopg.connect(urls[HOME], autocommit=True) as connection:
            connection.execute(sql)
        return cls(urls, data_dir)

    def query(self, server: int, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.urls[server], autocommit=True) as connection:
            return connection.execute(sql, values).fetchall()

    def count(self, server: int, table: str = "lake_changes") -> int:
        """Rows that lie on a server itself."""
        leaves = self.query(
            server,
            "SELECT relid::regclass::text FROM pg_partition_tree(%s) "
            "JOIN pg_class c ON c.oid = relid WHERE isleaf AND c.relkind = 'r'",
            table,
        )
        return sum(self.query(server, f"SELECT count(*) FROM {leaf}")[0][0] for (leaf,) in leaves)

    def space_on(self, server: int) -> str:
        """A space whose log is there."""
        buckets = ((6, 7), (0, 1, 2), (3, 4, 5))[server]
        found = self.query(
            HOME,
            "SELECT space_name FROM lake_spaces WHERE lake_bucket_of(space_id) = ANY(%s) LIMIT 1",
            list(buckets),
        )
        return str(found[0][0])


def readme(language: str) -> str:
    text = (ROOT / "README.md").read_text("utf-8").split("## Over several servers\n", 1)[1]
    found = re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture(scope="module")
def servers() -> Iterator[list[Server]]:
    made = [Server() for _ in range(3)]
    yield made
    for server in made:
        server.end()


@pytest.fixture
def spread(servers: list[Server], tmp_path: Path) -> Spread:
    """A lake that held something already, then spread."""
    urls = [server.database() for server in servers]
    lake = Lake.open(Settings(port=0, data_dir=tmp_path / "data", database_url=urls[HOME]))
    for name in SPACES:
        send(lake, name, *range(5))
    lake.close()
    return Spread.by_the_readme(urls, tmp_path / "data")


def send(lake: Lake, name: str, *numbers: int, key: str | None = None) -> IngestResult:
    """A whole small scene, moved a little: a batch of so many entities under one root."""
    body = {
        "space_name": name,
        "entities": [{"id": f"e{n}", "position": [n, len(numbers), 0]} for n in numbers],
        "connections": [
            {"source_id": "e0", "target_id": f"e{n}", "connection_type": "hierarchy"}
            for n in numbers
            if n
        ],
    }
    return lake.ingest("batch", msgspec.json.encode(body), idempotency_key=key).result(60)


def test_that_a_spread_lake_does_all_that_another_does(spread: Spread, tmp_path: Path) -> None:
    moved = [spread.count(server) for server in (HOME, B, C)]
    assert sum(moved) == 9 * len(SPACES)
    assert min(moved) > 0
    assert [spread.count(server, "lake_spaces") for server in (B, C)] == [0, 0]
    lake = Lake.open(spread.settings)
    for name in [*SPACES, "new1", "new2", "new3", "new4"]:
        first = send(lake, name, *range(120))
        assert first.snapshot_id is not None
        send(lake, name, *range(60))
        last = lake.create_snapshot(name).result(20)
        assert lake.scene_at(name, first.snapshot_id).entity_count == 120
        assert len(lake.diff(name, first.snapshot_id, last.seq).changed) == 60
        assert lake.verify(name).faults == []
    assert next(lake.entity_history(SPACES[0], "e3")).kind == "created"
    lake.close()
    lake = Lake.open(spread.settings)  # as it was, from three servers
    for server in (HOME, B, C):
        name = spread.space_on(server)
        assert lake.scene_at(name, datetime.now(UTC)).entity_count == 120
        check_specification(spread, name)
        send(lake, name, *range(30))
        changed_at = lake.extent(name).last_at
        snapshot = lake.create_snapshot(name).result(20)
        assert lake.extent(name).last_at == changed_at
        policy = Retention(newest=1, grace=0.0)
        later = datetime.now(UTC) + timedelta(days=1)
        for _ in range(2):  # what was expired is purged, and then the log cut
            lake.apply_retention(name, policy, later, settled=0.0)
        assert [each.id for each in lake.snapshots(name)][-1] == snapshot.snapshot_id
        assert lake.verify(name).faults == []
        rows = spread.query(
            HOME, "SELECT count(*) FROM lake_changes JOIN lake_spaces USING (space_id) "
            "WHERE space_name = %s AND seq <= floor_seq", name
        )  # fmt: skip
        assert rows == [(0,)]
    lake.tidy()
    months = spread.query(C, "SELECT count(*) FROM lake_buckets() b, lake_leaves(b)")
    assert months == [(9,)]  # three for each of its buckets
    with pytest.raises(LakeError, match="spread over several servers"):
        back_up(spread.settings, tmp_path / "backup")
    with pytest.raises(psycopg.errors.RaiseException, match="stop it first"):
        spread.query(HOME, "SELECT lake_move_bucket(0)")
    lake.close()
    check_the_way_back(spread)


def check_the_way_back(spread: Spread) -> None:
    """Bucket by bucket, with all they hold; then it is a lake as it was before."""
    held = sum(spread.count(server) for server in (HOME, B, C))
    spread.query(HOME, "SELECT lake_move_bucket(n) FROM generate_series(0, 5) n")
    assert [spread.count(server) for server in (HOME, B, C)] == [held, 0, 0]
    assert [spread.count(server, "lake_keyframe_parts") for server in (B, C)] == [0, 0]
    lake = Lake.open(spread.settings)
    for name in lake.space_names():
        assert lake.verify(name).faults == []
        assert send(lake, name, *range(3)).accepted == 3
    lake.close()


def check_specification(spread: Spread, name: str) -> None:
    """The specification's own statements."""
    sacred = spread.query(
        HOME,
        "SELECT * FROM eustress_entities WHERE space_name = %s AND flux_position IN (3, 6, 9)",
        name,
    )
    assert len(sacred) > 20
    children = spread.query(
        HOME,
        "SELECT * FROM eustress_hierarchy WHERE space_name = %s AND parent_id = 'e0'",
        name,
    )
    assert len(children) >= 119
    deep = spread.query(
        HOME, "SELECT count(*) FROM eustress_hierarchy WHERE space_name = %s AND depth = 2", name
    )
    assert deep == [(0,)]
    whole = spread.query(
        HOME,
        "SELECT jsonb_array_length(entities) FROM eustress_snapshots WHERE space_name = %s",
        name,
    )
    assert (120,) in whole


def test_that_nothing_is_lost_or_doubled_while_a_server_is_away(
    spread: Spread, servers: list[Server]
) -> None:
    lake = Lake.open(spread.settings)
    names = [spread.space_on(server) for server in (HOME, B, C)]
    before = {name: send(lake, name, *range(6)).seq for name in names}
    servers[B].kill()
    answers = []
    for turn in range(5):
        for name in names:
            answers.append(send(lake, name, *range(7 + turn), key=f"{name} {turn}"))
    assert lake.health().spooled > 0
    servers[B].revive()
    wait_for(lambda: is_back(lake) and lake.health().spooled == 0)
    for name in names:
        # Seven entities where there were six, one of them new with its edge; and so on.
        assert lake.scene_at(name, datetime.now(UTC)).entity_count == 11
        assert lake.verify(name).faults == []
        head = send(lake, name, *range(11)).seq
        assert (head or 0) - (before[name] or 0) == sum(7 + turn + 1 for turn in range(5))
        again = send(lake, name, *range(7), key=f"{name} 0")
        assert again.seq != head  # as it was answered then
    lake.close()


WAIT_AT_COMMIT = """
CREATE FUNCTION wait_at_commit() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_advisory_xact_lock(42); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER wait_at_commit AFTER INSERT ON {}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait_at_commit();
"""
WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = %s
"""


def test_that_a_crash_between_two_commits_leaves_nothing_half_done(
    spread: Spread, servers: list[Server], tmp_path: Path
) -> None:
    """The lake's own server dies while another commits; that one gets through all the same."""
    lake = Lake.open(spread.settings)
    name = spread.space_on(B)
    seq = send(lake, name, *range(6)).seq
    here = spread.count(B)
    ((bucket,),) = spread.query(
        HOME,
        "SELECT 'lake_changes_' || lake_bucket_of(space_id) FROM lake_spaces WHERE space_name = %s",
        name,
    )
    with psycopg.connect(spread.urls[B], autocommit=True) as b:
        b.execute(WAIT_AT_COMMIT.format(f"{bucket}_default"))
        b.execute("SELECT pg_advisory_lock(42)")
        sent: list[IngestResult] = []
        thread = threading.Thread(
            target=lambda: sent.append(send(lake, name, *range(130), key="once"))
        )
        thread.start()
        wait_for(lambda: spread.query(B, WAITING, "advisory") == [(1,)])
        servers[HOME].kill()
        thread.join(60)  # the request rests in the spool
        servers[HOME].revive()
        # Whoever wants to write the space now waits for what is still being committed there.
        wait_for(lambda: spread.query(B, WAITING, "transactionid") == [(1,)])
        assert spread.count(B) == here
        b.execute("SELECT pg_advisory_unlock(42)")
    wait_for(lambda: is_back(lake) and lake.health().spooled == 0)
    check_once(lake, spread, name, seq, sent[0])
    lake.close()

    # The same without a spool: whoever sent it was never answered, and sends it once more.
    spread.query(
        B,
        f"INSERT INTO {bucket} SELECT space_id, seq + 500, recorded_at, NULL, kind, flux, key, "
        f"patch FROM {bucket} WHERE seq <= 5 RETURNING seq",
    )
    other = Lake.open(replace(spread.settings, data_dir=tmp_path / "other"))
    now = other.scene_at(name, datetime.now(UTC))
    assert now.entity_count == 130
    assert other.verify(name).faults == []
    check_once(other, spread, name, seq, sent[0])
    other.close()


def check_once(
    lake: Lake, spread: Spread, name: str, before: int | None, said: IngestResult
) -> None:
    """The large batch is there once, with its snapshot, and its key is known."""
    assert before is not None
    assert lake.verify(name).faults == []
    assert said.snapshot_id in {each.id for each in lake.snapshots(name)}
    again = send(lake, name, *range(130), key="once")
    assert (again.snapshot_id, again.seq) == (said.snapshot_id, said.seq)
    send(lake, name, *range(130))  # as it is already: makes the space be written, and adds nothing
    rows = spread.query(
        HOME,
        "SELECT count(*), max(seq) FROM lake_changes JOIN lake_spaces USING (space_id) "
        "WHERE space_name = %s",
        name,
    )
    # 130 entities, all but the first six new and the others moved, with an edge for each new one.
    assert rows == [(before + 130 + 124, before + 130 + 124)]
