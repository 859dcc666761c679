"""The line that tells how far an export is, how fast it goes and how long it will take."""

from __future__ import annotations

import time

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from studio.models.export_pace import ExportPace
from studio.panels.chrome import ElidedLabel, push_button, quiet_label


class ExportProgress(QWidget):
    """Hidden while nothing is exported."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar, self.pace_words = QProgressBar(textVisible=False), quiet_label()
        self._doing, self._pace = ElidedLabel(), ExportPace(0, 0.0)
        cancel = push_button("Cancel")
        cancel.clicked.connect(self.cancelled)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.addWidget(self._doing, 1)
        row.addWidget(cancel)
        column.addLayout(row)
        column.addWidget(self.bar)
        column.addWidget(self.pace_words)
        self.hide()

    def begin(self, title: str, samples: int) -> None:
        """One of an epoch of so many samples begins."""
        self._doing.set_whole(f"Exporting {title}…")
        self._pace = ExportPace(samples, time.monotonic())
        self.tell(0, 0)

    def tell(self, done: int, total: int) -> None:
        """How far it is; 0 of 0 while that is not known."""
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.pace_words.setText(self._pace.words(done, total, time.monotonic()))
        self.show()
