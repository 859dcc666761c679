"""Epochs made of epochs, in a real lake: frozen as any other, with where they come from."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest

from lake_core.curate.derive import compare
from lake_core.errors import InvalidInput, NotFound
from lake_core.lake import Lake


def _moments(lake: Lake, count: int, space: str = "lab") -> list[UUID]:
    """Snapshots of one entity that moves on between them."""
    taken = []
    for x in range(count):
        body = {"space_name": space, "entities": [{"id": "e", "position": [x, 0, 0]}]}
        lake.ingest("batch", msgspec.json.encode(body)).result(30)
        snapshot_id = lake.create_snapshot(space).result(30).snapshot_id
        assert snapshot_id is not None
        taken.append(snapshot_id)
    return taken


def test_that_a_merged_epoch_is_the_one_its_snapshots_would_make(lake: Lake) -> None:
    a, b, c = _moments(lake, 3)
    first, second = lake.create_epoch([a, b]), lake.create_epoch([b, c])
    made = lake.merge_epochs([first.id, second.id], "merged", "both")
    assert made.derived_from == [first.id, second.id]
    assert (made.snapshot_ids, made.name, made.note) == ([a, b, c], "merged", "both")
    assert compare(made, lake.create_epoch([a, b, c])).same_content
    assert lake.epoch(made.id) == made


def test_that_epochs_of_two_spaces_merge(lake: Lake) -> None:
    epochs = [lake.create_epoch(_moments(lake, 1, space)).id for space in ("one", "two")]
    assert lake.merge_epochs(epochs).space_names == ["one", "two"]


def test_that_a_narrowed_epoch_holds_some_of_the_snapshots(lake: Lake) -> None:
    a, b, c = _moments(lake, 3)
    whole = lake.create_epoch([a, b])
    made = lake.narrow_epoch(whole.id, [b])
    assert (made.snapshot_ids, made.derived_from) == ([b], [whole.id])
    with pytest.raises(InvalidInput):
        lake.narrow_epoch(whole.id, [c])


def test_that_a_derived_epoch_outlives_those_it_came_from(lake: Lake) -> None:
    first = lake.create_epoch(_moments(lake, 2))
    made = lake.merge_epochs([first.id])
    lake.delete_epoch(first.id)
    assert lake.epoch(made.id) == made
    with pytest.raises(NotFound):
        lake.merge_epochs([first.id])
