"""Choosing by rule: what a snapshot must be, of which spaces, and how many that would be.

Says the rules as they are set and shows what came of them; judges nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from lake_core.curate.choosing import Rules
from studio.models.choice_words import RuleResult
from studio.models.plain_values import keyless
from studio.panels.chrome import CheckBox, clear_out, plain_label, push_button, quiet_label
from studio.theme import section_head

FIELD_WIDTH: Final = 92
SPACE_ROWS: Final = 3
ANY: Final = "any"
DAY: Final = 86_400.0


class RuleFields(QWidget):
    """Six rules, the spaces, the count, and a button that takes what passes."""

    changed = Signal()
    choose_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.quality = number_field(1.0, 0.05, decimals=2)
        self.sacred = number_field(100.0, 5.0, suffix=" %")
        self.apart = number_field(DAY, 1.0, decimals=1, suffix=" s")
        self.change = number_field(1000.0, 1.0, decimals=1, suffix=" %")
        self.rating = number_field(5.0, 1.0, suffix=" of 5")
        self.distinct = CheckBox("One of each distinct state")
        self._count, self._why = plain_label(), quiet_label()
        self.choose_button = push_button("Choose these")
        self._spaces: dict[str, CheckBox] = {}
        self._space_box, self._space_list = QScrollArea(), QWidget()
        self._space_head = section_head("Spaces")
        self._build()
        self._wire()

    def rules(self) -> Rules:
        """The rules as they are set."""
        change, rating = self.change.value(), round(self.rating.value())
        return Rules(
            min_quality=self.quality.value(),
            min_sacred_share=self.sacred.value() / 100.0,
            min_rating=rating or None,
            apart=timedelta(seconds=self.apart.value()),
            min_change=change / 100.0 if change else None,
            distinct=self.distinct.isChecked(),
        )

    def spaces(self) -> tuple[str, ...]:
        """Spaces whose snapshots are looked through, by name."""
        return tuple(name for name, box in self._spaces.items() if box.isChecked())

    def show_spaces(self, names: Iterable[str], current: str) -> None:
        """Offer these; the current one is ticked where none was before."""
        ticked = set(self.spaces()) or {current}
        clear_out(self._column)
        self._spaces = {name: CheckBox(keyless(name)) for name in names}
        for name, box in self._spaces.items():
            box.setChecked(name in ticked)
            box.toggled.connect(self.changed)
            self._column.addWidget(box)
        self._fit_spaces()
        self.changed.emit()

    def show_result(self, result: RuleResult) -> None:
        """How many pass, and why the others do not."""
        self._count.setText(result.words)
        self._why.setText(result.why)
        self.choose_button.setEnabled(result.chosen > 0)

    def show_failed(self, message: str) -> None:
        """Why they cannot be counted."""
        self._count.setText("")
        self._why.setText(message)
        self.choose_button.setEnabled(False)

    def sizeHint(self) -> QSize:
        """Wide enough for the longest rule."""
        return QSize(300, super().sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter in a field takes what passes, and is no Enter of the dialog."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.choose_button.click()
        else:
            super().keyPressEvent(event)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(section_head("Choose by rule"))
        column.addLayout(self._grid())
        column.addWidget(self.distinct)
        column.addSpacing(4)
        column.addWidget(self._space_head)
        self._column = QVBoxLayout(self._space_list)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._space_box.setWidget(self._space_list)
        self._space_box.setWidgetResizable(True)
        column.addWidget(self._space_box)
        row = QHBoxLayout()
        row.addWidget(self._count, 1)
        row.addWidget(self.choose_button)
        self.choose_button.setAutoDefault(False)
        column.addLayout(row)
        self._why.setWordWrap(True)
        column.addWidget(self._why)
        self._fit_spaces()

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 1)
        for at, (words, field, tip) in enumerate(
            (
                ("Quality at least", self.quality, "0 to 1, by what a snapshot holds"),
                ("Sacred share at least", self.sacred, "Entities at 3, 6 and 9 among all"),
                ("Apart by at least", self.apart, "Since the last one chosen of the same space"),
                ("Changed by more than", self.change, "Changes since the last one chosen"),
                ("Rated at least", self.rating, "Those that nobody rated are left out"),
            )
        ):
            label = QLabel(words)
            label.setBuddy(field)
            label.setToolTip(tip)
            field.setToolTip(tip)
            field.setAccessibleName(words)
            grid.addWidget(label, at, 0)
            grid.addWidget(field, at, 1)
        return grid

    def _wire(self) -> None:
        for field in (self.quality, self.sacred, self.apart, self.change, self.rating):
            field.valueChanged.connect(self.changed)
        self.distinct.toggled.connect(self.changed)
        self.choose_button.clicked.connect(self.choose_requested)

    def _fit_spaces(self) -> None:
        """A single space needs no list."""
        many = len(self._spaces) > 1
        self._space_head.setVisible(many)
        self._space_box.setVisible(many)
        tall = max((box.sizeHint().height() for box in self._spaces.values()), default=0) + 2
        self._space_box.setFixedHeight(tall * min(len(self._spaces), SPACE_ROWS))


def number_field(
    most: float, step: float, *, decimals: int = 0, suffix: str = "", special: str = ANY
) -> QDoubleSpinBox:
    """A number from nothing, which reads `special`, to `most`; keys and wheel turn it."""
    field = QDoubleSpinBox()
    field.setRange(0.0, most)
    field.setSingleStep(step)
    field.setDecimals(decimals)
    field.setSuffix(suffix)
    field.setSpecialValueText(special)
    field.setAlignment(Qt.AlignmentFlag.AlignRight)
    field.lineEdit().setTextMargins(0, 0, 5, 0)
    field.setFixedWidth(FIELD_WIDTH)
    return field
