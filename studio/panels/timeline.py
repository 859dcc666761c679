"""The timeline panel: deeds and transport over the timeline of the space's snapshots and epochs.

Receives snapshots and epochs, emits `snapshot_requested` and `epoch_requested`. Knows the session;
never sees a lake.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from lake_core.scene.model import SnapshotEdit, SnapshotSummary, TrainingEpoch
from lake_core.upkeep.report import ArchivedStretch
from studio.models.absences import needed_for
from studio.models.moments import Moment, bookmark_moment, instant_moment, snapshot_moment
from studio.models.plain_values import keyless
from studio.models.playback import Playback
from studio.models.snapshots import SnapshotTimeline
from studio.panels.chrome import WholeLabel, thin_line
from studio.panels.snapshot_drag import start_drag
from studio.panels.stars import rating_of_key
from studio.panels.timeline_cards import archive_card
from studio.panels.timeline_fetch import ArchiveNote, FetchLine
from studio.panels.timeline_hits import Hit
from studio.panels.timeline_menu import (
    SnapshotDeeds,
    add_archive,
    add_comparisons,
    add_remarks,
    open_menu,
)
from studio.panels.timeline_view import TimelineView
from studio.panels.transport import Transport
from studio.session import Session
from studio.theme import ICON_SIZE, SWITCH, THEME, icon

WIDE: Final = 760
RATE, CHANGE_STEPS, STEPS, FIT, BUTTONS = 640, 564, 502, 440, 400
"""Pixels the panel must be wide for each; play, the time and the way back are always there."""


class TimelinePanel(QWidget):
    """The bottom of the window."""

    snapshot_requested = Signal()
    epoch_requested = Signal()
    epoch_activated = Signal(object)  # UUID of an epoch whose band was clicked
    compare_requested = Signal(object, object)  # Moment, Moment
    bookmark_requested = Signal(object)  # datetime
    bookmark_delete_requested = Signal(object)  # Bookmark
    annotate_requested = Signal(object, object)  # SnapshotSummary, global QPoint
    edit_requested = Signal(object, object)  # tuple[SnapshotSummary, ...], SnapshotEdit
    delete_requested = Signal(object)  # tuple[SnapshotSummary, ...]
    change_step_requested = Signal(int)  # -1 to the change before, 1 to the next
    fetch_requested = Signal(object)  # ArchivedStretch that is to come back
    archive_requested = Signal(object)  # datetime: what is before it is to be put away

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.timeline = SnapshotTimeline()
        self.view = TimelineView(session, self.timeline, self)
        self.view.epoch_activated.connect(self.epoch_activated)
        self.view.menu_requested.connect(self._open_menu)
        self.view.archive_activated.connect(self.tell_archive)
        self.fetching = FetchLine()
        self.view.drag_requested.connect(lambda: start_drag(self, session.chosen_snapshots))
        self.playback = Playback(session, self.view.first_instant, self)
        self.transport = Transport(session, self.playback, self)
        self.transport.step_requested.connect(self.view.step)
        self.transport.change_step_requested.connect(self.change_step_requested)
        self._build()
        session.chosen_changed.connect(self._refresh)
        SWITCH.changed.connect(self._refresh)
        session.space_changed.connect(self._on_space)
        self._refresh()

    def show_snapshots(self, summaries: Iterable[SnapshotSummary], *, fit: bool = True) -> None:
        """Show these snapshots of the space, and no others; `fit` brings all into view."""
        self.timeline.replace(summaries)
        self.view.snapshots_changed()
        if fit:
            self.view.fit()
        self._refresh()

    def add_snapshot(self, summary: SnapshotSummary) -> None:
        """Show one more, or one that changed; one of another space is passed over."""
        if summary.space_name == self._session.space_name:
            self.timeline.append(summary)
            self.view.snapshots_changed()
            self._refresh()

    def remove_snapshot(self, snapshot_id: UUID) -> None:
        """Show one no more; one that is not here is passed over."""
        self.timeline.remove(snapshot_id)
        self.view.snapshots_changed()
        self._refresh()

    def show_epochs(self, epochs: Iterable[TrainingEpoch]) -> None:
        """Show as bands those of these epochs that hold snapshots of the space."""
        space = self._session.space_name
        self.view.show_epochs(
            epoch for epoch in epochs if space == epoch.space_name or space in epoch.space_names
        )

    def tell_archive(self, stretch: ArchivedStretch, at: QPoint) -> None:
        """What lies in an archive, by a point of the screen, and the offer to fetch it back."""
        more = len(needed_for(self.view.frame, stretch)) - 1
        note = ArchiveNote(archive_card(stretch), stretch.place, more, self)
        note.fetch_requested.connect(lambda: self.fetch_requested.emit(stretch))
        note.open_at(at)

    def delete_chosen(self) -> None:
        """Ask for the chosen ones of the space to be deleted."""
        if chosen := self._chosen_here():
            self.delete_requested.emit(chosen)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, icons alone say what the buttons do; where there is less,
        what menu and keys have as well gives way.
        """
        width, transport = self.width(), self.transport
        is_wide = width >= WIDE
        self.snapshot_button.setText(" Snapshot" if is_wide else "")
        self.epoch_button.setText(" New epoch\u2026" if is_wide else "")
        transport.rate.setVisible(width >= RATE)
        for step in (transport.change_back, transport.change_forward):
            step.setVisible(width >= CHANGE_STEPS)
        for step in (transport.back, transport.forward):
            step.setVisible(width >= STEPS)
        self.fit_button.setVisible(width >= FIT)
        for button in (self.snapshot_button, self.epoch_button):
            button.setVisible(width >= BUTTONS)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space plays, as in every player; digits rate the chosen, P pins, Delete deletes them."""
        rating, chosen = rating_of_key(event.key()), self._chosen_here()
        if event.key() == Qt.Key.Key_Space:
            self.playback.toggle()
        elif chosen and rating is not None:
            self.edit_requested.emit(chosen, SnapshotEdit(rating=rating or None))
        elif chosen and event.key() == Qt.Key.Key_P:
            pinned = not all(one.pinned for one in chosen)
            self.edit_requested.emit(chosen, SnapshotEdit(pinned=pinned))
        elif chosen and event.key() == Qt.Key.Key_Delete:
            self.delete_chosen()
        else:
            super().keyPressEvent(event)

    def _open_menu(self, hit: Hit, instant: datetime, at: QPoint) -> None:
        menu = open_menu(self)
        if hit.archive >= 0:
            stretch = self.view.frame.archives[hit.archive]
            add_archive(menu, stretch, lambda: self.tell_archive(stretch, at))
            menu.popup(at)
            return
        here = self._moment_of(hit, instant)
        show = menu.addAction(icon("mdi6.eye-outline"), f"Show {keyless(here.label)}")
        show.triggered.connect(lambda: self._session.show_instant(here.at))
        if hit.flag >= 0:
            bookmark = self.view.bookmarks[hit.flag]
            gone = menu.addAction(icon("mdi6.bookmark-remove-outline"), "Delete the bookmark")
            gone.triggered.connect(lambda: self.bookmark_delete_requested.emit(bookmark))
        else:
            mark = menu.addAction(icon("mdi6.bookmark-plus-outline"), "Bookmark it\u2026")
            mark.triggered.connect(lambda: self.bookmark_requested.emit(here.at))
        away = menu.addAction(
            icon("mdi6.archive-arrow-down-outline"), "Put away all before it\u2026"
        )
        away.triggered.connect(lambda: self.archive_requested.emit(here.at))
        add_comparisons(menu, self._session, self.timeline, here, self.compare_requested.emit)
        if hit.snapshot >= 0 and hit.flag < 0:
            deeds = SnapshotDeeds(
                lambda one: self.annotate_requested.emit(one, at),
                self.edit_requested.emit,
                self.delete_requested.emit,
            )
            add_remarks(menu, deeds, self.timeline.summaries[hit.snapshot], self._chosen_here())
        menu.popup(at)

    def _chosen_here(self) -> tuple[SnapshotSummary, ...]:
        """Those chosen of the space shown."""
        found = map(self.timeline.index_of, self._session.chosen_snapshots)
        return tuple(self.timeline.summaries[at] for at in found if at is not None)

    def _moment_of(self, hit: Hit, instant: datetime) -> Moment:
        if hit.flag >= 0:
            return bookmark_moment(self.view.bookmarks[hit.flag])
        if hit.snapshot >= 0:
            return snapshot_moment(self.timeline.summaries[hit.snapshot])
        return instant_moment(instant)

    def _on_space(self) -> None:
        self.view.clear()
        self.show_snapshots(())
        self.view.show_epochs(())
        self.view.show_bookmarks(())

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._bar())
        layout.addWidget(thin_line())
        layout.addWidget(self.view, 1)
        layout.addWidget(self.fetching)

    def _bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setContentsMargins(12, 6, 10, 6)
        bar.setSpacing(8)
        self.snapshot_button = self._button("Snapshot", "mdi6.camera-outline", THEME.text)
        self.snapshot_button.setToolTip("Take a snapshot of this space now  (Ctrl+S)")
        self.snapshot_button.clicked.connect(self.snapshot_requested)
        self.epoch_button = self._button("New epoch\u2026", "mdi6.set-merge", THEME.on_accent)
        self.epoch_button.setProperty("main", True)
        self.snapshot_button.setAccessibleName("Take a snapshot")
        self.epoch_button.setAccessibleName("New epoch")
        self.epoch_button.clicked.connect(self.epoch_requested)
        self.figures = WholeLabel("")
        self.figures.setProperty("quiet", True)
        for widget in (self.snapshot_button, self.epoch_button, self.figures):
            bar.addWidget(widget)
        bar.addStretch()
        bar.addWidget(self.transport)
        bar.addSpacing(4)
        self.fit_button = self._fit_button()
        bar.addWidget(self.fit_button)
        return bar

    def _button(self, text: str, icon_name: str, colour: str) -> QPushButton:
        button = QPushButton(icon(icon_name, colour), f" {text}")
        button.setIconSize(ICON_SIZE)
        button.setAutoDefault(False)
        return button

    def _fit_button(self) -> QToolButton:
        fit = QToolButton()
        fit.setIcon(icon("mdi6.arrow-expand-horizontal"))
        fit.setIconSize(ICON_SIZE)
        fit.setToolTip("Show all snapshots and follow the present  (Home)")
        fit.setAccessibleName("Show all snapshots")
        fit.clicked.connect(self.view.fit)
        return fit

    def _refresh(self) -> None:
        total, chosen = len(self.timeline), len(self._session.chosen_snapshots)
        words = f"{total:,} snapshot{'' if total == 1 else 's'}"
        if chosen:
            words += f'  \u00b7  <span style="color:{THEME.text}">{chosen:,} chosen</span>'
        self.figures.setText(words)
        self.snapshot_button.setEnabled(bool(self._session.space_name))
        self.epoch_button.setEnabled(total + chosen > 0)
        self.epoch_button.setToolTip(
            f"Make an epoch of the {chosen:,} chosen" if chosen else "Choose snapshots by rule"
        )
