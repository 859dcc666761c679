"""Where the camera of a scene view is and where it is going: fit, glide, follow, hand over.

The camera fits the scene until a person moves it. Knows a SceneFrame's camera and Qt's animation;
knows no mouse, no session and no painting.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEasingCurve, QObject, QTimer, QVariantAnimation, Signal

from lake_core.scene.arrays import SceneArrays
from studio.render.camera import Camera
from studio.render.frame import Look, SceneFrame

GLIDE_MS: Final = 240
LOOK_EVERY: Final = 0.4
"""Seconds between two looks at whether the scene outgrew the view."""
FOCUS_SHARE: Final = 0.4
"""How near a focused entity is brought at least: this share of the scene's extent."""
FOCUS_SPACINGS: Final = 12.0
"""And so many times what its neighbours are away from it: they are some 50 pixels apart then."""
FOCUS_SLACK: Final = 3.0
"""A person who was nearer, by no more than this, stays so near."""


class CameraRig(QObject):
    """Moves `frame.camera`; emits `moved` after each step."""

    moved = Signal()

    def __init__(self, frame: SceneFrame, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._frame = frame
        self.inset = 0.0  # pixels at the left that something else covers
        self.fits_itself = True
        self._at_once = True
        self._looked = 0.0
        self._fitted_bounds: NDArray[np.float64] = np.zeros(0)
        self._from = self._to = frame.camera
        self._again = QTimer(self, singleShot=True, interval=int(LOOK_EVERY * 1000))
        self._again.timeout.connect(self.moved)
        self._glide = QVariantAnimation(self)
        self._glide.setStartValue(0.0)
        self._glide.setEndValue(1.0)
        self._glide.setDuration(GLIDE_MS)
        self._glide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._glide.valueChanged.connect(self._glided)

    def start_anew(self) -> None:
        """Another scene: whatever a person did with the last one, fit this at once."""
        self.fits_itself = self._at_once = True

    def scene_replaced(self) -> None:
        """The same scene, all of it new: no gliding from what is no more."""
        self._at_once = True

    def resize(self, width: float, height: float) -> None:
        """The view has another size."""
        self._frame.camera = self._frame.camera.resized(width, height)
        self._at_once = True

    def move(self, camera: Camera) -> None:
        """A person moved the camera: from now on it is theirs."""
        self._glide.stop()
        self.fits_itself = False
        self._frame.camera = camera
        self.moved.emit()

    def flatten(self, flat: bool) -> None:
        """See flat, with all as large wherever it is, or in perspective."""
        self._glide.stop()
        self._frame.camera = replace(self._frame.camera, flat=flat)
        self.moved.emit()

    def fit(self, arrays: SceneArrays, look: Look) -> None:
        """Glide to where everything shown is in view, and keep it so as the scene grows."""
        self.fits_itself = True
        self._go(self._frame.fitted(self._frame.camera, arrays, look, self.inset))

    def look_from(self, yaw: float, pitch: float, arrays: SceneArrays, look: Look) -> None:
        """Turn to a side, and fit."""
        self.fits_itself = True
        turned = self._frame.camera.turned(yaw, pitch)
        self._go(self._frame.fitted(turned, arrays, look, self.inset))

    def focus(self, position: NDArray[np.float64], spacing: float) -> None:
        """Bring a point [3] to the middle, near enough to tell it from its neighbours.

        `spacing` is how far these are from it, in scene units; 0 where it has none.
        """
        self.fits_itself = False
        low, high = self._frame.bounds()
        aimed = self._frame.camera.focused(position)
        reaches = float((high - low).max()) * FOCUS_SHARE, spacing * FOCUS_SPACINGS
        reach = min((one for one in reaches if one > 0.0), default=aimed.distance)
        nearer = min(max(aimed.distance, reach / FOCUS_SLACK), reach) / aimed.distance
        self._go(aimed.zoomed(nearer, aimed.width / 2, aimed.height / 2))

    def keep_fitted(self) -> None:
        """Follow the scene, at once where it is new, else only where it outgrew the view."""
        at_once, now = self._at_once, time.monotonic()
        if not self.fits_itself or self.is_gliding or not len(self._frame.slots):
            return
        if not at_once and now < self._looked + LOOK_EVERY:
            self._again.start()
            return
        self._at_once, self._looked = False, now
        bounds = np.concatenate(self._frame.bounds())
        if not at_once and np.array_equal(bounds, self._fitted_bounds):
            return
        self._fitted_bounds = bounds
        goal = self._frame.outlined(self._frame.camera, self.inset)
        if at_once:
            self._frame.camera = goal
        elif not self._frame.camera.resembles(goal):
            self._go(goal)

    @property
    def is_gliding(self) -> bool:
        """Whether the camera is on its way."""
        return self._glide.state() == QVariantAnimation.State.Running

    def stop(self) -> None:
        """Be where it was going, at once."""
        if self.is_gliding:
            self._glide.stop()
            self._glided(1.0)

    def _go(self, goal: Camera) -> None:
        self._glide.stop()
        self._from, self._to = self._frame.camera, goal
        self._glide.start()

    def _glided(self, share: float) -> None:
        now = self._frame.camera
        self._frame.camera = self._from.blended(self._to, float(share)).resized(
            now.width, now.height
        )
        self.moved.emit()
