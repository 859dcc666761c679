"""The epochs: what was frozen for training, its figures, and the way out as files.

Emits intent only; the application exports and deletes, and reports back how far it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final
from uuid import UUID

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListView,
    QMessageBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from lake_core.export import TargetCheck
from lake_core.scene.model import TrainingEpoch
from studio.models.tables import EPOCH_ROLE, EpochModel, lineage_words, title_of
from studio.panels.chrome import (
    PanelHead,
    push_button,
    quiet_label,
    thin_line,
    tool_button,
)
from studio.panels.clamped import ClampedLabel
from studio.panels.epoch_card import CARD_HEIGHT, EpochDelegate
from studio.panels.epoch_menu import EpochDeeds, drop_menu, epoch_menu
from studio.panels.export_dialog import ExportDialog
from studio.panels.export_progress import ExportProgress
from studio.panels.figures import Figures, figures_of
from studio.panels.snapshot_drag import unpacked

NOTE_LINES: Final = 2


class EpochsPanel(QWidget):
    """List, figures of the selected one, Export… and Delete."""

    export_requested = Signal(object, object)  # TrainingEpoch, ExportChoice
    export_cancelled = Signal()
    sizes_requested = Signal(object, object)  # TrainingEpoch, ExportOptions
    folder_check_requested = Signal(str, bool)  # as it was typed, and whether to try it
    figures_requested = Signal(object)  # TrainingEpoch
    compare_requested = Signal(object, object)  # TrainingEpoch, TrainingEpoch
    merge_requested = Signal(object)  # tuple[TrainingEpoch, ...]
    extend_requested = Signal(object, object)  # TrainingEpoch, tuple[UUID, ...]
    narrow_requested = Signal(object, object)  # TrainingEpoch, tuple[UUID, ...]
    choose_requested = Signal(object)  # TrainingEpoch
    delete_requested = Signal(object)  # epoch id
    snapshots_dropped = Signal(object)  # tuple[UUID, ...]

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self.setAcceptDrops(True)
        self.model = EpochModel(self)
        self.head = PanelHead("Epochs")
        self.list = QListView()
        self.list.setModel(self.model)
        self._cards = EpochDelegate(self.list)
        self.list.setItemDelegate(self._cards)
        self.list.setMouseTracking(True)
        self.list.setUniformItemSizes(True)
        self.list.setMinimumHeight(CARD_HEIGHT)  # of a small window the figures take the rest
        self.list.setAccessibleName("Epochs")
        self.chosen: tuple[UUID, ...] = ()  # on the timeline
        self.export_dialog: ExportDialog | None = None
        self._figures = Figures()
        self._figures.show_figures(figures_of(None))  # so the room they need is known
        self._note, self._lineage = (ClampedLabel(NOTE_LINES, quiet=True) for _ in range(2))
        self.export_button = push_button("Export…", icon_name="mdi6.export-variant", main=True)
        self.figures_button = tool_button("mdi6.chart-bar", "How its samples are spread")
        self.more_button = tool_button("mdi6.dots-horizontal", "More to do with this epoch")
        self.delete_button = tool_button("mdi6.delete-outline", "Delete this epoch")
        self.progress = ExportProgress()
        self._stack, self._detail = QStackedWidget(), QFrame()
        self._build()
        self._wire()

    def show_epochs(self, epochs: list[TrainingEpoch]) -> None:
        """Show these; the newest first."""
        self.model.show(epochs)
        self._refresh()

    def epoch_created(self, epoch: TrainingEpoch) -> None:
        """A new one: put it on top and select it."""
        self.model.add(epoch)
        self.list.setCurrentIndex(self.model.index(self.model.row_of(epoch.id)))
        self._refresh()

    def epoch_deleted(self, epoch_id: UUID) -> None:
        """One is gone."""
        self.model.remove(epoch_id)
        self._refresh()

    def select(self, epoch_id: UUID) -> None:
        """Show the figures of this one."""
        row = self.model.row_of(epoch_id)
        if row >= 0:
            self.list.setCurrentIndex(self.model.index(row))

    def selected(self) -> TrainingEpoch | None:
        """The epoch whose figures are shown."""
        index = self.list.currentIndex()
        epoch: TrainingEpoch | None = index.data(EPOCH_ROLE) if index.isValid() else None
        return epoch

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Snapshots of the timeline may be dropped, on an epoch or beside all."""
        if unpacked(event.mimeData()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Mark the epoch they would be dropped on."""
        self._aim(self._epoch_at(event.position().toPoint()))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._aim(None)

    def dropEvent(self, event: QDropEvent) -> None:
        """Beside all they begin an epoch; on one, which is frozen, another may be made of both."""
        event.acceptProposedAction()
        at, dropped = event.position().toPoint(), unpacked(event.mimeData())
        epoch = self._epoch_at(at)
        self._aim(None)
        if epoch is None:
            self.snapshots_dropped.emit(dropped)
            return
        extend, begin = self.extend_requested.emit, self.snapshots_dropped.emit
        drop_menu(self, extend, begin, epoch, dropped).popup(self.mapToGlobal(at))

    def export_progress(self, done: int, total: int) -> None:
        """How far the export is; 0 of 0 while it is not known."""
        self.progress.tell(done, total)
        self.export_button.setEnabled(False)

    def export_ended(self) -> None:
        """It is done, cancelled or failed: the next one may start."""
        self.progress.hide()
        self.export_button.setEnabled(True)

    def ask_export(self) -> None:
        """Ask for format and folder, then request the export."""
        epoch = self.selected()
        if epoch is None:
            return
        dialog = ExportDialog(title_of(epoch), self._folder, self.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(lambda choice: self._export(epoch, choice))
        dialog.sizes_requested.connect(lambda options: self.sizes_requested.emit(epoch, options))
        dialog.folder_check_requested.connect(self.folder_check_requested)
        dialog.finished.connect(self._export_asked)
        self.export_dialog = dialog
        dialog.open()

    def show_sizes(self, sizes: Mapping[str, int]) -> None:
        """About how large the export that is asked for would be."""
        if self.export_dialog is not None:
            self.export_dialog.show_sizes(sizes)

    def show_folder(self, check: TargetCheck) -> None:
        """Whether the folder that was typed can hold the export that is asked for."""
        if self.export_dialog is not None:
            self.export_dialog.show_folder(check)

    def _export_asked(self) -> None:
        self.export_dialog = None

    def _export(self, epoch: TrainingEpoch, choice: object) -> None:
        self.progress.begin(title_of(epoch), epoch.sample_count)
        self.export_progress(0, 0)
        self.export_requested.emit(epoch, choice)

    def _epoch_at(self, at: QPoint) -> TrainingEpoch | None:
        """Whose card, or whose figures, are at a point of the panel."""
        cards, figures = self.list.viewport(), self._detail
        index = QModelIndex()
        if figures.isVisible() and figures.rect().contains(figures.mapFrom(self, at)):
            index = self.list.currentIndex()
        elif cards.isVisible() and cards.rect().contains(cards.mapFrom(self, at)):
            index = self.list.indexAt(cards.mapFrom(self, at))
        epoch: TrainingEpoch | None = index.data(EPOCH_ROLE)
        return epoch

    def _aim(self, epoch: TrainingEpoch | None) -> None:
        self._cards.aimed = -1 if epoch is None else self.model.row_of(epoch.id)
        self.list.viewport().update()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        hint = quiet_label(
            "An epoch is a frozen choice of snapshots to train on.\n\n"
            "Choose snapshots on the timeline by click, Shift, Ctrl or drag, then New epoch…"
        )
        hint.setContentsMargins(24, 0, 24, 24)
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        hint.setWordWrap(True)
        self._stack.addWidget(hint)
        page = QWidget()
        inner = QVBoxLayout(page)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addWidget(self.list, 1)
        inner.addWidget(self._build_detail())
        self._stack.addWidget(page)
        column.addWidget(self._stack)

    def _build_detail(self) -> QWidget:
        whole = QVBoxLayout(self._detail)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(thin_line())
        column = QVBoxLayout()
        column.setContentsMargins(14, 8, 14, 12)
        column.setSpacing(10)
        column.addWidget(self._lineage)
        column.addWidget(self._note)
        column.addWidget(self._figures)
        column.addWidget(self.progress)
        row = QHBoxLayout()
        row.addWidget(self.export_button)
        row.addStretch(1)
        for button in (self.figures_button, self.more_button, self.delete_button):
            row.addWidget(button)
        column.addLayout(row)
        whole.addLayout(column)
        return self._detail

    def _wire(self) -> None:
        self.list.selectionModel().currentChanged.connect(lambda *_: self._refresh())
        self.list.doubleClicked.connect(lambda _: self.ask_export())
        self.export_button.clicked.connect(self.ask_export)
        self.delete_button.clicked.connect(self._ask_delete)
        self.progress.cancelled.connect(self.export_cancelled)
        self.figures_button.clicked.connect(self._ask_figures)
        self.more_button.clicked.connect(self._open_menu)
        self._refresh()

    def _refresh(self) -> None:
        count = self.model.rowCount()
        self._stack.setCurrentIndex(1 if count else 0)
        self.head.note.setText(f"{count:,}" if count else "")
        if count and not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self.model.index(0))
        epoch = self.selected()
        if epoch is not None:
            self._figures.show_figures(figures_of(epoch))
            self._note.setText(epoch.note)
            self._note.setVisible(bool(epoch.note))
            lineage = lineage_words(epoch, self.model.epochs)
            self._lineage.setText(lineage)
            self._lineage.setVisible(bool(lineage))

    def _ask_figures(self) -> None:
        epoch = self.selected()
        if epoch is not None:
            self.figures_requested.emit(epoch)

    def _open_menu(self) -> None:
        epoch = self.selected()
        if epoch is not None:
            deeds = EpochDeeds(
                self.compare_requested.emit,
                self.merge_requested.emit,
                self.extend_requested.emit,
                self.narrow_requested.emit,
                self.choose_requested.emit,
            )
            menu = epoch_menu(self, deeds, epoch, self.model.epochs, self.chosen)
            menu.popup(self.more_button.mapToGlobal(self.more_button.rect().bottomLeft()))

    def _ask_delete(self) -> None:
        epoch = self.selected()
        if epoch is None:
            return
        text = f"Delete “{title_of(epoch)}”?"
        box = QMessageBox(QMessageBox.Icon.NoIcon, "Delete epoch", text, parent=self.window())
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setInformativeText("Its snapshots stay in the lake. Files already exported stay, too.")
        delete = box.addButton("Delete", QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        delete.clicked.connect(lambda: self.delete_requested.emit(epoch.id))
        box.open()
