"""Asks for the address of a PostgreSQL, and says how trying it goes. Emits it; tries nothing."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from studio.panels.trying_dialog import TryingDialog

HINT = "It is tried before this lake is left, and not remembered."


class AddressDialog(TryingDialog):
    """One field. It stays until the address was found good, or the person gives up."""

    address_entered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Open a PostgreSQL", HINT, "Open", parent)
        self.address = QLineEdit(placeholderText="postgresql://me@host/lake")
        self.address.setAccessibleName("Address of a PostgreSQL")
        column = QVBoxLayout(self.fields)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.address)
        self.open_button.clicked.connect(self._enter)
        self.address.setFocus()

    def show_failed(self, words: str) -> None:
        """As ever, and the caret is where it can be mended."""
        super().show_failed(words)
        self.address.setFocus()

    def _enter(self) -> None:
        if address := self.address.text().strip():
            self.address_entered.emit(address)
