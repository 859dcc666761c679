"""What flows from the lake into the panels: deltas, details, spaces, snapshots, epochs, health.

Asks through the bridge and the workers, and hands what comes to models and panels. Does no deed
of the person's and changes nothing in the lake.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final, TypeVar
from uuid import UUID

from PySide6.QtCore import QObject, QTimer

from lake_core.errors import LakeError, NotFound
from lake_core.scene.describe import EntityDetail
from lake_core.scene.model import SnapshotSummary, SpaceSummary, TrainingEpoch
from studio.desk import LakeDesk
from studio.history_keeping import HistoryKeeping
from studio.models.failure_words import as_of_words, stalled_words
from studio.time_travel import TimeTravel
from studio.window import TITLE

Result = TypeVar("Result")
DETAIL_MS: Final = 80
SPACES_MS: Final = 1500
NEWS_MS: Final = 6000
REMOVED: Final = "Removed: shown as it was before."


class Feed(QObject):
    """Keeps the window up to date with one open lake."""

    def __init__(self, desk: LakeDesk) -> None:
        super().__init__(desk.window)
        self._lake, self._bridge, self._workers = desk.lake, desk.bridge, desk.workers
        self._session, self._scene, self._window = desk.session, desk.scene, desk.window
        self._outages = desk.outages
        self._early: list[SnapshotSummary] | None = None
        self._gone: set[UUID] = set()
        self._shown_document = b""
        self._detail = QTimer(self, singleShot=True, interval=DETAIL_MS)
        self._spaces = QTimer(self, singleShot=True, interval=SPACES_MS)
        self._has_more = False  # has changed since it began to wait
        self.travel, self.history = TimeTravel(desk), HistoryKeeping(desk)
        self._wire()

    def start(self) -> None:
        """Fetch what there is; the rest comes by itself."""
        self.load_spaces()
        self.load_epochs()

    def load_epochs(self) -> None:
        """Bring the list of epochs up to date."""
        self._run(self._lake.epochs, self._show_epochs)

    def _catch_up(self) -> None:
        """PostgreSQL is back: what was asked of it meanwhile had no answer."""
        self._window.status.showMessage("PostgreSQL is back", NEWS_MS)
        self.start()
        self.reload_snapshots(self._session.space_name)

    def load_spaces(self) -> None:
        """Bring the list of spaces up to date."""
        self._run(self._lake.spaces, self._show_spaces)

    def _wire(self) -> None:
        bridge, session, window = self._bridge, self._session, self._window
        bridge.delta_arrived.connect(self._scene.apply)
        bridge.whole_arrived.connect(self._scene.show_whole)
        bridge.detail_arrived.connect(self._show_detail)
        self._window.diff_marks.changed.connect(self._detail_is_stale)
        bridge.snapshot_created.connect(self._add_snapshot)
        bridge.snapshot_changed.connect(self._add_snapshot)
        bridge.snapshot_deleted.connect(self._remove_snapshot)
        bridge.epoch_created.connect(self._epoch_created)
        bridge.epoch_deleted.connect(self._epoch_deleted)
        bridge.space_created.connect(self._space_created)
        bridge.health_changed.connect(window.status.show_health)
        bridge.failed.connect(window.banner.tell_failure)
        bridge.stalled.connect(self._tell_stalled)
        bridge.resumed.connect(lambda: self._mark_stalled(""))
        session.space_changed.connect(self._show_space)
        self.history.replaced.connect(self.reload_snapshots)
        session.selection_changed.connect(self._selection_changed)
        session.instant_changed.connect(lambda instant: window.status.show_live(instant is None))
        self._scene.updated.connect(self._scene_updated)
        window.spaces.refresh_requested.connect(self.load_spaces)
        self._spaces.timeout.connect(self._spaces_due)
        self._outages.ended.connect(self._catch_up)
        self._detail.timeout.connect(self._ask_detail)

    # -- spaces

    def _space_created(self, space_name: str) -> None:
        """The first one is shown at once; later ones wait in the list."""
        if not self._session.space_name:
            self._session.show_space(space_name)
        elif space_name != self._session.space_name:
            self._window.status.showMessage(f"New space: {space_name}", NEWS_MS)
        self.load_spaces()

    def _show_spaces(self, spaces: list[SpaceSummary]) -> None:
        self._window.spaces.show_spaces(spaces)
        if spaces and not self._session.space_name:
            last = self._window.last_space
            known = any(one.space_name == last for one in spaces)
            self._session.show_space(last if known else _latest(spaces).space_name)

    def _show_space(self, space_name: str) -> None:
        self._window.setWindowTitle(f"{space_name} · {TITLE}" if space_name else TITLE)
        self._window.actions_.snapshot.setEnabled(bool(space_name))
        self._window.remember_space(space_name)
        self._scene.clear()
        self._bridge.watch(space_name)
        self._early, self._gone = [], set()
        show = partial(self._show_snapshots, space_name)
        self._workers.run_in_thread(
            lambda: self._lake.snapshots(space_name), show, partial(self._no_snapshots, show)
        )
        self._window.timeline.show_epochs(self._window.epochs.model.epochs)

    # -- snapshots and epochs

    def reload_snapshots(self, space_name: str) -> None:
        """Part of the past was put away, or came back; what a person looks at stays in view."""
        if self._early is None and space_name == self._session.space_name:
            self._early = []
            show = partial(self._show_snapshots, space_name, fit=False)
            self._run(lambda: self._lake.snapshots(space_name), show)

    def _show_snapshots(
        self, space_name: str, summaries: list[SnapshotSummary], *, fit: bool = True
    ) -> None:
        """Those of the database, and those that were taken while it was asked."""
        if space_name != self._session.space_name:
            return
        early, self._early = self._early or [], None
        gone, self._gone = self._gone, set()
        kept = (one for one in summaries if one.id not in gone)
        self._window.timeline.show_snapshots(kept, fit=fit)
        for summary in early:
            self._window.timeline.add_snapshot(summary)

    def _no_snapshots(
        self, show: Callable[[list[SnapshotSummary]], None], error: LakeError
    ) -> None:
        """A space that is yet to come has none, and that is no fault."""
        show([])
        if not isinstance(error, NotFound):
            self._fail(error)

    def _add_snapshot(self, summary: SnapshotSummary) -> None:
        if self._early is not None:
            self._early.append(summary)
            self._gone.discard(summary.id)
        else:
            self._window.timeline.add_snapshot(summary)
        self._spaces_changed()

    def _remove_snapshot(self, summary: SnapshotSummary) -> None:
        """Of one that is deleted nothing can be made."""
        if self._early is not None:
            self._gone.add(summary.id)
        self._window.timeline.remove_snapshot(summary.id)
        chosen = self._session.chosen_snapshots
        if summary.id in chosen:
            self._session.choose(one for one in chosen if one != summary.id)
        self._spaces_changed()

    def _show_epochs(self, epochs: list[TrainingEpoch]) -> None:
        """Those of the database; epochs are frozen, so the same ones look the same."""
        panel = self._window.epochs
        if {one.id for one in epochs} == {one.id for one in panel.model.epochs}:
            return
        selected = panel.selected()
        panel.show_epochs(epochs)
        self._window.timeline.show_epochs(epochs)
        if selected is not None:
            panel.select(selected.id)

    def _epoch_created(self, epoch: TrainingEpoch) -> None:
        self._window.epochs.epoch_created(epoch)
        self._window.timeline.show_epochs(self._window.epochs.model.epochs)

    def _epoch_deleted(self, epoch_id: UUID) -> None:
        self._window.epochs.epoch_deleted(epoch_id)
        self._window.timeline.show_epochs(self._window.epochs.model.epochs)

    # -- the scene and the selected entity

    def _tell_stalled(self, as_of: datetime | None) -> None:
        """Nobody is to take what was for what is."""
        self._mark_stalled(as_of_words(as_of).capitalize())
        self._window.banner.tell_outage(stalled_words(as_of))

    def _mark_stalled(self, words: str) -> None:
        self._window.status.show_stalled(words)
        self._window.timeline.transport.show_stalled(bool(words))

    def _scene_updated(self, structure_changed: bool) -> None:
        if self._scene.entity_count and not self._window.shows_scene:
            self._window.show_scene(True)
        if structure_changed:
            self._spaces_changed()
        selection = self._session.selection
        if selection is None or not self._session.is_live:
            return
        if structure_changed or self._scene.document_of(selection) is not self._shown_document:
            self._detail_is_stale()

    def _selection_changed(self, entity_id: str | None) -> None:
        if entity_id is not None:
            self._ask_detail()

    def _detail_is_stale(self) -> None:
        if not self._detail.isActive():
            self._detail.start()

    def _ask_detail(self) -> None:
        selection = self._session.selection
        if selection is not None and self._session.is_live:
            self._shown_document = self._scene.document_of(selection)
            self._bridge.ask_detail(self._session.space_name, selection)

    def _show_detail(self, entity_id: str, detail: EntityDetail | None) -> None:
        if entity_id == self._session.selection and self._session.is_live:
            removed = self._window.diff_marks.gone.entity(entity_id) if detail is None else None
            self._window.inspector.show_detail(detail or removed, REMOVED if removed else "")
            self._window.scene.view.show_connections(detail.connections if detail else ())

    def _spaces_changed(self) -> None:
        self._has_more = self._spaces.isActive()
        if not self._has_more:
            self._spaces.start()

    def _spaces_due(self) -> None:
        """Another process tells the figures of its spaces a second behind the last change."""
        self.load_spaces()
        if self._has_more:
            self._spaces_changed()

    def _run(self, call: Callable[[], Result], on_done: Callable[[Result], None]) -> None:
        self._workers.run_in_thread(call, on_done, self._fail)

    def _fail(self, error: LakeError) -> None:
        self._window.banner.tell_failure(error)


def _latest(spaces: list[SpaceSummary]) -> SpaceSummary:
    """The one that changed last; empty ones only where there is no other."""
    return max(spaces, key=lambda one: (one.entities > 0, one.last_change is not None, _when(one)))


def _when(space: SpaceSummary) -> float:
    return space.last_change.timestamp() if space.last_change else 0.0
