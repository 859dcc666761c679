"""What is kept and what goes: the policy of a space or of all, its plan, and the way back.

Nothing is saved or let go of which no plan was shown. It shows what it is handed, and emits what is
wanted.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from lake_core.errors import InvalidInput
from studio.models.retention_plan import WholePlan
from studio.models.upkeep_state import UpkeepState, choice_of
from studio.models.upkeep_words import ALL_SPACES, recoverable_words, refusal_words
from studio.panels.chrome import RoomyArea, push_button, quiet_label
from studio.panels.dialog_parts import ChoiceBox, fit, head_label, say, told_label
from studio.panels.retention_fields import Choice, RetentionFields
from studio.panels.retention_plan import PlanView

SETTLE_MS: Final = 250
LEFT_WIDTH: Final = 340
BAR_ROOM: Final = 12
ABOUT: Final = (
    "Nothing ever goes that is pinned, tagged, noted, rated, bookmarked or in an epoch. What is "
    "saved is applied every ten minutes while the lake is open."
)


class RetentionDialog(QDialog):
    """The policy at the left, its plan at the right."""

    plan_requested = Signal(object, object)  # space or None for all, Choice
    plan_cancelled = Signal()
    stop_requested = Signal()  # of letting go
    save_requested = Signal(object, object)  # space or None for all, Choice
    apply_requested = Signal(object, object, object)  # the same, WholePlan
    bring_back_requested = Signal(object)  # tuple of spaces

    def __init__(self, space: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Retention")
        self.spaces, self.fields, self.view = ChoiceBox(), RetentionFields(), PlanView()
        self.back_words, self.back_button = told_label(), push_button("Bring back")
        self._back = QFrame()
        self.outcome = told_label()
        self.save_button = push_button("Save")
        self.apply_button = push_button("Apply", main=True)
        self._state: UpkeepState | None = None
        self._wanted: str | None = space or None
        self._touched = self._busy = False
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._build()
        self._wire()

    @property
    def space(self) -> str | None:
        """The space whose policy is in the fields; None for that of all."""
        name: str | None = self.spaces.currentData()
        return name

    def show_state(self, state: UpkeepState) -> None:
        """Show how it is now; what is being typed stays."""
        self._state = state
        names: list[str | None] = [None, *state.spaces]
        if names != [self.spaces.itemData(at) for at in range(self.spaces.count())]:
            chosen = self.space
            if self._wanted in state.spaces:
                chosen, self._wanted = self._wanted, None
            self.spaces.blockSignals(True)
            self.spaces.clear()
            for name in names:
                self.spaces.addItem(name or ALL_SPACES, name)
            self.spaces.setCurrentIndex(names.index(chosen) if chosen in names else 0)
            self.spaces.blockSignals(False)
        if not self._touched:
            self._fill()
        self._show_back()

    def show_plan(self, plan: WholePlan) -> None:
        """What the policy in the fields would do."""
        self.view.show_plan(plan)
        self._allow()
        fit(self)

    def show_fault(self, words: str) -> None:
        """Why there is no plan."""
        self.view.show_fault(words)
        self._allow()

    def show_busy(self, words: str) -> None:
        """Something is being let go."""
        self._busy = True
        say(self.outcome, "")
        self.view.progress.begin(words, "spaces")
        self._allow()

    def show_result(self, words: str, *, fault: bool = False) -> None:
        """What came of it."""
        self._busy = False
        self.view.progress.end()
        say(self.outcome, words, fault=fault)
        self._allow()

    def saved(self, space: str | None) -> None:
        """What was in the fields for a space is in force now."""
        if space == self.space:
            self._touched = False

    def plan_anew(self) -> None:
        """What the plan was made of is otherwise."""
        self._settle.start()

    # -- how it is built

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 18, 22, 16)
        column.setSpacing(10)
        head = QHBoxLayout()
        head.addWidget(head_label("Retention"))
        head.addSpacing(8)
        head.addWidget(quiet_label("of"))
        self.spaces.setAccessibleName("Space")
        self.spaces.setMinimumWidth(180)
        self.spaces.setMaximumWidth(360)
        head.addWidget(self.spaces)
        head.addStretch(1)
        column.addLayout(head)
        about = told_label()
        about.setText(ABOUT)
        column.addWidget(about)
        halves = QHBoxLayout()
        halves.setContentsMargins(0, 4, 0, 0)
        halves.setSpacing(20)
        self.fields.setFixedWidth(LEFT_WIDTH)
        area = RoomyArea(self.fields)
        area.wish_changed.connect(lambda: fit(self))
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it follows what is in it
        area.setFixedWidth(LEFT_WIDTH + BAR_ROOM)
        halves.addWidget(area)
        halves.addWidget(self.view, 1)
        column.addLayout(halves, 1)
        column.addWidget(self._back_card())
        column.addLayout(self._button_row())

    def _back_card(self) -> QFrame:
        self._back.setProperty("card", True)
        row = QHBoxLayout(self._back)
        row.setContentsMargins(14, 8, 10, 8)
        row.addWidget(self.back_words, 1)
        row.addWidget(self.back_button)
        self.back_button.setAutoDefault(False)
        self._back.hide()
        return self._back

    def _button_row(self) -> QHBoxLayout:
        close = push_button("Close")
        close.clicked.connect(self.reject)
        for button in (close, self.save_button):
            button.setAutoDefault(False)
        self.save_button.setToolTip("Set these rules; the lake applies them within ten minutes")
        self.apply_button.setAutoDefault(False)  # Enter in a field lets nothing go
        row = QHBoxLayout()
        row.addWidget(self.outcome, 1)
        for button in (close, self.save_button, self.apply_button):
            row.addWidget(button)
        return row

    def _wire(self) -> None:
        self.spaces.currentIndexChanged.connect(self._turn)
        self.fields.changed.connect(self._edited)
        self._settle.timeout.connect(self._ask)
        self.view.cancelled.connect(self._cancel)
        self.save_button.clicked.connect(self._save)
        self.apply_button.clicked.connect(self._apply)
        self.back_button.clicked.connect(self._bring_back)
        self._allow()

    # -- what is set, and what is typed

    def _turn(self) -> None:
        self._touched = False
        self.outcome.setText("")
        self._fill()
        self._show_back()

    def _fill(self) -> None:
        if self._state is not None:
            common = self._state.retentions.get(None)
            before = self._typed()
            self.fields.show_choice(self._set_for(), common, is_all=self.space is None)
            if before != self._typed() or self.view.plan is None:
                self._ask()
            self._allow()

    def _set_for(self) -> Choice:
        assert self._state is not None
        return choice_of(self._state.retentions, self.space)

    def _typed(self) -> Choice | InvalidInput:
        try:
            return self.fields.choice()
        except InvalidInput as error:
            return error

    def _edited(self) -> None:
        self._touched = self._state is not None and self._typed() != self._set_for()
        self.outcome.setText("")
        self.view.plan = None
        self._allow()
        self._settle.start()

    def _ask(self) -> None:
        """Have a plan made, or say why there can be none."""
        typed = self._typed()
        if self._busy:
            return  # a plan is made after that
        if isinstance(typed, InvalidInput):
            self.plan_cancelled.emit()
            self.show_fault(refusal_words(typed))
        elif self._state is not None:
            self.view.begin()
            self.view.plan = None
            self._allow()
            self.plan_requested.emit(self.space, typed)

    def _allow(self) -> None:
        plan, ready = self.view.plan, not self._busy and self._state is not None
        ready = ready and plan is not None
        works = plan is not None and bool(plan.going or plan.purges)
        self.save_button.setEnabled(ready and self._touched)
        self.apply_button.setEnabled(ready and works)
        going = plan.going if plan is not None else 0
        verb = "Save and let" if self._touched else "Let"
        self.apply_button.setText(f"{verb} {going:,} go" if going else "Apply now")

    def _show_back(self) -> None:
        state, now = self._state, datetime.now(UTC)
        if state is None:
            return
        gone = [state.let_go[name] for name in self._back_names()]
        dues = [due for one in gone if (due := state.purge_due(one.space_name)) is not None]
        by_hand = sum(one.by_hand for one in gone)
        expired = sum(one.expired for one in gone)
        self.back_words.setText(recoverable_words(expired, by_hand, min(dues, default=None), now))
        self._back.setVisible(expired > 0)

    def _back_names(self) -> list[str]:
        if self._state is None:
            return []
        names = self._state.let_go
        return [name for name in names if self.space in (None, name)]

    # -- deeds

    def _cancel(self) -> None:
        (self.stop_requested if self._busy else self.plan_cancelled).emit()

    def _save(self) -> None:
        typed = self._typed()
        if not isinstance(typed, InvalidInput) and self.view.plan is not None:
            self.save_requested.emit(self.space, typed)

    def _apply(self) -> None:
        typed = self._typed()
        if not isinstance(typed, InvalidInput) and self.view.plan is not None:
            self.apply_requested.emit(self.space, typed, self.view.plan)

    def _bring_back(self) -> None:
        self.bring_back_requested.emit(tuple(self._back_names()))
