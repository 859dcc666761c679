"""Asks how and where to export an epoch, and says how large that will be, about.

Knows formats by name only; emits what it would have estimated and what was chosen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from lake_core.errors import InvalidInput
from lake_core.export import ExportOptions
from studio.models.vitals import size_words
from studio.panels.chrome import push_button, quiet_label, tool_button
from studio.panels.export_options import ExportFields
from studio.theme import section_head, text_font

FORMATS: Final = (
    ("parquet", "Parquet", "For datasets.load_dataset, pyarrow, DuckDB, Spark"),
    ("jsonl", "JSON Lines", "One sample a line; any reader"),
    ("webdataset", "WebDataset", "Tar files for loaders that stream"),
)
SETTLE_MS: Final = 250
"""Sizes are asked for when the options have stood still this long."""


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """What the person chose. `directory` is the folder that will hold the export."""

    fmt: str
    directory: Path
    options: ExportOptions = field(default_factory=ExportOptions)


class ExportDialog(QDialog):
    """Format, folder, options."""

    chosen = Signal(object)  # ExportChoice
    sizes_requested = Signal(object)  # ExportOptions

    def __init__(self, title: str, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export epoch")
        self.setMinimumWidth(540)
        self._formats = {fmt: QRadioButton(name) for fmt, name, _ in FORMATS}
        self._formats["parquet"].setChecked(True)
        self.folder = QLineEdit(str(folder / _folder_name(title)))
        self._sizes = {fmt: quiet_label() for fmt, _, _ in FORMATS}
        self.fields = ExportFields()
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._problem = quiet_label()
        self._problem.setProperty("danger", True)
        self.export_button = push_button("Export", main=True)
        self._build(title)
        self.folder.textChanged.connect(self._check)
        self.fields.changed.connect(self._check)
        self.fields.changed.connect(self._settle.start)
        self._settle.timeout.connect(self._ask_sizes)
        self._settle.start()
        self._check()

    def choice(self) -> ExportChoice:
        """What is chosen now. Raises InvalidInput for options that cannot be."""
        fmt = next(name for name, button in self._formats.items() if button.isChecked())
        directory = Path(self.folder.text().strip()).expanduser()
        return ExportChoice(fmt, directory, self.fields.options())

    def show_sizes(self, sizes: Mapping[str, int]) -> None:
        """About how large each format would be; "" where there is nothing to say."""
        for fmt, label in self._sizes.items():
            size = sizes.get(fmt)
            label.setText(f"about {size_words(size)}" if size else "nothing" if size == 0 else "")

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
            row.addWidget(self._sizes[fmt])
            column.addLayout(row)
        column.addSpacing(4)
        column.addWidget(section_head("Folder"))
        column.addLayout(self._folder_row())
        column.addSpacing(4)
        column.addWidget(section_head("Samples"))
        column.addWidget(self.fields)
        column.addWidget(self._problem)
        column.addSpacing(4)
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
        try:
            self.fields.options()
        except InvalidInput as error:
            problem = problem or _sentence(str(error))
        self._problem.setText(problem)
        self.export_button.setEnabled(not problem)

    def _ask_sizes(self) -> None:
        self.show_sizes({})
        with suppress(InvalidInput):  # said already
            self.sizes_requested.emit(self.fields.options())

    def _accept(self) -> None:
        self.chosen.emit(self.choice())
        self.accept()


def _sentence(words: str) -> str:
    """What the library says of an option, as a person's sentence."""
    words = words.removeprefix("--")
    return f"{words[:1].upper()}{words[1:]}."


def _folder_name(title: str) -> str:
    """A folder's name out of an epoch's."""
    return re.sub(r"[^\w.-]+", "-", title).strip("-.").lower() or "epoch"


def _nearest_existing(path: Path) -> Path:
    return next((one for one in (path, *path.parents) if one.is_dir()), Path.home())
