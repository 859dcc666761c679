"""A dialog that asks where something is and stays until that was found good. It tries nothing."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio.panels.chrome import push_button, quiet_label
from studio.theme import text_font

WIDTH = 520
BUG: Final = "This window met a bug of its own, which its log tells of."


class TryingDialog(QDialog):
    """Fields between a heading and two buttons, and a line on how trying them goes."""

    def __init__(self, title: str, hint: str, verb: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(WIDTH)
        self.state = QLabel(textInteractionFlags=Qt.TextInteractionFlag.TextSelectableByMouse)
        self.state.setTextFormat(Qt.TextFormat.PlainText)
        self.state.setWordWrap(True)
        self.open_button = push_button(verb, main=True)
        self.cancel_button = push_button("Cancel")
        self.fields = QWidget()
        self._build(title, hint)

    def show_trying(self, words: str) -> None:
        """It is being tried; another one can be given once that has ended."""
        self._allow(False)
        self._say(words)

    def show_failed(self, words: str) -> None:
        """Why it cannot be gone to; the person may mend it."""
        self._allow(True)
        self._say(words)

    def _build(self, title: str, hint: str) -> None:
        head = quiet_label(title)
        head.setProperty("quiet", False)
        head.setFont(text_font(15, medium=True))
        told = quiet_label(hint)
        told.setWordWrap(True)
        self.open_button.setDefault(True)
        self.cancel_button.setAutoDefault(False)
        self.cancel_button.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.cancel_button)
        row.addWidget(self.open_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 18, 22, 16)
        column.setSpacing(12)
        self.state.hide()
        for part in (head, told, self.fields, self.state):
            column.addWidget(part)
        column.addLayout(row)

    def showEvent(self, event: QShowEvent) -> None:
        """By now its fields are in."""
        super().showEvent(event)
        self._fit()

    def _allow(self, may_enter: bool) -> None:
        self.fields.setEnabled(may_enter)
        self.open_button.setEnabled(may_enter)

    def _say(self, words: str) -> None:
        self.state.setText(words)
        self.state.show()
        self._fit()

    def _fit(self) -> None:
        """As high as its words are over several lines, which a dialog's own hint knows not of."""
        if (layout := self.layout()) is not None:
            layout.activate()
            self.setFixedHeight(layout.totalHeightForWidth(WIDTH))
