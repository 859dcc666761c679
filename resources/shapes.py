"""What the demo scene is made of: operations as they travel on the wire, and some geometry.

Owns the form of an operation (contract, section 2) and points on circles and rings. It must not
know what the scene looks like. Lengths are scene units, Y is up, angles are radians.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

Operation = dict[str, Any]
Point = tuple[float, float, float]
Rotation = tuple[float, float, float, float]

SPACE: Final = "demo"
UNTURNED: Final = (0.0, 0.0, 0.0, 1.0)


def part(
    parent: str,
    entity_id: str,
    name: str,
    class_type: str,
    position: Point,
    parameters: dict[str, Any],
    rotation: Rotation = UNTURNED,
) -> Iterator[Operation]:
    """An entity, and the hierarchy edge that hangs it under `parent`."""
    tags = (class_type.lower(),)
    yield entity_op(entity_id, name, class_type, position, parameters, tags, rotation)
    yield connection_op(parent, entity_id, "hierarchy", 1.0, "contains")


def entity_op(
    entity_id: str,
    name: str,
    class_type: str,
    position: Point,
    parameters: dict[str, Any],
    tags: tuple[str, ...],
    rotation: Rotation = UNTURNED,
) -> Operation:
    """An entity, whole."""
    entity = {
        "id": entity_id,
        "name": name,
        "class_type": class_type,
        "position": list(rounded(position)),
        "rotation": list(rotation),
        "scale": [1.0, 1.0, 1.0],
        "tags": list(tags),
        "parameters": parameters,
    }
    return {"op": "entity", "space_name": SPACE, "entity": entity}


def connection_op(source: str, target: str, kind: str, strength: float, label: str) -> Operation:
    """A connection."""
    connection = {
        "source_id": source,
        "target_id": target,
        "connection_type": kind,
        "strength": round(strength, 3),
        "label": label,
    }
    return {"op": "connection", "space_name": SPACE, "connection": connection}


def moved(entity_id: str, position: Point) -> Operation:
    """An entity that is elsewhere now; all else stays as it was."""
    entity = {"id": entity_id, "position": list(position)}
    return {"op": "entity", "space_name": SPACE, "entity": entity}


def parameter_op(entity_id: str, name: str, value: float) -> Operation:
    """One parameter of an entity."""
    named = {"entity_id": entity_id, "parameter_name": name, "value": value}
    return {"op": "parameter", "space_name": SPACE, **named}


def circle(radius: float, angle: float) -> Point:
    """A point of the circle around the Y axis."""
    return (radius * math.cos(angle), 0.0, radius * math.sin(angle))


def torus(ring: float, tube: float, angle: float, around: float) -> Point:
    """A point of a tube bent into a ring: `angle` along the ring, `around` about the tube."""
    radius = ring + tube * math.cos(around)
    return raised(circle(radius, angle), tube * math.sin(around))


def tilted(point: Point, tilt: float) -> Point:
    """Turned about the X axis by `tilt` radians."""
    x, y, z = point
    c, s = math.cos(tilt), math.sin(tilt)
    return (x, c * y - s * z, s * y + c * z)


def across(point: Point, angle: float, distance: float) -> Point:
    """Moved sideways, at right angles to the direction `angle` in the ground plane."""
    x, y, z = point
    return (x - distance * math.sin(angle), y, z + distance * math.cos(angle))


def raised(point: Point, height: float) -> Point:
    """Moved along Y."""
    return (point[0], point[1] + height, point[2])


def scaled(point: Point, factor: float) -> Point:
    """Moved away from the origin."""
    return (point[0] * factor, point[1] * factor, point[2] * factor)


def rounded(point: Point) -> Point:
    """To the thousandth, which keeps documents short."""
    return (round(point[0], 3), round(point[1], 3), round(point[2], 3))


def yaw(angle: float) -> Rotation:
    """The quaternion (x, y, z, w) of a turn about the Y axis."""
    return (0.0, round(math.sin(-angle / 2.0), 6), 0.0, round(math.cos(-angle / 2.0), 6))
