"""Bars for how samples are spread: columns side by side, or lines with a name before each.

Paints counts it is handed, in the theme's colours; knows nothing of what they count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from studio.models.plain_values import plain_tip
from studio.painting import guarded
from studio.panels.flux_badge import paint_flux
from studio.session import SACRED_FLUX
from studio.theme import SACRED_NAMES, SMALL_PX, SWITCH, THEME, flux_colour, text_font

FOOT: Final = 22
HEAD: Final = 16
WIDEST_BAR: Final = 26.0
LINE: Final = 20
NAME_WIDTH: Final = 88
VALUE_WIDTH: Final = 46
LEAST: Final = 2.0
"""Pixels of a bar that stands for anything at all: few must not look like none."""


@dataclass(frozen=True, slots=True)
class Column:
    """One bar. `flux` gives it that position's colour, and a ring where it is sacred."""

    name: str
    count: int
    flux: int | None = None


def flux_columns(by_flux: Sequence[int]) -> list[Column]:
    """Counts of the positions 0 to 9 as columns."""
    return [Column(str(position), count, position) for position, count in enumerate(by_flux)]


def share_words(count: int, total: int) -> str:
    """A share to the digit that matters: `12 %`, `0.4 %`, `<0.1 %`; "" for none."""
    if not count or not total:
        return ""
    share = 100.0 * count / total
    if share < 0.1:
        return "<0.1 %"
    return f"{share:.0f} %" if share >= 9.95 else f"{share:.1f} %"


class ColumnBars(QWidget):
    """Columns of one height scale, their shares above and their names below."""

    def __init__(self, height: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._height = height
        self.columns: list[Column] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        SWITCH.changed.connect(self.update)

    def show_columns(self, columns: Sequence[Column]) -> None:
        """Show these and nothing else."""
        self.columns = list(columns)
        total = sum(column.count for column in columns)
        said = (f"{one.name}: {share_words(one.count, total) or 'none'}" for one in columns)
        self.setAccessibleDescription(", ".join(said))
        self.update()

    def sizeHint(self) -> QSize:
        """As high as it was asked to be."""
        return QSize(200, self._height)

    def event(self, event: QEvent) -> bool:
        """Say the figures of the column under the pointer."""
        if isinstance(event, QHelpEvent):
            at = self._column_at(event.pos().x())
            if at >= 0:
                QToolTip.showText(event.globalPos(), plain_tip(self._tip(self.columns[at])), self)
            return True
        return super().event(event)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint all columns."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        base = self.height() - FOOT + 0.5
        painter.setPen(QPen(QColor(THEME.line), 1.0))
        painter.drawLine(QPointF(0, base), QPointF(self.width(), base))
        total = sum(column.count for column in self.columns)
        highest = max((column.count for column in self.columns), default=0)
        for at, column in enumerate(self.columns):
            share = column.count / highest if highest else 0.0
            self._paint_column(painter, at, column, share, share_words(column.count, total))
        painter.end()

    def _slot(self) -> float:
        """Pixels of width a column has, the air beside its bar included."""
        return min(self.width() / max(len(self.columns), 1), 2 * WIDEST_BAR)

    def _column_at(self, x: float) -> int:
        at = int(x / self._slot())
        return at if 0 <= at < len(self.columns) else -1

    def _tip(self, column: Column) -> str:
        total = sum(one.count for one in self.columns)
        known = SACRED_NAMES.get(column.flux, "") if column.flux is not None else ""
        name = f"{column.name} {known}".strip()
        return f"{name}: {column.count:,} samples, {share_words(column.count, total) or 'none'}"

    def _paint_column(
        self, painter: QPainter, at: int, column: Column, share: float, words: str
    ) -> None:
        slot = self._slot()
        wide = min(slot * 0.62, WIDEST_BAR)
        middle, base = slot * (at + 0.5), self.height() - FOOT
        tall = max(share * (base - HEAD - 2), LEAST) if column.count else 0.0
        bar = QRectF(middle - wide / 2, base - tall, wide, tall)
        _paint_bar(painter, bar, column)
        foot = QRectF(middle - slot / 2, base + 3, slot, FOOT - 4)
        if column.flux is None:
            _paint_words(painter, foot, column.name, THEME.text_quiet)
        else:
            square = QRectF(middle - 9, base + 3, 18, 18)
            paint_flux(painter, square, column.flux)
        if words:
            above = QRectF(middle - slot / 2 - 2, base - tall - HEAD, slot + 4, HEAD - 2)
            _paint_words(painter, above, words, THEME.text_quiet)


class ShareLines(QWidget):
    """A line for each name: the name, a bar, the share."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shares: list[tuple[str, int]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        SWITCH.changed.connect(self.update)

    def show_shares(self, shares: Sequence[tuple[str, int]]) -> None:
        """Show these and nothing else; they add up to the whole."""
        self.shares = list(shares)
        self.setToolTip("\n".join(f"{name}: {count:,} samples" for name, count in shares))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """A line each."""
        return QSize(220, LINE * max(len(self.shares), 1))

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint all lines."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        total = sum(count for _, count in self.shares)
        highest = max((count for _, count in self.shares), default=0)
        room = self.width() - NAME_WIDTH - VALUE_WIDTH
        for at, (name, count) in enumerate(self.shares):
            top = at * LINE
            label = QRectF(0, top, NAME_WIDTH - 10, LINE)
            _paint_words(painter, label, name, THEME.text, Qt.AlignmentFlag.AlignLeft)
            wide = max(room * count / highest, LEAST) if count else 0.0
            _paint_bar(painter, QRectF(NAME_WIDTH, top + 6, wide, LINE - 12), Column(name, count))
            value = QRectF(self.width() - VALUE_WIDTH, top, VALUE_WIDTH, LINE)
            words = share_words(count, total)
            _paint_words(painter, value, words, THEME.text_quiet, Qt.AlignmentFlag.AlignRight)
        painter.end()


def _paint_bar(painter: QPainter, bar: QRectF, column: Column) -> None:
    """A sacred one is full where others are lighter: a cue beside colour and ringed digit."""
    if bar.isEmpty():
        return
    colour = QColor(THEME.mark) if column.flux is None else flux_colour(column.flux)
    painter.setPen(Qt.PenStyle.NoPen)
    fill = QColor(colour)
    sacred = column.flux in SACRED_FLUX
    fill.setAlpha(255 if sacred else 190)
    painter.setBrush(fill)
    painter.drawRoundedRect(bar, 2, 2)


def _paint_words(
    painter: QPainter,
    box: QRectF,
    words: str,
    colour: str,
    side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignHCenter,
) -> None:
    painter.setFont(text_font(SMALL_PX))
    painter.setPen(QColor(colour))
    mode = Qt.TextElideMode.ElideMiddle
    shown = painter.fontMetrics().elidedText(words, mode, round(box.width()) + 2)
    painter.drawText(box, side | Qt.AlignmentFlag.AlignVCenter, shown)
