"""Which samples an export is to hold: all options of the contract, each with a plain default.

Says them as ExportOptions, or what is wrong with them; knows no epoch.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from lake_core.export import ExportOptions, parse_split
from studio.panels.chrome import CheckBox
from studio.panels.rule_fields import number_field

DEEPEST: Final = 10_000.0
DEFAULTS: Final = ExportOptions()


class ExportFields(QWidget):
    """Three ticks and four fields."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sacred_only = CheckBox("Sacred entities only (flux 3, 6, 9)")
        self.dedupe = CheckBox("Leave out samples that repeat the entity's last")
        self.consent = CheckBox("Only entities that consent (parameter ai is true)")
        self.weight = number_field(1000.0, 0.5, decimals=2, special="")
        self.weight.setValue(DEFAULTS.weight_sacred)
        self.deepest = number_field(DEEPEST, 1.0)
        self.deepest.setMinimum(-1.0)  # reads "any"; 0 is roots alone
        self.deepest.setValue(-1.0)
        self.classes = QLineEdit(placeholderText="any, or Part, Light")
        self.split = QLineEdit(placeholderText="all in train, or train=0.9,test=0.1")
        self._build()
        self._wire()

    def options(self) -> ExportOptions:
        """What is set. Raises InvalidInput for a split that cannot be."""
        split = self.split.text().strip()
        classes = (name.strip() for name in self.classes.text().split(","))
        return ExportOptions(
            sacred_only=self.sacred_only.isChecked(),
            weight_sacred=self.weight.value(),
            dedupe=self.dedupe.isChecked(),
            require_consent=self.consent.isChecked(),
            max_depth=round(self.deepest.value()) if self.deepest.value() >= 0 else None,
            class_types=tuple(dict.fromkeys(name for name in classes if name)),
            split=parse_split(split) if split else None,
        )

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for tick in (self.sacred_only, self.dedupe, self.consent):
            column.addWidget(tick)
        grid = QGridLayout()
        grid.setVerticalSpacing(6)
        grid.setHorizontalSpacing(16)
        grid.setColumnStretch(1, 1)
        for row, (words, field, tip) in enumerate(
            (
                ("Classes", self.classes, "Names of class types, with commas between"),
                ("Split", self.split, "By blocks of time, so that neighbours stay on one side"),
                ("Depth at most", self.deepest, "In the tree; roots have 0"),
                ("Weight of sacred samples", self.weight, "All others weigh 1"),
            )
        ):
            label = QLabel(words)
            label.setBuddy(field)
            field.setToolTip(tip)
            field.setAccessibleName(words)
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
        column.addSpacing(4)
        column.addLayout(grid)

    def _wire(self) -> None:
        for tick in (self.sacred_only, self.dedupe, self.consent):
            tick.toggled.connect(self.changed)
        for field in (self.weight, self.deepest):
            field.valueChanged.connect(self.changed)
        for text in (self.classes, self.split):
            text.textChanged.connect(self.changed)
