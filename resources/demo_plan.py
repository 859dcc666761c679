"""How much of what the demo scene has, and how it is named. Plain numbers and words."""

from __future__ import annotations

import math
from typing import Final

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
