"""The life of one entity as the inspector tells it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from lake_core.scene.change import ChangeKind
from lake_core.scene.life import EntityRow, tell_life
from studio.models.life import Life, life_of

START = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
CREATED = b'{"id":"a","name":"A","position":[0,0,0],"parameters":{"heat":1.5,"on":true,"n":3}}'


def row(seq: int, kind: ChangeKind, patch: bytes) -> EntityRow:
    return seq, START + timedelta(seconds=seq), int(kind), 3, patch


def life(*rows: EntityRow, **told: Any) -> Life:
    return life_of("a", tell_life(rows), **told)


def test_that_numbers_become_series_and_the_rest_does_not() -> None:
    told = life(
        row(1, ChangeKind.ENTITY, CREATED),
        row(5, ChangeKind.ENTITY_PATCH, b'{"parameters":{"heat":2.5,"on":false}}'),
        row(7, ChangeKind.ENTITY_PATCH, b'{"parameters":{"heat":2}}'),
    )
    at = START.timestamp()
    assert dict(told.series) == {"heat": ((at + 1, 1.5), (at + 5, 2.5), (at + 7, 2.0))}
    assert told.span == (at + 1, at + 7)


def test_that_places_become_three_series() -> None:
    told = life(
        row(1, ChangeKind.ENTITY, CREATED),
        row(2, ChangeKind.ENTITY_PATCH, b'{"set":{"position":[1,2,3]}}'),
    )
    assert [told.series[f"position {axis}"][-1][1] for axis in "xyz"] == [1.0, 2.0, 3.0]


def test_that_turns_are_told_newest_first_in_a_few_words() -> None:
    told = life(
        row(1, ChangeKind.ENTITY, CREATED),
        row(2, ChangeKind.ENTITY_PATCH, b'{"parameters":{"heat":2.5}}'),
        row(3, ChangeKind.ENTITY_PATCH, b'{"set":{"position":[1,2,3]},"parameters":{"heat":3}}'),
        row(4, ChangeKind.ENTITY_GONE, b""),
    )
    assert [turn.seq for turn in told.turns] == [4, 3, 2, 1]
    words = [turn.words for turn in told.turns]
    assert words == ["deleted", "position by 3.742 units  +1", "heat  1.5 → 2.5", "created"]


def test_that_nothing_has_no_life() -> None:
    assert life().turns == ()
    assert life().span == (0.0, 0.0)
