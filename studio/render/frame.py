"""One frame of the 3D view: arrays and a camera in, an image and what it shows out.

Owns the canvas and the last projection, so that picking and rings use exactly what was drawn.
Knows SceneArrays and the renderer; knows no widget, mouse or session.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF
from PySide6.QtGui import QColor, QImage

from lake_core.scene.arrays import SceneArrays
from studio.render.backdrop import LINK_LIMIT, Backdrop, floor_height, link_lines
from studio.render.camera import NEAR, Camera, Float64s, Projection, corners
from studio.render.pick import pick_nearest
from studio.render.points_cpu import Canvas, PointRenderer, Style
from studio.theme import FLUX_PALETTE, THEME

RENDERER_NAME: Final = "software"
DEEPEST: Final = 64
"""Ancestors followed for the lines of one entity."""
Indices = NDArray[np.intp]
Place = tuple[float, float, float]
"""x and y in widget pixels, depth in units of the camera's distance."""


class SceneFrame:
    """Draws SceneArrays; `slots` [n] are the entities of the last frame, in the arrays' order."""

    def __init__(self) -> None:
        self.camera = Camera()  # in pixels of the widget
        self.scale = 1.0  # device pixels a widget pixel
        self.show_links = True
        self.shown_count = 0
        self.slots: Indices = np.zeros(0, np.intp)
        self._positions: Float64s = np.zeros((0, 3))
        self._bounds = corners(self._positions)
        self._projection = self.camera.project(self._positions)
        self._pickable: NDArray[np.bool_] = np.zeros(0, np.bool_)
        self._canvas = Canvas(1, 1)
        self._renderer = PointRenderer(_style(self.scale))
        self._backdrop = Backdrop(
            QColor(THEME.ground), QColor(THEME.line_strong), QColor(150, 165, 190, 46)
        )
        self._backdrop_key: object = None
        self._backdrop_image = QImage()

    def take(self, arrays: SceneArrays) -> None:
        """Look at the arrays again after they changed."""
        self.slots = np.flatnonzero(arrays.alive)
        self._positions = arrays.positions[self.slots]
        self._bounds = corners(self._positions)

    def bounds(self) -> tuple[Float64s, Float64s]:
        """Low and high corner [3] of the entities; both zero where there are none."""
        return self._bounds

    def fitted(
        self, camera: Camera, arrays: SceneArrays, shown: NDArray[np.bool_], inset: float = 0.0
    ) -> Camera:
        """`camera` moved to show all entities that pass the filter, or all where none does.

        `inset` is how many pixels at the left are covered by something else.
        """
        passed = shown[arrays.flux[self.slots]]
        return camera.fitted(self._positions[passed] if passed.any() else self._positions, inset)

    def render(self, arrays: SceneArrays, shown: NDArray[np.bool_]) -> QImage:
        """The frame as an image sharing memory with the canvas; `shown` [10] by flux."""
        device = self._device_camera()
        self._projection = device.project(self._positions)
        flux = arrays.flux[self.slots]
        self._pickable = shown[flux]
        self._fit_canvas(device)
        self._canvas.lay(self._painted_backdrop(device, arrays))
        self.shown_count = int(np.count_nonzero(self._pickable))
        self._points().draw(self._canvas, self._projection, flux, shown)
        return self._canvas.image()

    def slot_at(self, x: float, y: float, radius: float = 9.0) -> int:
        """Slot of the entity drawn nearest to a widget pixel; -1 where there is none."""
        scale = self.scale
        index = pick_nearest(self._projection, x * scale, y * scale, radius * scale, self._pickable)
        return -1 if index < 0 else int(self.slots[index])

    def sharing_place(self, slot: int) -> list[int]:
        """Slots of the entities shown at exactly the same position, this one among them."""
        index = int(np.searchsorted(self.slots, slot))
        if index >= len(self.slots) or self.slots[index] != slot:
            return []
        x, y, z = self._positions[index]
        same = np.flatnonzero(self._positions[:, 0] == x)
        same = same[(self._positions[same, 1] == y) & (self._positions[same, 2] == z)]
        found: list[int] = self.slots[same[self._pickable[same]]].tolist()
        return found

    def place_of(self, slot: int) -> Place | None:
        """(x, y, depth) of an entity in widget pixels; None where it is not in front."""
        index = int(np.searchsorted(self.slots, slot))
        if index >= len(self.slots) or self.slots[index] != slot:
            return None
        depth = float(self._projection.depth[index])
        x, y = (self._projection.xy[index] / self.scale).tolist()
        return (x, y, depth) if depth >= NEAR and abs(x) + abs(y) < 1e6 else None

    def relations(self, arrays: SceneArrays, slot: int) -> list[QLineF]:
        """Lines in widget pixels from an entity up to its root and down to its children."""
        chain = [slot]
        while len(chain) <= DEEPEST and (parent := int(arrays.parents[chain[-1]])) >= 0:
            chain.append(parent)
        children = self.slots[arrays.parents[self.slots] == slot][:LINK_LIMIT].tolist()
        pairs = [*pairwise(chain), *((child, slot) for child in children)]
        places = {one: self.place_of(one) for pair in pairs for one in pair}
        return [
            QLineF(start[0], start[1], stop[0], stop[1])
            for one, other in pairs
            if (start := places[one]) is not None and (stop := places[other]) is not None
        ]

    def _device_camera(self) -> Camera:
        camera = self.camera
        width, height = round(camera.width * self.scale), round(camera.height * self.scale)
        return replace(camera, width=float(width), height=float(height))

    def _points(self) -> PointRenderer:
        if self._renderer.style.scale != self.scale:
            self._renderer = PointRenderer(_style(self.scale))
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
        """Lines to the parents of the entities that pass the filter, where not too many."""
        if len(self.slots) > LINK_LIMIT:
            return []
        row_of = np.full(arrays.capacity, -1, np.intp)
        row_of[self.slots] = np.where(self._pickable, np.arange(len(self.slots)), -1)
        parents = arrays.parents[self.slots]
        parent_rows = np.where(parents >= 0, row_of[parents], -1)
        rows = np.flatnonzero(self._pickable & (parent_rows >= 0))
        return link_lines(self._projection, rows, parent_rows[rows])

    @property
    def projection(self) -> Projection:
        """Where the entities of `slots` fell, in device pixels."""
        return self._projection


def _style(scale: float) -> Style:
    ground = QColor(THEME.ground)
    return Style(FLUX_PALETTE, (ground.red(), ground.green(), ground.blue()), scale)
