"""What stands around the list of differences: the fields of one of them, and totals by class."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHeaderView, QTableWidgetItem, QWidget

from studio.models.comparison import Comparison, Difference, Kind
from studio.models.value_words import value_words
from studio.panels.calm_table import CalmTable
from studio.panels.class_icons import class_icon
from studio.panels.diff_row import KIND_ICONS, KIND_WORDS, kind_colour
from studio.theme import THEME, icon

MOST_LINES: Final = 7
SHOWN: Final = (Kind.ADDED, Kind.REMOVED, Kind.REPARENTED, Kind.MOVED, Kind.CHANGED)


class FieldTable(CalmTable):
    """Field, before, after: all that changed of one entity."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            ["Field", "Before", "After"], "Fields before and after", left=3, parent=parent
        )
        self.hide()

    def show_fields(self, told: Difference) -> None:
        """Show these."""
        self.setRowCount(len(told.fields))
        for row, change in enumerate(told.fields):
            self.say(row, 0, change.name, THEME.text_quiet)
            self.say(row, 1, value_words(change.before))
            self.say(row, 2, value_words(change.after))
        self.setFixedHeight(self.height_for(min(len(told.fields), MOST_LINES)))


class ClassTotals(CalmTable):
    """A row a class, a column a kind; a click asks for the class."""

    class_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(["Class", *[""] * len(SHOWN)], "Totals by class", parent=parent)
        for column, kind in enumerate(SHOWN, 1):
            head = QTableWidgetItem(icon(KIND_ICONS[kind], kind_colour(kind)), "")
            head.setToolTip(KIND_WORDS[kind])
            head.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
            self.setHorizontalHeaderItem(column, head)
            mode = QHeaderView.ResizeMode.Fixed
            self.horizontalHeader().setSectionResizeMode(column, mode)
            self.setColumnWidth(column, 40)
        self._classes: list[str] = []
        self.cellClicked.connect(lambda row, _: self.class_requested.emit(self._classes[row]))

    def show_totals(self, comparison: Comparison) -> None:
        """Show how many of each class, the most first."""
        totals = comparison.by_class
        self._classes = sorted(totals, key=lambda name: (-totals[name].total(), name))
        self.setRowCount(len(self._classes))
        for row, name in enumerate(self._classes):
            self.say(row, 0, name or "no class").setIcon(class_icon(name))
            for column, kind in enumerate(SHOWN, 1):
                count = totals[name][kind]
                self.say(row, column, f"{count:,}" if count else "·", THEME.text_quiet)
