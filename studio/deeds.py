"""What the person asks for and the lake does: snapshots, epochs, the demo.

Each deed runs off the GUI thread and ends in the window: what it brought, or one line that says
what went wrong.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final
from uuid import UUID

from PySide6.QtCore import QObject

from lake_core.errors import DatabaseUnavailable, LakeError
from lake_core.scene.model import IngestResult, TrainingEpoch
from resources import demo
from server.demo import play, play_demo
from studio import attached
from studio.deriving import Deriving
from studio.desk import LakeDesk
from studio.epoch_building import EpochBuilding
from studio.exporting import Exporting
from studio.models.tables import title_of
from studio.undoing import Deed

Snapshots = tuple[UUID, ...]
KEPT_MS: Final = 6000


class Deeds(QObject):
    """The deeds over one open lake."""

    def __init__(self, desk: LakeDesk) -> None:
        super().__init__(desk.window)
        self._lake, self._workers, self._token = desk.lake, desk.workers, desk.token
        self._session, self._window = desk.session, desk.window
        self.building, self.deriving = EpochBuilding(desk), Deriving(desk)
        self.exporting = Exporting(desk)
        self._demo: asyncio.Task[None] | None = None
        self._wire()

    async def stop(self) -> None:
        """Cancel what runs on; to be called before the lake closes."""
        self.exporting.stop()
        if self._demo is not None:
            self._demo.cancel()
            await asyncio.wait([self._demo])

    def toggle_demo(self) -> None:
        """Play the demo scene into its space, or stop it."""
        if self._demo is not None and not self._demo.done():
            self._demo.cancel()
            return
        self._demo = asyncio.ensure_future(self._play_demo())
        self._demo.add_done_callback(self._demo_ended)
        self._window.actions_.play_demo.setText("Stop the demo scene")
        self._session.show_space(demo.SPACE)

    async def _play_demo(self) -> None:
        """Where engines send: a server that the window is attached to counts it, and writes."""
        status = self._window.status
        if status.own_url or not status.url:
            await play_demo(self._lake)
            return
        sender = attached.Sender(status.url, self._token)
        try:
            await play(lambda body: asyncio.to_thread(sender.send, body))
        finally:
            await asyncio.to_thread(sender.close)

    def take_snapshot(self) -> None:
        """A snapshot of the space shown, as it is after all that was sent before.

        What this process does not write it leaves to the server that the window is attached to,
        which alone keeps one through an outage: here it would wait until that lets go of the space.
        """
        name, status = self._session.space_name, self._window.status
        if not name:
            return
        writes = self._lake.is_live(name)
        if status.url and not status.own_url and not writes:
            self._ask_server(status.url, name)
        elif not writes and not self._lake.health().database_ok:
            self._fail(DatabaseUnavailable("PostgreSQL does not answer"), "No snapshot was taken")
        else:
            future = self._lake.create_snapshot(name)
            self._workers.when_done(future, self._snapshot_taken, self._no_snapshot)

    def _ask_server(self, url: str, space_name: str) -> None:
        ask = partial(attached.take_snapshot, url, self._token, space_name)
        self._workers.run_in_thread(ask, self._server_took, self._fail)

    def _server_took(self, _: None) -> None:
        """It is told of as any other once it is in PostgreSQL."""
        if not self._lake.health().database_ok:
            kept = "The server keeps the snapshot until PostgreSQL is back"
            self._window.status.showMessage(kept, KEPT_MS)

    def _no_snapshot(self, error: LakeError) -> None:
        self._fail(error, "No snapshot was taken")

    def open_epoch_dialog(self) -> None:
        """Build a new epoch; the timeline stays usable."""
        self.building.open()

    def _begin_epoch(self, chosen: Snapshots) -> None:
        """Snapshots were dropped among the epochs; one that is being built takes them in."""
        before = self._session.chosen_snapshots if self.building.dialog is not None else ()
        self._session.choose(dict.fromkeys((*before, *chosen)))
        self.open_epoch_dialog()

    def _wire(self) -> None:
        window, actions = self._window, self._window.actions_
        window.timeline.snapshot_requested.connect(self.take_snapshot)
        window.timeline.epoch_requested.connect(self.open_epoch_dialog)
        window.epochs.snapshots_dropped.connect(self._begin_epoch)
        window.epochs.delete_requested.connect(self._delete)
        window.welcome.demo_requested.connect(self.toggle_demo)
        actions.snapshot.triggered.connect(self.take_snapshot)
        actions.new_epoch.triggered.connect(self.open_epoch_dialog)
        actions.play_demo.triggered.connect(self.toggle_demo)
        self.building.created.connect(self._created)
        self.deriving.created.connect(self._derived)

    def _snapshot_taken(self, result: IngestResult) -> None:
        self._window.status.showMessage(result.message, 2500)

    def _demo_ended(self, task: asyncio.Task[None]) -> None:
        self._window.actions_.play_demo.setText("Play the demo scene")
        error = None if task.cancelled() else task.exception()
        if isinstance(error, LakeError):
            self._fail(error)
        elif error is not None:
            raise error

    # -- epochs

    def _created(self, epoch: TrainingEpoch) -> None:
        stack = self._window.undo_stack
        stack.beginMacro(f"creating {title_of(epoch)}")
        stack.push(EpochTurn(self, epoch, is_there=True).deed())
        self._session.choose(())
        stack.endMacro()
        self._window.show_panel("Epochs")
        self._window.epochs.epoch_created(epoch)

    def _derived(self, epoch: TrainingEpoch) -> None:
        self._window.undo_stack.push(EpochTurn(self, epoch, is_there=True).deed())
        self._window.epochs.epoch_created(epoch)
        self._window.epochs.select(epoch.id)

    def _delete(self, epoch_id: UUID) -> None:
        found = [one for one in self._window.epochs.model.epochs if one.id == epoch_id]
        self.drop_epoch(lambda: epoch_id)
        for epoch in found:
            self._window.undo_stack.push(EpochTurn(self, epoch, is_there=False).deed())

    def drop_epoch(self, which: Callable[[], UUID]) -> None:
        """Delete an epoch; `which` is asked once all that was asked for before is done."""
        self._workers.run_in_turn(
            lambda: self._lake.delete_epoch(which()),
            lambda _: None,
            lambda error: self._fail(error, "The epoch was not deleted"),
        )

    def restore_epoch(self, epoch: TrainingEpoch, known: Callable[[TrainingEpoch], None]) -> None:
        """Freeze the same snapshots again; `known` is told of the epoch, whose id is another.

        It is told in the worker: a deletion that is asked for at once already knows it.
        """
        self._workers.run_in_turn(
            lambda: known(
                self._lake.create_epoch(
                    epoch.snapshot_ids, epoch.name, epoch.note, derived_from=epoch.derived_from
                )
            ),
            lambda _: None,
            lambda error: self._fail(error, "The epoch was not created"),
        )

    def _fail(self, error: LakeError, missed: str = "") -> None:
        self._window.banner.tell_failure(error, missed)


class EpochTurn:
    """An epoch that is made and unmade; holds the one that is there now, or was last."""

    def __init__(self, deeds: Deeds, epoch: TrainingEpoch, *, is_there: bool) -> None:
        self._deeds, self._epoch, self._was_made = deeds, epoch, is_there

    def deed(self) -> Deed:
        """Its making, or its deletion, as something to undo."""
        verb = "creating" if self._was_made else "deleting"
        ways = (self._make, self._drop) if self._was_made else (self._drop, self._make)
        return Deed(f"{verb} {title_of(self._epoch)}", *ways)

    def _make(self) -> None:
        self._deeds.restore_epoch(self._epoch, self._made)

    def _made(self, epoch: TrainingEpoch) -> None:
        self._epoch = epoch

    def _drop(self) -> None:
        self._deeds.drop_epoch(lambda: self._epoch.id)
