"""What is kept of a space, as fields: nothing of its own, everything, or only what rules keep.

Says the policy as it is set, or what is wrong with a field; decides about no snapshot.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QRadioButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from lake_core.errors import InvalidInput
from lake_core.scene.model import Trigger
from lake_core.upkeep.lengths import DAY
from lake_core.upkeep.retention import Retention, Thinning, check_retention
from studio.models.upkeep_state import Inherits
from studio.models.upkeep_words import retention_words
from studio.panels.chrome import CheckBox, quiet_label, tool_button
from studio.panels.dialog_parts import LengthField, told_label
from studio.panels.rule_fields import number_field
from studio.theme import section_head

AS_ALL, EVERYTHING, ONLY = 0, 1, 2
FIRST: Final = Retention(
    newest=100,
    younger=DAY,
    thin=(Thinning(every=3600.0, until=7 * DAY), Thinning(every=DAY, until=365 * DAY)),
)
"""What is offered to begin with."""
MOST_STEPS: Final = 6
MOST_NEWEST: Final = 1e6
TRIGGERS: Final[tuple[tuple[Trigger, str], ...]] = (
    ("threshold", "after changes"),
    ("batch", "of batches"),
    ("schedule", "by schedule"),
    ("manual", "by hand"),
)


Choice = Retention | None | Inherits
"""A policy, everything kept, or what holds for all spaces."""


class Step(QWidget):
    """One step of thinning: `one each [1 hour] for [7 days]`."""

    changed = Signal()
    removed = Signal()

    def __init__(self, step: Thinning) -> None:
        super().__init__()
        self.every, self.until = LengthField("One each", step.every), LengthField("For", step.until)
        drop = tool_button("mdi6.close", "Take this step away")
        drop.clicked.connect(self.removed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for part in (QLabel("one each"), self.every, QLabel("for"), self.until):
            if isinstance(part, LengthField):
                part.setFixedWidth(78)
                part.textEdited.connect(self.changed)
            row.addWidget(part)
        row.addStretch(1)
        row.addWidget(drop)

    def thinning(self) -> Thinning:
        """The step; raises InvalidInput."""
        every, until = self.every.seconds(), self.until.seconds()
        if min(every, until) < 1.0:
            raise InvalidInput("a step of thinning takes a second at least")
        return Thinning(every=every, until=until)


class RetentionFields(QWidget):
    """Radio buttons, and the rules of a policy."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.modes = QButtonGroup(self)
        words = ("As all spaces", "Keep everything", "Keep only")
        self.buttons = [QRadioButton(one) for one in words]
        for mode, button in enumerate(self.buttons):
            self.modes.addButton(button, mode)
        self._inherited = told_label()
        self.newest = number_field(MOST_NEWEST, 10.0, special="")
        self.newest.setMinimum(1.0)
        self.newest.setGroupSeparatorShown(True)
        self.younger = LengthField("All younger than", nothing="none")
        self.grace = LengthField("Can be brought back for")
        self.steps: list[Step] = []
        self.add_button: QToolButton = tool_button("mdi6.plus", "One more step, further back")
        self.triggers = {name: CheckBox(said) for name, said in TRIGGERS}
        self._rules, self._step_column = QWidget(), QVBoxLayout()
        self._loading = False
        self._build()
        self._wire()
        self.show_choice(None, None, is_all=True)

    def show_choice(self, choice: Choice, common: Retention | None, *, is_all: bool) -> None:
        """Show what is set for a space, or for all; `common` is what it falls back to."""
        self._loading = True
        self.buttons[AS_ALL].setVisible(not is_all)
        self._inherited.setVisible(not is_all)
        self._inherited.setText(f"Keeps {retention_words(common)}.")
        mode = AS_ALL if isinstance(choice, Inherits) else EVERYTHING if choice is None else ONLY
        self.buttons[mode].setChecked(True)
        policy = choice if isinstance(choice, Retention) else common or FIRST
        self.newest.setValue(policy.newest)
        self.younger.show_seconds(policy.younger)
        self.grace.show_seconds(policy.grace)
        for name, box in self.triggers.items():
            box.setChecked(name in policy.triggers)
        self._show_steps(policy.thin)
        self._loading = False
        self._fit()

    def choice(self) -> Choice:
        """What is set now; raises InvalidInput for what is no policy."""
        mode = self.modes.checkedId()
        if mode != ONLY:
            return Inherits() if mode == AS_ALL else None
        policy = Retention(
            newest=round(self.newest.value()),
            younger=self.younger.seconds(),
            thin=tuple(step.thinning() for step in self.steps),
            triggers=tuple(name for name, box in self.triggers.items() if box.isChecked()),
            grace=self.grace.seconds(),
        )
        check_retention(policy)
        return policy

    # -- how it is built

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(7)
        column.addWidget(self.buttons[AS_ALL])
        self._inherited.setContentsMargins(22, 0, 0, 2)
        column.addWidget(self._inherited)
        column.addWidget(self.buttons[EVERYTHING])
        column.addWidget(self.buttons[ONLY])
        rules = QVBoxLayout(self._rules)
        rules.setContentsMargins(22, 0, 0, 0)
        rules.setSpacing(7)
        rules.addLayout(self._first_rules())
        self._step_column.setSpacing(5)
        rules.addLayout(self._step_column)
        self.add_button.setText(" a step further back")
        self.add_button.setToolButtonStyle(
            self.add_button.toolButtonStyle().ToolButtonTextBesideIcon
        )
        rules.addWidget(self.add_button)
        rules.addSpacing(2)
        rules.addWidget(section_head("Only snapshots taken"))
        rules.addLayout(self._trigger_grid())
        rules.addSpacing(2)
        rules.addLayout(_line("Can be brought back for", self.grace))
        column.addWidget(self._rules)
        column.addStretch(1)

    def _first_rules(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 1)
        self.newest.setFixedWidth(self.younger.width())
        rows: Sequence[tuple[str, QWidget]] = (
            ("The newest", self.newest),
            ("All younger than", self.younger),
        )
        for at, (words, field) in enumerate(rows):
            label = QLabel(words)
            label.setBuddy(field)
            field.setAccessibleName(words)
            grid.addWidget(label, at, 0)
            grid.addWidget(field, at, 1)
        grid.addWidget(quiet_label("and beyond that"), len(rows), 0)
        return grid

    def _trigger_grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setVerticalSpacing(2)
        for at, box in enumerate(self.triggers.values()):
            grid.addWidget(box, at // 2, at % 2)
        return grid

    def _wire(self) -> None:
        self.modes.idToggled.connect(lambda _, on: self._edited() if on else None)
        self.newest.valueChanged.connect(self._edited)
        for field in (self.younger, self.grace):
            field.textEdited.connect(self._edited)
        for box in self.triggers.values():
            box.toggled.connect(self._edited)
        self.add_button.clicked.connect(self._add_step)

    # -- steps

    def _show_steps(self, steps: Sequence[Thinning]) -> None:
        for old in self.steps:
            self._take_down(old)
        self.steps = []
        for one in steps:
            self._append(one)

    def _append(self, thinning: Thinning) -> Step:
        step = Step(thinning)
        step.changed.connect(self._edited)
        step.removed.connect(lambda: self._drop(step))
        self.steps.append(step)
        self._step_column.addWidget(step)
        return step

    def _add_step(self) -> None:
        """Ten times as far as the last, and as much rarer: a beginning to change."""
        try:
            last = self.steps[-1].thinning()
            new = Thinning(every=last.every * 10, until=last.until * 10)
        except (InvalidInput, IndexError):
            new = FIRST.thin[0]
        step = self._append(new)
        step.every.setFocus()
        step.every.selectAll()
        self._edited()

    def _drop(self, step: Step) -> None:
        self.steps.remove(step)
        self._take_down(step)
        self.add_button.setFocus()
        self._edited()

    def _take_down(self, step: Step) -> None:
        self._step_column.removeWidget(step)
        step.hide()
        step.deleteLater()

    def _edited(self) -> None:
        self._fit()
        if not self._loading:
            self.changed.emit()

    def _fit(self) -> None:
        """Rules are for who keeps only some."""
        self._rules.setEnabled(self.modes.checkedId() == ONLY)
        self.add_button.setEnabled(len(self.steps) < MOST_STEPS)


def _line(words: str, field: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    label = QLabel(words)
    label.setBuddy(field)
    row.addWidget(label, 1)
    row.addWidget(field)
    return row
