"""Snapshots at times: which space has which schedule, what is next, and the fields to change it.

Shows what it is handed and emits what is wanted; the times ahead are asked for, as reading time
zones is work.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from msgspec.structs import replace
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from lake_core.errors import InvalidInput
from lake_core.upkeep.schedule import Schedule
from studio.models.upkeep_state import Inherits, UpkeepState, choice_of
from studio.models.upkeep_words import (
    ALL_SPACES,
    distance_words,
    moment_words,
    refusal_words,
    schedule_words,
    times_words,
)
from studio.panels.chrome import RoomyArea, push_button
from studio.panels.dialog_parts import PickTable, fit, head_label, say, told_label
from studio.panels.schedule_fields import Choice, ScheduleFields
from studio.theme import THEME, section_head

HEADS: Final = ("Space", "Snapshots", "Next due", "Last by schedule")
SETTLE_MS: Final = 150
MOST_ROWS: Final = 7
TICK_MS: Final = 1000
ABOUT: Final = (
    "A space keeps its own schedule, or else that of all spaces; the server that writes it takes "
    "the snapshots."
)


class ScheduleDialog(QDialog):
    """A table over the fields of the chosen row."""

    preview_requested = Signal(object, str)  # Schedule, name of a space
    save_requested = Signal(object, object)  # space or None for all, Choice
    pause_requested = Signal(object, bool)  # space or None for all, whether it pauses

    def __init__(self, space: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Schedules")
        self.table = PickTable(HEADS, "Spaces and their schedules", (0, 1))
        self.fields = ScheduleFields()
        self.ahead = told_label()
        self._of, self._about = section_head(""), told_label()
        self.save_button = push_button("Save", main=True)
        self.pause_button, self.delete_button = push_button("Pause"), push_button("Delete")
        self._state: UpkeepState | None = None
        self._names: list[str | None] = [None]
        self._wanted: str | None = space or None
        self._edits: dict[str | None, Choice] = {}
        self._touched = False  # what is in the fields is not what is set
        self._filled: str | None = ""  # whose schedule is in the fields; "" before there is any
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._tick = QTimer(self, interval=TICK_MS)
        self._build()
        self._wire()

    @property
    def space(self) -> str | None:
        """The space whose schedule is in the fields; None for that of all."""
        return self._names[max(self.table.picked_row, 0)]

    def show_state(self, state: UpkeepState) -> None:
        """Show how it is now; what is being typed stays."""
        self._state = state
        names: list[str | None] = [None, *state.spaces]
        chosen = self.space
        if self._wanted in state.spaces:  # it may be newer than what is known at first
            chosen, self._wanted = self._wanted, None
        anew = names != self._names or self.table.rowCount() != len(names)
        self._names = names
        self.table.setRowCount(len(names))
        self._tell_rows()
        if anew:
            row = names.index(chosen) if chosen in names else 0
            self.table.setFixedHeight(self.table.height_for(min(len(names), MOST_ROWS)))
            self.table.pick(row)
        self._show_chosen()

    def show_server(self, url: str) -> None:
        """Another process keeps the schedules, and has to take note."""
        self._about.setText(f"{ABOUT} {url} takes note of a change within a minute.")

    def show_zones(self, names: Sequence[str], local: str) -> None:
        """Time zones to choose from."""
        self.fields.offer_zones(names, local)

    def show_ahead(self, moments: Sequence[datetime]) -> None:
        """The moments of what is in the fields."""
        now = datetime.now(UTC)
        paused = isinstance(choice := self._typed(), Schedule) and choice.paused
        told = times_words(moments, now)
        say(self.ahead, f"{'Paused; it would be' if paused else 'Next'}:   {told}")
        self._allow(True)

    def show_fault(self, words: str) -> None:
        """Why what is in the fields is no schedule."""
        say(self.ahead, words, fault=True)
        self._allow(False)

    def saved(self, space: str | None) -> None:
        """What was typed for a space is in force now."""
        self._edits.pop(space, None)
        if space == self._filled:
            self._touched = False

    # -- how it is built

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 18, 22, 16)
        column.setSpacing(10)
        column.addWidget(head_label("Schedules"))
        self._about.setText(ABOUT)
        column.addWidget(self._about)
        whole = QWidget()
        inner = QVBoxLayout(whole)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(12)
        self.table.setFixedHeight(self.table.height_for(1))  # until it is known how many
        inner.addWidget(self.table)
        inner.addWidget(self._card())
        inner.addStretch(1)
        area = RoomyArea(whole)
        area.wish_changed.connect(lambda: fit(self))
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it follows what is in it
        column.addWidget(area, 1)
        column.addLayout(self._button_row())
        self.setMinimumWidth(640)

    def _card(self) -> QFrame:
        card = QFrame()
        card.setProperty("card", True)
        inner = QVBoxLayout(card)
        inner.setContentsMargins(14, 10, 14, 12)
        inner.setSpacing(8)
        inner.addWidget(self._of)
        inner.addWidget(self.fields)
        self.ahead.setMinimumHeight(2 * self.ahead.fontMetrics().lineSpacing())
        inner.addWidget(self.ahead)
        return card

    def _button_row(self) -> QHBoxLayout:
        close = push_button("Close")
        close.clicked.connect(self.reject)
        self.delete_button.setToolTip("Take the schedule of this row away  (Delete)")
        row = QHBoxLayout()
        for button in (self.pause_button, self.delete_button, close):
            button.setAutoDefault(False)
        row.addWidget(self.pause_button)
        row.addWidget(self.delete_button)
        row.addStretch(1)
        row.addWidget(close)
        row.addWidget(self.save_button)
        self.save_button.setDefault(True)
        return row

    def _wire(self) -> None:
        self.table.picked.connect(lambda _: self._show_chosen())
        self.table.activated_row.connect(lambda _: self._enter_fields())
        self.table.delete_requested.connect(lambda _: self._delete())
        self.fields.changed.connect(self._edited)
        self._settle.timeout.connect(self._ask)
        self._tick.timeout.connect(self._tell_seen)
        self._tick.start()
        self.save_button.clicked.connect(self._save)
        self.pause_button.clicked.connect(self._pause)
        self.delete_button.clicked.connect(self._delete)

    # -- rows

    def _tell_rows(self, first: int = 0, last: int | None = None) -> None:
        if self._state is not None:
            for row, name in enumerate(self._names[first:last], first):
                for column, (text, colour) in enumerate(_cells(self._state, name)):
                    self.table.say(row, column, text, colour)

    def _tell_seen(self) -> None:
        """How long it is until and since, of the rows that are seen."""
        first = max(self.table.rowAt(0), 0)
        self._tell_rows(first, first + MOST_ROWS + 1)

    def _show_chosen(self) -> None:
        """Fill the fields from the chosen row, or with what was typed for it before."""
        if self._state is None:
            return
        space, common = self.space, self._state.schedules.get(None)
        self._of.setText(space or ALL_SPACES)
        if space != self._filled or not self._touched:
            self._filled, self._touched = space, space in self._edits
            choice = self._edits[space] if self._touched else self._set_for(space)
            self.fields.show_choice(choice, common, is_all=space is None)
        own = self._set_for(space)
        is_schedule = isinstance(own, Schedule)
        self.pause_button.setEnabled(is_schedule)
        self.pause_button.setText("Resume" if isinstance(own, Schedule) and own.paused else "Pause")
        self.delete_button.setEnabled(space in self._state.schedules)
        self._ask()

    def _set_for(self, space: str | None) -> Choice:
        assert self._state is not None
        return choice_of(self._state.schedules, space)

    def _typed(self) -> Choice | InvalidInput:
        try:
            return self.fields.choice()
        except InvalidInput as error:
            return error

    # -- what is typed

    def _edited(self) -> None:
        typed = self._typed()
        self._edits.pop(self.space, None)
        self._touched = self._state is not None and typed != self._set_for(self.space)
        if self._touched and not isinstance(typed, InvalidInput):
            self._edits[self.space] = typed
        self.save_button.setEnabled(False)
        self._settle.start()

    def _ask(self) -> None:
        """Have the moments ahead computed, or say at once that there are none."""
        typed = self._typed()
        if isinstance(typed, InvalidInput):
            self.show_fault(refusal_words(typed))
        elif isinstance(typed, Schedule):
            self.preview_requested.emit(typed, self.space or self._example())
        else:
            say(self.ahead, self._without_words(typed))
            self._allow(True)

    def _without_words(self, choice: Choice) -> str:
        if isinstance(choice, Inherits):
            due = self._state.due.get(self.space or "") if self._state else None
            return f"Next:   {moment_words(due, datetime.now(UTC))}" if due else "None is due."
        return "None by schedule; after 100 changes, and by hand, as ever."

    def _example(self) -> str:
        """Jitter gives each space another place: that of the first stands for all."""
        return next((name for name in self._names if name), "")

    def _allow(self, is_sound: bool) -> None:
        self.save_button.setEnabled(is_sound and self.space in self._edits)

    def _enter_fields(self) -> None:
        button = self.fields.modes.checkedButton()
        if button is not None:
            button.setFocus()

    def _save(self) -> None:
        typed = self._typed()
        if not isinstance(typed, InvalidInput):
            self.save_button.setEnabled(False)
            self.save_requested.emit(self.space, typed)

    def _pause(self) -> None:
        own = self._set_for(self.space)
        if isinstance(own, Schedule):
            self.fields.show_paused(not own.paused)
            if isinstance(typed := self._edits.get(self.space), Schedule):
                self._edits[self.space] = replace(typed, paused=not own.paused)
            self.pause_requested.emit(self.space, not own.paused)

    def _delete(self) -> None:
        if self._state is not None and self.space in self._state.schedules:
            self.saved(self.space)
            self.save_requested.emit(self.space, Inherits())


def _cells(state: UpkeepState, name: str | None) -> list[tuple[str, str]]:
    now, quiet = datetime.now(UTC), THEME.text_quiet
    own = name in state.schedules
    schedule = state.schedules.get(name) if name is None else state.schedule_of(name)
    words = schedule_words(schedule)
    if schedule is not None and schedule.paused:
        words = f"paused ({words})"
    colour = THEME.text if own and schedule is not None and not schedule.paused else quiet
    if name is None:
        return [(ALL_SPACES, THEME.text), (words, colour), ("", quiet), ("", quiet)]
    due, last = state.due.get(name), state.last.get(name)
    taken = last.scheduled_at if last is not None else None
    return [
        (name, THEME.text),
        (words if own else f"as all: {words}", colour),
        (f"{moment_words(due, now)}, {distance_words(due, now)}" if due else "–", quiet),
        (distance_words(taken, now) if taken else "never", quiet),
    ]
