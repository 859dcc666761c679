"""The bundled demo scene: an armillary research station above a vortex, built and kept in motion.

This module owns the scene's shape and its movement, and nothing else: it is pure (no clock, no
disk, no network) and knows nothing of the lake. What it yields are operations as they travel on
the wire (contract, section 2). `build()` is the scene at rest; `tick(n)` is what happens in the
n-th step. Both depend on their arguments alone, so every run of the demo is the same run.

Lengths are scene units, Y is up, the station is centred on the origin, some 60 units in radius.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Final

from resources.shapes import (
    SPACE,
    Operation,
    Point,
    across,
    circle,
    connection_op,
    entity_op,
    moved,
    parameter_op,
    part,
    raised,
    rounded,
    scaled,
    tilted,
    torus,
    yaw,
)

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

TICKS_PER_SECOND: Final = 20

STATION: Final = "station"
SECTORS: Final = (
    "Equilibrium",
    "Dawn",
    "Meridian",
    "Ethos",
    "Harbour",
    "Zenith",
    "Pathos",
    "Tide",
    "Lattice",
    "Logos",
)
MODULES: Final = ("Greenhouse", "Quarters", "Clinic", "Workshop", "Archive")
PLATES_PER_MODULE: Final = 15
HABITAT_RADIUS: Final = 40.0
TUBE_RADIUS: Final = 4.2
GIMBALS: Final = (("Inner", 15.0, 1.15), ("Middle", 21.5, -0.75), ("Outer", 28.0, 0.42))
LABS_PER_GIMBAL: Final = 12
INSTRUMENTS_PER_LAB: Final = 6
PHOTONS: Final = 260
HELIX_SEGMENTS: Final = 150
WINGS: Final = 6
VORTEX_ARMS: Final = 4
MOTES_PER_ARM: Final = 210
DRONES: Final = 36
EMBERS: Final = 60
POD_PERIOD: Final = TICKS_PER_SECOND  # ticks between two launches
PODS_ALOFT: Final = 12
GOLDEN_ANGLE: Final = math.pi * (3.0 - math.sqrt(5.0))


def build() -> Iterator[Operation]:
    """The whole scene at rest: about 3,000 entities, parents before children, then its wiring."""
    yield entity_op(STATION, "Armillary Station", "Station", (0, 0, 0), {"crew": 412}, ("root",))
    for assembly in (_reactor, _spindle, _habitat, _gimbals, _wings, _vortex, _fleet, _embers):
        yield from assembly()
    yield from _wiring()


def tick(n: int) -> list[Operation]:
    """What happens in step `n` (n >= 0): some 15 operations, 300 a second in all.

    A quarter of the drones fly on, a few embers rise, a reading changes; once a second a supply
    pod is launched and the oldest is taken in, and every four seconds a drone changes its bay.
    """
    happenings = [moved(f"drone/{i}", _drone_at(i, n)) for i in range(n % 4, DRONES, 4)]
    happenings += [moved(f"ember/{i}", _ember_at(i, n)) for i in range(n % 12, EMBERS, 12)]
    happenings.append(_reading(n))
    if n % POD_PERIOD == 0:
        happenings += _pods(n // POD_PERIOD)
    if n % (4 * TICKS_PER_SECOND) == 2:
        happenings.append(_reberthed(n // (4 * TICKS_PER_SECOND)))
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


# -- the parts, from the middle outwards


def _reactor() -> Iterator[Operation]:
    """A sphere of light whose ethos, pathos and logos lie in zones from pole to pole."""
    yield from part(STATION, "reactor", "Reactor", "Reactor", (0, 0, 0), {"output_mw": 940.0})
    for i in range(PHOTONS):
        height = 1.0 - 2.0 * (i + 0.5) / PHOTONS
        around = math.sqrt(1.0 - height * height)
        angle = i * GOLDEN_ANGLE
        place = scaled((around * math.cos(angle), height, around * math.sin(angle)), 7.0)
        virtues = _virtues(height, i)
        yield from part("reactor", f"photon/{i}", f"Photon {i:03d}", "Particle", place, virtues)


def _virtues(height: float, index: int) -> dict[str, float]:
    """Ethos to the north, pathos to the south, logos at the equator, balance between them."""
    if 0.30 < abs(height) < 0.48:
        return {"ethos": 4.0, "logos": 4.0, "pathos": 4.0}
    share = {
        "ethos": max(height, 0.0) ** 2 + 0.06,
        "logos": (1.0 - abs(height)) ** 2 + 0.04,
        "pathos": max(-height, 0.0) ** 2 + 0.05,
    }
    return {key: round(9.0 * part, 3) for key, part in share.items()} | {
        "confidence": 0.45 + 0.05 * (index % 9)
    }


def _spindle() -> Iterator[Operation]:
    """The axis: twelve decks and a double helix of conduits around them."""
    yield from part(STATION, "spindle", "Spindle", "Assembly", (0, 0, 0), {"length_m": 104.0})
    for deck in range(12):
        place = (0.0, -49.5 + 9.0 * deck, 0.0)
        signs = {"digital_root_flux": (3, 6, 9)[deck % 3], "pressure_kpa": 101.3}
        yield from part("spindle", f"deck/{deck}", f"Deck {deck:02d}", "Deck", place, signs)
    for i in range(HELIX_SEGMENTS):
        strand, step = i % 2, i // 2
        y = -50.0 + 100.0 * step / (HELIX_SEGMENTS // 2 - 1)
        angle = 0.21 * step + math.pi * strand
        place = (2.6 * math.cos(angle), y, 2.6 * math.sin(angle))
        deck = min(11, max(0, round((y + 49.5) / 9.0)))
        name = f"Conduit {'AB'[strand]}-{step:02d}"
        yield from part(f"deck/{deck}", f"conduit/{i}", name, "Conduit", place, {"flow": 0.8})


def _habitat() -> Iterator[Operation]:
    """The great ring: ten sectors, five modules each, clad in plates of the sector's flux."""
    centre = (0.0, 0.0, 0.0)
    yield from part(STATION, "habitat", "Habitat Ring", "Ring", centre, {"spin_rpm": 1.9})
    for s, title in enumerate(SECTORS):
        middle = math.tau * (s + 0.5) / len(SECTORS)
        at = circle(HABITAT_RADIUS, middle)
        signs = {"digital_root_flux": s, "residents": 38 + s}
        yield from part("habitat", f"sector/{s}", f"Sector {s} {title}", "Sector", at, signs)
        yield from _spoke(s, middle)
        for m, kind in enumerate(MODULES):
            angle = math.tau * (s + (m + 0.5) / len(MODULES)) / len(SECTORS)
            yield from _module(s, m, f"{kind} {s}-{m}", angle)


def _module(sector: int, number: int, name: str, angle: float) -> Iterator[Operation]:
    """One module: plates around the tube, and a sensor upon every fifth plate."""
    module = f"module/{sector}.{number}"
    comfort = {"temperature_c": 20.5, "oxygen": 0.209, "occupied": (sector + number) % 3 > 0}
    at = circle(HABITAT_RADIUS, angle)
    yield from part(f"sector/{sector}", module, name, "Module", at, comfort, yaw(angle))
    for i in range(PLATES_PER_MODULE):
        around = math.tau * i / PLATES_PER_MODULE + 0.35 * number
        turn = angle + math.tau / 50 * ((i % 3) - 1) * 0.32
        plate = f"plate/{sector}.{number}.{i}"
        place = torus(HABITAT_RADIUS, TUBE_RADIUS, turn, around)
        signs = {"digital_root_flux": sector, "wear": round(0.02 * i, 2)}
        yield from part(module, plate, f"Plate {i:02d}", "Part", place, signs)
        if i % 5 == 0:
            place = torus(HABITAT_RADIUS, TUBE_RADIUS + 1.3, turn, around)
            yield from part(plate, f"{plate}/sensor", "Sensor", "Sensor", place, {"value": 0.0})


def _spoke(sector: int, angle: float) -> Iterator[Operation]:
    """The truss from the outer gimbal to the sector."""
    for i in range(5):
        place = circle(29.5 + 1.6 * i, angle)
        yield from part(f"sector/{sector}", f"truss/{sector}.{i}", "Truss", "Part", place, {})


def _gimbals() -> Iterator[Operation]:
    """Three tilted rings around the reactor, as in an armillary sphere, strung with labs."""
    for g, (title, radius, tilt) in enumerate(GIMBALS):
        ring = f"gimbal/{g}"
        name = f"{title} Gimbal"
        yield from part(STATION, ring, name, "Ring", (0, 0, 0), {"tilt_rad": tilt})
        for i in range(LABS_PER_GIMBAL):
            angle = math.tau * i / LABS_PER_GIMBAL
            place = tilted(circle(radius, angle), tilt)
            lab = f"lab/{g}.{i}"
            name = f"{title} Lab {i:02d}"
            yield from part(ring, lab, name, "Lab", place, _mind(i + g), yaw(angle))
            yield from _instruments(lab, i, radius, angle, tilt)


def _instruments(
    lab: str, number: int, radius: float, angle: float, tilt: float
) -> Iterator[Operation]:
    """The instruments strung along the gimbal from one lab to the next."""
    for k in range(INSTRUMENTS_PER_LAB):
        along = angle + math.tau * (k + 1) / (INSTRUMENTS_PER_LAB + 1) / LABS_PER_GIMBAL
        place = tilted(circle(radius, along), tilt)
        kind = ("Spectrometer", "Telescope", "Centrifuge")[k % 3]
        mind = _mind(number + k // 2)
        yield from part(lab, f"{lab}/{k}", f"{kind} {k}", "Instrument", place, mind)


def _mind(index: int) -> dict[str, float]:
    """Ethos, logos and pathos that lean one way or another; index 0 to 8 walk through them."""
    lean = (
        (8.0, 1.0, 1.0),
        (5.0, 3.0, 2.0),
        (5.0, 2.0, 3.0),
        (1.0, 1.0, 8.0),
        (2.0, 3.0, 5.0),
        (1.0, 8.0, 1.0),
        (3.0, 5.0, 2.0),
        (2.0, 5.0, 3.0),
        (3.4, 3.3, 3.3),
    )
    ethos, logos, pathos = lean[index % len(lean)]
    confidence = 0.8 if index % 2 else 0.5
    return {"ethos": ethos, "logos": logos, "pathos": pathos, "confidence": confidence}


def _wings() -> Iterator[Operation]:
    """Six petals of solar cells that open upwards from the head of the spindle."""
    yield from part(STATION, "wings", "Solar Wings", "Assembly", (0, 34, 0), {"charge": 0.93})
    for w in range(WINGS):
        angle = math.tau * (w + 0.25) / WINGS
        root = raised(circle(5.0, angle), 34.0)
        yield from part("wings", f"wing/{w}", f"Wing {w}", "Wing", root, {"area_m2": 640.0})
        for row in range(11):
            for column in range(-2, 3):
                spread = (1.0 + 0.16 * row) * column * math.sin(math.pi * (row + 1.5) / 13.0)
                out, up = 6.0 + 1.9 * row, 34.0 + 0.085 * row * row
                place = across(circle(out, angle), angle, spread)
                cell = f"cell/{w}.{row}.{column + 2}"
                name = f"Cell {w}-{row:02d}-{column + 2}"
                volts = {"volts": round(48.0 - 0.2 * row, 2)}
                yield from part(f"wing/{w}", cell, name, "Part", raised(place, up), volts)


def _vortex() -> Iterator[Operation]:
    """Below: a whirl of motes in four arms, narrow at its foot, wide under the ring."""
    foot = (0.0, -52.0, 0.0)
    yield from part(STATION, "vortex", "Vortex", "ParticleEmitter", foot, {"rate": 120.0})
    for arm in range(VORTEX_ARMS):
        start = (0.0, -50.0, 0.0)
        yield from part("vortex", f"arm/{arm}", f"Arm {arm}", "ParticleEmitter", start, {})
        for i in range(MOTES_PER_ARM):
            along = i / (MOTES_PER_ARM - 1)
            # Two waves that never fall into step spread an arm into a band, wider outwards.
            out = 1.3 * along * math.sin(GOLDEN_ANGLE * 7.0 * i)
            up = 0.7 * along * math.cos(GOLDEN_ANGLE * 5.0 * i)
            angle = math.tau * arm / VORTEX_ARMS + 5.2 * math.sqrt(along)
            y = -52.0 + 28.0 * along**0.6 + up
            place = raised(circle(2.0 + 50.0 * along**1.2 + out, angle + 0.04 * up), y)
            name = f"Mote {arm}-{i:03d}"
            yield from part(f"arm/{arm}", f"mote/{arm}.{i}", name, "Particle", place, {})


def _fleet() -> Iterator[Operation]:
    """Four bays on the ring, and the drones that fly from them."""
    yield from part(STATION, "fleet", "Drone Fleet", "Folder", (0, 0, 0), {"drones": DRONES})
    for bay in range(4):
        place = circle(HABITAT_RADIUS + 7.0, math.tau * bay / 4.0)
        yield from part("fleet", f"bay/{bay}", f"Bay {bay}", "Bay", place, {"berths": 12})
    for i in range(DRONES):
        signs = {"battery": 1.0, "ai": i % 3 == 0} | _mind(i)
        where = _drone_at(i, 0)
        yield from part(f"bay/{i % 4}", f"drone/{i}", f"Drone {i:02d}", "Drone", where, signs)


def _embers() -> Iterator[Operation]:
    """Sparks that climb the spindle from the vortex to the wings."""
    for i in range(EMBERS):
        place = _ember_at(i, 0)
        yield from part("vortex", f"ember/{i}", f"Ember {i:02d}", "Particle", place, {})


def _wiring() -> Iterator[Operation]:
    """What is joined besides the tree: power to the sectors, light to the labs."""
    for sector in range(len(SECTORS)):
        yield connection_op("reactor", f"sector/{sector}", "power", 0.5 + 0.05 * sector, "feeds")
    for wing in range(WINGS):
        yield connection_op(f"wing/{wing}", "reactor", "power", 0.25, "charges")
    for g in range(len(GIMBALS)):
        for i in range(0, LABS_PER_GIMBAL, 2):
            yield connection_op(f"lab/{g}.{i}", f"photon/{g + 8 * i}", "observes", 0.9, "")


# -- what moves


def _drone_at(index: int, n: int) -> Point:
    """Three inclined orbits outside the ring, twelve drones on each, bobbing as they go."""
    orbit, place = index % 3, index // 3
    tilt = (0.55, -0.62, 1.25)[orbit]
    radius = (51.0, 55.0, 59.0)[orbit]
    speed = (0.22, -0.17, 0.13)[orbit]
    angle = math.tau * place / 12.0 + speed * n / TICKS_PER_SECOND
    height = 1.2 * math.sin(3.0 * angle)
    return rounded(tilted(raised(circle(radius, angle), height), tilt))


def _ember_at(index: int, n: int) -> Point:
    """A climb of 100 units in 25 seconds along a widening screw, then again from below."""
    along = (index / EMBERS + n / TICKS_PER_SECOND / 25.0) % 1.0
    angle = math.tau * (4.0 * along + 0.618 * index)
    return rounded(raised(circle(3.6 + 2.4 * along, angle), -50.0 + 100.0 * along))


def _reading(n: int) -> Operation:
    """One reading a step: sensors, temperatures, batteries and the reactor by turns."""
    wave = math.sin(0.37 * n) + 0.5 * math.sin(0.11 * n)
    sector, module = n % len(SECTORS), (n // len(SECTORS)) % len(MODULES)
    match n % 4:
        case 0:
            return parameter_op(f"plate/{sector}.{module}.0/sensor", "value", round(wave, 4))
        case 1:
            return parameter_op(f"module/{sector}.{module}", "temperature_c", round(21 + wave, 2))
        case 2:
            drone = (n // 4) % DRONES
            return parameter_op(f"drone/{drone}", "battery", round(0.6 + 0.25 * wave, 3))
        case _:
            return parameter_op("reactor", "output_mw", round(940.0 + 12.0 * wave, 2))


def _pods(second: int) -> list[Operation]:
    """A pod is launched from a bay each second; the one of twelve seconds ago is taken in."""
    angle = second * GOLDEN_ANGLE
    place = raised(circle(46.0 + 9.0 * (second * 0.618 % 1.0), angle), 14.0 * math.sin(angle))
    cargo = {"mass_kg": 120.0 + second % 40, "digital_root_flux": second % 10}
    launched = part(
        f"bay/{second % 4}", f"pod/{second}", f"Supply Pod {second}", "Pod", place, cargo
    )
    gone = second - PODS_ALOFT
    taken_in = {"op": "delete_entity", "space_name": SPACE, "entity_id": f"pod/{gone}"}
    return [*launched, taken_in] if gone >= 0 else list(launched)


def _reberthed(turn: int) -> Operation:
    """A drone that changes its bay: the later edge moves it in the tree."""
    drone = turn % DRONES
    bay = (drone + turn // DRONES + 1) % 4
    return connection_op(f"bay/{bay}", f"drone/{drone}", "hierarchy", 1.0, "berths")
