"""The differences of a comparison for Qt: a flat list, by kind and by what is typed.

A thin adapter: what is in the list is decided by `comparison.chosen`.
"""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from studio.models.comparison import Comparison, Difference, Kind, chosen
from studio.models.plain_values import plain_tip
from studio.models.value_words import change_words, difference_words

Index = QModelIndex | QPersistentModelIndex
DIFFERENCE: Final = Qt.ItemDataRole.UserRole + 1
ALL_KINDS: Final = frozenset(Kind)
TIP_FIELDS: Final = 12


class DiffList(QAbstractListModel):
    """One row a Difference; `DIFFERENCE` gives it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._comparison = Comparison()
        self._rows: list[Difference] = []
        self._kinds, self._wanted = ALL_KINDS, ""

    @property
    def rows(self) -> tuple[Difference, ...]:
        """What is in the list now."""
        return tuple(self._rows)

    @property
    def comparison(self) -> Comparison:
        """All of it."""
        return self._comparison

    def show(self, comparison: Comparison) -> None:
        """Show this one; what is filtered stays filtered."""
        self._comparison = comparison
        self._fill()

    def filter(self, kinds: frozenset[Kind], wanted: str) -> None:
        """Keep to these kinds and words."""
        if (kinds, wanted) != (self._kinds, self._wanted):
            self._kinds, self._wanted = kinds, wanted
            self._fill()

    def row_of(self, entity_id: str) -> int:
        """Where an entity stands in the list now, -1 where it does not."""
        return next((at for at, row in enumerate(self._rows) if row.entity_id == entity_id), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many pass the filter."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The difference, its words, or all its fields as a tip."""
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == DIFFERENCE:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{row.name}, {row.kinds[0].name.lower()}: {difference_words(row)}"
        if role == Qt.ItemDataRole.ToolTipRole and row.fields:
            lines = [f"{one.name}: {change_words(one)}" for one in row.fields[:TIP_FIELDS]]
            return plain_tip("\n".join([row.entity_id, *lines]))
        return None

    def _fill(self) -> None:
        self.beginResetModel()
        self._rows = chosen(self._comparison.differences, self._kinds, self._wanted)
        self.endResetModel()
