"""The bundled demo scene: an armillary research station above a vortex, built and kept in motion.

It is pure (no clock, no disk, no network) and knows nothing of the lake. What it yields are
operations as they travel on the wire (contract, section 2). `build()` is the scene at rest;
`tick(n)` is what happens in the n-th step. Both depend on their arguments alone, so every run of
the demo is the same run.

Lengths are scene units, Y is up, the station is centred on the origin, some 60 units in radius.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from resources.demo_life import drone_at, ember_at, pods, reading, reberthed
from resources.demo_plan import DRONES, EMBERS, POD_PERIOD, PODS_ALOFT, STATION, TICKS_PER_SECOND
from resources.demo_station import at_rest
from resources.shapes import SPACE, Operation, moved

__all__ = [
    "PODS_ALOFT",
    "SPACE",
    "STATION",
    "TICKS_PER_SECOND",
    "Operation",
    "batch",
    "build",
    "tick",
]


def build() -> Iterator[Operation]:
    """The whole scene at rest: about 3,000 entities, parents before children, then its wiring."""
    yield from at_rest()


def tick(n: int) -> list[Operation]:
    """What happens in step `n` (n >= 0): some 15 operations, 300 a second in all.

    A quarter of the drones fly on, a few embers rise, a reading changes; once a second a supply
    pod is launched and the oldest is taken in, and every four seconds a drone changes its bay.
    """
    happenings = [moved(f"drone/{i}", drone_at(i, n)) for i in range(n % 4, DRONES, 4)]
    happenings += [moved(f"ember/{i}", ember_at(i, n)) for i in range(n % 12, EMBERS, 12)]
    happenings.append(reading(n))
    if n % POD_PERIOD == 0:
        happenings += pods(n // POD_PERIOD)
    if n % (4 * TICKS_PER_SECOND) == 2:
        happenings.append(reberthed(n // (4 * TICKS_PER_SECOND)))
    return happenings


def batch(operations: Iterable[Operation], *, replace: bool = False) -> Operation:
    """The body of `POST /eustress/ingest/batch` that does all of `operations` in one transaction.

    With `replace` the space then holds this scene and nothing else: what an earlier run of the
    demo left behind is gone.
    """
    body: Operation = {"space_name": SPACE, "entities": [], "connections": []}
    body |= {"parameters": [], "deleted_entities": []}
    for operation in operations:
        match operation["op"]:
            case "entity":
                body["entities"].append(operation["entity"])
            case "connection":
                body["connections"].append(operation["connection"])
            case "parameter":
                named = ("entity_id", "parameter_name", "value")
                body["parameters"].append({key: operation[key] for key in named})
            case "delete_entity":
                body["deleted_entities"].append(operation["entity_id"])
    return body | {"replace": True} if replace else body
