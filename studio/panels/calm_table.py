"""A small table without grid, boxes or selection: quiet heads over left or right set cells."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from studio.models.plain_values import one_line, plain_tip
from studio.theme import SMALL_PX, THEME, text_font

LINE: Final = 22
HEAD: Final = 26
MIDDLE: Final = Qt.AlignmentFlag.AlignVCenter


class CalmTable(QTableWidget):
    """Columns by their heads; those after the first `left` of them are set right, as figures."""

    def __init__(
        self, heads: list[str], name: str, *, left: int = 1, parent: QWidget | None = None
    ) -> None:
        super().__init__(0, len(heads), parent)
        self._left = left
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setFont(text_font(12))
        self.setAccessibleName(name)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(LINE)
        self.verticalHeader().setDefaultSectionSize(LINE)
        self._name_columns(heads)

    def say(self, row: int, column: int, text: str, colour: str = "") -> QTableWidgetItem:
        """Put a text into a cell, which is made where it is not there yet; the cell."""
        item = self.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            item.setTextAlignment(self._side(column) | MIDDLE)
            self.setItem(row, column, item)
        if item.text() != one_line(text):
            item.setText(one_line(text))
            item.setToolTip(plain_tip(text))
        item.setForeground(QColor(colour or THEME.text))
        return item

    def height_for(self, lines: int) -> int:
        """Pixels that so many rows take with the heads over them."""
        return HEAD + lines * LINE + 2

    def _name_columns(self, heads: list[str]) -> None:
        self.setHorizontalHeaderLabels(heads)
        header = self.horizontalHeader()
        header.setFixedHeight(HEAD)
        header.setMinimumSectionSize(28)
        header.setFont(text_font(SMALL_PX))
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        for column in range(len(heads)):
            if (item := self.horizontalHeaderItem(column)) is not None:
                item.setTextAlignment(self._side(column) | MIDDLE)
            wide = column < self._left
            mode = QHeaderView.ResizeMode.Stretch if wide else header.ResizeMode.ResizeToContents
            header.setSectionResizeMode(column, mode)

    def _side(self, column: int) -> Qt.AlignmentFlag:
        is_left = column < self._left
        return Qt.AlignmentFlag.AlignLeft if is_left else Qt.AlignmentFlag.AlignRight
