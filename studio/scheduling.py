"""Schedules in the window: the dialog, and the deeds it asks for, each of which can be undone.

Couples the dialog with one open lake; every question runs in a worker.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final
from zoneinfo import available_timezones

from msgspec.structs import replace
from PySide6.QtCore import QObject

from lake_core.errors import InvalidInput, LakeError
from lake_core.lake import Lake
from lake_core.upkeep.schedule import Schedule, check_schedule, upcoming
from studio.desk import LakeDesk
from studio.latest import IsStale, Latest
from studio.models.upkeep_state import Inherits, UpkeepState, choice_of
from studio.models.upkeep_words import ALL_SPACES, cron_words, refusal_words
from studio.panels.schedule_dialog import ScheduleDialog
from studio.panels.schedule_fields import Choice
from studio.undoing import Deed
from studio.upkeep_watch import UpkeepWatch

AHEAD: Final = 4
LOCAL: Final = Path("/etc/localtime")


class Scheduling(QObject):
    """The dialog while it is open, and what becomes of its wishes."""

    def __init__(self, desk: LakeDesk, watch: UpkeepWatch) -> None:
        super().__init__(desk.window)
        self._desk, self._watch = desk, watch
        self.dialog: ScheduleDialog | None = None
        self._previews = Latest[list[datetime]](desk.workers, self._ahead, self._no_ahead, self)
        self._previewed: Schedule | None = None
        watch.state_changed.connect(self._show_state)

    def open(self) -> None:
        """Show the schedules, that of the space shown first."""
        if self.dialog is None:
            self.dialog = self._new_dialog()
            self._desk.workers.run_in_thread(zones, self._show_zones, self._fail)
        self.dialog.open()
        self.dialog.table.setFocus()
        if self._watch.state is not None:
            self.dialog.show_state(self._watch.state)
        self._watch.look()

    def set(self, space: str | None, choice: Choice) -> None:
        """Give a space, or all, a schedule; none; or let that of all hold again."""
        lake = self._desk.lake

        def deed() -> Choice:
            before = choice_of(lake.schedules(), space)  # now: what is shown may be older
            set_schedule(lake, space, choice)
            return before

        self._desk.workers.run_in_turn(deed, partial(self._was_set, space, choice), self._fail)

    def pause(self, space: str | None, pauses: bool) -> None:
        """Stop a schedule for a while, or go on with it."""
        state = self._watch.state
        own = choice_of(state.schedules, space) if state is not None else None
        if isinstance(own, Schedule):
            self.set(space, replace(own, paused=pauses))

    def _show_state(self, state: UpkeepState) -> None:
        if self.dialog is not None:
            self.dialog.show_state(state)

    def _new_dialog(self) -> ScheduleDialog:
        window = self._desk.window
        dialog = ScheduleDialog(self._desk.session.space_name, window)
        dialog.addActions([window.actions_.undo, window.actions_.redo])
        if (server := self._desk.session.server) is not None:
            dialog.show_server(server.url)
        dialog.preview_requested.connect(self._preview)
        dialog.save_requested.connect(self.set)
        dialog.pause_requested.connect(self.pause)
        dialog.finished.connect(self._closed)
        return dialog

    def _closed(self) -> None:
        self._previews.forget()
        if self.dialog is not None:
            self.dialog.deleteLater()
        self.dialog = None

    # -- the times ahead

    def _preview(self, schedule: Schedule, space: str) -> None:
        def look(is_stale: IsStale) -> list[datetime]:
            check_schedule(schedule)
            return upcoming(schedule, datetime.now(UTC), space, AHEAD)

        self._previewed = schedule
        self._previews.ask(look)

    def _ahead(self, moments: list[datetime]) -> None:
        if self.dialog is not None:
            self.dialog.show_ahead(moments)

    def _no_ahead(self, error: LakeError) -> None:
        if self.dialog is not None and self._previewed is not None:
            self.dialog.show_fault(fault_words(error, self._previewed))

    def _show_zones(self, found: tuple[Sequence[str], str]) -> None:
        if self.dialog is not None:
            self.dialog.show_zones(*found)

    # -- deeds

    def _was_set(self, space: str | None, choice: Choice, before: Choice) -> None:
        self._desk.window.undo_stack.push(
            Deed(
                f"{_verb(before, choice)} schedule of {space or ALL_SPACES.lower()}",
                partial(self._turn, space, choice),
                partial(self._turn, space, before),
            )
        )
        self._turned(space)

    def _turn(self, space: str | None, choice: Choice) -> None:
        lake = self._desk.lake
        self._desk.workers.run_in_turn(
            lambda: set_schedule(lake, space, choice), lambda _: self._turned(space), self._fail
        )

    def _turned(self, space: str | None) -> None:
        if self.dialog is not None:
            self.dialog.saved(space)
        self._watch.look()

    def _fail(self, error: LakeError) -> None:
        if self.dialog is not None:
            self.dialog.show_fault(refusal_words(error))
        else:
            self._desk.window.banner.tell_failure(error)


def set_schedule(lake: Lake, space: str | None, choice: Choice) -> None:
    """Set when snapshots are taken. Blocks; raises LakeError."""
    if isinstance(choice, Inherits) or (choice is None and space is None):
        lake.clear_schedule(space)
    else:
        lake.set_schedule(space, choice)


def fault_words(error: LakeError, schedule: Schedule) -> str:
    """Why a schedule cannot be kept, and what to write instead."""
    at_fault = error.errors[0].pointer if isinstance(error, InvalidInput) and error.errors else ""
    if at_fault == "/cron" and schedule.cron is not None:
        return cron_words(error, schedule.cron)
    if at_fault == "/zone":
        return f"There is no time zone “{schedule.zone}”: choose one from the list."
    return refusal_words(error)


def zones() -> tuple[Sequence[str], str]:
    """The names of all time zones, and that of this machine's; reads files."""
    names = available_timezones()
    here = os.environ.get("TZ", "").lstrip(":") or str(LOCAL.resolve()).rpartition("zoneinfo/")[2]
    return sorted(names), here if here in names and here != "Etc/UTC" else "UTC"


def _verb(before: Choice, choice: Choice) -> str:
    if not isinstance(before, Schedule) or not isinstance(choice, Schedule):
        return "deleting the" if isinstance(choice, Inherits) else "setting the"
    if choice != replace(before, paused=choice.paused):
        return "changing the"
    return "pausing the" if choice.paused else "resuming the"
