"""Upkeep in the window: schedules, retention and archives, by menu, palette, monitor and keys.

Builds what each needs over one open lake and wires it; the deeds are theirs.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Final
from uuid import UUID

from PySide6.QtCore import QObject, QTimer

from lake_core.upkeep.report import Worry
from studio.archive_keeping import ArchiveKeeping
from studio.desk import LakeDesk
from studio.models.upkeep_state import UpkeepState
from studio.models.upkeep_words import for_window
from studio.panels.chrome import tool_button
from studio.panels.monitor_upkeep import ARCHIVES, RETENTION, SCHEDULES
from studio.retaining import Retaining
from studio.scheduling import Scheduling
from studio.theme import THEME, icon, styled
from studio.upkeep_watch import UpkeepWatch

TELL_MS: Final = 1000
DEEDS: Final = {SCHEDULES: "Schedules", RETENTION: "Retention", ARCHIVES: "Archives"}


class Upkeeping(QObject):
    """Couples the window with what the lake does by itself."""

    def __init__(self, desk: LakeDesk) -> None:
        super().__init__(desk.window)
        self._desk = desk
        self.watch = UpkeepWatch(desk)
        self.scheduling = Scheduling(desk, self.watch)
        self.retaining = Retaining(desk, self.watch)
        self.archives = ArchiveKeeping(desk, self.watch)
        self._running = tool_button("mdi6.archive-outline", "Show how far it is")
        self._failures: set[Worry] = set()
        self._tick = QTimer(self, interval=TELL_MS)
        self._wire()

    def stop(self) -> None:
        """Begin nothing more and end what can be ended; to be called before the lake closes."""
        self.archives.stop()
        self.retaining.stop()

    def archive_requested(
        self, space: str, since: datetime | None = None, until: datetime | None = None
    ) -> None:
        """Ask whether, and where, a stretch of a space's history is to be put away."""
        self.archives.open_for(space, since, until)

    def restore_requested(self, archive_id: UUID) -> None:
        """Bring an archive back."""
        self.archives.restore(archive_id)

    def open(self, about: str) -> None:
        """Show the dialog on schedules, retention or archives."""
        deeds = {
            SCHEDULES: self.scheduling.open,
            RETENTION: self.retaining.open,
            ARCHIVES: self.archives.open,
        }
        deeds[about]()

    def _wire(self) -> None:
        window = self._desk.window
        actions = window.actions_
        actions.schedules.triggered.connect(self.scheduling.open)
        actions.retention.triggered.connect(self.retaining.open)
        actions.archives.triggered.connect(self.archives.open)
        window.monitor.upkeep_requested.connect(self.open)
        window.timeline.archive_requested.connect(self._put_away_before)
        window.monitor_shown.connect(self._tell)
        self.watch.state_changed.connect(self._tell)
        self.watch.state_changed.connect(self._tell_failures)
        self._tick.timeout.connect(self._tell)
        self._tick.start()
        self._running.setToolButtonStyle(self._running.toolButtonStyle().ToolButtonTextBesideIcon)
        self._running.setIcon(icon("mdi6.archive-outline", THEME.accent))
        styled(self._running, lambda: f"color: {THEME.text_quiet};")
        self._running.clicked.connect(self.archives.open)
        window.status.addPermanentWidget(self._running)
        self._running.hide()
        self.archives.began.connect(lambda _: self._show_running(0, 0))
        self.archives.progressed.connect(self._show_running)
        self.archives.ended.connect(self._running.hide)

    def _tell_failures(self, state: UpkeepState) -> None:
        """What fails while nobody looks is told once; the monitor has it until it is dismissed."""
        failed = {one for one in state.report.concerns if one.failed}
        new, self._failures = failed - self._failures, failed
        fault = self.archives.told_fault
        told = {one for one in failed if fault and one.words.endswith(fault)}
        if told:
            self.archives.told_fault = ""
        for one in () if self._desk.window.shows_monitor else new - told:
            words = for_window(f"{one.space_name}: {one.words}")
            deed = partial(self.open, one.about)
            self._desk.window.banner.tell(words, deed=DEEDS[one.about], do=deed)

    def _put_away_before(self, instant: datetime) -> None:
        self.archive_requested(self._desk.session.space_name, None, instant)

    def _tell(self) -> None:
        """The monitor's lines, which speak of how long it is until and since."""
        if self._desk.window.shows_monitor and self.watch.state is not None:
            now = datetime.now(UTC)
            self._desk.window.monitor.show_upkeep(self.watch.state, now, self.archives.doing)

    def _show_running(self, done: int, total: int) -> None:
        """In the status line, as the dialog may be shut."""
        if self.archives.doing:
            verb = "Archiving" if self.archives.doing.startswith("Putting") else "Restoring"
            share = f" {done / total * 100:.0f} %" if total else "…"
            self._running.setText(f" {verb}{share}")
            self._running.show()
