"""Asks why an instant is bookmarked. Emits the note; does nothing itself."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from studio.models.time_words import clock_words
from studio.panels.chrome import push_button, quiet_label
from studio.theme import text_font


class BookmarkDialog(QDialog):
    """One field; Enter is enough."""

    note_entered = Signal(object, str)  # datetime, note

    def __init__(self, instant: datetime, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._instant = instant
        self.setWindowTitle("Bookmark")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(380)
        self.note = QLineEdit(placeholderText="What happens here? (optional)")
        self._build()

    def _build(self) -> None:
        head = quiet_label(f"Bookmark {clock_words(self._instant)}")
        head.setProperty("quiet", False)
        head.setFont(text_font(15, medium=True))
        add = push_button("Bookmark", main=True)
        add.setDefault(True)
        add.clicked.connect(self._enter)
        cancel = push_button("Cancel")
        cancel.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(add)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 18, 22, 16)
        column.setSpacing(12)
        column.addWidget(head)
        column.addWidget(self.note)
        column.addLayout(row)

    def _enter(self) -> None:
        self.accept()
        self.note_entered.emit(self._instant, self.note.text().strip())
