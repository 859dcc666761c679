"""From scenes to samples: what each holds, and which entities become one."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from lake_core.curate.beam import coherence_metrics
from lake_core.curate.histories import FluxHistories
from lake_core.curate.sample import SampleOptions, SnapshotSamples
from lake_core.curate.samples import SampleReader
from lake_core.scene.model import ConnectionUpdate, EntityUpdate, SnapshotSummary
from lake_core.scene.state import Scene


def _scene() -> Scene:
    """A root at 9 (sacred), its child at 1, and a child of that at 3 by parameter."""
    scene = Scene("lab")
    _put(scene, "root", (9, 0, 0), {"ai": True})
    _put(scene, "child", (1, 0, 0), {"wavelength": 550.0})
    _put(scene, "leaf", (2, 0, 0), {"digital_root_flux": 3, "ai": True})
    for source, target in (("root", "child"), ("child", "leaf")):
        scene.update_connection(
            ConnectionUpdate(source_id=source, target_id=target, connection_type="hierarchy")
        )
    return scene


def _put(
    scene: Scene, entity_id: str, position: tuple[float, float, float], parameters: dict[str, Any]
) -> None:
    scene.update_entity(
        EntityUpdate(
            id=entity_id,
            name=f"The {entity_id}",
            class_type=entity_id.title(),
            position=list(position),
            tags=["tagged"],
            parameters=parameters,
        )
    )


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


def _read(scene: Scene, options: SampleOptions | None = None) -> SnapshotSamples:
    histories = FluxHistories()
    histories.add(scene)
    return SampleReader(options or SampleOptions(), histories).read(_summary(scene), scene)


def test_that_a_sample_says_all_of_its_entity() -> None:
    scene = _scene()
    samples = _read(scene)
    child = next(s for s in samples.subjects if s.entity_id == "child")
    assert child.text == "Entity at position 1"
    assert "The child is a Child at depth 1 inside The root, at (1, 0, 0)." in child.prompt
    assert "wavelength = 550.0" in child.prompt
    assert child.response.startswith("Flux position 1 ")
    assert (child.flux_position, child.flux_rule, child.weight) == (1, "position", 1.0)
    assert (child.depth, child.parent_id) == (1, "root")
    assert child.beam_tensor.word == "The child"
    assert bytes(child.entity) == scene.arrays.documents[scene.slot_of["child"]]
    assert msgspec.json.decode(child.parameters) == {"wavelength": 550.0}


def test_that_sacred_samples_weigh_what_was_asked() -> None:
    weights = {
        s.entity_id: s.weight for s in _read(_scene(), SampleOptions(weight_sacred=4)).subjects
    }
    assert weights == {"root": 4, "child": 1.0, "leaf": 4}


@pytest.mark.parametrize(
    ("options", "kept", "links"),
    [
        (SampleOptions(), ["root", "child", "leaf"], 2),
        (SampleOptions(sacred_only=True), ["root", "leaf"], 0),
        (SampleOptions(max_depth=1), ["root", "child"], 1),
        (SampleOptions(class_types=("Leaf",)), ["leaf"], 0),
        (SampleOptions(require_consent=True), ["root", "leaf"], 0),
    ],
)
def test_that_filters_keep_entities_and_connections_with_both_ends_kept(
    options: SampleOptions, kept: list[str], links: int
) -> None:
    samples = _read(_scene(), options)
    assert [s.entity_id for s in samples.subjects] == kept
    assert len(samples.links) == links


def test_that_an_entity_without_consent_is_not_named_in_its_childs_prompt() -> None:
    samples = _read(_scene(), SampleOptions(require_consent=True))
    assert not any("The child" in s.prompt for s in samples.subjects)


@pytest.mark.parametrize("parameters", [{"ai": False}, {"ai": 1}, {"nested": {"ai": True}}, {}])
def test_that_only_the_parameter_ai_set_to_true_is_consent(parameters: dict[str, Any]) -> None:
    scene = Scene("lab")
    _put(scene, "x", (1, 1, 1), parameters)
    assert not _read(scene, SampleOptions(require_consent=True)).subjects


def test_that_dedupe_drops_what_equals_the_entitys_sample_before() -> None:
    scene = _scene()
    histories = FluxHistories()
    histories.add(scene)
    reader = SampleReader(SampleOptions(dedupe=True), histories)
    assert len(reader.read(_summary(scene), scene).subjects) == 3
    _put(scene, "leaf", (5, 0, 0), {"digital_root_flux": 3, "ai": True})
    again = reader.read(_summary(scene), scene)
    assert [s.entity_id for s in again.subjects] == ["leaf"]
    assert again.links == []


def test_that_coherence_is_over_the_whole_history_of_the_entity() -> None:
    scene, histories = Scene("lab"), FluxHistories()
    for flux in (3, 1, 2):
        _put(scene, "x", (0, 0, 0), {"digital_root_flux": flux})
        histories.add(scene)
    assert histories.coherence("lab", "x").overall_coherence == pytest.approx(1.0)


def test_that_histories_stay_short_and_follow_entities_that_come_and_go() -> None:
    scene, histories, went = Scene("lab"), FluxHistories(), dict[str, list[int]]()
    for turn in range(250):
        if turn % 3:
            _put(scene, f"e{turn % 7}", (0, 0, 0), {"digital_root_flux": turn % 10})
        else:
            scene.delete_entity(f"e{turn % 5}")
        histories.add(scene)
        for entity_id, slot in scene.slot_of.items():
            went.setdefault(entity_id, []).append(int(scene.arrays.flux[slot]))
    for entity_id, history in went.items():
        assert histories.coherence("lab", entity_id) == coherence_metrics(history)
    assert max(map(len, histories._spaces["lab"].histories.values())) < 200
