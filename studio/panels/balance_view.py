"""How the samples of an epoch are spread: flux positions, classes, depths, each as bars.

Shows a Balance; knows no lake and asks for nothing.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from lake_core.curate.balance import Balance
from studio.models.choice_words import deepest_together, most_frequent
from studio.panels.bars import Column, ColumnBars, ShareLines, flux_columns
from studio.panels.chrome import quiet_label
from studio.theme import section_head

MOST_CLASSES: Final = 4
MOST_DEPTHS: Final = 8
FLUX_HEIGHT: Final = 116
DEPTH_HEIGHT: Final = 104


class BalanceView(QWidget):
    """Flux positions, and below them classes and depths side by side."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.flux, self.depths = ColumnBars(FLUX_HEIGHT), ColumnBars(DEPTH_HEIGHT)
        self.classes = ShareLines()
        self.evenness = quiet_label()
        for chart, name in (
            (self.flux, "Samples by flux position"),
            (self.classes, "Samples by class"),
            (self.depths, "Samples by depth"),
        ):
            chart.setAccessibleName(name)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        head = QHBoxLayout()
        head.addWidget(section_head("Flux positions"))
        head.addStretch(1)
        head.addWidget(self.evenness)
        column.addLayout(head)
        column.addWidget(self.flux)
        column.addSpacing(4)
        column.addLayout(self._beside())
        self.show_balance(None)

    def _beside(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(28)
        grid.setVerticalSpacing(6)
        for at, (words, chart, stretch) in enumerate(
            (("Classes", self.classes, 6), ("Depth in the tree", self.depths, 5))
        ):
            grid.addWidget(section_head(words), 0, at)
            grid.addWidget(chart, 1, at, Qt.AlignmentFlag.AlignTop)
            grid.setColumnStretch(at, stretch)
        grid.setRowMinimumHeight(1, DEPTH_HEIGHT)
        return grid

    def show_balance(self, balance: Balance | None) -> None:
        """Show this one; bare axes where there is none."""
        by_flux = balance.by_flux if balance else [0] * 10
        self.flux.show_columns(flux_columns(by_flux))
        self.classes.show_shares(most_frequent(balance.by_class, MOST_CLASSES) if balance else [])
        depths = deepest_together(balance.by_depth, MOST_DEPTHS) if balance else []
        self.depths.show_columns([Column(name, count) for name, count in depths])
        self.evenness.setText(f"evenness {balance.evenness():.2f}" if balance else "")
        self.evenness.setToolTip(
            "1 where every position that occurs has as many samples, 0 where one has all"
        )
