"""What is painted over the points: rings, names, the hover card, the axes, the empty text.

Functions over a QPainter; they own no state and know no session and no arrays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen

from studio.panels.legend import paint_flux_mark
from studio.render.camera import Camera
from studio.theme import SACRED_NAMES, THEME, text_font

CARD_PAD: Final = 11.0
CARD_LINE: Final = 18.0
RULE_WORDS: Final = {
    "digital_root_flux": "given by the entity",
    "elp": "from ethos, logos, pathos",
    "position": "from its position",
}


@dataclass(frozen=True, slots=True)
class EntityCard:
    """What the hover card says of an entity. `position` is in scene units."""

    name: str
    class_type: str
    entity_id: str
    flux: int
    rule: str
    position: tuple[float, float, float]


def shorter(value: float) -> str:
    """A coordinate, as short as it can be read: 7 significant figures, a true minus."""
    return f"{value:.7g}".replace("-", "\u2212")


def paint_ring(
    painter: QPainter, x: float, y: float, radius: float, colour: QColor, dot: QColor
) -> None:
    """A ring about a dot in its own colour, on a dark hem: it reads on any crowd of points."""
    centre = QPointF(x, y)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(THEME.ground))
    painter.drawEllipse(centre, radius + 3.0, radius + 3.0)
    painter.setBrush(dot)
    painter.drawEllipse(centre, radius - 4.5, radius - 4.5)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, 2.2))
    painter.drawEllipse(centre, radius, radius)


def paint_name(painter: QPainter, x: float, y: float, name: str) -> None:
    """A name beside a ring, hemmed in the ground's colour."""
    font = text_font(12, medium=True)
    path = QPainterPath()
    path.addText(QPointF(round(x) + 15.0, round(y) + 4.0), font, _elided(name, font, 220.0))
    painter.setBrush(QColor(THEME.text))
    painter.strokePath(path, QPen(QColor(THEME.ground), 3.5))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawPath(path)


def paint_card(
    painter: QPainter, x: float, y: float, bounds: QRectF, card: EntityCard
) -> QRectF:
    """The hover card beside (x, y), kept inside `bounds`; answers where it lies."""
    heading, text = text_font(13, medium=True), text_font(12)
    rows = _card_rows(card)
    labels = max(QFontMetricsF(text).horizontalAdvance(label) for label, _ in rows) + 16.0
    width = _card_width(card, rows, labels, heading, text)
    height = 2 * CARD_PAD + 24.0 + CARD_LINE * len(rows)
    place = _card_place(x, y, width, height, bounds)
    paint_panel(painter, place)
    left, top = place.left() + CARD_PAD, place.top() + CARD_PAD
    room = width - 2 * CARD_PAD
    _text(painter, left, top, room, heading, THEME.text, _elided(card.name, heading, room))
    for index, (label, value) in enumerate(rows):
        down = top + 24.0 + CARD_LINE * index
        _text(painter, left, down, labels, text, THEME.text_quiet, label)
        mark = 20.0 if label == "Flux" else 0.0
        if mark:
            paint_flux_mark(painter, QPointF(left + labels + 7, down + 8), card.flux, 3.6)
        wide = room - labels - mark
        value = _elided(value, text, wide)
        _text(painter, left + labels + mark, down, wide, text, THEME.text, value)
    return place


def paint_panel(painter: QPainter, place: QRectF) -> None:
    """The ground of a card."""
    painter.setPen(QPen(QColor(THEME.line_strong), 1.0))
    fill = QColor(THEME.raised)
    fill.setAlpha(246)
    painter.setBrush(fill)
    painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), 7, 7)


def paint_axes(painter: QPainter, camera: Camera, x: float, y: float, length: float = 24.0) -> None:
    """The three axes as seen, about (x, y); those that point away are dimmer."""
    basis = camera.basis()
    painter.setFont(text_font(11, medium=True))
    for axis in sorted(range(3), key=lambda one: -float(basis[2, one])):
        right, up, away = basis[:, axis].tolist()
        colour = QColor(THEME.text if away <= 0.05 else THEME.text_quiet)
        colour.setAlphaF(0.9 if away <= 0.05 else 0.55)
        painter.setPen(QPen(colour, 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        tip = QPointF(x + right * length, y - up * length)
        painter.drawLine(QPointF(x, y), tip)
        reach = math.hypot(right, up)
        if reach > 0.25:
            push = 9.0 / reach
            label = QPointF(tip.x() + right * push, tip.y() - up * push)
            box = QRectF(label.x() - 8, label.y() - 8, 16, 16)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "XYZ"[axis])


def paint_notice(painter: QPainter, bounds: QRectF, heading: str, text: str) -> None:
    """Two centred lines where there is nothing to show."""
    middle = bounds.center().y()
    line = QRectF(bounds.left(), middle - 26, bounds.width(), 24)
    painter.setFont(text_font(16, medium=True))
    painter.setPen(QColor(THEME.text))
    painter.drawText(line, Qt.AlignmentFlag.AlignCenter, heading)
    painter.setFont(text_font(13))
    painter.setPen(QColor(THEME.text_quiet))
    painter.drawText(line.translated(0, 28), Qt.AlignmentFlag.AlignCenter, text)


def _card_rows(card: EntityCard) -> list[tuple[str, str]]:
    sacred = SACRED_NAMES.get(card.flux)
    flux = f"{card.flux} {sacred}" if sacred else str(card.flux)
    rows = [
        ("Class", card.class_type or "\u2013"),
        ("Flux", f"{flux}, {RULE_WORDS.get(card.rule, card.rule)}"),
        ("Position", "   ".join(shorter(part) for part in card.position)),
    ]
    if card.entity_id != card.name:
        rows.append(("Id", card.entity_id))
    return rows


def _card_width(
    card: EntityCard, rows: list[tuple[str, str]], labels: float, heading: QFont, text: QFont
) -> float:
    metrics = QFontMetricsF(text)
    widest = max(metrics.horizontalAdvance(value) + 20.0 for _, value in rows) + labels
    titled = QFontMetricsF(heading).horizontalAdvance(card.name)
    return min(max(widest, titled, 190.0), 340.0) + 2 * CARD_PAD


def _card_place(x: float, y: float, width: float, height: float, bounds: QRectF) -> QRectF:
    """Right and below of the point where there is room, else on the other side."""
    left = x + 18 if x + 18 + width < bounds.right() - 6 else x - 18 - width
    top = y + 14 if y + 14 + height < bounds.bottom() - 6 else y - 14 - height
    left = max(left, bounds.left() + 6)
    return QRectF(round(left), round(max(top, bounds.top() + 6)), round(width), round(height))


def _text(
    painter: QPainter, x: float, y: float, width: float, font: QFont, colour: str, text: str
) -> None:
    painter.setFont(font)
    painter.setPen(QColor(colour))
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(QRectF(x, y, width + 1.0, 17.0), flags, text)


def _elided(text: str, font: QFont, width: float) -> str:
    return QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideMiddle, width)
