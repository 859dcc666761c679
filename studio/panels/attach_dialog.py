"""Asks which server to attach to, and for what that turns out to need. Emits; tries nothing."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QLineEdit, QWidget

from studio.panels.chrome import quiet_label
from studio.panels.trying_dialog import TryingDialog

HINT: Final = (
    "This window then shows the lake of that server and listens no more itself. It asks for what "
    "else it needs. Tokens and passwords are not remembered."
)


class AttachDialog(TryingDialog):
    """One field, and more where they are needed: a token, a PostgreSQL with its password."""

    server_entered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Attach to a running server", HINT, "Attach", parent)
        self.url = QLineEdit(placeholderText="http://127.0.0.1:7000")
        self.token, self.password = _secret(), _secret()
        self.database = QLineEdit(placeholderText="postgresql://me@host/lake")
        self._form = QFormLayout(self.fields)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setVerticalSpacing(10)
        self._form.setHorizontalSpacing(14)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for name, field in (
            ("Server", self.url),
            ("Token", self.token),
            ("PostgreSQL", self.database),
            ("Password", self.password),
        ):
            field.setAccessibleName(name)
            self._form.addRow(quiet_label(name), field)
        self._forget_needs()
        self.url.textEdited.connect(self._forget_needs)
        self.open_button.clicked.connect(self._enter)
        self.url.setFocus()

    def enter(self, url: str) -> None:
        """As though a person had typed it."""
        self.url.setText(url)
        self._enter()

    def show_failed(self, words: str) -> None:
        """As ever, and the caret is where it can be mended."""
        super().show_failed(words)
        self.url.setFocus()

    def ask_token(self, words: str) -> None:
        """The server wants a token, or another one."""
        self._form.setRowVisible(self.token, True)
        super().show_failed(words)
        self.token.setFocus()
        self.token.selectAll()

    def ask_database(self, words: str, address: str) -> None:
        """Its lake is in this PostgreSQL, which needs a password, or another address from here."""
        if not self._form.isRowVisible(self.database):
            self.database.setText(address)
        self._form.setRowVisible(self.database, True)
        self._form.setRowVisible(self.password, True)
        super().show_failed(words)
        self.password.setFocus()
        self.password.selectAll()

    def asked_database(self) -> str:
        """The address of a PostgreSQL that was typed; "" where none was asked for."""
        asked = self._form.isRowVisible(self.database)
        return self.database.text().strip() if asked else ""

    def _forget_needs(self) -> None:
        """Another server needs something else; what was typed is not for it."""
        for field in (self.token, self.database, self.password):
            field.clear()
            self._form.setRowVisible(field, False)

    def _enter(self) -> None:
        if self.url.text().strip():
            self.server_entered.emit()


def _secret() -> QLineEdit:
    return QLineEdit(echoMode=QLineEdit.EchoMode.Password)
