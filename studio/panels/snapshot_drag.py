"""Snapshots on their way from the timeline to an epoch: how they travel and what is dropped.

Knows ids; knows no panel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QColor, QDrag, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from studio.theme import THEME, text_font

FORMAT: Final = "application/x-lake-snapshots"
HEIGHT: Final = 26


def packed(ids: Sequence[UUID]) -> QMimeData:
    """Snapshots as something to be dropped."""
    data = QMimeData()
    data.setData(FORMAT, "\n".join(map(str, ids)).encode())
    return data


def unpacked(data: QMimeData) -> tuple[UUID, ...]:
    """The snapshots in what is dropped; none where it is something else."""
    lines = bytes(data.data(FORMAT).data()).decode().split()
    return tuple(UUID(line) for line in lines)


def start_drag(source: QWidget, ids: Sequence[UUID]) -> None:
    """Take them along with the pointer until the button is up."""
    drag = QDrag(source)
    drag.setMimeData(packed(ids))
    label = _label(f"{len(ids):,} snapshot{'' if len(ids) == 1 else 's'}")
    drag.setPixmap(label)
    drag.setHotSpot(QPoint(-10, label.height() // 2))
    drag.exec(Qt.DropAction.CopyAction)


def _label(words: str) -> QPixmap:
    font = text_font(12, medium=True)
    picture = QPixmap(len(words) * 8 + 20, HEIGHT)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(THEME.accent_fill))
    painter.drawRoundedRect(picture.rect(), 6, 6)
    painter.setFont(font)
    painter.setPen(QColor(THEME.on_accent))
    painter.drawText(picture.rect(), Qt.AlignmentFlag.AlignCenter, words)
    painter.end()
    return picture
