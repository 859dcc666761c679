"""Asks how and where to export an epoch. Knows formats by name only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from studio.panels.chrome import CheckBox, push_button, quiet_label, tool_button
from studio.theme import section_head, text_font

FORMATS: Final = (
    ("parquet", "Parquet", "For datasets.load_dataset, pyarrow, DuckDB, Spark"),
    ("jsonl", "JSON Lines", "One sample a line; any reader"),
    ("webdataset", "WebDataset", "Tar files for loaders that stream"),
)


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """What the person chose. `directory` is the folder that will hold the export."""

    fmt: str
    directory: Path
    sacred_only: bool
    dedupe: bool


class ExportDialog(QDialog):
    """Format, folder, two options."""

    chosen = Signal(object)  # ExportChoice

    def __init__(self, title: str, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export epoch")
        self.setMinimumWidth(480)
        self._formats = {fmt: QRadioButton(name) for fmt, name, _ in FORMATS}
        self._formats["parquet"].setChecked(True)
        self.folder = QLineEdit(str(folder / _folder_name(title)))
        self.sacred_only = CheckBox("Sacred entities only (flux 3, 6, 9)")
        self.dedupe = CheckBox("Leave out samples that repeat the entity's last")
        self._problem = quiet_label()
        self._problem.setProperty("danger", True)
        self.export_button = push_button("Export", main=True)
        self._build(title)
        self.folder.textChanged.connect(self._check)
        self._check()

    def choice(self) -> ExportChoice:
        """What is chosen now."""
        fmt = next(name for name, button in self._formats.items() if button.isChecked())
        directory = Path(self.folder.text().strip()).expanduser()
        return ExportChoice(fmt, directory, self.sacred_only.isChecked(), self.dedupe.isChecked())

    def _build(self, title: str) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(10)
        head = quiet_label()
        head.setProperty("quiet", False)
        head.setText(f"Export “{title}”")
        head.setFont(text_font(17, medium=True))
        column.addWidget(head)
        column.addSpacing(4)
        column.addWidget(section_head("Format"))
        for fmt, _, about in FORMATS:
            row = QHBoxLayout()
            row.addWidget(self._formats[fmt])
            row.addWidget(quiet_label(about))
            row.addStretch(1)
            column.addLayout(row)
        column.addSpacing(4)
        column.addWidget(section_head("Folder"))
        column.addLayout(self._folder_row())
        column.addWidget(self._problem)
        column.addWidget(section_head("Samples"))
        column.addWidget(self.sacred_only)
        column.addWidget(self.dedupe)
        column.addSpacing(8)
        column.addLayout(self._button_row())

    def _folder_row(self) -> QHBoxLayout:
        browse = tool_button("mdi6.folder-outline", "Choose another folder")
        browse.clicked.connect(self._browse)
        row = QHBoxLayout()
        row.addWidget(self.folder, 1)
        row.addWidget(browse)
        return row

    def _button_row(self) -> QHBoxLayout:
        cancel = push_button("Cancel")
        cancel.clicked.connect(self.reject)
        self.export_button.setDefault(True)
        self.export_button.clicked.connect(self._accept)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(self.export_button)
        return row

    def _browse(self) -> None:
        """Pick the folder that will hold the export's own folder."""
        current = Path(self.folder.text()).expanduser()
        dialog = QFileDialog(self, "Export into", str(_nearest_existing(current.parent)))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(
            lambda into: self.folder.setText(str(Path(into) / current.name))
        )
        dialog.open()

    def _check(self) -> None:
        directory = Path(self.folder.text().strip()).expanduser()
        problem = ""
        if not self.folder.text().strip():
            problem = "Name a folder."
        elif directory.exists():
            problem = "This folder exists already; an export makes its own."
        self._problem.setText(problem)
        self.export_button.setEnabled(not problem)

    def _accept(self) -> None:
        self.chosen.emit(self.choice())
        self.accept()


def _folder_name(title: str) -> str:
    """A folder's name out of an epoch's."""
    return re.sub(r"[^\w.-]+", "-", title).strip("-.").lower() or "epoch"


def _nearest_existing(path: Path) -> Path:
    return next((one for one in (path, *path.parents) if one.is_dir()), Path.home())
