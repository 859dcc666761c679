"""The scene panel: the 3D view with the legend and a quiet line of figures over it.

Composes; the view draws and listens, the legend filters. Knows the session and the model.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from studio.models.scene_model import SceneModel
from studio.panels.legend import FluxLegend
from studio.panels.past_mark import PastBadge
from studio.panels.scene_view import SceneView
from studio.render.backdrop import LINK_LIMIT
from studio.session import Session
from studio.theme import ICON_SIZE, THEME, icon, text_font

EDGE = 12
"""Pixels between the panel's edge and what lies over the scene."""
FOLD_BELOW = 400
"""Under this height the legend would cover the scene: it folds by itself."""
WIDE = 560
"""From this width on the scene is fitted beside the legend, not under it."""
LINKS_TIP = f"Lines from parents to children; beyond {LINK_LIMIT:,} entities, the selected one's"


class ScenePanel(QWidget):
    """The centre of the window."""

    def __init__(self, session: Session, model: SceneModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._model = session, model
        self.view = SceneView(session, model, self)
        self.legend = FluxLegend(session, self)
        self.figures = QLabel(self)
        self.figures.setFont(text_font(12))
        self.figures.setStyleSheet(f"color: {THEME.text_quiet}; background: transparent;")
        self.figures.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.past = PastBadge(session, self)
        self._tools = self._build_tools()
        self._short = False
        self.legend.resized.connect(self._place)
        self.past.resized.connect(self._place_badge)
        self.view.drawn.connect(self._refresh, Qt.ConnectionType.QueuedConnection)
        self.setFocusProxy(self.view)

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
        tools = QWidget(self)
        layout = QHBoxLayout(tools)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        fit = self._tool("mdi6.fit-to-screen-outline", "Fit the scene  (Home)")
        fit.clicked.connect(lambda: self.view.fit())
        links = self._tool("mdi6.file-tree-outline", LINKS_TIP)
        links.setCheckable(True)
        links.setChecked(self.view.frame.show_links)
        links.toggled.connect(self.view.show_links)
        layout.addWidget(links)
        layout.addWidget(fit)
        return tools

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

    def _corner_width(self) -> int:
        words = self.figures.fontMetrics().horizontalAdvance(self.figures.text())
        return max(words, self._tools.width())

    def _refresh(self) -> None:
        """Counts follow each frame, not each change."""
        arrays, frame = self._model.arrays, self.view.frame
        self.legend.set_counts(np.bincount(arrays.flux[frame.slots], minlength=10).tolist())
        total = len(frame.slots)
        entities = f"{total:,} entit{'y' if total == 1 else 'ies'}"
        shown = "" if frame.shown_count == total else f"  \u00b7  {frame.shown_count:,} shown"
        self.figures.setText(f"{entities}{shown}  \u00b7  software")
        self.legend.setVisible(total > 0)
