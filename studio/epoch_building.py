"""Building an epoch: the dialog, and what it needs of one open lake.

Surveys the choice, judges snapshots by rules, keeps drafts, and freezes the epoch. Every question
runs in a worker; of those that follow a hand only the latest is answered.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar
from uuid import UUID, uuid4

from PySide6.QtCore import QObject, Signal

from lake_core.curate.choosing import Rules, judge, reasons
from lake_core.curating import EpochSurvey
from lake_core.errors import LakeError, NotFound
from lake_core.export import estimate_sizes
from lake_core.scene.model import EpochDraft, SnapshotSummary, SpaceSummary, TrainingEpoch
from studio.desk import LakeDesk
from studio.latest import IsStale, Latest
from studio.models.choice_words import RuleResult
from studio.models.failure_words import failure_words
from studio.panels.epoch_dialog import FRAME_HEIGHT, EpochDialog

Result = TypeVar("Result")
Chosen = tuple[UUID, ...]
Judged = tuple[RuleResult, Chosen]
BELOW_BAR: Final = 56
"""Pixels from the window's top to the dialog's: the timeline below stays in sight."""


class EpochBuilding(QObject):
    """The dialog while it is open, and the answers to it."""

    created = Signal(object)  # TrainingEpoch

    def __init__(self, desk: LakeDesk) -> None:
        super().__init__(desk.window)
        self._desk, self._lake, self._workers = desk, desk.lake, desk.workers
        self.dialog: EpochDialog | None = None
        self._draft_id = uuid4()
        self._offered = False  # before, it is not known which draft is gone on with
        self._unkept: tuple[Chosen, str, str] | None = None
        self._passing: Chosen = ()
        self._snapshots: dict[str, list[SnapshotSummary]] = {}
        self._missed: set[str] = set()  # spaces with news while they may have been read
        self._surveys = Latest[EpochSurvey](self._workers, self._surveyed, self._no_survey, self)
        self._sizes = Latest[dict[str, int]](self._workers, self._sized, self._no_size, self)
        self._judging = Latest[Judged](self._workers, self._judged, self._not_judged, self)
        self._keeping = Latest[None](self._workers, lambda _: None, self._fail, self)
        desk.session.chosen_changed.connect(self._chosen_changed)
        desk.outages.ended.connect(self._catch_up)
        bridge = desk.bridge
        bridge.snapshot_created.connect(self._hear)
        bridge.snapshot_changed.connect(self._hear)
        bridge.snapshot_deleted.connect(lambda summary: self._hear(summary, is_gone=True))

    def open(self) -> None:
        """Show the dialog; the timeline stays usable."""
        if self.dialog is None:
            self.dialog = self._new_dialog()
            self._desk.session.hold_choice(True)
            self._run(self._lake.drafts, self._offer)
            self._run(self._lake.spaces, self._show_spaces)
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()
        self.dialog.name.setFocus()

    def _new_dialog(self) -> EpochDialog:
        dialog = EpochDialog(self._desk.session, self._desk.window)
        dialog.survey_requested.connect(self._survey)
        dialog.rules_changed.connect(self._judge)
        dialog.rules.choose_requested.connect(self._choose_passing)
        dialog.create_requested.connect(self._create)
        dialog.draft_changed.connect(self._keep)
        dialog.draft_taken.connect(self._take)
        dialog.draft_dropped.connect(self._drop)
        dialog.discard_requested.connect(self._discard)
        dialog.finished.connect(self._closed)
        self._draft_id, self._offered, self._unkept = uuid4(), False, None
        window = self._desk.window
        dialog.addActions([window.actions_.undo, window.actions_.redo])  # of what is chosen
        dialog.fit()
        left = window.x() + max((window.width() - dialog.sizeHint().width()) // 2, 0)
        room = window.screen().availableGeometry().bottom() - dialog.height() - FRAME_HEIGHT // 2
        dialog.move(left, max(min(window.y() + BELOW_BAR, room), 0))
        return dialog

    def _closed(self) -> None:
        for latest in (self._surveys, self._sizes, self._judging):
            latest.forget()
        if self.dialog is not None:
            self.dialog.deleteLater()
        self.dialog = None
        self._desk.session.hold_choice(False)
        self._snapshots.clear()

    def _catch_up(self) -> None:
        """PostgreSQL is back: ask for what could not be had."""
        if self.dialog is not None:
            self._run(self._lake.spaces, self._show_spaces)
            self._judge()
            self.dialog.ask_anew()

    # -- what the choice holds

    def _chosen_changed(self, chosen: Chosen) -> None:
        """What is being found out is of another choice by now."""
        self._surveys.forget()
        self._sizes.forget()

    def _survey(self, chosen: Chosen) -> None:
        def look(is_stale: IsStale) -> EpochSurvey:
            return self._lake.survey_epoch(chosen, is_stale)

        self._surveys.ask(look)

    def _surveyed(self, survey: EpochSurvey) -> None:
        if self.dialog is not None:
            self.dialog.show_survey(survey)
            ids = survey.epoch.snapshot_ids
            self._sizes.ask(lambda _: estimate_sizes(self._lake, ids))

    def _no_survey(self, error: LakeError) -> None:
        if self.dialog is not None:
            self.dialog.survey_failed(failure_words(error, "The choice was not counted"))

    def _sized(self, sizes: dict[str, int]) -> None:
        if self.dialog is not None:
            self.dialog.show_sizes(sizes)

    def _no_size(self, error: LakeError) -> None:
        self._sized({})
        self._fail(error)

    # -- rules

    def _show_spaces(self, spaces: list[SpaceSummary]) -> None:
        if self.dialog is not None:
            self.dialog.show_spaces(one.space_name for one in spaces if one.snapshots)

    def _judge(self) -> None:
        if self.dialog is not None:
            rules, spaces = self.dialog.rules.rules(), self.dialog.rules.spaces()
            self._judging.ask(lambda _: self._judge_by(rules, spaces))

    def _judge_by(self, rules: Rules, spaces: tuple[str, ...]) -> Judged:
        """Runs in a worker, one at a time."""
        found = [summary for space in spaces for summary in self._snapshots_of(space)]
        verdicts = judge(found, rules)
        passing = tuple(verdict.summary.id for verdict in verdicts if verdict.chosen)
        return RuleResult(len(passing), len(verdicts), reasons(verdicts)), passing

    def _snapshots_of(self, space: str) -> list[SnapshotSummary]:
        if space not in self._snapshots:
            self._snapshots[space] = self._lake.snapshots(space)
        return self._snapshots[space]

    def _judged(self, judged: Judged) -> None:
        result, self._passing = judged
        if self.dialog is not None:
            self.dialog.rules.show_result(result)
        stale, self._missed = self._missed & set(self._snapshots), set()
        if stale:
            for space in stale:
                del self._snapshots[space]
            self._judge()

    def _not_judged(self, error: LakeError) -> None:
        if self.dialog is not None:
            self.dialog.rules.show_failed(str(error))

    def _choose_passing(self) -> None:
        self._desk.session.choose(self._passing)

    def _hear(self, summary: SnapshotSummary, *, is_gone: bool = False) -> None:
        """Bring what was read of its space up to date: a live one has news every second."""
        known = self._snapshots.get(summary.space_name)
        if known is None:
            self._missed.add(summary.space_name)
        else:
            others = [one for one in known if one.id != summary.id]
            self._snapshots[summary.space_name] = others if is_gone else [*others, summary]
            self._judge()

    # -- drafts

    def _offer(self, drafts: list[EpochDraft]) -> None:
        """One of the very choice that is made already is simply gone on with."""
        dialog, chosen = self.dialog, self._desk.session.chosen_snapshots
        if dialog is None:
            return
        same = next((one for one in drafts if tuple(one.snapshot_ids) == chosen), None)
        if same is not None:
            self._draft_id = same.id
            dialog.take(same)
        dialog.show_drafts([one for one in drafts if one is not same])
        self._offered = True
        if self._unkept is not None and same is None:
            self._keep(*self._unkept)

    def _keep(self, chosen: Chosen, name: str, note: str) -> None:
        if not self._offered:
            self._unkept = (chosen, name, note)
        if not self._offered or not (chosen or name or note):
            return
        draft = EpochDraft(id=self._draft_id, snapshot_ids=list(chosen), name=name, note=note)
        self._keeping.ask(lambda _: self._store(draft))

    def _store(self, draft: EpochDraft) -> None:
        self._lake.keep_draft(draft)

    def _forget_draft(self) -> None:
        draft_id = self._draft_id
        self._keeping.ask(lambda _: self._drop_quietly(draft_id))

    def _drop_quietly(self, draft_id: UUID) -> None:
        """One that was never kept is gone as well."""
        try:
            self._lake.drop_draft(draft_id)
        except NotFound:
            return

    def _take(self, draft: EpochDraft) -> None:
        """Go on with a draft, in the space of its first snapshot."""
        if not draft.snapshot_ids:
            self._taken(draft, self._desk.session.space_name)
            return
        self._run(
            lambda: self._lake.snapshot(draft.snapshot_ids[0]).space_name,
            partial(self._taken, draft),
        )

    def _taken(self, draft: EpochDraft, space: str) -> None:
        if self.dialog is not None:
            self._draft_id = draft.id
            self.dialog.take(draft)
            self._desk.session.show_space(space)
            self._desk.session.choose(draft.snapshot_ids)

    def _drop(self, draft: EpochDraft) -> None:
        if self.dialog is not None:
            self.dialog.show_drafts([one for one in self.dialog.offer.drafts if one is not draft])
        self._run(lambda: self._drop_quietly(draft.id), lambda _: None)

    def _discard(self) -> None:
        if self.dialog is not None:
            self.dialog.reject()
        self._forget_draft()
        self._desk.session.choose(())

    # -- the end

    def _create(self, chosen: Chosen, name: str, note: str) -> None:
        self._workers.run_in_thread(
            lambda: self._lake.create_epoch(chosen, name, note), self._created, self._not_created
        )

    def _created(self, epoch: TrainingEpoch) -> None:
        self._forget_draft()
        if self.dialog is not None:
            self.dialog.accept()
        self.created.emit(epoch)

    def _not_created(self, error: LakeError) -> None:
        if self.dialog is not None:
            self.dialog.creating_failed(failure_words(error, "The epoch was not created"))

    def _run(self, call: Callable[[], Result], on_done: Callable[[Result], None]) -> None:
        self._workers.run_in_thread(call, on_done, self._fail)

    def _fail(self, error: LakeError) -> None:
        self._desk.window.banner.tell_failure(error)
