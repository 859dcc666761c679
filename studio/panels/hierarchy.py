"""The tree of the scene: find, expand, select, focus, hide.

Shows a SceneModel through FlatTreeModel; says what the person means through the Session. The
flux badge has the colour the entity has in the scene.
"""

from __future__ import annotations

import time
from typing import Final

import numpy as np
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lake_core.scene.arrays import Int32s
from studio.models.diff_marks import DiffMarks
from studio.models.flat_tree import FlatTreeModel, Role
from studio.models.glow import risen
from studio.models.scene_model import SceneModel
from studio.models.visibility import Visibility
from studio.panels.chrome import PanelHead, tool_button
from studio.panels.entity_menu import EntityMenu
from studio.panels.tree_search import TreeSearch
from studio.panels.tree_selection import TreeSelection
from studio.panels.tree_view import TreeView
from studio.session import ALL_FLUX, SACRED_FLUX, Session

FADE_MS: Final = 60
WARM_MS: Final = 40
GLOWS: Final = 300
SHARE_OF_TIME: Final = 8
"""A refresh that took t is followed by a rest of eight t: huge scenes never hold the window up."""
AT_ONCE: Final = 5_000
"""Up to so many entities rows follow a change at once; of more, in a turn of their own."""
SOON_MS: Final = 8
TOUCHED_LIMIT: Final = 50_000
"""Where so many changes wait, all is read anew."""


class HierarchyPanel(QWidget):
    """Search box and tree. `head` is the dock's title, with the number of entities."""

    def __init__(self, session: Session, scene: SceneModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._scene = session, scene
        self.model = FlatTreeModel(scene.arrays, self)
        self.visibility = Visibility(session, scene, self)
        self.searching = TreeSearch(self)  # before the rows, for Tab as for the eye
        self.view = TreeView(self._glow_of, self.visibility, self)
        self.view.setModel(self.model)
        self.selecting = TreeSelection(
            session, scene, self.model, self.view, lambda: self._stale_arrays
        )
        self.menu = EntityMenu(session, scene, self)
        self.search, self.sacred = self.searching.field, self.searching.sacred
        self.head = PanelHead("Hierarchy")
        self._dirty = self._stale_arrays = False
        self._touched: list[Int32s] | None = []  # since the rows were read; None: too many
        self._marks = DiffMarks(self)
        self._stale_gone = False
        self._lit: dict[int, float] = {}  # how much each slot shown glows
        self._pause = QTimer(self, singleShot=True)
        self._fading = QTimer(self, interval=FADE_MS)
        self._warming = QTimer(self, interval=WARM_MS)
        self._build()
        self._wire()
        self._tell_counts()

    def show_diff(self, marks: DiffMarks) -> None:
        """Mark in the rows what a comparison found, and have rows for what it found removed."""
        self._marks = marks
        self.view.show_diff(marks)
        self.menu.marks = marks
        marks.changed.connect(self._take_gone)

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
        column.addWidget(self.searching)
        column.addWidget(self.view, 1)
        shut = tool_button("mdi6.collapse-all-outline", "Shut all")
        shut.clicked.connect(self._shut_all)
        self.head.add_button(shut)

    def _wire(self) -> None:
        view, session = self.view, self._session
        self._scene.reset.connect(self._take_new_arrays)
        self._scene.touched.connect(self._scene_touched)
        self._scene.updated.connect(self._scene_updated)
        self._pause.timeout.connect(self._refresh)
        self._fading.timeout.connect(self._fade)
        self._warming.timeout.connect(self._warm)
        self.searching.query_changed.connect(lambda _: self._filter())
        self.searching.accepted.connect(self._focus_first_match)
        self.search.left_downwards.connect(self._enter_rows)
        self.search.left.connect(view.setFocus)
        view.left_upwards.connect(self.search.setFocus)
        view.escaped.connect(self._clear_search)
        self.sacred.clicked.connect(self._toggle_sacred)
        self.visibility.changed.connect(view.viewport().update)
        session.flux_filter_changed.connect(lambda _: self._filter())
        view.open_requested.connect(self._set_open)
        view.focus_requested.connect(self._focus_row)
        view.menu_requested.connect(self._open_menu)
        view.typed.connect(self.searching.take_typed)
        view.entered.connect(lambda index: session.hover(index.data(Role.ENTITY_ID)))
        view.left.connect(lambda: session.hover(None))

    # -- the scene changes -------------------------------------------------------------------

    def _take_new_arrays(self) -> None:
        self._lit = {}
        self._touched = []
        self._stale_arrays = self._dirty = True
        self._refresh()

    def _take_gone(self) -> None:
        self._stale_gone = self._dirty = True
        self._refresh()

    def _scene_touched(self, slots: Int32s) -> None:
        """Remember what changed; of very much, or while hidden for long, only that it did."""
        if self._stale_arrays or self._touched is None or not len(slots):
            return
        self._touched.append(slots)
        if sum(map(len, self._touched)) > TOUCHED_LIMIT:
            self._touched = None

    def _scene_updated(self, structure_changed: bool) -> None:
        self._dirty |= structure_changed or self.model.rows.is_filtered
        if self._scene.entity_count <= AT_ONCE and not self._pause.isActive():
            self._refresh()
        elif not self._pause.isActive():
            self._pause.start(SOON_MS)
        if self._scene.glow.is_lit(time.monotonic()) and not self._fading.isActive():
            self._fading.start()

    def _refresh(self) -> None:
        if not self._dirty or not self.isVisible():
            self.view.viewport().update()
            return
        started = time.perf_counter()
        with self.selecting.rows_move():
            if self._stale_arrays:
                self.model.use(self._scene.arrays)
            else:
                self._follow()
            if self._stale_gone:
                self.model.show_gone(self._marks.gone, lambda: self._scene.slot_of)
            self._dirty = self._stale_arrays = self._stale_gone = False
        self._tell_counts()
        self._warming.start()
        self._pause.start(int((time.perf_counter() - started) * 1000 * SHARE_OF_TIME))

    def _follow(self) -> None:
        """Let the rows take in what changed since they last did."""
        waiting, self._touched = self._touched, []
        if waiting is None:
            self.model.refresh()
        elif waiting:
            self.model.follow(np.unique(np.concatenate(waiting)))

    def _warm(self) -> None:
        """Make the first search fast, in moments that nobody misses."""
        if not self.isVisible() or self._stale_arrays or not self.model.rows.matcher.warm():
            self._warming.stop()

    def _glow_of(self, slot: int) -> float:
        return self._lit.get(slot, 0.0)

    def _fade(self) -> None:
        """Repaint while anything fades; nothing ticks in a scene at rest."""
        now, rows = time.monotonic(), self.model.rows
        slots, levels = self._scene.glow.brightest(now, GLOWS)
        if not self._stale_arrays:
            parents = self._scene.arrays.parents
            self._lit = risen(slots, levels, parents, rows.is_shown)
        self.view.viewport().update()
        if not self._scene.glow.is_lit(now):
            self._fading.stop()

    # -- what is sought ----------------------------------------------------------------------

    def _filter(self) -> None:
        with self.selecting.rows_move():
            if not self._stale_arrays:
                self._follow()
            self.model.set_filter(self.searching.query, self._session.flux_filter)
        self.sacred.setChecked(self._session.flux_filter == SACRED_FLUX)
        self._tell_counts()

    def _toggle_sacred(self, wanted: bool) -> None:
        self._session.filter_flux(SACRED_FLUX if wanted else ALL_FLUX)

    def _tell_counts(self) -> None:
        total, rows = self._scene.entity_count, self.model.rows
        if rows.is_filtered and total:
            removed = int(self.model.gone.rows.matches.sum())
            found = f"{int(rows.matches.sum()):,} of {total:,}"
            self.head.note.setText(f"{found}  ·  {removed:,} removed" if removed else found)
            asked = ["the search"] if rows.query else []
            asked += ["the flux filter"] if rows.flux != ALL_FLUX else []
            self.view.empty_text = f"Nothing here matches {' and '.join(asked)}."
        else:
            self.head.note.setText(f"{total:,}" if total else "")
            live = self._session.is_live
            self.view.empty_text = "No entities yet." if live else "No entities at this time."

    def _first_match(self) -> int:
        """The first row that matches what is sought, not only leads to one; -1 where none does."""
        found = self.model.matches()
        return int(found.argmax()) if found.any() else -1

    def _focus_first_match(self) -> None:
        row = self._first_match()
        if row >= 0:
            self._focus_row(row)

    def _enter_rows(self) -> None:
        """From the search into the rows: to the first match, else to where one was."""
        self.searching.read()
        current = self.view.currentIndex().row()
        row = self._first_match() if self.model.rows.is_filtered or current < 0 else current
        if row >= 0:
            self.view.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.view.setCurrentIndex(self.model.index(row, 0))

    def _clear_search(self) -> None:
        """Seek nothing any more; what was found and selected stays in view."""
        if not self.search.text():
            return
        self.search.clear()
        self.searching.read()
        self.selecting.show(self._session.selection)

    # -- rows --------------------------------------------------------------------------------

    def _set_open(self, row: int, is_open: bool) -> None:
        with self.selecting.rows_move():
            self.model.set_open(row, is_open)

    def _focus_row(self, row: int) -> None:
        self._session.focus(self.model.index(row, 0).data(Role.ENTITY_ID))

    def _shut_all(self) -> None:
        with self.selecting.rows_move():
            self.model.set_all_open(False)

    def _open_menu(self, at: QPoint) -> None:
        if self._session.selection is not None:
            self.menu.popup(at)
