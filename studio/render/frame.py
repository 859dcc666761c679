"""One frame of the 3D view: a scene's cloud and a camera in, an image and what it shows out.

Owns the canvas and the last projection, so that picking and rings use exactly what was drawn.
Knows SceneArrays and the renderers; knows no widget, mouse or session.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF
from PySide6.QtGui import QColor, QImage

from lake_core.scene.arrays import Bools, Int32s, SceneArrays
from studio.render.backdrop import LINK_LIMIT, Backdrop, floor_height, link_lines
from studio.render.camera import NEAR, Camera, Float64s, Projection
from studio.render.cloud import Cloud
from studio.render.pick import pick_box, pick_nearest
from studio.render.points_cpu import Canvas, PointRenderer, Style
from studio.render.points_gl import GlMissing, GlPoints
from studio.render.points_look import GHOST_ONLY, HIDDEN, SACRED, SHOWN, Points, UInt8s, lay_of
from studio.theme import FLUX_PALETTE, THEME

_log = logging.getLogger(__name__)
DEEPEST: Final = 64
"""Ancestors followed for the lines of one entity."""
Indices = NDArray[np.intp]
Place = tuple[float, float, float]
"""x and y in widget pixels, depth in units of the camera's distance."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a scene is to be shown. `tints` None is by flux, which alone marks the sacred."""

    shown: Bools  # [10] by flux; the others are ghosts
    visible: Bools | None = None  # [capacity] what is not hidden; None hides nothing
    tints: UInt8s | None = None  # [capacity] rows of the palette
    palette: UInt8s = field(default_factory=lambda: FLUX_PALETTE)
    sizes: UInt8s | None = None  # [capacity]


class SceneFrame:
    """Draws SceneArrays; rows of a projection are slots."""

    def __init__(self) -> None:
        self.camera = Camera()  # in pixels of the widget
        self.scale = 1.0  # device pixels a widget pixel
        self.show_links = True
        self.shown_count = 0
        self.gl: GlPoints | None = None  # None: drawn by the processor
        self.cloud = Cloud()
        self._state: UInt8s = np.zeros(0, np.uint8)
        self._tints = self._state, FLUX_PALETTE
        self._projection = self.cloud.seen_by(self.camera)
        self._pickable: Bools = np.zeros(0, np.bool_)
        self._canvas = Canvas(1, 1)
        self._backdrop_image = QImage()
        self.dress()

    def dress(self) -> None:
        """Take the theme's colours as they are now."""
        self._renderer = PointRenderer(_style(FLUX_PALETTE.copy(), self.scale))
        self._backdrop = Backdrop(
            QColor(THEME.ground), QColor(THEME.line_strong), QColor(150, 165, 190, 46)
        )
        self._backdrop_key: object = None

    def use_card(self, wanted: bool) -> None:
        """Draw with the graphics card, or with the processor. Raises GlMissing."""
        if wanted and self.gl is None:
            self.gl = GlPoints()
        elif not wanted and self.gl is not None:
            self.gl.close()
            self.gl = None

    @property
    def renderer_name(self) -> str:
        """Who draws, in a word or the card's own name."""
        return "processor" if self.gl is None else self.gl.name.split("/")[0].split("(")[0].strip()

    @property
    def slots(self) -> Indices:
        """The entities there are."""
        return self.cloud.slots

    def take(self, arrays: SceneArrays) -> None:
        """Look at all of the arrays again after they changed."""
        self.cloud.take(arrays)

    def follow(self, slots: Int32s) -> None:
        """Look at these slots again; nothing else changed."""
        self.cloud.follow(slots)

    def bounds(self) -> tuple[Float64s, Float64s]:
        """Low and high corner [3] of the entities; both zero where there are none."""
        return self.cloud.bounds()

    def fitted(self, camera: Camera, arrays: SceneArrays, look: Look, inset: float = 0.0) -> Camera:
        """`camera` moved to show all entities that pass the filter, or all where none does.

        `inset` is how many pixels at the left are covered by something else.
        """
        passed = _state(arrays, look) == SHOWN
        chosen = np.flatnonzero(passed) if passed.any() else self.slots
        return camera.fitted(arrays.positions[chosen], inset)

    def outlined(self, camera: Camera, inset: float = 0.0) -> Camera:
        """As `fitted` to all entities, and to where they were since they were last taken anew.

        It costs next to nothing, however many there are.
        """
        return camera.fitted(self.cloud.outline(), inset)

    def render(self, arrays: SceneArrays, look: Look) -> QImage:
        """The frame as an image sharing memory with the canvas."""
        device = self._device_camera()
        self._projection = self.cloud.seen_by(device)
        self._state = _state(arrays, look)
        self._pickable = self._state == SHOWN
        self.shown_count = int(np.count_nonzero(self._pickable))
        self._tints = arrays.flux if look.tints is None else look.tints, look.palette
        self._fit_canvas(device)
        backdrop = self._painted_backdrop(device, arrays)
        points, renderer = _points(arrays, look, self._state), self._points(look.palette)
        if self.gl is not None:
            size = int(device.width), int(device.height)
            lay = lay_of(self._projection, points, size, self.scale)
            try:
                return self.gl.draw(backdrop, self.cloud, device, points, lay, renderer.style)
            except GlMissing as error:  # a driver that went away costs speed, not the window
                _log.warning("drawing with the processor from now on: %s", error)
                self.gl = None
        self._canvas.lay(backdrop)
        renderer.draw(self._canvas, self._projection, points)
        return self._canvas.image()

    def slot_at(self, x: float, y: float, radius: float = 9.0) -> int:
        """Slot of the entity drawn nearest to a widget pixel; -1 where there is none."""
        scale = self.scale
        return pick_nearest(self._projection, x * scale, y * scale, radius * scale, self._pickable)

    def slots_in(self, left: float, top: float, right: float, bottom: float) -> Indices:
        """Slots of the entities shown inside a box of widget pixels."""
        edges = (edge * self.scale for edge in (left, top, right, bottom))
        inside = pick_box(self._projection, *edges)
        found: Indices = inside[self._pickable[inside]]
        return found

    def sharing_place(self, slot: int, arrays: SceneArrays) -> list[int]:
        """Slots of the entities shown at exactly the same position, this one among them."""
        if not self.shows(slot):
            return []
        place = arrays.positions[slot]
        same = np.flatnonzero(arrays.positions[:, 0] == place[0])
        same = same[same < len(self._pickable)]
        same = same[(arrays.positions[same] == place).all(axis=1)]
        found: list[int] = same[self._pickable[same]].tolist()
        return found

    def place_of(self, slot: int) -> Place | None:
        """(x, y, depth) of an entity in widget pixels; None where it is not in front."""
        if not 0 <= slot < len(self._projection.depth):
            return None
        depth = float(self._projection.depth[slot])
        x = float(self._projection.x[slot]) / self.scale
        y = float(self._projection.y[slot]) / self.scale
        return (x, y, depth) if depth >= NEAR and abs(x) + abs(y) < 1e6 else None

    def tint_of(self, slot: int) -> QColor:
        """The colour an entity was last drawn in."""
        rows, palette = self._tints
        return QColor(*palette[rows[slot]].tolist()) if slot < len(rows) else QColor(THEME.text)

    def nearest(self, most: int) -> list[int]:
        """Slots of the entities in view that are nearest to the camera, at most so many."""
        seen, camera = self._projection, self._device_camera()
        if not len(seen.depth):
            return []
        inside = pick_box(seen, 0.0, 0.0, camera.width, camera.height)
        inside = inside[self._pickable[inside]]
        if len(inside) > most:
            inside = inside[np.argpartition(seen.depth[inside], most)[:most]]
        found: list[int] = inside[np.argsort(seen.depth[inside])].tolist()
        return found

    def relations(self, arrays: SceneArrays, slot: int) -> list[QLineF]:
        """Lines in widget pixels from an entity up to its root and down to its children."""
        chain = [slot]
        while len(chain) <= DEEPEST and (parent := int(arrays.parents[chain[-1]])) >= 0:
            chain.append(parent)
        children = np.flatnonzero(arrays.alive & (arrays.parents == slot))[:LINK_LIMIT].tolist()
        return self.lines([*pairwise(chain), *((child, slot) for child in children)])

    def lines(self, pairs: list[tuple[int, int]]) -> list[QLineF]:
        """Lines in widget pixels between the entities of each pair, where both are shown."""
        ends = {one for pair in pairs for one in pair if self.shows(one)}
        places = {one: self.place_of(one) for one in ends}
        return [
            QLineF(start[0], start[1], stop[0], stop[1])
            for one, other in pairs
            if (start := places.get(one)) is not None and (stop := places.get(other)) is not None
        ]

    def segments(self, pairs: NDArray[np.intp]) -> list[QLineF]:
        """The same of many pairs [k, 2]; a slot under 0 is no entity."""
        pairs = pairs[((pairs >= 0) & (pairs < len(self._pickable))).all(axis=1)]
        pairs = pairs[self._pickable[pairs].all(axis=1)]
        lines = link_lines(self._projection, pairs[:, 0], pairs[:, 1])
        if self.scale == 1.0:
            return lines
        return [QLineF(line.p1() / self.scale, line.p2() / self.scale) for line in lines]

    def shows(self, slot: int) -> bool:
        """Whether an entity passed filters and was not hidden in the last frame."""
        return 0 <= slot < len(self._pickable) and bool(self._pickable[slot])

    def _device_camera(self) -> Camera:
        camera = self.camera
        width, height = round(camera.width * self.scale), round(camera.height * self.scale)
        return replace(camera, width=float(width), height=float(height))

    def _points(self, palette: UInt8s) -> PointRenderer:
        style = self._renderer.style
        if style.scale != self.scale or not np.array_equal(style.palette, palette):
            self._renderer = PointRenderer(_style(palette, self.scale))
        return self._renderer

    def _fit_canvas(self, device: Camera) -> None:
        size = int(device.width), int(device.height)
        if (self._canvas.width, self._canvas.height) != size:
            self._canvas = Canvas(*size)

    def _painted_backdrop(self, device: Camera, arrays: SceneArrays) -> QImage:
        floor = floor_height(*self.bounds())
        links = self._links(arrays) if self.show_links else []
        key = (device, floor)
        if links or key != self._backdrop_key:
            self._backdrop_image = self._backdrop.painted(device, floor, links, self.scale)
            self._backdrop_key = None if links else key
        return self._backdrop_image

    def _links(self, arrays: SceneArrays) -> list[QLineF]:
        """Lines to the parents of the entities that are shown, where not too many."""
        if len(self.slots) > LINK_LIMIT:
            return []
        parents = arrays.parents[self.slots]
        linked = self._pickable[self.slots] & (parents >= 0) & self._pickable[parents]
        return link_lines(self._projection, self.slots[linked], parents[linked].astype(np.intp))

    @property
    def projection(self) -> Projection:
        """Where every slot fell, in device pixels."""
        return self._projection


def _state(arrays: SceneArrays, look: Look) -> UInt8s:
    """[capacity] what of each entity is drawn."""
    if look.shown.all():
        state = arrays.alive.astype(np.uint8) * np.uint8(SHOWN)
    else:
        by_flux = np.where(look.shown, SHOWN, GHOST_ONLY).astype(np.uint8)
        state = by_flux[arrays.flux] * arrays.alive
    if look.visible is not None:
        state[~look.visible] = HIDDEN
    return state


def _points(arrays: SceneArrays, look: Look, state: UInt8s) -> Points:
    if look.tints is None:
        return Points(arrays.flux, state, SACRED[arrays.flux], look.sizes)
    return Points(look.tints, state, None, look.sizes)


def _style(palette: UInt8s, scale: float) -> Style:
    ground = QColor(THEME.ground)
    return Style(palette, (ground.red(), ground.green(), ground.blue()), scale)
