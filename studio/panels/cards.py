"""Hover cards: a heading over rows of label and value, painted in place or floating.

Knows fonts, colours and flux marks; knows nothing of what the rows say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from studio.models.plain_values import one_line
from studio.painting import guarded
from studio.panels.flux_row import paint_flux_mark
from studio.theme import THEME, text_font

PAD: Final = 11.0
LINE: Final = 18.0
HEAD: Final = 24.0
MARK_ROOM: Final = 20.0
NARROWEST: Final = 190.0
WIDEST: Final = 340.0


@dataclass(frozen=True, slots=True)
class Row:
    """One line. `flux` puts that position's mark before the value."""

    label: str
    value: str
    flux: int | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """What a hover card says."""

    heading: str
    rows: tuple[Row, ...]

    def size(self) -> tuple[float, float]:
        """Width and height in pixels."""
        text = QFontMetricsF(text_font(12))
        widest = max(
            text.horizontalAdvance(row.value) + (MARK_ROOM if row.flux is not None else 0.0)
            for row in self.rows
        )
        titled = QFontMetricsF(_heading_font()).horizontalAdvance(self.heading)
        inner = min(max(widest + self.label_width(), titled, NARROWEST) + 2.0, WIDEST)
        return inner + 2 * PAD, 2 * PAD + HEAD + LINE * len(self.rows)

    def label_width(self) -> float:
        """Pixels the labels take, with the air after them."""
        text = QFontMetricsF(text_font(12))
        return max(text.horizontalAdvance(row.label) for row in self.rows) + 16.0


def place_card(card: Card, x: float, y: float, bounds: QRectF) -> QRectF:
    """Right and below of (x, y) where there is room, else on the other side."""
    width, height = card.size()
    left = x + 18 if x + 18 + width < bounds.right() - 6 else x - 18 - width
    top = y + 14 if y + 14 + height < bounds.bottom() - 6 else y - 14 - height
    left, top = max(left, bounds.left() + 6), max(top, bounds.top() + 6)
    return QRectF(round(left), round(top), round(width), round(height))


def paint_card(painter: QPainter, place: QRectF, card: Card) -> None:
    """The card, filling `place`."""
    _paint_ground(painter, place)
    left, top, room = place.left() + PAD, place.top() + PAD, place.width() - 2 * PAD
    _paint_text(painter, QRectF(left, top, room, 17), _heading_font(), THEME.text, card.heading)
    labels = card.label_width()
    for index, row in enumerate(card.rows):
        down = top + HEAD + LINE * index
        mark = 0.0 if row.flux is None else MARK_ROOM
        label = QRectF(left, down, labels, 17)
        value = QRectF(left + labels + mark, down, room - labels - mark, 17)
        _paint_text(painter, label, text_font(12), THEME.text_quiet, row.label)
        _paint_text(painter, value, text_font(12), THEME.text, row.value)
        if row.flux is not None:
            paint_flux_mark(painter, QPointF(left + labels + 7, down + 8.5), row.flux, 3.6)


class FloatingCard(QWidget):
    """A card over the whole window, for panels too low to hold one.

    Where there is no room below the point it stands above all of `clear`.
    """

    def __init__(self, owner: QWidget, clear: QWidget | None = None) -> None:
        super().__init__(owner)
        self._owner, self._clear = owner, clear
        self._card: Card | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    @property
    def card(self) -> Card | None:
        """What is shown; None where nothing is."""
        return None if self.isHidden() else self._card

    def show_card(self, card: Card, at: QPoint) -> None:
        """Show beside a point of the owner."""
        window = self._owner.window()
        if self.parentWidget() is not window:
            self.setParent(window)
        point = self._owner.mapTo(window, at)
        place = place_card(card, point.x(), point.y(), QRectF(window.rect()))
        if self._clear is not None and place.top() < point.y():
            top = self._clear.mapTo(window, QPoint(0, 0)).y()
            place.moveTop(max(min(place.top(), top - 6 - place.height()), 6.0))
        self._card = card
        self.setGeometry(place.toRect())
        self.show()
        self.raise_()
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._card is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_card(painter, QRectF(self.rect()), self._card)
        painter.end()


def elided(text: str, font: QFont, width: float) -> str:
    """The text, with its middle left out where it is too wide."""
    return QFontMetricsF(font).elidedText(one_line(text), Qt.TextElideMode.ElideMiddle, width)


def _heading_font() -> QFont:
    return text_font(13, medium=True)


def _paint_ground(painter: QPainter, place: QRectF) -> None:
    painter.setPen(QPen(QColor(THEME.line_strong), 1.0))
    fill = QColor(THEME.raised)
    fill.setAlpha(248)
    painter.setBrush(fill)
    painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), 7, 7)


def _paint_text(painter: QPainter, box: QRectF, font: QFont, colour: str, text: str) -> None:
    painter.setFont(font)
    painter.setPen(QColor(colour))
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(box, flags, elided(text, font, box.width() + 1.0))
