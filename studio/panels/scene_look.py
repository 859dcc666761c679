"""How the scene is to be drawn just now: its options, colours and what is hidden, as one Look.

Turns what a person chose into a Look for a SceneFrame, and carries out the options that are the
frame's or the camera's own. Paints nothing.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from studio.models.colouring import RECENCY, Colouring, Tints
from studio.models.scene_model import SceneModel
from studio.models.scene_options import Option, SceneOptions
from studio.models.trails import Trails
from studio.models.visibility import Visibility
from studio.panels.camera_rig import CameraRig
from studio.render.frame import Look, SceneFrame
from studio.render.points_gl import GlMissing, graphics_card
from studio.session import Session

AGE_MS: Final = 500
"""How often colours that stand for ages are brought up to date."""


class SceneLook(QObject):
    """`changed` when a frame drawn now would look otherwise, though the scene is the same."""

    changed = Signal()

    def __init__(
        self, session: Session, model: SceneModel, frame: SceneFrame, rig: CameraRig
    ) -> None:
        super().__init__(rig)
        self._session, self._frame, self._rig = session, frame, rig
        self.options = SceneOptions(self)
        self.colouring = Colouring(model, self)
        self.visibility = Visibility(session, model, self)
        self.trails = Trails(model, self)
        self.tints: Tints | None = None  # of the last look, where it was not by flux
        self._looked_for_card = False
        self._ageing = QTimer(self, interval=AGE_MS)
        self._ageing.timeout.connect(self.changed)
        self.options.changed.connect(self._turned)
        self.colouring.changed.connect(self._recoloured)
        self.visibility.changed.connect(self.changed)
        session.flux_filter_changed.connect(self.changed)

    def look(self) -> Look:
        """For the next frame."""
        shown = np.zeros(10, np.bool_)
        shown[list(self._session.flux_filter)] = True
        visible, sizes = self.visibility.mask(), self.colouring.sizes()
        if self.colouring.is_by_flux:
            return Look(shown, visible, sizes=sizes)
        self.tints = self.colouring.tints()
        return Look(shown, visible, self.tints.rows, self.tints.palette, sizes)

    def find_card(self) -> None:
        """Use a graphics card where there is one, until a person says otherwise."""
        if not self._looked_for_card:
            self._looked_for_card = True
            self.options.turn(Option.CARD, bool(graphics_card()))

    def _turned(self, option: Option, on: bool) -> None:
        match option:
            case Option.LINKS:
                self._frame.show_links = on
            case Option.TRAILS:
                self.trails.want(on)
            case Option.FLAT:
                self._rig.flatten(on)
            case Option.BY_SCALE:
                self.colouring.size_by_scale(on)
            case Option.CARD:
                self._use_card(on)
        self.changed.emit()

    def _use_card(self, on: bool) -> None:
        try:
            self._frame.use_card(on)
        except GlMissing as error:
            self.options.refuse(Option.CARD, f"The processor goes on drawing: {error}.")

    def _recoloured(self) -> None:
        if self.colouring.by == RECENCY:
            self._ageing.start()
        else:
            self._ageing.stop()
        self.changed.emit()
