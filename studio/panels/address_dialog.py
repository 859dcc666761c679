"""Asks for the address of a PostgreSQL, and says how trying it goes. Emits it; tries nothing."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from studio.panels.chrome import push_button, quiet_label
from studio.theme import text_font

WIDTH = 520


class AddressDialog(QDialog):
    """One field. It stays until the address was found good, or the person gives up."""

    address_entered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Open a PostgreSQL")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(WIDTH)
        self.address = QLineEdit(placeholderText="postgresql://me@host/lake")
        self.address.setAccessibleName("Address of a PostgreSQL")
        self.state = QLabel(textInteractionFlags=Qt.TextInteractionFlag.TextSelectableByMouse)
        self.state.setTextFormat(Qt.TextFormat.PlainText)
        self.state.setWordWrap(True)
        self.open_button = push_button("Open", main=True)
        self.cancel_button = push_button("Cancel")
        self._build()

    def show_trying(self, name: str) -> None:
        """It is being tried; another one can be given once that has ended."""
        self._allow(False)
        self._say(f"Trying {name}…")

    def show_failed(self, message: str) -> None:
        """Why it cannot be opened; the person may mend it."""
        self._allow(True)
        self._say(message)
        self.address.setFocus()

    def _build(self) -> None:
        head = quiet_label("Open a PostgreSQL")
        head.setProperty("quiet", False)
        head.setFont(text_font(15, medium=True))
        hint = quiet_label("It is tried before this lake is left, and not remembered.")
        self.open_button.setDefault(True)
        self.open_button.clicked.connect(self._enter)
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
        for part in (head, hint, self.address, self.state):
            column.addWidget(part)
        column.addLayout(row)

    def _enter(self) -> None:
        if address := self.address.text().strip():
            self.address_entered.emit(address)

    def _allow(self, may_enter: bool) -> None:
        self.address.setEnabled(may_enter)
        self.open_button.setEnabled(may_enter)

    def _say(self, words: str) -> None:
        self.state.setText(words)
        self.state.show()
        self.adjustSize()
