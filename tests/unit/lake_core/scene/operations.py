"""Random updates of a scene, and everything a scene says of itself."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from lake_core.scene.hierarchy import HIERARCHY
from lake_core.scene.model import ConnectionKey, ConnectionUpdate, EntityUpdate, ParameterUpdate
from lake_core.scene.replay import Row
from lake_core.scene.state import Scene

IDS = st.sampled_from("abcdefg")
NUMBERS = st.one_of(st.integers(-20, 20), st.sampled_from([0.0, -0.0, 1.0, 2.5, 1e16, 1e-7]))
POSITIONS = st.lists(NUMBERS.map(float), min_size=3, max_size=3)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.sampled_from("xy"), inner, max_size=2)
    ),
    max_leaves=4,
)
PARAMETERS = st.dictionaries(
    st.sampled_from(["energy", "digital_root_flux", "ethos", "logos", "pathos"]), VALUES, max_size=4
)
OPERATIONS = st.one_of(
    st.tuples(st.just("entity"), IDS, POSITIONS | st.none(), PARAMETERS | st.none()),
    st.tuples(st.just("parameter"), IDS, st.sampled_from(["energy", "ethos"]), VALUES),
    st.tuples(st.just("delete"), IDS),
    st.tuples(st.just("connect"), IDS, IDS, st.sampled_from([HIERARCHY, "link"])),
    st.tuples(st.just("disconnect"), IDS, IDS, st.sampled_from([HIERARCHY, "link"])),
)


def entity(entity_id: str, **fields: Any) -> EntityUpdate:
    return EntityUpdate(id=entity_id, **fields)


def edge(parent: str, child: str, connection_type: str = HIERARCHY) -> ConnectionUpdate:
    return ConnectionUpdate(source_id=parent, target_id=child, connection_type=connection_type)


def run(scene: Scene, operation: tuple[Any, ...]) -> bool:
    match operation:
        case ("entity", entity_id, position, parameters):
            given_fields = {"position": position, "parameters": parameters}
            return scene.update_entity(
                entity(entity_id, **{k: v for k, v in given_fields.items() if v is not None})
            )
        case ("parameter", entity_id, name, value):
            if entity_id not in scene.slot_of:
                return False
            update = ParameterUpdate(entity_id=entity_id, parameter_name=name, value=value)
            return scene.set_parameter(update)
        case ("delete", entity_id):
            return scene.delete_entity(entity_id)
        case ("connect", source, target, kind):
            return scene.update_connection(edge(source, target, kind))
        case ("disconnect", *key):
            return scene.delete_connection(ConnectionKey(*key))
    raise AssertionError(operation)


def told(scene: Scene) -> dict[str, Any]:
    """Everything a scene says of itself."""
    scene.settle()
    live = scene.live_slots()
    return {
        "seq": scene.seq,
        "documents": list(scene.documents()),
        "connections": list(scene.connections.items()),
        "tree": scene.hierarchy(),
        "metadata": scene.metadata(),
        "positions": scene.arrays.positions[live].tolist(),
        "flux": scene.arrays.flux[live].tolist(),
        "rules": scene.flux_rules[live].tolist(),
        "depths": scene.arrays.depths[live].tolist(),
    }


def log_of(operations: list[Any]) -> tuple[Scene, list[Row]]:
    """A scene after operations, and the rows they left in its log."""
    scene = Scene("s")
    for operation in operations:
        run(scene, operation)
    return scene, [(seq, *row) for seq, row in enumerate(scene.take_changes(), 1)]


def replayed(rows: list[Row]) -> Scene:
    """The scene that rows make, one by one."""
    scene = Scene("s")
    for row in rows:
        scene.replay(*row)
    return scene
