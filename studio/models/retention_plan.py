"""A plan of retention over one space or several, and its snapshots as rows of a table.

Of a plan it knows the values; it decides nothing. The row model is Qt's side of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from lake_core.keeping import RetentionPlan
from lake_core.upkeep.retention import Decision
from studio.theme import THEME

Index = QModelIndex | QPersistentModelIndex
HEADS: Final = ("Taken", "How", "What becomes of it")
HOW: Final = {
    "manual": "by hand",
    "threshold": "after changes",
    "batch": "of a batch",
    "schedule": "by schedule",
}
GOES, STAYS, ALL = "What goes", "What stays", "All"


@dataclass(frozen=True, slots=True)
class WholePlan:
    """What a policy would do to each space it holds for; `without` are those it does not touch.

    Counted once, as there may be a hundred thousand snapshots.
    """

    plans: tuple[RetentionPlan, ...]
    going_of: Mapping[str, tuple[UUID, ...]]
    """The snapshots that go, by space, oldest first."""
    without: tuple[str, ...] = ()
    """Spaces of which everything is kept."""

    @classmethod
    def of(cls, plans: Iterable[RetentionPlan], without: Iterable[str] = ()) -> WholePlan:
        """Of the plans of single spaces."""
        plans = tuple(plans)
        going = {
            plan.space_name: tuple(each.snapshot.id for each in plan.decisions if each.goes)
            for plan in plans
        }
        return cls(plans, going, tuple(without))

    @property
    def going(self) -> int:
        """How many snapshots go."""
        return sum(map(len, self.going_of.values()))

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(len(plan.decisions) for plan in self.plans)

    @property
    def freed(self) -> int:
        """Bytes, about."""
        return sum(plan.bytes for plan in self.plans)

    @property
    def purges(self) -> int:
        """How many that went before are gone for good with it."""
        return sum(plan.purges for plan in self.plans)


class PlanModel(QAbstractTableModel):
    """A row a snapshot; of thousands only those that are seen are ever asked for."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: Sequence[Decision] = ()
        self._which = GOES
        self.rows: Sequence[Decision] = ()

    def show_decisions(self, decisions: Sequence[Decision]) -> None:
        """Show these, the newest first."""
        self._all = list(reversed(decisions))
        self._choose()

    def show_which(self, which: str) -> None:
        """What goes, what stays, or all."""
        self._which = which
        self._choose()

    def _choose(self) -> None:
        self.beginResetModel()
        wanted = {GOES: (True,), STAYS: (False,)}.get(self._which, (True, False))
        self.rows = [each for each in self._all if each.goes in wanted]
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(HEADS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        decision = self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return _cell(decision, index.column())
        if role == Qt.ItemDataRole.ForegroundRole:
            quiet = index.column() < 2
            return QColor(
                THEME.text_quiet if quiet else THEME.warning if decision.goes else THEME.text
            )
        return None


def _cell(decision: Decision, column: int) -> str:
    if column == 0:
        return taken_words(decision.snapshot.timestamp)
    if column == 1:
        return HOW.get(decision.snapshot.trigger, decision.snapshot.trigger)
    return "goes" if decision.goes else f"stays: {decision.because}"


def taken_words(moment: datetime) -> str:
    """When a snapshot was taken, to the second."""
    return f"{moment.astimezone():%d %b %Y  %H:%M:%S}"
