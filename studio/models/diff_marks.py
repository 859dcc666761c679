"""Which entities differ between the two moments compared, for panels that show them in place.

The tree may colour what is in `kinds` and have rows for what is `gone`; the scene may draw ghosts
where that stood and arrows along `moves`. Empty while nothing is compared. Knows no lake and no
widget.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from studio.models.comparison import Comparison, Kind
from studio.models.gone import Gone


class DiffMarks(QObject):
    """The marks of one comparison; `changed` says that they are others now."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.kinds: dict[str, Kind] = {}
        """The weightiest kind of each entity that differs, by id."""
        self.added: list[str] = []
        """Ids of the entities that are new."""
        self.moves: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {}
        """Moved entities by id, with their place before and after."""
        self.gone = Gone()
        """The removed entities as they were."""

    def show(self, comparison: Comparison) -> None:
        """Mark what this comparison found, and nothing else."""
        self.kinds = comparison.kinds
        self.added = [one for one, kind in self.kinds.items() if kind is Kind.ADDED]
        self.moves, self.gone = comparison.moves, comparison.gone
        self.changed.emit()

    def clear(self) -> None:
        """Mark nothing."""
        if self.kinds:
            self.show(Comparison())
