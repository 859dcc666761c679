"""Exporting epochs: the look at the folder beforehand, the export itself, and how it ended.

Couples the epochs panel with one open lake; everything that touches a disk runs in a worker.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from threading import Event

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from lake_core.errors import Cancelled, LakeError
from lake_core.export import ExportReport, TargetCheck, check_target, export_epoch, make_parent
from lake_core.scene.model import TrainingEpoch
from studio.desk import LakeDesk
from studio.latest import Latest
from studio.panels.export_dialog import ExportChoice


class Exporting(QObject):
    """The exports over one open lake."""

    _progress = Signal(int, int)

    def __init__(self, desk: LakeDesk) -> None:
        super().__init__(desk.window)
        self._lake, self._workers, self._window = desk.lake, desk.workers, desk.window
        self._cancelled = Event()
        panel = desk.window.epochs
        self._looks = Latest[TargetCheck](desk.workers, panel.show_folder, self._fail, self)
        panel.folder_check_requested.connect(self._look)
        panel.export_requested.connect(self._export)
        panel.export_cancelled.connect(self.stop)
        desk.window.actions_.export.triggered.connect(panel.ask_export)
        self._progress.connect(panel.export_progress)

    def stop(self) -> None:
        """Cancel the export that is under way."""
        self._cancelled.set()

    def _look(self, text: str, really: bool) -> None:
        self._looks.ask(lambda _: check_target(text, really=really))

    def _export(self, epoch: TrainingEpoch, choice: ExportChoice) -> None:
        self._cancelled.clear()

        def export() -> ExportReport:
            make_parent(choice.directory)
            return export_epoch(
                self._lake,
                epoch.id,
                choice.directory,
                choice.fmt,
                choice.options,
                self._progress.emit,
                self._cancelled.is_set,
                by_loader=True,
            )

        self._workers.run_in_thread(export, self._exported, self._failed)

    def _exported(self, report: ExportReport) -> None:
        self._window.epochs.export_ended()
        opened = f", and {report.loader} opened it" if report.loader else ""
        self._window.banner.tell(
            f"Exported {report.samples:,} samples to {report.directory}; "
            f"all were read back{opened}",
            deed="Show folder",
            do=partial(_open_folder, report.directory),
            good=True,
        )

    def _failed(self, error: LakeError) -> None:
        self._window.epochs.export_ended()
        if isinstance(error, Cancelled):
            self._window.status.showMessage("Export cancelled; nothing was written", 3000)
        else:
            again = self._window.epochs.ask_export
            self._window.banner.tell_failure(
                error, "The epoch was not exported", deed="Export again…", do=again
            )

    def _fail(self, error: LakeError) -> None:
        self._window.banner.tell_failure(error)


def _open_folder(directory: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(directory)))
