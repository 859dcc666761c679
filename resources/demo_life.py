"""What moves in the demo scene: where a thing is in the n-th step, and what happens in it.

Pure: all of it depends on its arguments alone. It must not know how the scene is built.
"""

from __future__ import annotations

import math

from resources.demo_plan import (
    DRONES,
    EMBERS,
    GOLDEN_ANGLE,
    MODULES,
    PODS_ALOFT,
    SECTORS,
    TICKS_PER_SECOND,
)
from resources.shapes import (
    SPACE,
    Operation,
    Point,
    circle,
    connection_op,
    parameter_op,
    part,
    raised,
    rounded,
    tilted,
)


def drone_at(index: int, n: int) -> Point:
    """Three inclined orbits outside the ring, twelve drones on each, bobbing as they go."""
    orbit, place = index % 3, index // 3
    tilt = (0.55, -0.62, 1.25)[orbit]
    radius = (51.0, 55.0, 59.0)[orbit]
    speed = (0.22, -0.17, 0.13)[orbit]
    angle = math.tau * place / 12.0 + speed * n / TICKS_PER_SECOND
    height = 1.2 * math.sin(3.0 * angle)
    return rounded(tilted(raised(circle(radius, angle), height), tilt))


def ember_at(index: int, n: int) -> Point:
    """A climb of 100 units in 25 seconds along a widening screw, then again from below."""
    along = (index / EMBERS + n / TICKS_PER_SECOND / 25.0) % 1.0
    angle = math.tau * (4.0 * along + 0.618 * index)
    return rounded(raised(circle(3.6 + 2.4 * along, angle), -50.0 + 100.0 * along))


def reading(n: int) -> Operation:
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


def pods(second: int) -> list[Operation]:
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


def reberthed(turn: int) -> Operation:
    """A drone that changes its bay: the later edge moves it in the tree."""
    drone = turn % DRONES
    bay = (drone + turn // DRONES + 1) % 4
    return connection_op(f"bay/{bay}", f"drone/{drone}", "hierarchy", 1.0, "berths")
