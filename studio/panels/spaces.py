"""Which space is shown: a wide button in the top bar that opens the list of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolButton, QWidget

from lake_core.scene.model import SpaceSummary
from studio.models.plain_values import keyless, one_line
from studio.painting import guarded
from studio.session import Session
from studio.theme import THEME, icon, paint_icon, text_font

WIDTH: Final = 360
NARROWEST: Final = 170
FIGURES_ROOM: Final = 320
"""Pixels below which the name stands alone."""
NO_SPACE: Final = "No space yet"


class SpaceChooser(QToolButton):
    """Name and figures of the space shown; a click lists the others."""

    refresh_requested = Signal()  # the list is about to be shown

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._spaces: dict[str, SpaceSummary] = {}
        self._menu, self._group = QMenu(self), QActionGroup(self)
        self.setMenu(self._menu)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFixedHeight(28)
        self.setMinimumWidth(NARROWEST)
        self.setMaximumWidth(WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip("Choose the space to look at")
        self.setAccessibleName("Space")
        self._menu.setMinimumWidth(WIDTH)
        self._menu.aboutToShow.connect(self.refresh_requested)
        session.space_changed.connect(lambda _: self._rebuild())

    def show_spaces(self, spaces: Sequence[SpaceSummary]) -> None:
        """All spaces of the lake with their counts."""
        self._spaces = {space.space_name: space for space in spaces}
        self._rebuild()

    def names(self) -> list[str]:
        """The names listed."""
        return [str(action.data()) for action in self._group.actions()]

    def _rebuild(self) -> None:
        listed = set(self.names())
        for name in sorted(self._spaces):
            if name not in listed:
                self._add(name)
        for action in self._group.actions():
            name = str(action.data())
            action.setChecked(name == self._session.space_name)
            action.setText(f"{keyless(name)}\t{_figures(self._spaces.get(name))}")
            action.setVisible(name in self._spaces)
        self.setEnabled(bool(self._spaces))
        self.update()

    def _add(self, name: str) -> None:
        action = QAction(self._group)
        action.setCheckable(True)
        action.setData(name)
        action.triggered.connect(lambda _: self._session.show_space(name))
        self._menu.addAction(action)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """A field with the name in the middle and quiet figures beside it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        strong = self.underMouse() or self._menu.isVisible()
        painter.setPen(QPen(QColor(THEME.line_strong if strong else THEME.line)))
        painter.setBrush(QColor(THEME.raised))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 6, 6)
        paint_icon(painter, icon("mdi6.earth"), 11, self.height() / 2)
        paint_icon(painter, icon("mdi6.chevron-down"), self.width() - 26, self.height() / 2)
        self._paint_text(painter)

    def _paint_text(self, painter: QPainter) -> None:
        name = self._session.space_name or NO_SPACE
        figures = _figures(self._spaces.get(name)) if self.width() >= FIGURES_ROOM else ""
        at = self.rect().adjusted(34, 0, -34, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(text_font(12))
        painter.setPen(QColor(THEME.text_quiet))
        painter.drawText(at, middle | Qt.AlignmentFlag.AlignRight, figures)
        at.setRight(at.right() - painter.fontMetrics().horizontalAdvance(figures) - 12)
        painter.setFont(text_font(medium=True))
        painter.setPen(QColor(THEME.text if self._session.space_name else THEME.text_quiet))
        text = painter.fontMetrics().elidedText(
            one_line(name), Qt.TextElideMode.ElideMiddle, at.width()
        )
        painter.drawText(at, middle | Qt.AlignmentFlag.AlignLeft, text)


def _figures(space: SpaceSummary | None) -> str:
    if space is None:
        return ""
    return f"{_count(space.entities, 'entity', 'entities')} · {_count(space.snapshots, 'snapshot')}"


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
