"""A table that behaves as a tree: chevrons, keys, several rows selected, a menu asked for.

Paints through RowDelegate over a FlatTreeModel; emits what a person means and does nothing of it
itself. Knows no session and no scene.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionRange,
    QModelIndex,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QTableView, QWidget

from studio.models.diff_marks import DiffMarks
from studio.models.flat_tree import FlatTreeModel, Role
from studio.models.visibility import Visibility
from studio.painting import guarded
from studio.panels.key_focus import KeyFocusFrame
from studio.panels.tree_row import CHEVRON, ROW_HEIGHT, RowDelegate, indent_of
from studio.theme import THEME

HARMLESS = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
"""Keys held with these still write text."""


class TreeView(QTableView):
    """Rows of a tree."""

    open_requested = Signal(int, bool)  # row, open
    focus_requested = Signal(int)  # row
    menu_requested = Signal(QPoint)  # where on the screen
    typed = Signal(str)  # text typed over the rows: it is meant for the search
    left = Signal()
    left_upwards = Signal()  # Up from the first row
    escaped = Signal()

    def __init__(
        self,
        glow_of: Callable[[int], float],
        visibility: Visibility,
        parent: QWidget | None = None,
    ) -> None:
        """Of a slot, `glow_of` says how much it glows, `visibility` whether the scene shows it."""
        super().__init__(parent)
        self.empty_text = ""
        self._delegate = RowDelegate(glow_of, visibility, self)
        self.setItemDelegate(self._delegate)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)  # Tab goes on to what is next
        KeyFocusFrame(self)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Hierarchy")
        self.horizontalHeader().hide()
        self.horizontalHeader().setStretchLastSection(True)
        heads = self.verticalHeader()
        heads.hide()
        heads.setMinimumSectionSize(ROW_HEIGHT)
        heads.setDefaultSectionSize(ROW_HEIGHT)
        heads.setSectionResizeMode(heads.ResizeMode.Fixed)

    def show_diff(self, marks: DiffMarks) -> None:
        """Mark in the rows what a comparison found, now and whenever it is another."""
        self._delegate.diff = marks
        marks.changed.connect(self.viewport().update)

    def selected_rows(self) -> list[int]:
        """Rows that are selected, rising."""
        # Runs of rows: an index for each of 100,000 takes a second.
        runs: list[QItemSelectionRange] = self.selectionModel().selection().toList()
        return sorted({row for run in runs for row in range(run.top(), run.bottom() + 1)})

    def show_selected(self, rows: Iterable[int], main: int) -> None:
        """Select these rows and no others; `main` is the one the keys start from, or -1."""
        model, select, wanted = self.model(), self.selectionModel(), sorted(rows)
        index = model.index(main, 0) if main >= 0 else QModelIndex()
        select.setCurrentIndex(index, select.SelectionFlag.NoUpdate)
        if wanted == self.selected_rows():
            return
        chosen = QItemSelection()
        for start, stop in _runs(wanted):
            chosen.select(model.index(start, 0), model.index(stop, 0))
        select.select(chosen, select.SelectionFlag.ClearAndSelect)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Right opens or goes in, Left shuts or goes out, Enter focuses, letters search.

        Up from the first row and Escape are told. A key held down stops at the first row.
        """
        index, key = self.currentIndex(), event.key()
        home, end = Qt.Key.Key_Home, Qt.Key.Key_End
        if key in (home, end) and not event.modifiers() & ~HARMLESS and self.model().rowCount():
            row = 0 if key == home else self.model().rowCount() - 1
            self.setCurrentIndex(self.model().index(row, 0))
        elif index.isValid() and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.focus_requested.emit(index.row())
        elif index.isValid() and key == Qt.Key.Key_Right:
            self._go_in(index)
        elif index.isValid() and key == Qt.Key.Key_Left:
            self._go_out(index)
        elif key == Qt.Key.Key_Up and index.row() <= 0 and not event.isAutoRepeat():
            self.left_upwards.emit()
        elif key == Qt.Key.Key_Escape:
            self.escaped.emit()
        elif event.text().strip().isprintable() and _writes(event):
            self.typed.emit(event.text())
        else:
            super().keyPressEvent(event)

    def _go_in(self, index: QModelIndex) -> None:
        if index.data(Role.HAS_CHILDREN) and not index.data(Role.IS_OPEN):
            self.open_requested.emit(index.row(), True)
        elif index.data(Role.IS_OPEN):
            self.setCurrentIndex(index.siblingAtRow(index.row() + 1))

    def _go_out(self, index: QModelIndex) -> None:
        model = index.model()
        if index.data(Role.IS_OPEN):
            self.open_requested.emit(index.row(), False)
        elif isinstance(model, FlatTreeModel):
            row = model.parent_row(index.row())
            if row >= 0:
                self.setCurrentIndex(index.siblingAtRow(row))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """On the chevron: open or shut, without selecting."""
        index = self.indexAt(event.position().toPoint())
        left_button = event.button() == Qt.MouseButton.LeftButton
        if left_button and index.isValid() and index.data(Role.HAS_CHILDREN):
            left = indent_of(index.data(Role.LEVEL))
            if left - 4 <= event.position().x() <= left + CHEVRON + 2:
                self.open_requested.emit(index.row(), not index.data(Role.IS_OPEN))
                return
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Focus the node in the scene."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid():
            self.focus_requested.emit(index.row())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Of the rows selected; by the keyboard, beside the current one."""
        at = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            at = self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).center())
        self.menu_requested.emit(at)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is hovered any more."""
        super().leaveEvent(event)
        self.left.emit()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """The rows, or why there are none."""
        super().paintEvent(event)
        if self.empty_text and not self.model().rowCount():
            painter = QPainter(self.viewport())
            painter.setPen(QColor(THEME.text_quiet))
            at = self.viewport().rect().adjusted(16, 18, -16, 0)
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
            painter.drawText(at, flags | Qt.TextFlag.TextWordWrap, self.empty_text)


def _writes(event: QKeyEvent) -> bool:
    return bool(event.text().strip()) and not event.modifiers() & ~HARMLESS


def _runs(rows: list[int]) -> list[tuple[int, int]]:
    """First and last of each run of neighbours."""
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and row == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return runs
