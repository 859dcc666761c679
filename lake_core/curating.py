"""What people do with what was recorded: mark and delete snapshots, freeze epochs of them.

The part of the Lake that changes no scene. It blocks, on connections of its own, and tells
listeners what has become so. Knows nothing of the lake thread.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

from msgspec import Struct

from lake_core.curate.balance import Balance, BalanceBuilder
from lake_core.curate.derive import extended, merged, subset
from lake_core.curate.epoch import EpochBuilder
from lake_core.curate.remarks import LONGEST_NAME, LONGEST_NOTE, check_remark, checked_edit
from lake_core.errors import Cancelled, InvalidInput
from lake_core.live import (
    EpochCreated,
    EpochDeleted,
    Listener,
    Notice,
    SnapshotChanged,
    SnapshotDeleted,
    SnapshotRestored,
    SpaceCreated,
)
from lake_core.recalling import Recalling
from lake_core.scene.model import EpochDraft, SnapshotEdit, SnapshotSummary, TrainingEpoch
from lake_core.scene.state import Scene
from lake_core.store import drafts, epochs, snapshots
from lake_core.store.database import Database

_log = logging.getLogger(__name__)


class EpochSurvey(Struct, frozen=True, kw_only=True):
    """An epoch that may be, and how its samples are spread."""

    epoch: TrainingEpoch
    balance: Balance


class Curating(Recalling):
    """Deeds on snapshots and epochs, and who is told of them."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._listeners: list[Listener] = []

    def add_listener(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each Notice, in the thread it arises in; returns what ends that.

        What engines do is told in the lake thread, what people do in the thread that asked.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # -- snapshots

    def edit_snapshot(self, snapshot_id: UUID, edit: SnapshotEdit) -> SnapshotSummary:
        """Pin, tag, note or rate a snapshot, delete it or bring it back; how it is now.

        Raises NotFound, Conflict for deleting what an epoch holds, InvalidInput, TooLarge.
        """
        edit = checked_edit(edit)
        with self._database.reader() as connection:
            was_deleted, summary = snapshots.edit_snapshot(connection, snapshot_id, edit)
        if edit.deleted is True:
            _log.info("snapshot %s of space %r was deleted", summary.id, summary.space_name)
            self._publish(SnapshotDeleted(summary))
        elif was_deleted:
            _log.info("snapshot %s of space %r was brought back", summary.id, summary.space_name)
            self._publish(SnapshotRestored(summary))
        else:
            self._publish(SnapshotChanged(summary))
        return summary

    def delete_snapshot(self, snapshot_id: UUID) -> SnapshotSummary:
        """Take a snapshot out of sight; `edit_snapshot` with deleted=False brings it back.

        The change log is untouched. Raises NotFound, Conflict while an epoch holds it.
        """
        return self.edit_snapshot(snapshot_id, SnapshotEdit(deleted=True))

    # -- epochs

    def preview_epoch(self, snapshot_ids: Sequence[UUID]) -> TrainingEpoch:
        """The epoch these snapshots would make, with its figures; nothing is stored."""
        return self._make_epoch(snapshot_ids, "", "")

    def survey_epoch(
        self, snapshot_ids: Sequence[UUID], cancelled: Callable[[], bool] = lambda: False
    ) -> EpochSurvey:
        """As `preview_epoch`, and how its samples are spread; raises NotFound, InvalidInput.

        `cancelled` is asked at each snapshot; where it says so, Cancelled is raised.
        """
        balance = BalanceBuilder()

        def look(summary: SnapshotSummary, scene: Scene) -> None:
            if cancelled():
                raise Cancelled("the survey was not wanted any more")
            balance.add(summary, scene)

        epoch = self._make_epoch(snapshot_ids, "", "", look)
        return EpochSurvey(epoch=epoch, balance=balance.balance())

    def create_epoch(
        self,
        snapshot_ids: Sequence[UUID],
        name: str = "",
        note: str = "",
        *,
        derived_from: Sequence[UUID] = (),
    ) -> TrainingEpoch:
        """Freeze snapshots into an epoch; raises InvalidInput for none, NotFound for unknown."""
        check_remark("/name", name, LONGEST_NAME)
        check_remark("/note", note, LONGEST_NOTE)
        epoch = self._make_epoch(snapshot_ids, name, note)
        epoch.derived_from = list(derived_from)
        with self._database.reader() as connection:
            epochs.add_epoch(connection, epoch)
        _log.info("epoch %s was frozen: %d snapshots", epoch.id, len(epoch.snapshot_ids))
        self._publish(EpochCreated(epoch))
        return epoch

    def merge_epochs(
        self, epoch_ids: Sequence[UUID], name: str = "", note: str = ""
    ) -> TrainingEpoch:
        """Freeze all snapshots of several epochs into another; raises NotFound."""
        chosen = merged(map(self.epoch, epoch_ids))
        return self.create_epoch(chosen, name, note, derived_from=epoch_ids)

    def extend_epoch(
        self, epoch_id: UUID, snapshot_ids: Sequence[UUID], name: str = "", note: str = ""
    ) -> TrainingEpoch:
        """Freeze an epoch's snapshots and more into another; raises NotFound, InvalidInput."""
        chosen = extended(self.epoch(epoch_id), snapshot_ids)
        return self.create_epoch(chosen, name, note, derived_from=[epoch_id])

    def narrow_epoch(
        self, epoch_id: UUID, snapshot_ids: Sequence[UUID], name: str = "", note: str = ""
    ) -> TrainingEpoch:
        """Freeze some of an epoch's snapshots into another; raises NotFound, InvalidInput."""
        chosen = subset(self.epoch(epoch_id), snapshot_ids)
        return self.create_epoch(chosen, name, note, derived_from=[epoch_id])

    def epochs(self, *, after: UUID | None = None, limit: int | None = None) -> list[TrainingEpoch]:
        """Every epoch, oldest first, after one already had; raises NotFound where that is gone."""
        with self._database.reader() as connection:
            return epochs.list_epochs(connection, after=after, limit=limit)

    def epoch(self, epoch_id: UUID) -> TrainingEpoch:
        """One epoch; raises NotFound."""
        with self._database.reader() as connection:
            return epochs.find_epoch(connection, epoch_id)

    def delete_epoch(self, epoch_id: UUID) -> None:
        """Delete an epoch, not its snapshots; raises NotFound."""
        with self._database.reader() as connection:
            epochs.delete_epoch(connection, epoch_id)
        _log.info("epoch %s was deleted", epoch_id)
        self._publish(EpochDeleted(epoch_id))

    # -- drafts

    def drafts(self) -> list[EpochDraft]:
        """Epochs that someone is still choosing, the last touched first.

        A snapshot that was deleted meanwhile is missing from them.
        """
        with self._database.reader() as connection:
            return drafts.list_drafts(connection)

    def keep_draft(self, draft: EpochDraft) -> EpochDraft:
        """Keep a choice as it stands, in place of what its id had before."""
        check_remark("/name", draft.name, LONGEST_NAME)
        check_remark("/note", draft.note, LONGEST_NOTE)
        with self._database.reader() as connection:
            return drafts.keep_draft(connection, draft)

    def drop_draft(self, draft_id: UUID) -> None:
        """Forget a draft; raises NotFound."""
        with self._database.reader() as connection:
            drafts.drop_draft(connection, draft_id)

    # -- the inside

    def _publish(self, notice: Notice) -> None:
        if isinstance(notice, SpaceCreated):
            _log.info("space %r is new", notice.space_name)
        for listener in list(self._listeners):
            try:
                listener(notice)
            except Exception:  # one viewer's bug must not reach the lake or the other viewers
                _log.exception("a listener failed")

    def _make_epoch(
        self,
        snapshot_ids: Sequence[UUID],
        name: str,
        note: str,
        look: Callable[[SnapshotSummary, Scene], None] = lambda summary, scene: None,
    ) -> TrainingEpoch:
        if not snapshot_ids:
            raise InvalidInput("an epoch needs at least one snapshot")
        summaries = self._history.summaries(snapshot_ids)
        builder = EpochBuilder(summaries)
        for summary, scene in self._history.scenes_along(summaries):
            builder.add(summary, scene)
            look(summary, scene)
        figures = builder.figures()
        return TrainingEpoch(
            id=uuid4(),
            space_name=figures.space_names[0],
            snapshot_ids=[summary.id for summary in summaries],
            start_time=figures.start_time,
            end_time=figures.end_time,
            sample_count=figures.sample_count,
            stats=figures.stats,
            name=name,
            note=note,
            space_names=figures.space_names,
            content_hash=figures.content_hash,
            created_at=datetime.now(UTC),
        )
