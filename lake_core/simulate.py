"""An engine, imagined: a scene that is built and then lives, as operations and at a pace.

`Engine` is pure: what it says depends on its `Plot` alone, so that a run can be told in advance
and compared with what the lake kept. `play` says it to a lake through a client, frame by frame.
For demonstrations, load and tests; it must not know a console, or the lake's inside.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from lake_core.client import ClientStatus, LakeClient
from lake_core.errors import InvalidInput, LakeError
from lake_core.replay import Recorded
from resources import demo

Operation = dict[str, Any]
Point = tuple[float, float, float]

FRAMES_PER_SECOND: Final = 30
FLUX_POSITIONS: Final = 10
_EXTENT: Final = 100.0
_ORBIT: Final = 2.0
_STEP: Final = 0.1  # radians; no two steps of an entity end at the same place
_CLASSES: Final = ("Part", "Model", "Light", "Particle", "Sensor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """What an imagined engine does.

    Args:
        entities: How many there are at first.
        moving: Share of them that move, 0 to 1.
        rate: Moves a second, all together.
        spawns: New entities a second.
        deletes: Entities a second that go; the first half of the scene stays.
        depth: Levels of the hierarchy below its root, at most; 0 is no hierarchy.
        flux: Weights of the flux positions 0 to 9; None leaves it to where an entity is.
        seed: Another number is another scene.

    Raises:
        InvalidInput: A figure is out of its range.
    """

    entities: int = 1000
    moving: float = 0.3
    rate: float = 1000.0
    spawns: float = 0.0
    deletes: float = 0.0
    depth: int = 4
    flux: tuple[float, ...] | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0.0 <= self.moving <= 1.0:
            raise InvalidInput(f"{self.moving:g} is no share of what moves, 0 to 1")
        for name in ("entities", "rate", "spawns", "deletes", "depth"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise InvalidInput(f"{name} must be 0 or more, not {value:g}")


class Engine:
    """A scene's life: `build()` once, then `frame()` again and again."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self._chance = Random(plot.seed)
        self._branching = _branching(plot.entities, plot.depth)
        self._born = self._frames = self._moves = self._deaths = 0
        self._steps: dict[str, int] = {}  # of each living entity: how often it has moved
        self._homes: dict[str, Point] = {}
        self._movers: deque[str] = deque()
        self._leaves: deque[str] = deque()  # in the order in which they are to go

    def build(self) -> Iterator[Operation]:
        """The scene at first: parents before children, each with its edge."""
        for _ in range(self._plot.entities):
            yield from self._spawn()
        self._chance.shuffle(self._movers)

    def frame(self) -> list[Operation]:
        """What happens in the next thirtieth of a second."""
        self._frames += 1
        plot = self._plot
        told: list[Operation] = []
        while self._born - plot.entities < self._due(plot.spawns):
            told += self._spawn()
        while self._deaths < self._due(plot.deletes):
            self._deaths += 1
            told += self._delete()
        while self._moves < self._due(plot.rate):
            self._moves += 1
            told += self._move()
        return told

    def _due(self, rate: float) -> int:
        """How many of something have happened by the end of this frame."""
        return math.floor(rate * self._frames / FRAMES_PER_SECOND)

    def _spawn(self) -> Iterator[Operation]:
        number, self._born = self._born, self._born + 1
        entity_id = f"sim/{number}"
        home = _somewhere(self._chance)
        self._homes[entity_id], self._steps[entity_id] = home, 0
        if self._chance.random() < self._plot.moving:
            self._movers.append(entity_id)
        if 2 * number >= self._plot.entities and number > 0:
            self._leaves.append(entity_id)
        yield {"op": "entity", "entity": self._entity(entity_id, number)}
        if self._plot.depth and number:
            # Whoever came with the scene has its place in the tree; a newcomer, any that stays.
            settled = number < self._plot.entities
            parent = (number - 1) // self._branching if settled else self._staying()
            ends = {"source_id": f"sim/{parent}", "target_id": entity_id}
            edge = {**ends, "connection_type": "hierarchy", "strength": 1.0}
            yield {"op": "connection", "connection": edge}

    def _entity(self, entity_id: str, number: int) -> Operation:
        parameters: dict[str, Any] = {"energy": round(self._chance.random(), 3)}
        if self._plot.flux is not None:
            [position] = self._chance.choices(range(FLUX_POSITIONS), self._plot.flux)
            parameters["digital_root_flux"] = position
        class_type = _CLASSES[number % len(_CLASSES)]
        name = f"{class_type} {number}"
        told = {"id": entity_id, "name": name, "class_type": class_type, "tags": ["simulated"]}
        return {**told, **self._transform(entity_id), "parameters": parameters}

    def _staying(self) -> int:
        return self._chance.randrange(max(1, self._plot.entities // 2))

    def _delete(self) -> list[Operation]:
        if not self._leaves:
            return []
        entity_id = self._leaves.popleft()
        del self._steps[entity_id], self._homes[entity_id]
        return [{"op": "delete_entity", "entity_id": entity_id}]

    def _move(self) -> list[Operation]:
        while self._movers:
            entity_id = self._movers.popleft()
            if entity_id in self._steps:
                self._movers.append(entity_id)
                self._steps[entity_id] += 1
                return [{"op": "entity", "entity": {"id": entity_id, **self._transform(entity_id)}}]
        return []

    def _transform(self, entity_id: str) -> Operation:
        """Where its steps have brought it, on a circle about its home, and how it is turned."""
        angle = self._steps[entity_id] * _STEP
        x, y, z = self._homes[entity_id]
        out, up = _ORBIT * math.cos(angle), _ORBIT * math.sin(angle)
        turned = [0.0, round(math.sin(angle / 2), 6), 0.0, round(math.cos(angle / 2), 6)]
        return {"position": [round(x + out, 4), y, round(z + up, 4)], "rotation": turned}


class Demo:
    """The bundled demo scene: `build()` once, then `frame()` again and again."""

    def __init__(self) -> None:
        self._frames = self._ticks = 0

    def build(self) -> Iterator[Operation]:
        """The scene at rest."""
        return demo.build()

    def frame(self) -> list[Operation]:
        """What happens in the next thirtieth of a second; nothing in every third."""
        self._frames += 1
        told: list[Operation] = []
        while self._ticks < self._frames * demo.TICKS_PER_SECOND // FRAMES_PER_SECOND:
            told += demo.tick(self._ticks)
            self._ticks += 1
        return told


class Mocap:
    """A recording played again and again; `frame()` is what it does in the next frame."""

    def __init__(self, recording: Sequence[Recorded]) -> None:
        if not recording:
            raise InvalidInput("the recording is empty")
        times = sorted({recorded.at for recorded in recording})
        steps = max(len(times) - 1, 1)
        self._length = times[-1] + max(times[-1] / steps, 1 / FRAMES_PER_SECOND)
        self._recording = sorted(recording, key=lambda recorded: recorded.at)
        self._frames = self._place = 0

    def frame(self) -> list[Operation]:
        """The operations that are due."""
        self._frames += 1
        now = (self._frames - 0.5) / FRAMES_PER_SECOND
        told: list[Operation] = []
        while True:
            turn, place = divmod(self._place, len(self._recording))
            recorded = self._recording[place]
            if turn * self._length + recorded.at > now:
                return told
            told.append(recorded.operation)
            self._place += 1


def play(
    frames: Callable[[], list[Operation]],
    client: LakeClient,
    seconds: float | None = None,
    progress: Callable[[ClientStatus, float], None] = lambda status, elapsed: None,
) -> None:
    """Say frame after frame at its time; for so long, or until interrupted.

    A frame that is late is made up for, not left out. `progress` is told ten times a second.

    Raises:
        LakeError: The lake wants a token, or another one.
    """
    began = told = time.monotonic()
    count = 0
    total = math.inf if seconds is None else round(seconds * FRAMES_PER_SECOND)
    try:
        while count < total:
            for operation in frames():
                client.operation(operation)
            count += 1
            now = time.monotonic()
            if now - told >= 0.1:
                told, status = now, client.status
                if status.denied:
                    raise LakeError(f"{status.last_error}; give the lake's token")
                progress(status, now - began)
            time.sleep(max(0.0, began + count / FRAMES_PER_SECOND - now))
    except KeyboardInterrupt:
        pass  # enough; what was said is still delivered


def parse_flux(text: str) -> tuple[float, ...]:
    """Weights of the positions from `3=2,6=2,9=1`; those not named have none."""
    weights = [0.0] * FLUX_POSITIONS
    for part in text.split(","):
        place, _, weight = part.partition("=")
        try:
            position, value = int(place), float(weight or 1)
        except ValueError:
            position, value = -1, 0.0
        if not (0 <= position < FLUX_POSITIONS and 0.0 < value < math.inf):
            raise InvalidInput(f"{part!r} is no flux position with its weight, such as 3=0.5")
        weights[position] += value
    return tuple(weights)


def _branching(entities: int, depth: int) -> int:
    """Children an entity has, so that the tree has at most this depth."""
    return max(1, math.ceil(math.pow(entities, 1 / max(depth, 1))))


def _somewhere(chance: Random) -> Point:
    x, y, z = (round(chance.uniform(-_EXTENT, _EXTENT), 3) for _ in range(3))
    return x, y, z
