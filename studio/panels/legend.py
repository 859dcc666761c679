"""The legend of the scene: ten flux positions, how many of each, and a click that filters.

Reads and sets the session's flux filter; is told the counts. Knows no arrays and no drawing but
its own rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.session import ALL_FLUX, SACRED_FLUX, Session
from studio.theme import (
    SACRED_NAMES,
    SMALL_PX,
    THEME,
    flux_colour,
    icon,
    section_head,
    text_font,
)

ROW_HEIGHT: Final = 21
WIDTH: Final = 172


def paint_flux_mark(
    painter: QPainter, centre: QPointF, position: int, radius: float = 4.0, *, on: bool = True
) -> None:
    """The mark of a flux position as the scene draws it: a disc, ringed where sacred."""
    colour = flux_colour(position)
    painter.setPen(Qt.PenStyle.NoPen if on else QPen(QColor(THEME.line_strong), 1.2))
    painter.setBrush(colour if on else Qt.BrushStyle.NoBrush)
    painter.drawEllipse(centre, radius, radius)
    if position in SACRED_NAMES:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour if on else QColor(THEME.line_strong), 1.1))
        painter.drawEllipse(centre, radius + 2.6, radius + 2.6)


class FluxRow(QAbstractButton):
    """One position: mark, digit, name, count. Checked means shown."""

    isolate_requested = Signal(int)

    def __init__(self, position: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.position = position
        self.count = 0
        self.setCheckable(True)
        self.setChecked(True)
        self.setFixedHeight(ROW_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(f"Flux {position} {SACRED_NAMES.get(position, '')}".strip())
        self.setToolTip("Click to hide or show.  Alt-click or double-click for this one alone.")

    def set_count(self, count: int) -> None:
        """How many entities hold this position."""
        if count != self.count:
            self.count = count
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(WIDTH - 16, ROW_HEIGHT)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.isolate_requested.emit(self.position)
        else:
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.isolate_requested.emit(self.position)

    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.hasFocus():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(THEME.hover))
            painter.drawRoundedRect(QRectF(self.rect()), 4, 4)
        on = self.isChecked()
        paint_flux_mark(painter, QPointF(14, self.height() / 2), self.position, on=on)
        self._paint_texts(painter, on and self.count > 0)
        painter.end()

    def _paint_texts(self, painter: QPainter, strong: bool) -> None:
        middle = Qt.AlignmentFlag.AlignVCenter
        quiet = QColor(THEME.text_quiet)
        painter.setFont(text_font(12, medium=self.position in SACRED_NAMES))
        painter.setPen(QColor(THEME.text) if strong else quiet)
        painter.drawText(self.rect().adjusted(29, 0, 0, 0), middle, str(self.position))
        painter.drawText(
            self.rect().adjusted(44, 0, 0, 0), middle, SACRED_NAMES.get(self.position, "")
        )
        painter.setFont(text_font(12))
        painter.setPen(quiet)
        right = middle | Qt.AlignmentFlag.AlignRight
        painter.drawText(self.rect().adjusted(0, 0, -8, 0), right, f"{self.count:,}")


class FluxLegend(QFrame):
    """The card in the scene's corner; folds to its head."""

    resized = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._before = session.flux_filter  # the filter before the last click, for double-clicks
        self.rows = [FluxRow(position) for position in range(10)]
        self.setObjectName("legend")
        self.setStyleSheet(
            f"#legend {{ background: {THEME.panel}; border: 1px solid {THEME.line};"
            " border-radius: 8px; }"
        )
        self.setFixedWidth(WIDTH)
        self._build()
        for row in self.rows:
            row.clicked.connect(self._toggle)
            row.isolate_requested.connect(self._isolate)
        session.flux_filter_changed.connect(self._show_filter)
        self._show_filter(session.flux_filter)

    def set_counts(self, counts: Sequence[int]) -> None:
        """How many entities hold each position, 0 to 9."""
        for row, count in zip(self.rows, counts, strict=True):
            row.set_count(int(count))

    @property
    def is_folded(self) -> bool:
        """Whether only the head is shown."""
        return self._body.isHidden()

    def fold(self, folded: bool) -> None:
        """Show only the head, or all."""
        if folded == self.is_folded:
            return
        self._body.setVisible(not folded)
        self._chevron.setIcon(icon("mdi6.chevron-up" if folded else "mdi6.chevron-down"))
        self.adjustSize()
        self.resized.emit()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(7, 5, 7, 7)
        layout.setSpacing(3)
        layout.addLayout(self._head())
        self._body = QWidget()
        rows = QVBoxLayout(self._body)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        for row in self.rows:
            rows.addWidget(row)
        rows.addSpacing(4)
        rows.addLayout(self._foot())
        layout.addWidget(self._body)

    def _head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setContentsMargins(7, 0, 0, 0)
        head.addWidget(section_head("Flux"))
        head.addStretch()
        self._chevron = QToolButton()
        self._chevron.setIcon(icon("mdi6.chevron-down"))
        self._chevron.setToolTip("Fold or unfold the legend")
        self._chevron.setFixedSize(20, 20)
        self._chevron.clicked.connect(lambda: self.fold(not self.is_folded))
        head.addWidget(self._chevron)
        return head

    def _foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.setContentsMargins(0, 0, 0, 0)
        foot.setSpacing(4)
        self.sacred_only = _small_button("Sacred only", "Show positions 3, 6 and 9 alone")
        self.sacred_only.setCheckable(True)
        self.sacred_only.clicked.connect(self._toggle_sacred)
        self.show_all = _small_button("Show all", "Clear the filter")
        self.show_all.clicked.connect(lambda: self._session.filter_flux(ALL_FLUX))
        foot.addWidget(self.sacred_only)
        foot.addStretch()
        foot.addWidget(self.show_all)
        return foot

    def _toggle(self) -> None:
        row = self.sender()
        assert isinstance(row, FluxRow)
        self._before = self._session.flux_filter
        self._session.filter_flux(self._before ^ {row.position})

    def _isolate(self, position: int) -> None:
        """That one alone; where it already was alone, all. A double-click's first half toggled."""
        alone = frozenset({position})
        already = alone in (self._session.flux_filter, self._before) and (
            self._session.flux_filter <= alone
        )
        self._before = self._session.flux_filter
        self._session.filter_flux(ALL_FLUX if already else alone)

    def _toggle_sacred(self) -> None:
        sacred = self._session.flux_filter == SACRED_FLUX
        self._session.filter_flux(ALL_FLUX if sacred else SACRED_FLUX)

    def _show_filter(self, shown: frozenset[int]) -> None:
        for row in self.rows:
            row.setChecked(row.position in shown)
        self.sacred_only.setChecked(shown == SACRED_FLUX)
        self.show_all.setVisible(shown != ALL_FLUX)


def _small_button(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setFont(text_font(SMALL_PX + 1))
    return button
