"""A small table of figures: quiet names, values beside them, two columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from lake_core.scene.model import TrainingEpoch
from studio.panels.chrome import ElidedLabel, quiet_label

Figure = tuple[str, str]
LEAST_VALUE: Final = 38
"""Pixels for a number of four digits; a longer one gives way before any name does."""


class Figures(QWidget):
    """Shows (name, value) pairs, two to a line; the labels are made once and reused."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnStretch(3, 1)
        self._cells: list[tuple[QLabel, ElidedLabel]] = []

    def show_figures(self, figures: Sequence[Figure]) -> None:
        """Show these and nothing else."""
        while len(self._cells) < len(figures):
            self._add_cell()
        for at, (name, value) in enumerate(self._cells):
            name.setText(figures[at][0] if at < len(figures) else "")
            value.set_whole(figures[at][1] if at < len(figures) else "")

    def _add_cell(self) -> None:
        row, column = divmod(len(self._cells), 2)
        name, value = quiet_label(), ElidedLabel()
        value.setMinimumWidth(LEAST_VALUE)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._grid.addWidget(name, row, column * 2)
        self._grid.addWidget(value, row, column * 2 + 1)
        self._cells.append((name, value))


def figures_of(epoch: TrainingEpoch | None) -> list[Figure]:
    """What is worth knowing of an epoch; dashes where there is none yet."""
    names = ("Snapshots", "Samples", "Entities", "Connections", "Classes", "Depth", "Sacred")
    if epoch is None:
        return [(name, "–") for name in (*names, "Coverage")]
    stats = epoch.stats
    return [
        ("Snapshots", f"{len(epoch.snapshot_ids):,}"),
        ("Samples", f"{epoch.sample_count:,}"),
        ("Entities", f"{stats.total_entities:,}"),
        ("Connections", f"{stats.total_connections:,}"),
        ("Classes", f"{stats.unique_types:,}"),
        ("Depth", f"{stats.avg_hierarchy_depth:.1f}"),
        ("Sacred", f"{stats.sacred_frequency:.1%}"),
        ("Coverage", f"{stats.spatial_coverage:.1%}"),
    ]
