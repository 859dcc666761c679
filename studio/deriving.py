"""Epochs made of epochs, and looked at closely: merged, extended, narrowed, compared, surveyed.

Couples the epochs panel with one open lake; every question runs in a worker.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from lake_core.curate.derive import compare
from lake_core.curating import EpochSurvey
from lake_core.errors import LakeError
from lake_core.export import ExportOptions, estimate_sizes
from lake_core.scene.model import TrainingEpoch
from studio.desk import LakeDesk
from studio.latest import Latest
from studio.models.tables import lineage_words, title_of
from studio.panels.epoch_figures import EpochFigures, EpochSide

Result = TypeVar("Result")


class Deriving(QObject):
    """What the epochs panel wishes beside making, exporting and deleting."""

    created = Signal(object)  # TrainingEpoch

    def __init__(self, desk: LakeDesk) -> None:
        super().__init__(desk.window)
        self._desk, self._lake = desk, desk.lake
        self.figures: EpochFigures | None = None
        panel = desk.window.epochs
        self._sizes = Latest[dict[str, int]](desk.workers, panel.show_sizes, self._no_sizes, self)
        panel.figures_requested.connect(self.show_figures)
        panel.compare_requested.connect(self.compare)
        panel.merge_requested.connect(self.merge)
        panel.extend_requested.connect(self.extend)
        panel.narrow_requested.connect(self.narrow)
        panel.choose_requested.connect(self.choose)
        panel.sizes_requested.connect(self._ask_sizes)
        desk.session.chosen_changed.connect(self._chosen_changed)

    def show_figures(self, epoch: TrainingEpoch) -> None:
        """One epoch, looked at closely."""
        self._open(EpochFigures([self._side(epoch)], parent=self._desk.window))

    def compare(self, first: TrainingEpoch, second: TrainingEpoch) -> None:
        """Two epochs side by side, the one made earlier at the left."""
        if first.created_at and second.created_at and second.created_at < first.created_at:
            first, second = second, first
        sides = [self._side(first), self._side(second)]
        self._open(EpochFigures(sides, compare(first, second), self._desk.window))

    def merge(self, epochs: tuple[TrainingEpoch, ...]) -> None:
        """One epoch of all their snapshots."""
        name = " + ".join(map(title_of, epochs))
        ids = [epoch.id for epoch in epochs]
        self._run(lambda: self._lake.merge_epochs(ids, name), self.created.emit)

    def extend(self, epoch: TrainingEpoch, more: tuple[UUID, ...]) -> None:
        """An epoch of its snapshots and more."""
        name = f"{title_of(epoch)}, extended"
        self._run(lambda: self._lake.extend_epoch(epoch.id, more, name), self.created.emit)

    def narrow(self, epoch: TrainingEpoch, chosen: tuple[UUID, ...]) -> None:
        """An epoch of some of its snapshots."""
        name = f"{title_of(epoch)}, narrowed"
        self._run(lambda: self._lake.narrow_epoch(epoch.id, chosen, name), self.created.emit)

    def choose(self, epoch: TrainingEpoch) -> None:
        """Choose its snapshots on the timeline of its space."""
        session = self._desk.session
        if session.space_name not in (epoch.space_names or [epoch.space_name]):
            session.show_space(epoch.space_name)
        session.choose(epoch.snapshot_ids)

    def _side(self, epoch: TrainingEpoch) -> EpochSide:
        return EpochSide(epoch, lineage_words(epoch, self._desk.window.epochs.model.epochs))

    def _open(self, dialog: EpochFigures) -> None:
        before, self.figures = self.figures, dialog
        if before is not None:
            before.close()
        dialog.finished.connect(lambda _: self._closed(dialog))
        for side in dialog.sides:
            self._survey(dialog, side)
        dialog.show()

    def _survey(self, dialog: EpochFigures, side: EpochSide) -> None:
        def gone() -> bool:
            return self.figures is not dialog

        def look() -> EpochSurvey:
            return self._lake.survey_epoch(side.epoch.snapshot_ids, gone)

        def show(survey: EpochSurvey) -> None:
            if not gone():
                side.show_balance(survey.balance)

        def fail(error: LakeError) -> None:
            if not gone():
                side.show_failed(str(error))

        self._desk.workers.run_in_thread(look, show, fail)

    def _closed(self, dialog: EpochFigures) -> None:
        if self.figures is dialog:
            self.figures = None

    def _chosen_changed(self, chosen: tuple[UUID, ...]) -> None:
        self._desk.window.epochs.chosen = chosen

    def _ask_sizes(self, epoch: TrainingEpoch, options: ExportOptions) -> None:
        self._sizes.ask(lambda _: estimate_sizes(self._lake, epoch.snapshot_ids, options))

    def _no_sizes(self, error: LakeError) -> None:
        """The export will say the same, and louder."""
        self._desk.window.epochs.show_sizes({})

    def _run(self, call: Callable[[], Result], on_done: Callable[[Result], None]) -> None:
        self._desk.workers.run_in_thread(call, on_done, self._fail)

    def _fail(self, error: LakeError) -> None:
        self._desk.window.banner.tell_failure(error)
