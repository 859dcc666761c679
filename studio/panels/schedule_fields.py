"""When snapshots of a space are taken, as fields: a period, or cron-like times, and the rest.

Says the schedule as it is set, or what is wrong with a field; computes no time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QRadioButton,
    QWidget,
)

from lake_core.upkeep.schedule import Schedule
from studio.models.upkeep_state import Inherits
from studio.models.upkeep_words import schedule_words
from studio.panels.chrome import CheckBox, quiet_label
from studio.panels.dialog_parts import ChoiceBox, LengthField

AS_ALL, NONE, EVERY, CRON = 0, 1, 2, 3
FIRST_PERIOD: Final = 300.0
FIRST_CRON: Final = "0 3 * * *"
SPREAD_TIP: Final = "Spaces with the same schedule are taken one after another over this long"


Choice = Schedule | None | Inherits
"""A schedule, none at all, or that of all spaces."""


class ScheduleFields(QWidget):
    """Radio buttons and what belongs to each."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.modes = QButtonGroup(self)
        self.buttons = [
            QRadioButton(words) for words in ("As all spaces", "None", "Every", "At times")
        ]
        for mode, button in enumerate(self.buttons):
            self.modes.addButton(button, mode)
        self.every = LengthField("Every", FIRST_PERIOD)
        self.cron, self.zone = QLineEdit(FIRST_CRON), ChoiceBox()
        self.jitter = LengthField("Spread", nothing="none")
        self.only_if_changed = CheckBox("Only if something changed")
        self._inherited = quiet_label()
        self._zone_default = "UTC"
        self._loading, self._paused = False, False
        self._build()
        self._wire()
        self.show_choice(None, None)

    def offer_zones(self, names: Iterable[str], local: str) -> None:
        """Time zones to choose from, and the one that is meant where nothing is said."""
        chosen = self.zone.currentText() if self.modes.checkedId() == CRON else local
        self._loading, self._zone_default = True, local
        self.zone.clear()
        self.zone.addItems(sorted({*names, chosen, local}))
        self.zone.setCurrentText(chosen)
        self._loading = False

    def show_choice(self, choice: Choice, common: Schedule | None, *, is_all: bool = False) -> None:
        """Show what is set for a space, or for all; `common` is what it falls back to."""
        self._loading = True
        self.buttons[AS_ALL].setVisible(not is_all)
        self._inherited.setVisible(not is_all)
        self._inherited.setText(f"({schedule_words(common)})")
        schedule = choice if isinstance(choice, Schedule) else Schedule(every=FIRST_PERIOD)
        mode = AS_ALL if isinstance(choice, Inherits) else NONE
        if isinstance(choice, Schedule):
            mode = EVERY if choice.every is not None else CRON
        self.buttons[mode].setChecked(True)
        self.every.show_seconds(schedule.every or FIRST_PERIOD)
        self.cron.setText(schedule.cron or FIRST_CRON)
        self._show_zone(schedule.zone if schedule.cron else self._zone_default)
        self.jitter.show_seconds(schedule.jitter)
        self.only_if_changed.setChecked(schedule.only_if_changed)
        self._paused = schedule.paused
        self._loading = False
        self._fit()

    def show_paused(self, paused: bool) -> None:
        """What is set is paused or not, whatever is being typed."""
        self._paused = paused

    def choice(self) -> Choice:
        """What is set now; raises InvalidInput for a length that is none."""
        mode = self.modes.checkedId()
        if mode in (AS_ALL, NONE):
            return Inherits() if mode == AS_ALL else None
        is_cron = mode == CRON
        return Schedule(
            every=None if is_cron else self.every.seconds(),
            cron=" ".join(self.cron.text().split()) if is_cron else None,
            zone=self.zone.currentText().strip() if is_cron else "UTC",
            jitter=self.jitter.seconds(),
            only_if_changed=self.only_if_changed.isChecked(),
            paused=self._paused,
        )

    @property
    def cron_text(self) -> str:
        """The expression as it is typed."""
        return self.cron.text()

    def _build(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(6)
        grid.setHorizontalSpacing(10)
        grid.setColumnStretch(1, 1)
        self.cron.setAccessibleName("Times: minute hour day month weekday")
        self.cron.setToolTip("Minute, hour, day, month, weekday, as cron has them")
        self.cron.setFixedWidth(150)
        self.zone.setEditable(True)
        self.zone.setAccessibleName("Time zone")
        self.zone.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.zone.setMinimumWidth(170)
        self.zone.addItem("UTC")
        rows: Sequence[Sequence[QWidget]] = (
            (self._inherited,),
            (),
            (self.every,),
            (self.cron, quiet_label("in"), self.zone),
        )
        for at, parts in enumerate(rows):
            grid.addWidget(self.buttons[at], at, 0)
            grid.addLayout(_row(parts), at, 1)
        spread = self._spread = QLabel("spread over")
        spread.setBuddy(self.jitter)
        spread.setToolTip(SPREAD_TIP)
        self.jitter.setToolTip(f"{SPREAD_TIP}: 30 s, 5 min")
        spread.setContentsMargins(14, 0, 0, 0)
        grid.addLayout(_row((self.only_if_changed, spread, self.jitter)), len(rows), 0, 1, 2)

    def _wire(self) -> None:
        self.modes.idToggled.connect(lambda _, on: self._edited() if on else None)
        for field in (self.every, self.cron, self.jitter):
            field.textEdited.connect(self._edited)
        self.zone.currentTextChanged.connect(self._edited)
        self.only_if_changed.toggled.connect(self._edited)

    def _edited(self) -> None:
        self._fit()
        if not self._loading:
            self.changed.emit()

    def _fit(self) -> None:
        """What does not belong to the mode stands back."""
        mode = self.modes.checkedId()
        self.every.setEnabled(mode == EVERY)
        self.cron.setEnabled(mode == CRON)
        self.zone.setEnabled(mode == CRON)
        for widget in (self.only_if_changed, self._spread, self.jitter):
            widget.setEnabled(mode in (EVERY, CRON))

    def _show_zone(self, name: str) -> None:
        if self.zone.findText(name, Qt.MatchFlag.MatchExactly) < 0:
            self.zone.addItem(name)
        self.zone.setCurrentText(name)


def _row(parts: Sequence[QWidget]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(10)
    for part in parts:
        row.addWidget(part)
    row.addStretch(1)
    return row
