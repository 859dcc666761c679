"""The inspector's list: copying, clicking, and the value under the pointer of a sparkline."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QTableView, QToolTip, QWidget

from studio.models.detail_model import ROW_ROLE
from studio.models.detail_rows import DetailRow
from studio.models.plain_values import plain
from studio.models.series import Point, held_at
from studio.models.time_words import time_of_day
from studio.panels.detail_delegate import FIELD_HEIGHT, DetailDelegate, row_height, spark_box
from studio.panels.key_focus import KeyFocusFrame


class DetailView(QTableView):
    """The list of rows; Ctrl+C copies a value."""

    instant_requested = Signal(object)  # datetime

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setItemDelegate(DetailDelegate(self))
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)  # Tab goes on to what is next
        KeyFocusFrame(self)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Fields of the selected entity")
        self.horizontalHeader().hide()
        self.horizontalHeader().setStretchLastSection(True)
        heads = self.verticalHeader()
        heads.hide()
        heads.setMinimumSectionSize(FIELD_HEIGHT)
        heads.setDefaultSectionSize(FIELD_HEIGHT)
        heads.setSectionResizeMode(heads.ResizeMode.Fixed)

    def fit_rows(self) -> None:
        """Give each row the height of its kind."""
        for at in range(self.model().rowCount()):
            height = row_height(self.model().index(at, 0).data(ROW_ROLE))
            if self.rowHeight(at) != height:
                self.setRowHeight(at, height)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+C copies, Enter follows or opens, as a click does."""
        if event.matches(QKeySequence.StandardKey.Copy) and self.currentIndex().isValid():
            row: DetailRow = self.currentIndex().data(ROW_ROLE)
            QApplication.clipboard().setText(row.link or row.value)
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.clicked.emit(self.currentIndex())
            return
        super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A hand over what can be clicked; over a sparkline, the value there."""
        super().mouseMoveEvent(event)
        at = event.position().toPoint()
        index = self.indexAt(at)
        row: DetailRow | None = index.data(ROW_ROLE)
        held = self.value_at(at)
        leads = row is not None and (row.link or row.instant or row.is_open is not None)
        hand = bool(leads) or held is not None
        shape = Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)
        if held is not None:
            words = f"{plain(held[1])}  ·  {time_of_day(held[0])}"
            QToolTip.showText(event.globalPosition().toPoint(), words, self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on a sparkline leads to the time under it."""
        held = self.value_at(event.position().toPoint())
        if held is not None and event.button() == Qt.MouseButton.LeftButton:
            self.instant_requested.emit(datetime.fromtimestamp(held[0], UTC))
        else:
            super().mouseReleaseEvent(event)

    def value_at(self, at: QPoint) -> Point | None:
        """The time under a point of a sparkline, and the value held then."""
        index = self.indexAt(at)
        row: DetailRow | None = index.data(ROW_ROLE)
        if row is None or not row.series:
            return None
        box = spark_box(self.visualRect(index))
        if not box.left() <= at.x() <= box.right():
            return None
        first, last = row.series[0][0], row.series[-1][0]
        moment = first + (last - first) * (at.x() - box.left()) / box.width()
        held = held_at(row.series, moment)
        return (moment, held[1]) if held else None
