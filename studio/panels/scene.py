"""The scene panel: the 3D view with the legend and a quiet line of figures over it.

Composes; the view draws and listens, the legend filters. Knows the session and the model.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from studio.models.scene_model import SceneModel
from studio.models.scene_options import Option
from studio.panels.key_focus import KeyFocusFrame
from studio.panels.legend import SceneLegend
from studio.panels.past_mark import PastBadge
from studio.panels.scene_view import SceneView
from studio.render.backdrop import LINK_LIMIT
from studio.session import Session
from studio.theme import ICON_SIZE, SWITCH, THEME, icon, styled, text_font

EDGE = 12
"""Pixels between the panel's edge and what lies over the scene."""
FOLD_BELOW = 400
"""Under this height the legend would cover the scene: it folds by itself."""
WIDE = 560
"""From this width on the scene is fitted beside the legend, not under it."""
LINKS_TIP = f"Lines from parents to children; beyond {LINK_LIMIT:,} entities, the selected one's"
TOOLS = {
    Option.LINKS: ("mdi6.file-tree-outline", LINKS_TIP),
    Option.CONNECTIONS: ("mdi6.transit-connection-variant", "Connections, a colour a type"),
    Option.NAMES: ("mdi6.label-outline", "Names of the nearest entities  (Ctrl+L)"),
    Option.TRAILS: ("mdi6.vector-polyline", "Trails of what moves from now on  (Ctrl+T)"),
    Option.BY_SCALE: ("mdi6.circle-expand", "Points as large as their entities"),
    Option.FLAT: ("mdi6.perspective-less", "Flat view, without perspective  (5)"),
}


class ScenePanel(QWidget):
    """The centre of the window."""

    def __init__(self, session: Session, model: SceneModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._model = session, model
        self.view = SceneView(session, model, self)
        KeyFocusFrame(self.view)
        self.legend = SceneLegend(session, self.view.colouring, self)
        self.figures = QLabel(self)
        self.figures.setFont(text_font(12))
        styled(self.figures, lambda: f"color: {THEME.text_quiet}; background: transparent;")
        self.figures.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.past = PastBadge(session, self)
        self._toggles: dict[Option, QToolButton] = {}
        self._tools = self._build_tools()
        self._short = False
        self.legend.resized.connect(self._place)
        self.past.resized.connect(self._place_badge)
        self.view.drawn.connect(self._refresh, Qt.ConnectionType.QueuedConnection)
        session.selected_changed.connect(lambda _: self._tell_figures())
        self.setFocusProxy(self.view)
        SWITCH.changed.connect(self.view.dress)

    def fit(self) -> None:
        """Show the whole scene."""
        self.view.fit()

    def sizeHint(self) -> QSize:
        return self.view.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        short = self.height() < FOLD_BELOW
        if short != self._short:
            self._short = short
            self.legend.fold(short)
        self._place()

    def _build_tools(self) -> QWidget:
        tools, options = QWidget(self), self.view.options
        layout = QHBoxLayout(tools)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for option, (icon_name, tip) in TOOLS.items():
            button = self._tool(icon_name, tip)
            button.setCheckable(True)
            button.setChecked(options.is_on(option))
            button.toggled.connect(partial(options.turn, option))
            self._toggles[option] = button
            layout.addWidget(button)
        layout.addSpacing(6)
        fit = self._tool("mdi6.fit-to-screen-outline", "Fit the scene  (Home)")
        fit.clicked.connect(lambda: self.view.fit())
        layout.addWidget(fit)
        options.changed.connect(self._show_option)
        return tools

    def _show_option(self, option: Option, on: bool) -> None:
        if option in self._toggles:
            self._toggles[option].setChecked(on)

    def _tool(self, icon_name: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(icon_name))
        button.setIconSize(ICON_SIZE)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        return button

    def _place(self) -> None:
        self.view.setGeometry(self.rect())
        self.legend.adjustSize()
        covers = self.width() >= WIDE and not self.legend.is_folded
        self.view.rig.inset = float(self.legend.width() + EDGE) if covers else 0.0
        self.legend.move(EDGE, self.height() - self.legend.height() - EDGE)
        self._tools.adjustSize()
        self._tools.move(self.width() - self._tools.width() - EDGE + 4, EDGE - 4)
        self.figures.setGeometry(QRect(EDGE + 2, EDGE, self._tools.x() - 2 * EDGE, 18))

        self.past.fit_into(self.width())
        self._place_badge()

    def _place_badge(self) -> None:
        """In the middle of the top edge; below what lies in its corners where it is narrow."""
        left = (self.width() - self.past.width()) // 2
        beside = left > self._corner_width() + 2 * EDGE
        self.past.move(max(left, EDGE), EDGE - 4 if beside else EDGE + 30)
        self.past.raise_()

    def _has_room(self, words: str) -> bool:
        return self.figures.fontMetrics().horizontalAdvance(words) <= self.figures.width()

    def _corner_width(self) -> int:
        words = self.figures.fontMetrics().horizontalAdvance(self.figures.text())
        return max(words, self._tools.width())

    def _refresh(self) -> None:
        """Counts follow each frame, not each change."""
        arrays, frame = self._model.arrays, self.view.frame
        if self.view.colouring.is_by_flux:
            self.legend.set_counts(np.bincount(arrays.flux[arrays.alive], minlength=10).tolist())
        elif self.view.look.tints is not None:
            self.legend.show_tints(self.view.look.tints)
        self._tell_figures()
        self.legend.setVisible(len(frame.slots) > 0)

    def _tell_figures(self) -> None:
        """How many there are, are shown and are selected, as far as there is room."""
        frame, selected = self.view.frame, len(self._session.selected)
        total = len(frame.slots)
        words = [f"{total:,} entit{'y' if total == 1 else 'ies'}"]
        words += [f"{frame.shown_count:,} shown"] if frame.shown_count != total else []
        words += [f"{selected:,} selected"] if selected > 1 else []
        words += [frame.renderer_name]
        texts = ("  \u00b7  ".join(words[:kept]) for kept in range(len(words), 0, -1))
        self.figures.setText(next(filter(self._has_room, texts), ""))
