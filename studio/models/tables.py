"""Qt adapters over plain lists: the epochs of the lake, newest first. They know no lake."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from lake_core.scene.model import TrainingEpoch
from studio.models.plain_values import one_line

Index = QModelIndex | QPersistentModelIndex
EPOCH_ROLE: Final = Qt.ItemDataRole.UserRole + 1


class EpochModel(QAbstractListModel):
    """All epochs; `EPOCH_ROLE` gives the TrainingEpoch."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._epochs: list[TrainingEpoch] = []

    @property
    def epochs(self) -> tuple[TrainingEpoch, ...]:
        """Newest first."""
        return tuple(self._epochs)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many."""
        return 0 if parent.isValid() else len(self._epochs)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The epoch or its title."""
        epoch = self._epochs[index.row()]
        if role == EPOCH_ROLE:
            return epoch
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return title_of(epoch)
        return None

    def show(self, epochs: Iterable[TrainingEpoch]) -> None:
        """Replace all."""
        self.beginResetModel()
        self._epochs = sorted(epochs, key=_age, reverse=True)
        self.endResetModel()

    def add(self, epoch: TrainingEpoch) -> None:
        """Put a new one on top; one that is known stays where it is."""
        if self.row_of(epoch.id) < 0:
            self.beginInsertRows(QModelIndex(), 0, 0)
            self._epochs.insert(0, epoch)
            self.endInsertRows()

    def remove(self, epoch_id: UUID) -> None:
        """Take one away, if it is there."""
        row = self.row_of(epoch_id)
        if row >= 0:
            self.beginRemoveRows(QModelIndex(), row, row)
            del self._epochs[row]
            self.endRemoveRows()

    def row_of(self, epoch_id: UUID) -> int:
        """Its row, -1 where it is not known."""
        ids = [epoch.id for epoch in self._epochs]
        return ids.index(epoch_id) if epoch_id in ids else -1


def title_of(epoch: TrainingEpoch) -> str:
    """Its name, or when it was made."""
    return one_line(epoch.name) or f"Epoch of {moment(epoch.created_at or epoch.end_time)}"


def lineage_words(epoch: TrainingEpoch, known: Iterable[TrainingEpoch]) -> str:
    """Which epochs one was made of: `Made of Walk and Rig`; "" where it was chosen by hand."""
    if not epoch.derived_from:
        return ""
    titles = {one.id: title_of(one) for one in known}
    names = [titles.get(one, "an epoch that is gone") for one in epoch.derived_from]
    return f"Made of {', '.join(names[:-1])}{' and ' if names[1:] else ''}{names[-1]}"


def moment(instant: datetime) -> str:
    """An instant as a person here reads it."""
    return f"{instant.astimezone():%d %b %Y, %H:%M}"


def _age(epoch: TrainingEpoch) -> datetime:
    return epoch.created_at or epoch.end_time
