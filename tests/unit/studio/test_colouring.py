"""What colours stand for, and that each number and kind gets the colour its key says."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pytest

from lake_core.scene.arrays import SceneDelta
from studio.colours import LIGHT
from studio.models.colouring import CLASS, DEPTH, PARAMETER, RECENCY, Colouring, Kind
from studio.models.scene_model import SceneModel
from studio.render.ramp import KINDS, STEPS, kinds, ramp, steps_of


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


GROUNDS = {False: "0b0d10", True: LIGHT.ground.removeprefix("#")}


def contrast(colours: np.ndarray, *, on_light: bool) -> np.ndarray:
    """[n] of WCAG, against the ground of the scene."""
    ground = [int(GROUNDS[on_light][at : at + 2], 16) for at in (0, 2, 4)]
    light, behind = luminance(colours.astype(float)), luminance(np.array([ground], float))
    found: np.ndarray = (np.maximum(light, behind) + 0.05) / (np.minimum(light, behind) + 0.05)
    return found


@pytest.mark.parametrize("on_light", [False, True])
def test_that_more_stands_out_more_and_the_least_is_still_seen(on_light: bool) -> None:
    seen = contrast(ramp(on_light=on_light)[:STEPS], on_light=on_light)
    assert (np.diff(seen) > 0).all()
    assert seen[0] > 1.7


@pytest.mark.parametrize("on_light", [False, True])
def test_that_every_kind_stands_off_the_ground(on_light: bool) -> None:
    assert contrast(kinds(on_light=on_light)[:KINDS], on_light=on_light).min() > 4.5


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
    assert [kind.name for kind in key.kinds] == ["Class0", "Class1", "Class2", "Class3"]
    model.apply(delta([{}], ["Class1"], whole=False))
    assert colouring.tints().key.kinds[0] == Kind("Class0", 19, 0)
    assert colouring.tints().rows[0] == 1
    model, colouring = coloured(CLASS, [{}] * 12, [f"Class{at}" for at in range(12)])
    assert colouring.tints().key.kinds[-1] == Kind("Other classes", 12 - KINDS, KINDS)


def test_that_depth_and_age_are_ramps() -> None:
    model, colouring = coloured(DEPTH, [{}] * 4, ["Part"] * 4)
    assert np.diff(colouring.tints().rows[:4].astype(int)).min() > 0
    colouring.colour_by(RECENCY)
    model.glow.touch(np.array([2], np.int32), time.monotonic())
    rows = colouring.tints().rows
    assert rows[2] > STEPS - 3
    assert rows[1] == 0
