"""What colours stand for, and that each number and kind gets the colour its key says."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pytest

from lake_core.scene.arrays import SceneDelta
from studio.models.colouring import CLASS, DEPTH, PARAMETER, RECENCY, Colouring
from studio.models.scene_model import SceneModel
from studio.render.ramp import KINDS, STEPS, ramp, steps_of


def delta(
    parameters: Sequence[dict[str, Any]],
    classes: Sequence[str],
    *,
    whole: bool = True,
    first: int = 0,
) -> SceneDelta:
    count = len(parameters)
    return SceneDelta(
        space_name="lab",
        seq=1,
        whole=whole,
        capacity=64,
        slots=np.arange(first, first + count, dtype=np.int32),
        alive=np.ones(count, np.bool_),
        ids=[f"e{at}" for at in range(first, first + count)],
        names=[""] * count,
        class_types=list(classes),
        documents=[msgspec.json.encode({"parameters": one, "tags": []}) for one in parameters],
        positions=np.zeros((count, 3)),
        flux=np.zeros(count, np.uint8),
        parents=np.full(count, -1, np.int32),
        depths=np.arange(count, dtype=np.int32),
        orders=np.arange(count, dtype=np.int64),
    )


def coloured(what: str, parameters: Sequence[dict[str, Any]], classes: Sequence[str]) -> Any:
    model = SceneModel()
    colouring = Colouring(model)
    colouring.colour_by(what)
    model.apply(delta(parameters, classes))
    return model, colouring


def luminance(colours: np.ndarray) -> np.ndarray:
    linear = (colours / 255.0) ** 2.2
    weighed: np.ndarray = linear @ np.array([0.2126, 0.7152, 0.0722])
    return weighed


def test_that_the_ramp_grows_lighter_all_the_way_and_starts_off_the_ground() -> None:
    light = luminance(ramp()[:STEPS].astype(float))
    assert (np.diff(light) > 0).all()
    ground = luminance(np.array([[11.0, 13.0, 16.0]]))
    assert (light[0] + 0.05) / (ground[0] + 0.05) > 1.8


def test_that_the_least_and_the_most_have_the_ends_of_the_ramp() -> None:
    numbers = np.array([3.0, 1.0, 2.0, np.nan])
    assert steps_of(numbers, 1.0, 3.0).tolist() == [STEPS - 1, 0, round((STEPS - 1) / 2), STEPS]
    assert steps_of(np.array([5.0, 5.0]), 5.0, 5.0)[0] < STEPS


def test_that_a_parameter_is_shown_over_its_range_and_follows_changes() -> None:
    given: list[dict[str, Any]] = [{"energy": 1}, {"energy": 3.0}, {"mass": 2}]
    model, colouring = coloured(PARAMETER + "energy", given, ["Part"] * 3)
    tints = colouring.tints()
    assert (tints.key.low, tints.key.high, tints.key.missing) == ("1", "3", 1)
    assert tints.rows[:3].tolist() == [0, STEPS - 1, STEPS]
    model.apply(delta([{"energy": 9}], ["Part"], whole=False, first=2))
    assert colouring.tints().key.high == "9"
    assert colouring.tints().rows[2] == STEPS - 1


def test_that_a_parameter_over_many_magnitudes_is_shown_by_its_logarithm() -> None:
    given = [{"mass": 10.0**power} for power in range(7)]
    _, colouring = coloured(PARAMETER + "mass", given, ["Part"] * 7)
    rows = colouring.tints().rows[:7].astype(int)
    assert np.abs(np.diff(rows) - (STEPS - 1) / 6).max() <= 1


def test_that_a_parameter_nobody_has_says_so() -> None:
    _, colouring = coloured(PARAMETER + "spin", [{}, {}], ["Part"] * 2)
    key = colouring.tints().key
    assert (key.high, key.missing) == ("", 2)


def test_that_the_commonest_classes_have_tints_of_their_own() -> None:
    classes = [f"Class{at}" for at in range(12) for _ in range(20 - at)]
    model, colouring = coloured(CLASS, [{}] * 60, classes[:60])
    key = colouring.tints().key
    assert [name for name, _ in key.kinds] == ["Class0", "Class1", "Class2", "Class3"]
    model.apply(delta([{}], ["Class1"], whole=False))
    assert dict(colouring.tints().key.kinds)["Class0"] == 19
    assert colouring.tints().rows[0] == 1
    model, colouring = coloured(CLASS, [{}] * 12, [f"Class{at}" for at in range(12)])
    assert dict(colouring.tints().key.kinds)["Other classes"] == 12 - len(KINDS)


def test_that_depth_and_age_are_ramps() -> None:
    model, colouring = coloured(DEPTH, [{}] * 4, ["Part"] * 4)
    assert np.diff(colouring.tints().rows[:4].astype(int)).min() > 0
    colouring.colour_by(RECENCY)
    model.glow.touch(np.array([2], np.int32), time.monotonic())
    rows = colouring.tints().rows
    assert rows[2] > STEPS - 3
    assert rows[1] == 0


@pytest.mark.parametrize("kind", range(len(KINDS)))
def test_that_every_tint_stands_off_the_dark_ground(kind: int) -> None:
    light = luminance(KINDS[kind : kind + 1].astype(float))[0]
    ground = luminance(np.array([[11.0, 13.0, 16.0]]))[0]
    assert (light + 0.05) / (ground + 0.05) > 4.5
