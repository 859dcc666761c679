"""Asks how and where to export an epoch, and says how large that will be, about.

Knows formats by name only; emits what it would have estimated or looked at and what was chosen.
Touches no disk: whether a folder will do is told by who asks it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
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
from lake_core.export import ExportOptions, TargetCheck, named_target
from studio.models.plain_values import capitalised
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
"""Sizes are asked for when the options have stood still this long, the folder likewise."""
RECKONING: Final = "about …"
"""Said of a size while it is reckoned: no number of other options is ever seen."""
LOOKING: Final = "Looking at the folder…"


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
    folder_check_requested = Signal(str, bool)  # as it was typed, and whether to try it

    def __init__(self, title: str, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export epoch")
        self.setMinimumWidth(540)
        self._formats = {fmt: QRadioButton(name) for fmt, name, _ in FORMATS}
        self._formats["parquet"].setChecked(True)
        self.folder = QLineEdit(str(folder / _folder_name(title)))
        self._sizes = {fmt: quiet_label() for fmt, _, _ in FORMATS}
        self._estimates: dict[str, int] = {}
        self.fields = ExportFields()
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._folder_settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._folder_check = TargetCheck("")
        self._is_accepting = False  # Export was pressed, and the folder is tried
        self._problem = quiet_label()
        self._problem.setWordWrap(True)
        self._problem.setMinimumHeight(2 * self._problem.fontMetrics().lineSpacing())
        self._problem.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.export_button = push_button("Export", main=True)
        self._build(title)
        self.folder.textChanged.connect(self._folder_changed)
        self._folder_settle.timeout.connect(self._ask_folder)
        self.fields.changed.connect(self._check)
        self.fields.changed.connect(self._options_changed)
        self._settle.timeout.connect(self._ask_sizes)
        self._options_changed()
        self._folder_changed()

    def choice(self) -> ExportChoice:
        """What is chosen now. Raises InvalidInput for options that cannot be."""
        return ExportChoice(self._format(), named_target(self.folder.text()), self.fields.options())

    def show_folder(self, check: TargetCheck) -> None:
        """What the disk says of a folder; of another one than is named now it is passed over."""
        if check.text != self.folder.text():
            return
        self._folder_check = check
        was_asked, self._is_accepting = self._is_accepting, self._is_accepting and not check.tried
        self._check()
        if not (was_asked and check.tried):
            return
        if check.problem:
            self.folder.setFocus()
            self.folder.selectAll()
            return
        self.chosen.emit(self.choice())
        self.accept()

    def show_sizes(self, sizes: Mapping[str, int]) -> None:
        """About how large each format would be; "" where there is nothing to say."""
        if self._settle.isActive():
            return  # they are of other options
        self._estimates = dict(sizes)
        self._check()
        for fmt, label in self._sizes.items():
            size = sizes.get(fmt)
            label.setText(f"about {size_words(size)}" if size else "nothing" if size == 0 else "")

    def changeEvent(self, event: QEvent) -> None:
        """Whoever comes back may have made room, or moved what was in the way."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self._folder_settle.start()

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
            self._formats[fmt].toggled.connect(self._check)
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
        name = Path(self.folder.text().strip()).name
        dialog = QFileDialog(self, "Export into", str(self._folder_check.nearest or Path.home()))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda into: self.folder.setText(str(Path(into) / name)))
        dialog.open()

    def _folder_changed(self) -> None:
        self._folder_check, self._is_accepting = TargetCheck(self.folder.text()), False
        self._folder_settle.start()
        self._check()

    def _ask_folder(self) -> None:
        self.folder_check_requested.emit(self.folder.text(), False)

    def _options_changed(self) -> None:
        self._estimates = {}
        for label in self._sizes.values():
            label.setText(RECKONING)
        self._settle.start()

    def _check(self) -> None:
        """Say what stands in the way, or else what is worth knowing."""
        problem = ""
        try:
            self.choice()
        except InvalidInput as error:
            problem = str(error)
        problem = self._folder_check.problem or problem
        self._problem.setText(_sentence(problem) if problem else self._hint())
        self._problem.setProperty("danger", bool(problem))
        self._problem.style().polish(self._problem)
        self.export_button.setEnabled(not problem and not self._is_accepting)

    def _hint(self) -> str:
        if self._is_accepting:
            return LOOKING
        needed, free = self._estimates.get(self._format(), 0), self._folder_check.free
        if free is None or needed <= free:
            return ""
        return f"About {size_words(needed)} are needed; there is room for {size_words(free)}."

    def _format(self) -> str:
        return next(name for name, button in self._formats.items() if button.isChecked())

    def _ask_sizes(self) -> None:
        try:
            self.sizes_requested.emit(self.fields.options())
        except InvalidInput:  # said already
            self.show_sizes({})

    def _accept(self) -> None:
        """Try the folder first: the dialog stays where nothing can be written there."""
        self._is_accepting = True
        self._folder_settle.stop()
        self._check()
        self.folder_check_requested.emit(self.folder.text(), True)


def _sentence(words: str) -> str:
    """What the library says of an option, as a person's sentence."""
    words = words.removeprefix("--")
    return f"{capitalised(words)}."


def _folder_name(title: str) -> str:
    """A folder's name out of an epoch's."""
    return re.sub(r"[^\w.-]+", "-", title).strip("-.").lower() or "epoch"
