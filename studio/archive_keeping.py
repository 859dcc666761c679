"""Cold storage in the window: the dialog, putting away, bringing back, with progress and an end.

Other code may ask for the same by `open_for`, `archive` and `restore`. One deed is under way at a
time; it goes on while the dialog is shut, and the banner tells what came of it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Final, TypeVar
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from lake_core.archive.bring_back import RestoredStretch
from lake_core.archive.planning import ArchivePlan
from lake_core.errors import Cancelled, InvalidInput, LakeError
from lake_core.upkeep.holding import HistoryHeld, NothingToArchive
from lake_core.upkeep.report import ArchivedStretch
from studio.desk import LakeDesk
from studio.fetching import Fetched, fetch_all
from studio.latest import Latest
from studio.models.choice_words import count_words
from studio.models.upkeep_state import UpkeepState
from studio.models.upkeep_words import (
    for_window,
    place_advice,
    refusal_words,
    unarchivable_words,
)
from studio.panels.archive_dialog import ArchiveDialog
from studio.panels.dialog_parts import fit
from studio.upkeep_watch import UpkeepWatch

Result = TypeVar("Result")
Progress = Callable[[int, int], None]
BUSY: Final = "One archive is under way already: wait for it, or cancel it"
AT_LEISURE: Final = "it goes from here in ten minutes"


class ArchiveKeeping(QObject):
    """The dialog while it is open, and what becomes of its wishes."""

    progressed = Signal(int, int)  # changes done, of how many; from any thread
    began = Signal(str)  # what is under way
    ended = Signal()

    def __init__(self, desk: LakeDesk, watch: UpkeepWatch) -> None:
        super().__init__(desk.window)
        self._desk, self._watch = desk, watch
        self.dialog: ArchiveDialog | None = None
        self.doing = ""  # what is under way; "" where nothing is
        self.told_fault = ""  # what was said of the last that failed here
        self._cancelled = Event()
        self._asked_before: datetime | None = None  # of the plan that is asked for; None: all
        self._plans = Latest[ArchivePlan](desk.workers, self._show_plan, self._no_plan, self)
        self.progressed.connect(self._tell)
        watch.state_changed.connect(self._show_state)

    def open(self) -> None:
        """Show the archives."""
        if self.dialog is None:
            self.dialog = self._new_dialog()
        self.dialog.open()
        if self._watch.state is not None:
            self._show_state(self._watch.state)
        if self.doing:
            self.dialog.begin(self.doing)
        fit(self.dialog)
        self._watch.look()

    def open_for(
        self, space: str, since: datetime | None = None, until: datetime | None = None
    ) -> None:
        """Show the archives, ready to put a stretch of a space away.

        All before it goes along, as an archive begins where the history here does.
        """
        self.open()
        if self.dialog is not None:
            self.dialog.form.propose(space, since, until)

    def archive(self, space: str, place: str, before: datetime | None = None) -> None:
        """Put a space's history before an instant away, or as much as may go."""
        lake, stop = self._desk.lake, self._cancelled.is_set
        tell = self.progressed.emit
        self._begin(
            f"Putting {space} away at {place}",
            lambda: lake.archive(space, place, before, progress=tell, cancelled=stop),
            self._archived,
        )

    def restore(self, archive_id: UUID) -> None:
        """Bring an archive back, and what was archived after it first."""
        archives = self._watch.state.archives if self._watch.state else ()
        chosen = next((one for one in archives if one.id == archive_id), None)
        if chosen is None:
            self._desk.window.banner.tell("That archive is no longer known: look at the list anew")
            return
        wanted = [
            one
            for one in reversed(archives)
            if one.space_name == chosen.space_name
            and one.state == "archived"
            and one.from_seq >= chosen.from_seq
        ]
        lake, tell, stop = self._desk.lake, self.progressed.emit, self._cancelled.is_set
        self._begin(
            f"Bringing {chosen.space_name} back from {chosen.place}",
            lambda: fetch_all(lake, wanted, tell, stop),
            self._restored,
        )

    def restore_from(self, place: str) -> None:
        """Bring back what lies at a folder or a URL, whether this lake knows it or not."""
        if "://" not in place:
            place = str(Path(place).expanduser())
        lake, tell, stop = self._desk.lake, self.progressed.emit, self._cancelled.is_set
        self._begin(
            f"Bringing back what lies at {place}",
            lambda: _fetched(lake.restore_archive(place, progress=tell, cancelled=stop)),
            self._restored,
        )

    def forget(self, stretch: ArchivedStretch) -> None:
        """Count what an archive holds as gone; where it is here still, it stays here."""
        self._desk.workers.run_in_turn(
            lambda: self._desk.lake.forget_archive(stretch.id), self._forgotten, self._fail_softly
        )

    def cancel(self) -> None:
        """Stop what is under way."""
        self._cancelled.set()
        if self.dialog is not None:
            self.dialog.progress.cancel.setEnabled(False)

    stop = cancel

    # -- the dialog

    def _new_dialog(self) -> ArchiveDialog:
        dialog = ArchiveDialog(self._desk.window)
        dialog.form.plan_requested.connect(self._plan)
        dialog.form.archive_requested.connect(self.archive)
        dialog.restore_requested.connect(self.restore)
        dialog.restore_from_requested.connect(self.restore_from)
        dialog.forget_requested.connect(self.forget)
        dialog.progress.cancelled.connect(self.cancel)
        dialog.finished.connect(self._closed)
        return dialog

    def _closed(self) -> None:
        self._plans.forget()
        if self.dialog is not None:
            self.dialog.deleteLater()
        self.dialog = None

    def _show_state(self, state: UpkeepState) -> None:
        if self.dialog is not None:
            self.dialog.show_state(state, self._desk.session.space_name)

    def _plan(self, space: str, before: datetime | None) -> None:
        self._asked_before = before
        self._plans.ask(lambda _: self._desk.lake.plan_archive(space, before))

    def _show_plan(self, plan: ArchivePlan) -> None:
        if self.dialog is not None:
            self.dialog.form.show_plan(plan)

    def _no_plan(self, error: LakeError) -> None:
        """That nothing may go is no fault of a person who has asked for no time.

        That there is nothing is nobody's: what was asked for is done already.
        """
        before = self._asked_before
        words = for_window(unarchivable_words(error, before, datetime.now(UTC)))
        is_fault = before is not None or not isinstance(error, InvalidInput)
        is_fault = is_fault and not isinstance(error, NothingToArchive)
        if self.dialog is not None:
            self.dialog.form.show_no_plan(words, fault=is_fault)

    # -- deeds

    def _begin(
        self, doing: str, call: Callable[[], Result], done: Callable[[Result], None]
    ) -> None:
        if self.doing:
            self._desk.window.status.showMessage(BUSY, 4000)
            return
        self.doing = doing
        self._cancelled.clear()
        if self.dialog is not None:
            self.dialog.begin(doing)
        self.began.emit(doing)
        self._desk.workers.run_in_thread(call, done, self._failed)

    def _tell(self, done: int, total: int) -> None:
        if self.dialog is not None and self.doing:
            self.dialog.progress.tell(done, total)

    def _archived(self, stretch: ArchivedStretch) -> None:
        held = count_words(stretch.changes, "change")
        when = "" if stretch.state == "archived" else f"; {AT_LEISURE}"
        self._end(f"{held} of {stretch.space_name} are at {stretch.place}{when}.")

    def _restored(self, told: Fetched) -> None:
        held = (
            f"{count_words(told.changes, 'change')} and {count_words(told.snapshots, 'snapshot')}"
        )
        self._end(f"{held} of {told.space_name} are back; the archive stays where it is.")

    def _forgotten(self, stretch: ArchivedStretch) -> None:
        self._end(
            f"{stretch.space_name} stays here whole; the files at {stretch.place} are yours."
            if stretch.state != "archived"
            else f"The archive at {stretch.place} is forgotten; its files stay.",
            quietly=True,
        )

    def _failed(self, error: LakeError) -> None:
        if isinstance(error, Cancelled):
            self._end("Cancelled; what was not done whole is as it was.", quietly=True)
        else:
            self.told_fault = str(error)
            words = place_advice(error)
            if isinstance(error, HistoryHeld | NothingToArchive):
                words = unarchivable_words(error, None, datetime.now(UTC))
            self._end(for_window(words), fault=True)

    def _fail_softly(self, error: LakeError) -> None:
        self._end(refusal_words(error), fault=True)

    def _end(self, words: str, *, fault: bool = False, quietly: bool = False) -> None:
        """In the dialog where it is open, else in the banner, or for a moment in the status."""
        self.doing = ""
        if self.dialog is not None:
            self.dialog.end(words, fault=fault)
        elif quietly:
            self._desk.window.status.showMessage(words, 4000)
        else:
            self._desk.window.banner.tell(words, deed="Archives", do=self.open, good=not fault)
        self.ended.emit()
        self._watch.look()


def _fetched(told: RestoredStretch) -> Fetched:
    return Fetched(told.space_name, 0.0, 0.0, told.changes, len(told.snapshot_ids))
