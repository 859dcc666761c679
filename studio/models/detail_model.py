"""The inspector's rows for Qt: a thin adapter that keeps its place where only values change."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from studio.models.detail_rows import DetailRow, Kind
from studio.models.plain_values import plain_tip

Index = QModelIndex | QPersistentModelIndex
ROW_ROLE: Final = Qt.ItemDataRole.UserRole + 1
Identity = tuple[Kind, tuple[str, ...]]


class DetailModel(QAbstractTableModel):
    """One column; `ROW_ROLE` gives the DetailRow."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[DetailRow] = []

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many rows."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """One."""
        return 0 if parent.isValid() else 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The row itself, or its text."""
        row = self.rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{row.label} {row.value}".strip()
        if role == Qt.ItemDataRole.ToolTipRole and not row.series:
            return plain_tip(row.link or row.value) or None
        return None

    def show(self, rows: list[DetailRow]) -> None:
        """Replace the rows; those that stay, at the top and at the bottom, stay where they are."""
        before, after = [_identity(row) for row in self.rows], [_identity(row) for row in rows]
        top = _common(before, after)
        below = min(_common(before[::-1], after[::-1]), len(before) - top, len(after) - top)
        if len(before) > top + below:
            self.beginRemoveRows(QModelIndex(), top, len(before) - below - 1)
            del self.rows[top : len(before) - below]
            self.endRemoveRows()
        if len(after) > top + below:
            self.beginInsertRows(QModelIndex(), top, len(after) - below - 1)
            self.rows[top:top] = rows[top : len(after) - below]
            self.endInsertRows()
        self.rows = list(rows)
        if rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, 0))


def _identity(row: DetailRow) -> Identity:
    return row.kind, row.path


def _common(one: list[Identity], other: list[Identity]) -> int:
    """How many at the beginning are the same."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
