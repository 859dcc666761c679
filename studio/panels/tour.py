"""The first-run tour: four steps that point at where things are. Gone for good with a click.

Points at widgets it is given; knows nothing of what they do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio.painting import guarded
from studio.panels.chrome import push_button, quiet_label
from studio.theme import THEME, text_font

CARD_WIDTH: Final = 320
GAP: Final = 14
SHADE: Final = 150
OVERTAKING: Final = (QEvent.Type.Resize, QEvent.Type.LayoutRequest)
"""After these the window may have put panels above it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to know: where it is, its heading, and two lines about it."""

    target: QWidget
    heading: str
    words: str


class Tour(QWidget):
    """Over the whole window: all but the target is shaded, and a card says what it is."""

    ended = Signal()

    def __init__(self, steps: Sequence[Step], window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._steps, self._at = steps, 0
        self._card = QFrame(self)
        self._card.setProperty("card", True)
        self._heading, self._words, self._count = QLabel(), quiet_label(), quiet_label()
        self.next_button = push_button("Next", main=True)
        self.skip_button = push_button("Skip")
        self._build()
        window.installEventFilter(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @property
    def heading(self) -> str:
        """What the step shown is about."""
        return self._heading.text()

    def start(self) -> None:
        """Show the first step."""
        self._show_step(0)
        self.show()
        self.raise_()
        self.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay over the whole window."""
        if watched is self._window and event.type() in OVERTAKING and self.isVisible():
            self._place()
            self.raise_()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Right go on, Left goes back, Escape ends it."""
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Right | Qt.Key.Key_Space:
                self._go(1)
            case Qt.Key.Key_Left:
                self._go(-1)
            case Qt.Key.Key_Escape:
                self._end()
            case _:
                super().keyPressEvent(event)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """Shade all but the target."""
        painter, hole = QPainter(self), QRectF(self._hole())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        path, inner = QPainterPath(), QPainterPath()
        path.addRect(QRectF(self.rect()))
        inner.addRoundedRect(hole, 6, 6)
        painter.fillPath(path.subtracted(inner), QColor(0, 0, 0, SHADE))
        painter.setPen(QPen(QColor(THEME.accent), 2.0))
        painter.drawRoundedRect(hole, 6, 6)
        painter.end()

    def _build(self) -> None:
        self._heading.setFont(text_font(16, medium=True))
        self._words.setWordWrap(True)
        self.next_button.clicked.connect(lambda: self._go(1))
        self.skip_button.clicked.connect(self._end)
        row = QHBoxLayout()
        row.addWidget(self._count)
        row.addStretch(1)
        row.addWidget(self.skip_button)
        row.addWidget(self.next_button)
        column = QVBoxLayout(self._card)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(8)
        column.addWidget(self._heading)
        column.addWidget(self._words)
        column.addSpacing(4)
        column.addLayout(row)
        self._card.setFixedWidth(CARD_WIDTH)

    def _go(self, by: int) -> None:
        if self._at + by >= len(self._steps):
            self._end()
        elif self._at + by >= 0:
            self._show_step(self._at + by)

    def _show_step(self, at: int) -> None:
        self._at = at
        step, last = self._steps[at], len(self._steps) - 1
        self._heading.setText(step.heading)
        self._words.setText(step.words)
        self._count.setText(f"{at + 1} of {len(self._steps)}")
        self.next_button.setText("Done" if at == last else "Next")
        self.skip_button.setVisible(at < last)
        self._place()

    def _place(self) -> None:
        """The card beside the target, wherever there is room."""
        self.setGeometry(self._window.rect())
        self._card.adjustSize()
        hole, card, whole = self._hole(), self._card.size(), self.rect()
        places = (
            QPoint(hole.right() + GAP, hole.top()),
            QPoint(hole.left() - GAP - card.width(), hole.top()),
            QPoint(hole.center().x() - card.width() // 2, hole.top() - GAP - card.height()),
            QPoint(hole.center().x() - card.width() // 2, hole.bottom() + GAP),
        )
        seen = self._steps[self._at].target.isVisible()  # it may be behind another tab
        fitting = (one for one in places if seen and whole.contains(QRect(one, card)))
        self._card.move(next(fitting, whole.center() - self._card.rect().center()))
        self.update()

    def _hole(self) -> QRect:
        target = self._steps[self._at].target
        if not target.isVisible():
            return QRect()
        corner = target.mapTo(self._window, QPoint(0, 0))
        return QRect(corner, target.size()).intersected(self.rect().adjusted(2, 2, -2, -2))

    def _end(self) -> None:
        self.hide()
        self.ended.emit()
        self.deleteLater()
