"""Text in a few lines at most: what has no room ends in an ellipsis, and the tip tells it whole."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.models.plain_values import plain_tip
from studio.painting import guarded
from studio.theme import THEME

LEAST_WIDTH: Final = 80


class ClampedLabel(QWidget):
    """Wraps, within a word where it must, such as in a path; `most` lines. A `quiet` one stands
    back.
    """

    def __init__(self, most: int, parent: QWidget | None = None, *, quiet: bool = False) -> None:
        super().__init__(parent)
        self._text, self._most, self._quiet = "", most, quiet
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def text(self) -> str:
        """All of it."""
        return self._text

    def setText(self, text: str) -> None:
        """Show this; called as a label's own is."""
        self._text = text
        self.setToolTip(plain_tip(text))
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def lines(self, width: int) -> list[str]:
        """What stands in each line of so many pixels."""
        layout = QTextLayout(self._text.replace("\n", "\u2028"), self.font())
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.beginLayout()
        starts: list[int] = []
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(width, 1))
            starts.append(line.textStart())
        layout.endLayout()
        kept = starts[: self._most]
        whole = layout.text()
        cut = [whole[at:end] for at, end in zip(kept, [*kept[1:], len(whole)], strict=True)]
        if len(starts) > self._most:
            metrics = self.fontMetrics()
            cut[-1] = metrics.elidedText(cut[-1], Qt.TextElideMode.ElideRight, width)
        return [line.rstrip(" \u2028") for line in cut]

    def hasHeightForWidth(self) -> bool:
        """The wider, the lower."""
        return True

    def heightForWidth(self, width: int) -> int:
        """As high as its lines at this width."""
        return len(self.lines(width)) * self.fontMetrics().lineSpacing()

    def sizeHint(self) -> QSize:
        """One line, if there is room for it."""
        advance = self.fontMetrics().horizontalAdvance(self._text) + 2
        return QSize(advance, self.heightForWidth(max(self.width(), 1)))

    def minimumSizeHint(self) -> QSize:
        """A word or two wide, as high as it is at its width."""
        return QSize(LEAST_WIDTH, self.heightForWidth(max(self.width(), LEAST_WIDTH)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width may need another height."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """The lines, from the middle outwards where there is more room than they need."""
        painter = QPainter(self)
        painter.setPen(QColor(THEME.text_quiet if self._quiet else THEME.text))
        metrics, lines = self.fontMetrics(), self.lines(self.width())
        top = max(self.height() - len(lines) * metrics.lineSpacing(), 0) / 2 + metrics.ascent()
        for at, line in enumerate(lines):
            painter.drawText(QPointF(0.0, top + at * metrics.lineSpacing()), line)
        painter.end()
