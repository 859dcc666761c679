"""The demo scene at rest, part by part from the middle outwards, then how the parts are wired.

Pure. Where something that moves begins is told by `demo_life`; it must not know what happens then.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from resources.demo_life import drone_at, ember_at
from resources.demo_plan import (
    DRONES,
    EMBERS,
    GIMBALS,
    GOLDEN_ANGLE,
    HABITAT_RADIUS,
    HELIX_SEGMENTS,
    INSTRUMENTS_PER_LAB,
    LABS_PER_GIMBAL,
    MODULES,
    MOTES_PER_ARM,
    PHOTONS,
    PLATES_PER_MODULE,
    SECTORS,
    STATION,
    TUBE_RADIUS,
    VORTEX_ARMS,
    WINGS,
)
from resources.shapes import (
    Operation,
    across,
    circle,
    connection_op,
    entity_op,
    part,
    raised,
    scaled,
    tilted,
    torus,
    yaw,
)


def at_rest() -> Iterator[Operation]:
    """The whole scene: parents before children, then its wiring."""
    yield entity_op(STATION, "Armillary Station", "Station", (0, 0, 0), {"crew": 412}, ("root",))
    for assembly in (_reactor, _spindle, _habitat, _gimbals, _wings, _vortex, _fleet, _embers):
        yield from assembly()
    yield from _wiring()


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
        where = drone_at(i, 0)
        yield from part(f"bay/{i % 4}", f"drone/{i}", f"Drone {i:02d}", "Drone", where, signs)


def _embers() -> Iterator[Operation]:
    """Sparks that climb the spindle from the vortex to the wings."""
    for i in range(EMBERS):
        place = ember_at(i, 0)
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
