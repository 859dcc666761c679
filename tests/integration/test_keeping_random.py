"""Retention against chance: what is pinned, tagged, bookmarked or in an epoch is there after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final
from uuid import UUID

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lake_core.lake import Lake
from lake_core.scene.model import SnapshotEdit
from lake_core.upkeep.retention import AUTOMATIC, Retention, Thinning

_NEVER_TWICE: Final[Iterator[int]] = count()

deeds = st.tuples(
    st.sampled_from(["move", "move", "pin", "unpin", "tag", "bookmark", "epoch"]),
    st.integers(0, 100),
)
thinnings = st.builds(
    lambda every, until: (Thinning(every=every, until=until),),
    st.sampled_from([30.0, 200.0]),
    st.sampled_from([300.0, 1000.0]),  # beyond what is kept for being younger
)
policies = st.builds(
    Retention,
    newest=st.integers(1, 4),
    younger=st.sampled_from([0.0, 50.0, 250.0]),
    thin=st.one_of(st.just(()), thinnings),
    grace=st.sampled_from([0.0, 60.0]),
    triggers=st.sampled_from([("manual", *AUTOMATIC), ("manual",), ("manual", "schedule")]),
)
rounds = st.lists(st.tuples(st.lists(deeds, max_size=4), policies), min_size=1, max_size=4)


@dataclass
class Walk:
    """A space of its own, what is held in it, and what its states were."""

    lake: Lake
    space: str
    states: dict[UUID, str] = field(default_factory=dict)
    pinned: set[UUID] = field(default_factory=set)
    held: set[UUID] = field(default_factory=set)
    instants: dict[datetime, str] = field(default_factory=dict)
    steps: int = 0

    def move(self) -> None:
        self.steps += 1
        entity = {"id": f"e{self.steps % 3}", "position": [self.steps, 0, 0]}
        body = {"space_name": self.space, "entity": entity}
        self.lake.ingest("entity", msgspec.json.encode(body)).result(20)

    def snapshot(self) -> None:
        taken = self.lake.create_snapshot(self.space).result(20).snapshot_id
        assert taken is not None
        self.states[taken] = self.hash_at(taken)

    def hash_at(self, where: UUID | datetime) -> str:
        return f"{self.lake.scene_at(self.space, where).state_hash:032x}"

    def hashes(self, ids: list[UUID]) -> dict[UUID, str]:
        scenes = self.lake.scenes_at(ids)
        return {one.id: f"{scene.state_hash:032x}" for one, scene in scenes}

    def there(self) -> list[UUID]:
        return [each.id for each in self.lake.snapshots(self.space)]

    def do(self, deed: str, place: int) -> None:
        there = self.there()
        chosen = there[place % len(there)]
        match deed:
            case "move":
                self.move()
                self.snapshot()
            case "pin" | "unpin":
                self.lake.edit_snapshot(chosen, SnapshotEdit(pinned=deed == "pin"))
                (self.pinned.add if deed == "pin" else self.pinned.discard)(chosen)
            case "tag":
                self.lake.edit_snapshot(chosen, SnapshotEdit(tags=["good"]))
                self.held.add(chosen)
            case "bookmark":
                at = self.lake.snapshot(chosen).timestamp + timedelta(microseconds=place % 3)
                self.lake.add_bookmark(self.space, at)
                self.instants[at] = self.hash_at(at)
            case "epoch":
                self.lake.create_epoch([chosen])
                self.held.add(chosen)


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rounds)
def test_that_nothing_referenced_ever_goes_and_a_plan_is_what_is_done(
    lake: Lake, turns: list[tuple[list[tuple[str, int]], Retention]]
) -> None:
    walk = Walk(lake, f"walk{next(_NEVER_TWICE)}")
    for _ in range(6):
        walk.move()
        walk.move()
        walk.snapshot()
    for number, (some, policy) in enumerate(turns, 1):
        for deed in some:
            walk.do(*deed)
        now = datetime.now(UTC) + timedelta(seconds=100 * number)
        planned = [
            each.snapshot.id
            for each in lake.plan_retention(walk.space, policy, now).decisions
            if each.goes
        ]
        assert lake.apply_retention(walk.space, policy, now, settled=0.0).expired == planned
        left = walk.there()
        assert walk.held | walk.pinned <= set(left)
        assert walk.hashes(left) == {each: walk.states[each] for each in left}
        assert {at: walk.hash_at(at) for at in walk.instants} == walk.instants
        assert lake.verify(walk.space).faults == []
