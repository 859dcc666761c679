"""A tree as a flat table for QTableView: a thin Qt adapter over TreeRows and GoneRows.

Turns each new layout of rows into the fewest honest Qt notices: nothing, or one removal and one
insertion between what stayed the same at the top and at the bottom. Indentation is the delegate's.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any, Final

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from lake_core.scene.arrays import Bools, Int32s, SceneArrays
from lake_core.scene.query import Query
from studio.models.gone import Gone
from studio.models.gone_rows import GoneRows, Present, gone
from studio.models.plain_values import name_words, plain_tip
from studio.models.tree_rows import TreeRows

Index = QModelIndex | QPersistentModelIndex
FIRST_LOOK: Final = 1024
"""Rows compared first; then ever more."""


class Role(IntEnum):
    """What a delegate asks of a row."""

    ENTITY_ID = Qt.ItemDataRole.UserRole + 1
    NODE = ENTITY_ID + 1
    LEVEL = ENTITY_ID + 2
    HAS_CHILDREN = ENTITY_ID + 3
    IS_OPEN = ENTITY_ID + 4
    FLUX = ENTITY_ID + 5
    CLASS_TYPE = ENTITY_ID + 6
    IS_MATCH = ENTITY_ID + 7


class FlatTreeModel(QAbstractTableModel):
    """One column; one row a visible node.

    `gone` holds what a comparison found to be removed: rows too, though not of the scene. Nodes
    are numbered as GoneRows says.
    """

    def __init__(self, arrays: SceneArrays, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows, self.gone = TreeRows(arrays), GoneRows()
        self._nodes: Int32s = self.rows.slots

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Rows shown; a row has no rows under it: the tree is flat for Qt."""
        return 0 if parent.isValid() else len(self._nodes)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """One."""
        return 0 if parent.isValid() else 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A fact about the row; see Role."""
        if not index.isValid() or index.row() >= len(self._nodes):
            return None
        node = int(self._nodes[index.row()])
        rows, slot = (self.rows, node) if node >= 0 else (self.gone.rows, gone(node))
        arrays = rows.arrays
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return name_words(arrays.names[slot], arrays.ids[slot])
            case Role.ENTITY_ID:
                return arrays.ids[slot]
            case Role.NODE:
                return node
            case Role.LEVEL:
                return rows.level_of(slot) if node >= 0 else self.gone.level_of(slot)
            case Role.HAS_CHILDREN:
                return self._has_children(node)
            case Role.IS_OPEN:
                return self._has_children(node) and rows.is_open(slot)
            case Role.FLUX:
                return int(arrays.flux[slot])
            case Role.CLASS_TYPE:
                return arrays.class_types[slot]
            case Role.IS_MATCH:
                return bool(rows.matches[slot])
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(arrays.ids[slot])
        return None

    def _has_children(self, node: int) -> bool:
        if node < 0:
            return self.gone.rows.child_count(gone(node)) > 0
        return self.rows.child_count(node) > 0 or self.gone.is_host(node)

    def use(self, arrays: SceneArrays) -> None:
        """Show other arrays."""
        self.beginResetModel()
        self.rows.use(arrays)
        self.gone.follow()
        self._nodes = self._laid_out()
        self.endResetModel()

    def refresh(self) -> None:
        """Anything in the arrays may have changed."""
        self.rows.refresh()
        self.gone.follow()
        self._publish()

    def follow(self, touched: Int32s) -> None:
        """These slots of the arrays changed, and nothing else."""
        self.rows.follow(touched)
        if self.gone.slot_of:
            ids = self.rows.arrays.ids
            self.gone.follow(ids[slot] for slot in touched.tolist())
        self._publish()

    def show_gone(self, removed: Gone, present: Present) -> None:
        """Have rows for these as well, as far as they are gone; see GoneRows.use."""
        if removed.arrays.ids == self.gone.rows.arrays.ids:
            self.gone.use(removed, present)
            self._publish()
            return
        self.beginResetModel()
        self.gone.use(removed, present)
        self._nodes = self._laid_out()
        self.endResetModel()

    def set_filter(self, query: Query, flux: frozenset[int]) -> None:
        """See TreeRows.set_filter."""
        self.rows.set_filter(query, flux)
        self.gone.rows.set_filter(query, flux)
        self._publish()

    def set_open(self, row: int, is_open: bool) -> None:
        """Open or shut the node of a row."""
        if 0 <= row < len(self._nodes):
            node = int(self._nodes[row])
            rows, slot = (self.rows, node) if node >= 0 else (self.gone.rows, gone(node))
            rows.set_open([slot], is_open)
            self._publish()

    def set_all_open(self, is_open: bool) -> None:
        """Open or shut every node."""
        self.rows.set_all_open(is_open)
        self.gone.rows.set_all_open(is_open)
        self._publish()

    def reveal(self, node: int) -> int:
        """Open the way to a node; its row or -1."""
        if node >= 0:
            self.rows.reveal(node)
        else:
            self.gone.reveal(self.rows, gone(node))
        self._publish()
        return self.row_of(node)

    def row_of(self, node: int) -> int:
        """The row that shows a node, -1 where none does."""
        has_gone = bool(self.gone.slot_of)
        return self.gone.row_of(self.rows, node) if has_gone else self.rows.row_of(node)

    def rows_of(self, nodes: Int32s) -> Int32s:
        """[k] the same of many."""
        has_gone = bool(self.gone.slot_of)
        return self.gone.rows_of(self.rows, nodes) if has_gone else self.rows.rows_of(nodes)

    def ids_at(self, rows: Sequence[int]) -> list[str]:
        """The entities that some rows show."""
        ids, others = self.rows.arrays.ids, self.gone.rows.arrays.ids
        nodes = self._nodes[np.asarray(rows, np.intp)].tolist()
        return [ids[node] if node >= 0 else others[gone(node)] for node in nodes]

    def matches(self) -> Bools:
        """[rows] which show something that is sought, and not only lead to it."""
        found: Bools = self.rows.matches[np.maximum(self._nodes, 0)]
        dead = self._nodes < 0
        found[dead] = self.gone.rows.matches[gone(self._nodes[dead])]
        return found

    def parent_row(self, row: int) -> int:
        """The row of the node's parent, -1 at a root."""
        node = int(self._nodes[row])
        if node < 0:
            return self.row_of(self.gone.parent_of(gone(node)))
        return self.row_of(int(self.rows.arrays.parents[node]))

    def _laid_out(self) -> Int32s:
        """The nodes of all rows there are now."""
        if self.gone.slot_of:
            return self.gone.among(self.rows)
        self.rows.keep(self._nodes[:0])
        return self.rows.slots

    def _publish(self) -> None:
        """Tell Qt how the rows it knows became the rows there are."""
        old, new = self._nodes, self._laid_out()
        top = _shared(old, new)
        bottom = _shared(old[top:][::-1], new[top:][::-1])
        removed, inserted = len(old) - top - bottom, len(new) - top - bottom
        if removed:
            self.beginRemoveRows(QModelIndex(), top, top + removed - 1)
            self._nodes = np.concatenate([old[:top], old[len(old) - bottom :]])
            self.endRemoveRows()
        if inserted:
            self.beginInsertRows(QModelIndex(), top, top + inserted - 1)
            self._nodes = new
            self.endInsertRows()
        self._nodes = new
        if len(new):
            self.dataChanged.emit(self.index(0, 0), self.index(len(new) - 1, 0))


def _shared(first: Int32s, second: Int32s) -> int:
    """How many entries from the start are equal; looks no farther than the first that differs."""
    length = min(len(first), len(second))
    at, look = 0, FIRST_LOOK
    while at < length:
        differing: Bools = first[at : min(at + look, length)] != second[at : min(at + look, length)]
        found = int(differing.argmax())
        if differing[found]:
            return at + found
        at, look = at + look, look * 2
    return length
