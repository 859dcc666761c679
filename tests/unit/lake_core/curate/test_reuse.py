"""What is handed out again from snapshot to snapshot is what would be made anew."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from lake_core.curate.histories import FluxHistories
from lake_core.curate.sample import SampleOptions
from lake_core.curate.samples import SampleReader
from lake_core.scene.model import ConnectionKey, ConnectionUpdate, EntityUpdate, SnapshotSummary
from lake_core.scene.state import Scene

IDS = "abcde"
Step = tuple[str, str, str, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "rename", "delete", "link", "unlink", "reload", "look", "look"]),
        st.sampled_from(IDS),
        st.sampled_from(IDS),
        st.integers(0, 3),
    ),
    max_size=60,
)
OPTIONS = st.sampled_from(
    [
        SampleOptions(),
        SampleOptions(sacred_only=True),
        SampleOptions(max_depth=1),
        SampleOptions(require_consent=True),
    ]
)


def _act(scene: Scene, what: str, one: str, other: str, number: int) -> Scene:
    if what == "put":
        consent = {"ai": True} if number else {}
        scene.update_entity(EntityUpdate(id=one, position=[number, 0, 0], parameters=consent))
    elif what == "rename":
        scene.update_entity(EntityUpdate(id=one, name=f"{one}{number}"))
    elif what == "delete":
        scene.delete_entity(one)
    elif what == "link":
        scene.update_connection(
            ConnectionUpdate(source_id=one, target_id=other, connection_type="hierarchy")
        )
    elif what == "unlink":
        scene.delete_connection(ConnectionKey(one, other, "hierarchy"))
    elif what == "reload":
        return _reloaded(scene)
    return scene


def _reloaded(scene: Scene) -> Scene:
    """The same state in other slots and other objects, as a keyframe gives it."""
    loaded = Scene(scene.space_name)
    for entity_id, slot in scene.slot_of.items():
        flux = int(scene.arrays.flux[slot]) + 10 * int(scene.flux_rules[slot])
        loaded.seq += 1
        loaded.put_document(entity_id, bytes(bytearray(scene.arrays.documents[slot])), flux)
    for document in scene.connections.values():
        loaded.seq += 1
        loaded.put_connection_document(bytes(bytearray(document)))
    return loaded


def _summary(scene: Scene) -> SnapshotSummary:
    return SnapshotSummary(
        id=uuid.uuid4(),
        space_name=scene.space_name,
        timestamp=datetime(2026, 1, 1, tzinfo=UTC),
        seq=scene.seq,
        trigger="manual",
        pinned=False,
        metadata=scene.metadata(),
    )


class _Constant(FluxHistories):
    """Histories that were gathered before: here, that every entity was always at 3."""

    def __init__(self) -> None:
        super().__init__()
        for entity_id in IDS:
            self._spaces["lab"].histories[entity_id] = bytearray((3,))


@given(STEPS, OPTIONS)
def test_that_a_reader_carried_along_reads_as_a_new_one(
    steps: list[Step], options: SampleOptions
) -> None:
    scene, histories = Scene("lab"), _Constant()
    carried = SampleReader(options, histories)
    for step in steps:
        scene = _act(scene, *step)
        if step[0] == "look":
            summary = _summary(scene)
            assert carried.read(summary, scene) == SampleReader(options, histories).read(
                summary, scene
            )


@given(STEPS)
def test_that_what_dedupe_keeps_is_what_differs_from_the_entitys_last_sample(
    steps: list[Step],
) -> None:
    scene, histories = Scene("lab"), _Constant()
    carried = SampleReader(SampleOptions(dedupe=True), histories)
    last: dict[str, object] = {}
    for step in steps:
        scene = _act(scene, *step)
        if step[0] == "look":
            summary = _summary(scene)
            whole = SampleReader(SampleOptions(), histories).read(summary, scene).subjects
            expected = [s for s in whole if last.get(s.entity_id) != s]
            assert carried.read(summary, scene).subjects == expected
            last |= {s.entity_id: s for s in whole}
