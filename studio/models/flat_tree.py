"""A tree as a flat table for QTableView: a thin Qt adapter over TreeRows.

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
from studio.models.plain_values import name_words, plain_tip
from studio.models.tree_rows import TreeRows

Index = QModelIndex | QPersistentModelIndex
FIRST_LOOK: Final = 1024
"""Rows compared first; then ever more."""


class Role(IntEnum):
    """What a delegate asks of a row."""

    ENTITY_ID = Qt.ItemDataRole.UserRole + 1
    SLOT = ENTITY_ID + 1
    LEVEL = ENTITY_ID + 2
    HAS_CHILDREN = ENTITY_ID + 3
    IS_OPEN = ENTITY_ID + 4
    FLUX = ENTITY_ID + 5
    CLASS_TYPE = ENTITY_ID + 6
    IS_MATCH = ENTITY_ID + 7


class FlatTreeModel(QAbstractTableModel):
    """One column; one row a visible node."""

    def __init__(self, arrays: SceneArrays, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows = TreeRows(arrays)
        self._slots: Int32s = self.rows.slots

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Rows shown; a row has no rows under it: the tree is flat for Qt."""
        return 0 if parent.isValid() else len(self._slots)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """One."""
        return 0 if parent.isValid() else 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A fact about the row; see Role."""
        if not index.isValid() or index.row() >= len(self._slots):
            return None
        rows, arrays = self.rows, self.rows.arrays
        slot = int(self._slots[index.row()])
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return name_words(arrays.names[slot], arrays.ids[slot])
            case Role.ENTITY_ID:
                return arrays.ids[slot]
            case Role.SLOT:
                return slot
            case Role.LEVEL:
                return rows.level_of(slot)
            case Role.HAS_CHILDREN:
                return rows.child_count(slot) > 0
            case Role.IS_OPEN:
                return rows.is_open(self._row(index))
            case Role.FLUX:
                return int(arrays.flux[slot])
            case Role.CLASS_TYPE:
                return arrays.class_types[slot]
            case Role.IS_MATCH:
                return bool(rows.matches[slot])
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(arrays.ids[slot])
        return None

    def _row(self, index: Index) -> int:
        """The row in `rows`, which while a change is published is ahead of what Qt knows."""
        row = index.row()
        return row if self._slots is self.rows.slots else self.rows.row_of(int(self._slots[row]))

    def use(self, arrays: SceneArrays) -> None:
        """Show other arrays."""
        self.beginResetModel()
        self.rows.use(arrays)
        self._slots = self.rows.slots
        self.endResetModel()

    def refresh(self) -> None:
        """Anything in the arrays may have changed."""
        self.rows.refresh()
        self._publish()

    def follow(self, touched: Int32s) -> None:
        """These slots of the arrays changed, and nothing else."""
        self.rows.follow(touched)
        self._publish()

    def set_filter(self, query: Query, flux: frozenset[int]) -> None:
        """See TreeRows.set_filter."""
        self.rows.set_filter(query, flux)
        self._publish()

    def set_open(self, row: int, is_open: bool) -> None:
        """Open or shut the node of a row."""
        if 0 <= row < len(self._slots):
            self.rows.set_open([int(self._slots[row])], is_open)
            self._publish()

    def set_all_open(self, is_open: bool) -> None:
        """Open or shut every node."""
        self.rows.set_all_open(is_open)
        self._publish()

    def reveal(self, slot: int) -> int:
        """Open the way to a slot; its row or -1."""
        row = self.rows.reveal(slot)
        self._publish()
        return row

    def slots_at(self, rows: Sequence[int]) -> Int32s:
        """[k] the slots that some rows show."""
        slots: Int32s = self._slots[np.asarray(rows, np.intp)]
        return slots

    def parent_row(self, row: int) -> int:
        """The row of the node's parent, -1 at a root."""
        parent = int(self.rows.arrays.parents[self._slots[row]])
        return self.rows.row_of(parent) if parent >= 0 else -1

    def _publish(self) -> None:
        """Tell Qt how the rows it knows became the rows there are."""
        old, new = self._slots, self.rows.slots
        top = _shared(old, new)
        bottom = _shared(old[top:][::-1], new[top:][::-1])
        removed, inserted = len(old) - top - bottom, len(new) - top - bottom
        if removed:
            self.beginRemoveRows(QModelIndex(), top, top + removed - 1)
            self._slots = np.concatenate([old[:top], old[len(old) - bottom :]])
            self.endRemoveRows()
        if inserted:
            self.beginInsertRows(QModelIndex(), top, top + inserted - 1)
            self._slots = new
            self.endInsertRows()
        self._slots = new
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
