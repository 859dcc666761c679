"""What is painted over the points: rings, names, the axes, the empty text; and the card's words.

Functions over a QPainter; they own no state and know no session and no arrays.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap, QRadialGradient

from studio.models.plain_values import exact, short_numbers
from studio.panels.cards import Card, Row, elided
from studio.render.camera import Camera
from studio.theme import SACRED_NAMES, THEME, text_font

HALO: Final = 16
"""Pixels that the light about a point reaches."""
LONG_PLACE: Final = 36
"""Letters that a card has room for beside a label."""
RULE_WORDS: Final = {
    "digital_root_flux": "given by the entity",
    "elp": "from ethos, logos, pathos",
    "position": "from its position",
}


def length_words(length: float) -> str:
    """A power of ten of scene units. A lake is not told how long one is: an engine's own matter."""
    if length == 1.0:
        return "1 unit"
    return f"{length:,.0f} units" if 1.0 <= length < 1e7 else f"{length:.4g} units"


def entity_card(
    name: str,
    class_type: str,
    entity_id: str,
    flux: int,
    rule: str,
    position: Sequence[float],
    others: int = 0,
) -> Card:
    """What the hover card says of an entity; `position` in scene units, `others` at it too."""
    sacred = SACRED_NAMES.get(flux)
    place = f"{flux} {sacred}" if sacred else str(flux)
    rows = [
        Row("Class", class_type or "\u2013"),
        Row("Flux", f"{place}, {RULE_WORDS.get(rule, rule)}", flux),
        *_place_rows(position),
    ]
    if entity_id != name:
        rows.append(Row("Id", entity_id))
    if others > 0:
        rows.append(Row("Here too", f"{others:,} more, click again for the next"))
    return Card(name, tuple(rows))


def _place_rows(position: Sequence[float]) -> list[Row]:
    """One row where it has room for three numbers, else a row each."""
    words = short_numbers(position)
    if len(words) <= LONG_PLACE:
        return [Row("Position", words)]
    return [Row(axis, exact(value)) for axis, value in zip("XYZ", position, strict=True)]


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


@lru_cache(maxsize=16)
def _halo(colour: str) -> QPixmap:
    """A soft disc that thins out to its edge."""
    halo = QPixmap(2 * HALO, 2 * HALO)
    halo.fill(QColor(0, 0, 0, 0))
    light = QRadialGradient(HALO, HALO, HALO)
    for place, alpha in ((0.0, 0.8), (0.35, 0.42), (0.7, 0.1), (1.0, 0.0)):
        shade = QColor(colour)
        shade.setAlphaF(alpha)
        light.setColorAt(place, shade)
    painter = QPainter(halo)
    painter.fillRect(halo.rect(), light)
    painter.end()
    return halo


def paint_glow(painter: QPainter, x: float, y: float, level: float, colour: QColor) -> None:
    """Light about a point, from clear at level 1 to none at 0; no ring: those mean sacred."""
    painter.setOpacity(level)
    painter.drawPixmap(QPointF(x - HALO, y - HALO), _halo(colour.name()))
    painter.setOpacity(1.0)


def paint_name(painter: QPainter, x: float, y: float, name: str, *, quiet: bool = False) -> None:
    """A name beside a ring, hemmed in the ground's colour; a quiet one is of what is not chosen."""
    font = text_font(11) if quiet else text_font(12, medium=True)
    path = QPainterPath()
    path.addText(
        QPointF(round(x) + 15.0, round(y) + 4.0), font, elided(name, font, 96.0 if quiet else 220.0)
    )
    painter.setBrush(QColor(THEME.text_quiet if quiet else THEME.text))
    painter.strokePath(path, QPen(QColor(THEME.ground), 3.5))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawPath(path)


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
