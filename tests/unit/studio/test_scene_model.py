"""SceneModel: ids, slots that change hands, and when rows may have moved."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lake_core.scene.arrays import SceneDelta
from studio.models.scene_model import SceneModel


def delta(ids: list[str], slots: list[int], *, whole: bool = False, **arrays: Any) -> SceneDelta:
    count = len(ids)
    values: dict[str, Any] = {
        "alive": np.ones(count, np.bool_),
        "positions": np.zeros((count, 3)),
        "flux": np.zeros(count, np.uint8),
        "parents": np.full(count, -1, np.int32),
        "depths": np.zeros(count, np.int32),
        "orders": np.array(slots, np.int64),
        "documents": [b"{}"] * count,
        **arrays,
    }
    return SceneDelta(
        space_name="lab",
        seq=1,
        whole=whole,
        capacity=64,
        slots=np.array(slots, np.int32),
        ids=ids,
        names=ids,
        class_types=[""] * count,
        **values,
    )


@pytest.fixture
def model() -> SceneModel:
    model = SceneModel()
    model.apply(delta(["a", "b"], [0, 1], whole=True))
    return model


def test_that_a_move_in_space_moves_no_rows(model: SceneModel) -> None:
    told: list[bool] = []
    model.updated.connect(told.append)
    model.apply(delta(["a"], [0], positions=np.ones((1, 3))))
    model.apply(delta(["a"], [0], parents=np.array([1], np.int32)))
    assert told == [False, True]


def test_that_a_slot_may_pass_to_another_entity(model: SceneModel) -> None:
    model.apply(delta(["c"], [1]))
    assert model.slot_of == {"a": 0, "c": 1}
    assert model.entity_count == 2


def test_that_two_entities_may_change_slots_in_one_delta(model: SceneModel) -> None:
    model.apply(delta(["b", "a"], [0, 1]))
    assert model.slot_of == {"b": 0, "a": 1}


def test_that_a_dead_entity_is_forgotten(model: SceneModel) -> None:
    model.apply(delta(["b"], [1], alive=np.zeros(1, np.bool_)))
    assert model.slot_of == {"a": 0}
    assert model.document_of("b") == b""


def test_that_a_whole_delta_forgets_the_rest(model: SceneModel) -> None:
    resets: list[None] = []
    model.reset.connect(lambda: resets.append(None))
    model.apply(delta(["z"], [5], whole=True))
    assert (model.slot_of, len(resets)) == ({"z": 5}, 1)
