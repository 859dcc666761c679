from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from lake_core.errors import NotFound
from lake_core.scene.arrays import SceneArrays, SceneDelta
from server.entities import EntityFilter, matches, told


def _scene() -> SceneDelta:
    """A station (slot 0) with a lab (2) that holds a photon (1); slot 3 is dead."""
    arrays = SceneArrays()
    arrays.ids[:3] = ["station", "photon", "lab"]
    arrays.names[:3] = ["Station", "Photon", "Optics Lab"]
    arrays.class_types[:3] = ["Model", "Particle", "Model"]
    for slot, document in enumerate(
        [
            {"id": "station", "tags": ["root"]},
            {"id": "photon", "tags": ["light"], "depth": "kept in the document, hidden here"},
            {"id": "lab", "tags": []},
        ]
    ):
        arrays.documents[slot] = msgspec.json.encode(document)
    arrays.flux[:3] = [3, 9, 4]
    arrays.parents[:3] = [-1, 2, 0]
    arrays.depths[:3] = [0, 2, 1]
    arrays.orders[:3] = [10, 30, 20]
    arrays.alive[:3] = True
    return arrays.delta("demo", 7, np.arange(4, dtype=np.int32), whole=True)


def _listed(*, after: str | None = None, **chosen: Any) -> list[dict[str, Any]]:
    found = matches(_scene(), EntityFilter(**chosen), after)
    return [msgspec.json.decode(item) for item in told(found)]


def test_that_entities_come_in_order_of_first_sight_with_derived_fields() -> None:
    station, lab, photon = _listed()
    assert station == {
        "id": "station",
        "tags": ["root"],
        "space_name": "demo",
        "flux_position": 3,
        "depth": 0,
        "parent_id": None,
    }
    assert (lab["id"], lab["depth"], lab["parent_id"]) == ("lab", 1, "station")
    assert (photon["id"], photon["flux_position"], photon["parent_id"]) == ("photon", 9, "lab")
    assert photon["depth"] == 2


@pytest.mark.parametrize(
    ("chosen", "ids"),
    [
        ({"flux": frozenset({3, 6, 9})}, ["station", "photon"]),
        ({"depth": 1}, ["lab"]),
        ({"parent_id": "lab"}, ["photon"]),
        ({"parent_id": "nobody"}, []),
        ({"class_type": "Model"}, ["station", "lab"]),
        ({"tag": "light"}, ["photon"]),
        ({"text": "optics"}, ["lab"]),
        ({"text": "part"}, ["photon"]),
        ({"class_type": "Model", "flux": frozenset({3})}, ["station"]),
    ],
)
def test_that_filters_let_through_what_they_name(chosen: dict[str, Any], ids: list[str]) -> None:
    assert [entity["id"] for entity in _listed(**chosen)] == ids


def test_that_a_list_goes_on_after_an_entity_whether_or_not_that_one_passes() -> None:
    assert [item["id"] for item in _listed(after="station")] == ["lab", "photon"]
    assert [item["id"] for item in _listed(after="lab", flux=frozenset({3, 9}))] == ["photon"]
    assert _listed(after="photon") == []
    with pytest.raises(NotFound):
        _listed(after="gone")
