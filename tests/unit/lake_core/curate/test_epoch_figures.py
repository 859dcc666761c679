"""EpochStats and the content hash, over real scenes."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lake_core.curate.epoch import EpochBuilder, EpochFigures, content_hash, grid_cells
from lake_core.errors import InvalidInput
from lake_core.scene.model import ConnectionUpdate, EntityUpdate, SnapshotSummary
from lake_core.scene.state import Scene

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
coordinates = st.floats(-1e11, 1e11)
points = st.lists(st.tuples(coordinates, coordinates, coordinates), min_size=1, max_size=40)


def _scene(
    space_name: str,
    entities: dict[str, tuple[float, float, float]],
    edges: tuple[tuple[str, str], ...] = (),
    class_type: str = "Part",
) -> Scene:
    scene = Scene(space_name)
    for entity_id, position in entities.items():
        scene.update_entity(
            EntityUpdate(id=entity_id, position=list(position), class_type=class_type)
        )
    for source, target in edges:
        scene.update_connection(
            ConnectionUpdate(source_id=source, target_id=target, connection_type="hierarchy")
        )
    return scene


def _summary(scene: Scene, minute: int = 0) -> SnapshotSummary:
    return SnapshotSummary(
        id=uuid.uuid4(),
        space_name=scene.space_name,
        timestamp=NOON + timedelta(minutes=minute),
        seq=scene.seq,
        trigger="manual",
        pinned=False,
        metadata=scene.metadata(),
    )


def _figures(*scenes: Scene) -> EpochFigures:
    summaries = [_summary(scene, minute) for minute, scene in enumerate(scenes)]
    builder = EpochBuilder(summaries)
    for summary, scene in zip(summaries, scenes, strict=True):
        builder.add(summary, scene)
    return builder.figures()


def test_that_an_epoch_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidInput):
        EpochBuilder([])


def test_that_the_figures_are_those_of_the_contract() -> None:
    first = _scene("a", {"x": (9, 0, 0), "y": (1, 0, 0)}, (("x", "y"),))
    second = _scene("a", {"x": (9, 0, 0), "z": (3, 0, 0), "w": (2, 0, 0)}, class_type="Drone")
    figures = _figures(first, second)
    stats = figures.stats
    assert figures.sample_count == 5
    assert stats.total_entities == 4
    assert stats.total_connections == 1
    assert stats.unique_types == 2
    assert stats.avg_hierarchy_depth == pytest.approx(0.5)
    assert stats.sacred_frequency == pytest.approx(3 / 5)
    # x from 1 to 9 in eight cells: 1 -> 0, 2 -> 1, 3 -> 2, 9 -> 7.
    assert stats.spatial_coverage == pytest.approx(4 / 512)
    assert (figures.start_time, figures.end_time) == (NOON, NOON + timedelta(minutes=1))


def test_that_one_id_in_two_spaces_is_two_entities() -> None:
    figures = _figures(_scene("a", {"x": (0, 0, 0)}), _scene("b", {"x": (0, 0, 0)}))
    assert figures.stats.total_entities == 2
    assert figures.space_names == ["a", "b"]


def test_that_one_point_covers_one_cell_of_512() -> None:
    assert _figures(_scene("a", {"x": (5, 5, 5)})).stats.spatial_coverage == 1 / 512


def test_that_an_empty_scene_has_figures_too() -> None:
    figures = _figures(_scene("a", {}))
    assert (figures.sample_count, figures.stats.sacred_frequency) == (0, 0.0)
    assert figures.stats.spatial_coverage == 0.0


def test_that_an_empty_snapshot_does_not_stretch_the_bounds_to_the_origin() -> None:
    far = _scene("a", {"x": (100, 100, 100), "y": (108, 100, 100)})
    assert _figures(far, _scene("a", {})).stats.spatial_coverage == 2 / 512


def test_that_the_content_hash_depends_on_the_states_alone() -> None:
    states = [("a", 1, 5), ("a", 2, 7), ("b", 1, 5)]
    assert content_hash(states) == content_hash(list(reversed(states)))
    assert content_hash(states) != content_hash([("a", 1, 7), ("a", 2, 5), ("b", 1, 5)])
    assert content_hash(states) != content_hash(states[:2])
    one, other = _scene("a", {"x": (1.0, 2.0, 3.0)}), _scene("a", {"x": (0.0, 0.0, 0.0)})
    other.update_entity(EntityUpdate(id="x", position=[1.0, 2.0, 3.0], class_type="Part"))
    assert _figures(one).content_hash == _figures(other).content_hash


@given(points)
def test_that_every_point_within_the_bounds_has_a_cell(
    positions: list[tuple[float, float, float]],
) -> None:
    where = np.array(positions, np.float64)
    low, high = tuple(where.min(axis=0).tolist()), tuple(where.max(axis=0).tolist())
    cells = grid_cells(where, low, high)
    assert ((cells >= 0) & (cells < 512)).all()
