"""Random histories, with outages and restarts in them, against plain dictionaries.

At every calm moment the lake's state in memory, the state rebuilt from the log, the state by SQL
and the state hash must agree with the dictionaries.
"""

from __future__ import annotations

import shutil
import tempfile
import time
import uuid
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from psycopg.conninfo import make_conninfo

from lake_core.lake import Lake
from lake_core.scene.change import STATE_HASH_MODULUS, canonical, state_term
from lake_core.scene.hierarchy import HIERARCHY, HierarchyTree
from lake_core.settings import Settings
from lake_core.store.embedded import EmbeddedPostgres
from tests.integration.line import Line
from tests.plain import Plain

IDS = st.sampled_from("abcd")
KINDS = st.sampled_from([HIERARCHY, "link"])
SPACE = "s"


class History(RuleBasedStateMachine):
    """Does the same to a lake and to dictionaries; `postgres` is set by the test."""

    postgres: EmbeddedPostgres

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="lake-history-", dir="/tmp"))
        name = f"history_{uuid.uuid4().hex}"
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        self.database = make_conninfo(self.postgres.url, dbname=name)
        self.line = Line(self.folder, self.database)
        self.settings = Settings(
            data_dir=self.folder / "data",
            database_url=self.line.url,
            snapshot_threshold=4,
            snapshot_min_interval=0.0,
        )
        self.plain = Plain()
        self.lake = Lake.open(self.settings)
        self.send("entity", entity={"id": "a"})
        self.plain.entity("a", None, None)

    def send(self, endpoint: str, **body: Any) -> BaseException | None:
        raw = msgspec.json.encode({"space_name": SPACE, **body})
        return self.lake.ingest(endpoint, raw).exception(20)

    @rule(entity_id=IDS, x=st.integers(-9, 9))
    def move(self, entity_id: str, x: int) -> None:
        position = [float(x), 0.0, 0.0]
        assert self.send("entity", entity={"id": entity_id, "position": position}) is None
        self.plain.entity(entity_id, position, None)

    @rule(entity_id=IDS, value=st.one_of(st.integers(), st.floats(-9, 9), st.sampled_from("xyz")))
    def set_parameter(self, entity_id: str, value: Any) -> None:
        if entity_id in self.plain.entities:
            update = {"parameter_name": "energy", "value": value}
            assert self.send("parameter", entity_id=entity_id, **update) is None
            self.plain.parameter(entity_id, "energy", value)

    @rule(entity_id=IDS)
    def delete(self, entity_id: str) -> None:
        assert self.send("batch", deleted_entities=[entity_id]) is None
        self.plain.delete(entity_id)

    @rule(source=IDS, goal=IDS, kind=KINDS)
    def connect(self, source: str, goal: str, kind: str) -> None:
        key = {"source_id": source, "target_id": goal, "connection_type": kind}
        assert self.send("connection", connection=key) is None
        self.plain.connect(source, goal, kind)

    @rule()
    def take_snapshot(self) -> None:
        assert self.lake.create_snapshot(SPACE).exception(20) is None

    @rule()
    def lose_postgresql(self) -> None:
        self.line.cut()

    @rule()
    def restart(self) -> None:
        self.lake.close()
        self.lake = Lake.open(self.settings)

    @precondition(lambda self: self.line.is_cut)
    @rule()
    def find_postgresql(self) -> None:
        self.line.mend()

    @rule()
    def compare(self) -> None:
        self.line.mend()
        deadline = time.monotonic() + 20
        while not self.lake.health().database_ok or self.lake.health().spooled:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        taken = self.lake.create_snapshot(SPACE).result(20).snapshot_id
        assert taken is not None
        while not self.lake.health().database_ok:  # the snapshot itself may have met the cut
            assert time.monotonic() < deadline
            time.sleep(0.01)
        snapshot = self.lake.full_snapshot(taken)
        documents = [msgspec.json.decode(raw) for raw in snapshot.entities]
        assert {d["id"]: canonical([d["position"], d["parameters"]]) for d in documents} == {
            entity_id: canonical([entity["position"], entity["parameters"]])
            for entity_id, entity in self.plain.entities.items()
        }
        ids = [SimpleNamespace(id=entity_id) for entity_id in self.plain.entities]
        assert snapshot.hierarchy == HierarchyTree.build(ids, self.plain.connections)
        assert len(snapshot.connections) == len(self.plain.connections)
        terms = [state_term(bytes(raw)) for raw in [*snapshot.entities, *snapshot.connections]]
        assert snapshot.metadata.state_hash == f"{sum(terms) % STATE_HASH_MODULUS:032x}"
        with psycopg.connect(self.database) as connection:
            row = connection.execute(
                "SELECT entities, connections, hierarchy FROM eustress_snapshots WHERE id = %s",
                (taken,),
            ).fetchone()
        plain = msgspec.json.decode(msgspec.json.encode(snapshot))
        assert row == (plain["entities"], plain["connections"], plain["hierarchy"])

    def teardown(self) -> None:
        try:
            self.compare()
        finally:
            self.lake.close()
            self.line.close()
            shutil.rmtree(self.folder)


@pytest.mark.timeout(600)
def test_that_any_history_with_outages_and_restarts_is_told_the_same_everywhere(
    postgres: EmbeddedPostgres,
) -> None:
    History.postgres = postgres
    run_state_machine_as_test(
        History,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
