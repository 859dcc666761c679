"""The tree of the scene: search, expand, select, focus.

Shows a SceneModel through FlatTreeModel; says what the person means through the Session. The
flux badge has the colour the entity has in the scene.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLineEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from lake_core.scene.query import parse_query
from studio.models.flat_tree import FlatTreeModel, Role
from studio.models.glow import risen
from studio.models.scene_model import SceneModel
from studio.panels.chrome import PanelHead, tool_button
from studio.panels.tree_row import CHEVRON, ROW_HEIGHT, RowDelegate, indent_of
from studio.session import ALL_FLUX, SACRED_FLUX, Session
from studio.theme import THEME, icon

TYPING_MS: Final = 120
FADE_MS: Final = 60
GLOWS: Final = 300
SHARE_OF_TIME: Final = 8
"""A refresh that took t is followed by a rest of eight t: huge scenes never hold the window up."""


class TreeView(QTableView):
    """A table that behaves as a tree: chevrons, arrow keys, Enter."""

    open_requested = Signal(int, bool)  # row, open
    focus_requested = Signal(int)  # row
    left = Signal()

    def __init__(self, glow_of: Callable[[int], float], parent: QWidget | None = None) -> None:
        """`glow_of` says of a slot how much it glows."""
        super().__init__(parent)
        self.empty_text = ""
        self.setItemDelegate(RowDelegate(glow_of, self))
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
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

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Right opens or goes in, Left shuts or goes out, Enter focuses."""
        index = self.currentIndex()
        key = event.key()
        if not index.isValid():
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.focus_requested.emit(index.row())
        elif key == Qt.Key.Key_Right:
            self._go_in(index)
        elif key == Qt.Key.Key_Left:
            self._go_out(index)
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
        if index.isValid() and index.data(Role.HAS_CHILDREN):
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

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is hovered any more."""
        super().leaveEvent(event)
        self.left.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The rows, or why there are none."""
        super().paintEvent(event)
        if self.empty_text and not self.model().rowCount():
            painter = QPainter(self.viewport())
            painter.setPen(QColor(THEME.text_quiet))
            at = self.viewport().rect().adjusted(16, 18, -16, 0)
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
            painter.drawText(at, flags | Qt.TextFlag.TextWordWrap, self.empty_text)


class HierarchyPanel(QWidget):
    """Search box and tree. `head` is the dock's title, with the number of entities."""

    def __init__(self, session: Session, scene: SceneModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._scene = session, scene
        self.model = FlatTreeModel(scene.arrays, self)
        self.view = TreeView(self._glow_of, self)
        self.view.setModel(self.model)
        self.search = QLineEdit(placeholderText="Search name, id or class", clearButtonEnabled=True)
        self.search.addAction(icon("mdi6.magnify"), QLineEdit.ActionPosition.LeadingPosition)
        self.sacred = tool_button("mdi6.circle-double", "Sacred only: flux 3, 6 and 9")
        self.sacred.setCheckable(True)
        self.head = PanelHead("Hierarchy")
        self._dirty = self._stale_arrays = self._moving = False
        self._lit: dict[int, float] = {}  # how much each slot shown glows
        self._pause = QTimer(self, singleShot=True)
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._fading = QTimer(self, interval=FADE_MS)
        self._build()
        self._wire()
        self._tell_counts()

    def focus_search(self) -> None:
        """Put the caret into the search box."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what came while hidden."""
        super().showEvent(event)
        self._refresh()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 0)
        column.setSpacing(8)
        row = QHBoxLayout()
        row.setContentsMargins(10, 0, 8, 0)
        row.setSpacing(4)
        row.addWidget(self.search, 1)
        row.addWidget(self.sacred)
        column.addLayout(row)
        column.addWidget(self.view, 1)
        shut = tool_button("mdi6.collapse-all-outline", "Shut all")
        shut.clicked.connect(self._shut_all)
        self.head.add_button(shut)

    def _wire(self) -> None:
        self._scene.reset.connect(self._take_new_arrays)
        self._scene.updated.connect(self._scene_updated)
        self._pause.timeout.connect(self._refresh)
        self._typing.timeout.connect(self._filter)
        self._fading.timeout.connect(self._fade)
        self.search.textChanged.connect(lambda _: self._typing.start())
        self.search.returnPressed.connect(self._select_first_match)
        self.sacred.clicked.connect(self._toggle_sacred)
        self._session.flux_filter_changed.connect(lambda _: self._filter())
        self._session.selection_changed.connect(self._show_selection)
        self.view.open_requested.connect(self._set_open)
        self.view.focus_requested.connect(self._focus_row)
        self.view.entered.connect(lambda index: self._session.hover(index.data(Role.ENTITY_ID)))
        self.view.left.connect(lambda: self._session.hover(None))
        self.view.selectionModel().currentRowChanged.connect(self._current_changed)

    def _take_new_arrays(self) -> None:
        self._lit = {}
        self._stale_arrays = self._dirty = True
        self._refresh()

    def _scene_updated(self, structure_changed: bool) -> None:
        if structure_changed or self.model.rows.is_filtered:
            self._dirty = True
            if not self._pause.isActive():
                self._refresh()
        else:
            self.view.viewport().update()
        if self._scene.glow.is_lit(time.monotonic()) and not self._fading.isActive():
            self._fading.start()

    def _glow_of(self, slot: int) -> float:
        return self._lit.get(slot, 0.0)

    def _fade(self) -> None:
        """Repaint while anything fades; nothing ticks in a scene at rest."""
        now, rows = time.monotonic(), self.model.rows
        slots, levels = self._scene.glow.brightest(now, GLOWS)
        if not self._stale_arrays:
            parents = self._scene.arrays.parents
            self._lit = risen(slots, levels, parents, lambda slot: rows.row_of(slot) >= 0)
        self.view.viewport().update()
        if not self._scene.glow.is_lit(now):
            self._fading.stop()

    def _refresh(self) -> None:
        if not self._dirty or not self.isVisible():
            return
        started = time.perf_counter()
        with self._rows_move():
            if self._stale_arrays:
                self.model.use(self._scene.arrays)
            else:
                self.model.refresh()
            self._dirty = self._stale_arrays = False
        self._tell_counts()
        self._pause.start(int((time.perf_counter() - started) * 1000 * SHARE_OF_TIME))

    def _filter(self) -> None:
        with self._rows_move():
            self.model.set_filter(parse_query(self.search.text()), self._session.flux_filter)
        self.sacred.setChecked(self._session.flux_filter == SACRED_FLUX)
        self._tell_counts()

    def _toggle_sacred(self, wanted: bool) -> None:
        self._session.filter_flux(SACRED_FLUX if wanted else ALL_FLUX)

    def _tell_counts(self) -> None:
        total, rows = self._scene.entity_count, self.model.rows
        if rows.is_filtered and total:
            self.head.note.setText(f"{int(rows.matches.sum()):,} of {total:,}")
            self.view.empty_text = "Nothing here matches the search or the flux filter."
        else:
            self.head.note.setText(f"{total:,}" if total else "")
            live = self._session.is_live
            self.view.empty_text = "No entities yet." if live else "No entities at this time."

    def _set_open(self, row: int, is_open: bool) -> None:
        with self._rows_move():
            self.model.set_open(row, is_open)

    def _focus_row(self, row: int) -> None:
        self._session.focus(self.model.index(row, 0).data(Role.ENTITY_ID))

    def _select_first_match(self) -> None:
        self._filter()
        rows = self.model.rows
        for row, slot in enumerate(rows.slots.tolist()):
            if rows.matches[slot]:
                self._session.focus(self.model.index(row, 0).data(Role.ENTITY_ID))
                return

    def _shut_all(self) -> None:
        with self._rows_move():
            self.model.set_all_open(False)

    def _current_changed(self, current: QModelIndex) -> None:
        if current.isValid() and not self._moving:
            self._session.select(current.data(Role.ENTITY_ID))

    def _show_selection(self, entity_id: str | None) -> None:
        """Follow the selection of the other panels: open the way to it and scroll there."""
        slot = self._scene.slot_of.get(entity_id or "")
        if slot is None or self._stale_arrays:
            self._set_current(-1)
            return
        with self._rows_move():
            row = self.model.reveal(slot)
        if row >= 0:
            self.view.scrollTo(self.model.index(row, 0))

    @contextmanager
    def _rows_move(self) -> Iterator[None]:
        """While rows come and go: the selected entity stays selected and the view stays put."""
        top = self.view.rowAt(0)
        anchor = self.model.index(top, 0).data(Role.ENTITY_ID) if top >= 0 else None
        into = self.view.verticalScrollBar().value() - top * ROW_HEIGHT
        self._moving = True
        yield
        slot = self._scene.slot_of.get(self._session.selection or "")
        self._set_current(-1 if slot is None else self.model.rows.row_of(slot))
        row = self.model.rows.row_of(self._scene.slot_of.get(anchor or "", -1))
        if row >= 0:
            self.view.verticalScrollBar().setValue(row * ROW_HEIGHT + into)

    def _set_current(self, row: int) -> None:
        self._moving = True
        index = self.model.index(row, 0) if row >= 0 else QModelIndex()
        selection = self.view.selectionModel()
        selection.setCurrentIndex(index, selection.SelectionFlag.ClearAndSelect)
        self._moving = False
