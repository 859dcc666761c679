"""What is selected, in the rows of a tree and everywhere else: each follows the other.

Couples a Session with a TreeView while rows come and go under it. Knows nodes of the scene and of
what a comparison found removed; knows no lake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from PySide6.QtCore import QObject

from studio.models.flat_tree import FlatTreeModel, Role
from studio.models.gone_rows import gone
from studio.models.scene_model import SceneModel
from studio.panels.tree_row import ROW_HEIGHT
from studio.panels.tree_view import TreeView
from studio.session import Session


class TreeSelection(QObject):
    """`is_stale` says whether the rows are still those of a scene that is no more."""

    def __init__(
        self,
        session: Session,
        scene: SceneModel,
        model: FlatTreeModel,
        view: TreeView,
        is_stale: Callable[[], bool],
    ) -> None:
        super().__init__(view)
        self._session, self._scene, self._model, self._view = session, scene, model, view
        self._is_stale = is_stale
        self._moving = False
        session.selection_changed.connect(self.show)
        session.selected_changed.connect(lambda _: self.mark())
        view.selectionModel().selectionChanged.connect(lambda *_: self._rows_selected())

    def show(self, entity_id: str | None) -> None:
        """Follow the selection of the other panels: open the way to it and scroll there."""
        node = self._node_of(entity_id)
        if node == -1 or self._is_stale():
            self.mark()
            return
        with self.rows_move():
            row = self._model.reveal(node)
        if row >= 0:
            self._view.scrollTo(self._model.index(row, 0))

    def mark(self) -> None:
        """Show as selected what the session says is."""
        chosen: list[int] = []
        if not self._is_stale():
            found = [self._node_of(one) for one in self._session.selected]
            nodes = [node for node in found if node != -1]
            chosen = self._model.rows_of(np.array(nodes, np.int32)).tolist()
        is_main = bool(chosen) and self._node_of(self._session.selection) != -1
        rows, main = [row for row in chosen if row >= 0], chosen[-1] if is_main else -1
        self._moving = True
        self._view.show_selected(rows, main)
        self._moving = False

    @contextmanager
    def rows_move(self) -> Iterator[None]:
        """While rows come and go: what is selected stays selected and the view stays put."""
        top = self._view.rowAt(0)
        anchor = self._model.index(top, 0).data(Role.ENTITY_ID) if top >= 0 else None
        into = self._view.verticalScrollBar().value() - top * ROW_HEIGHT
        was_at_top = self._view.verticalScrollBar().value() == 0  # and what is new comes in view
        self._moving = True
        try:
            yield
        finally:
            self._moving = False
        self.mark()
        row = self._model.row_of(self._node_of(anchor))
        if row >= 0 and not was_at_top:
            self._view.verticalScrollBar().setValue(row * ROW_HEIGHT + into)

    def _rows_selected(self) -> None:
        """What a person selected here is what is selected everywhere; the current row is main."""
        if self._moving:
            return
        current = self._view.currentIndex()
        main = current.data(Role.ENTITY_ID) if current.isValid() else None
        chosen = self._model.ids_at(self._view.selected_rows())
        if main in chosen:
            chosen.remove(main)
            chosen.append(main)
        self._session.select_all(chosen)

    def _node_of(self, entity_id: str | None) -> int:
        """The node of an entity of the scene, or of one that a comparison found removed."""
        slot = self._scene.slot_of.get(entity_id or "", -1)
        return slot if slot >= 0 else gone(self._model.gone.slot_of.get(entity_id or "", -1))
