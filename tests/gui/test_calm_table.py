"""The small table of dialogs and the monitor: heads stand where their cells do."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from studio.panels.calm_table import HEAD, LINE, CalmTable


def ink(picture: QImage, part: QRect) -> tuple[int, int]:
    """First and last column of a part in which anything is written."""
    ground = picture.pixel(part.left(), part.top())
    columns = [
        x
        for x in range(part.left(), part.right())
        if any(picture.pixel(x, y) != ground for y in range(part.top(), part.bottom()))
    ]
    return columns[0], columns[-1]


def test_that_heads_stand_over_their_cells(qtbot: QtBot) -> None:
    table = CalmTable(["HHH", "HHH"], "Table")
    qtbot.addWidget(table)
    table.setFrameShape(CalmTable.Shape.NoFrame)
    table.setRowCount(1)
    for column in (0, 1):
        table.say(0, column, "HHH")
    table.resize(300, 80)
    table.show()
    picture = table.grab().toImage()
    edge = table.columnViewportPosition(1)
    for side, left, right in ((0, 0, edge), (1, edge, 300)):
        head = ink(picture, QRect(left, 4, right - left, HEAD - 9))
        cell = ink(picture, QRect(left, HEAD + 3, right - left, LINE - 6))
        assert abs(head[side] - cell[side]) <= 1
