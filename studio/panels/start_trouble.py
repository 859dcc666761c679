"""Says why the Studio cannot start, where no terminal would, and what a person can do about it.

Told a message and the file at fault, if one is; emits what is wanted. Reads no file itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio.models.plain_values import capitalised
from studio.panels.chrome import ElidedLabel, push_button, tool_button
from studio.theme import mono_font, text_font

WIDTH: Final = 520
FILE_HINT: Final = "Mend the file and try again, or start without it: only this once."


class StartTrouble(QDialog):
    """One trouble at a time; closing it is quitting."""

    retry_requested = Signal()
    without_file_requested = Signal()
    folder_chosen = Signal(str)  # another data directory

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Eustress Lake Studio")
        self.setFixedWidth(WIDTH)
        self._file: Path | None = None
        self.message = QLabel(textInteractionFlags=Qt.TextInteractionFlag.TextSelectableByMouse)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setWordWrap(True)
        self._path, self._hint = ElidedLabel(), QLabel(FILE_HINT)
        self._show_folder = tool_button("mdi6.folder-open-outline", "Show the file's folder")
        self.without_file = push_button("Start without it")
        self.other_folder = push_button("Choose another folder…")
        self.retry = push_button("Try again", main=True)
        self._build()
        self._show_folder.clicked.connect(self._open_folder)
        self.without_file.clicked.connect(self.without_file_requested)
        self.other_folder.clicked.connect(self._choose_folder)
        self.retry.clicked.connect(self.retry_requested)

    def show_trouble(self, message: str, file: Path | None) -> None:
        """Say this; `file` is what has to be mended, None where it is none."""
        self._file = file
        if file is not None:  # its path stands below, and is cut where it is long
            message = message.replace(str(file), file.name)
        else:
            message = capitalised(message)
        self.message.setText(f"{message.rstrip('.')}.")
        self._path.set_whole(str(file or ""))
        for part in (self._path, self._show_folder, self._hint, self.without_file):
            part.setVisible(file is not None)
        self.other_folder.setVisible(file is None)
        self.adjustSize()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(12)
        head = QLabel("The Studio cannot start")
        head.setFont(text_font(17, medium=True))
        column.addWidget(head)
        column.addWidget(self.message)
        self._path.setFont(mono_font(12))
        row = QHBoxLayout()
        row.addWidget(self._path, 1)
        row.addWidget(self._show_folder)
        column.addLayout(row)
        self._hint.setWordWrap(True)
        self._hint.setProperty("quiet", True)
        column.addWidget(self._hint)
        column.addSpacing(6)
        column.addLayout(self._button_row())

    def _button_row(self) -> QHBoxLayout:
        leave = push_button("Quit")
        leave.clicked.connect(self.reject)
        self.retry.setDefault(True)
        row = QHBoxLayout()
        row.addWidget(leave)
        row.addStretch(1)
        for button in (self.without_file, self.other_folder, self.retry):
            row.addWidget(button)
        return row

    def _open_folder(self) -> None:
        if self._file is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._file.parent)))

    def _choose_folder(self) -> None:
        dialog = QFileDialog(self, "Choose or make the folder the lake is kept in")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.folder_chosen)
        dialog.open()
