"""Keyframes as they are stored."""

from __future__ import annotations

from lake_core.lake import Lake
from lake_core.store.history import load_keyframe
from lake_core.store.keyframes import Keyframe, write


def test_that_documents_too_heavy_for_one_value_are_spread_over_several(lake: Lake) -> None:
    ends = b'","parameters":{},"position":[0.0,0.0,0.0],"rotation":[0.0,0.0,0.0,1.0],'
    last = b'"scale":[1.0,1.0,1.0],"tags":[]}'
    weights = [23_000_000, 23_000_000, 23_000_000, *[10] * 2500]
    documents = [
        b'{"class_type":"","id":"%d","name":"' % number + b"x" * weight + ends + last
        for number, weight in enumerate(weights)
    ]
    fluxes = [number % 10 for number in range(len(documents))]
    with lake._database.reader() as connection:
        write(connection, Keyframe(7, 3, documents, fluxes, []))
        counts = connection.execute(
            "SELECT json_array_length(documents) FROM lake_keyframe_parts "
            "WHERE space_id = 7 ORDER BY part"
        ).fetchall()
        scene = load_keyframe(connection, 7, "s", 3)
    assert [count for (count,) in counts] == [2, 1000, 1000, 501]
    assert list(scene.documents()) == documents
    assert scene.arrays.flux[scene.live_slots()].tolist() == fluxes
