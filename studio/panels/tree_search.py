"""The search of the tree: a field that is read as one types, and a hint where it says nothing.

Owns the text and the query it stands for. A text that is no query leaves the last one in force.
Knows no rows.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from lake_core.errors import InvalidInput
from lake_core.scene.query import Query, parse_query
from studio.panels.chrome import tool_button
from studio.theme import SMALL_PX, THEME, icon, styled, text_font

TYPING_MS: Final = 90
TIP: Final = """<table cellspacing=3>
<tr><td><b>box</b></td><td>in name, id, class or tag</td></tr>
<tr><td><b>flux:9</b> &nbsp;<b>flux:sacred</b></td><td>flux position</td></tr>
<tr><td><b>class:part</b> &nbsp;<b>class=Part</b></td><td>holds; is exactly</td></tr>
<tr><td><b>name:x</b> &nbsp;<b>id:x</b> &nbsp;<b>tag:x</b></td><td>in that field alone</td></tr>
<tr><td><b>depth:2</b> &nbsp;<b>depth&gt;2</b></td><td>levels below a root</td></tr>
<tr><td><b>param:energy&gt;3</b></td><td>a parameter's value</td></tr>
<tr><td><b>param:energy</b></td><td>has that parameter</td></tr>
<tr><td><b>-word</b> &nbsp;<b>"two words"</b></td><td>not so; as one text</td></tr></table>"""


class SearchField(QLineEdit):
    """The field; Down goes into the rows, Escape empties it, and leaves it where it is empty."""

    left_downwards = Signal()
    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down:
            self.left_downwards.emit()
        elif event.key() == Qt.Key.Key_Escape:
            if self.text():
                self.clear()
            else:
                self.left.emit()
        else:
            super().keyPressEvent(event)


class TreeSearch(QWidget):
    """The field, the switch for sacred ones, the hint."""

    query_changed = Signal(object)  # Query
    accepted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.query = Query()
        self.field = SearchField()
        self.field.setPlaceholderText("Find: text, flux:9, class:Part")
        self.field.setToolTip(TIP)
        self.field.setAccessibleName("Find entities")
        self.field.setClearButtonEnabled(True)
        self.field.addAction(icon("mdi6.magnify"), QLineEdit.ActionPosition.LeadingPosition)
        self.sacred = tool_button("mdi6.circle-double", "Sacred only: flux 3, 6 and 9")
        self.sacred.setCheckable(True)
        self.hint = QLabel()
        self.hint.setWordWrap(True)
        self.hint.hide()
        self.hint.setFont(text_font(SMALL_PX))
        styled(self.hint, lambda: f"color: {THEME.warning};")
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self.read)
        self.field.textChanged.connect(lambda _: self._typing.start())
        self.field.returnPressed.connect(self._accept)
        self._build()

    def take_typed(self, text: str) -> None:
        """Go on with what was typed elsewhere."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.setText(self.field.text() + text)

    def read(self) -> None:
        """Read the text now rather than when typing pauses."""
        self._typing.stop()
        try:
            query = parse_query(self.field.text())
        except InvalidInput as error:
            self.hint.setText(str(error))
            self.hint.setVisible(True)
            return
        self.hint.setVisible(False)
        if query != self.query:
            self.query = query
            self.query_changed.emit(query)

    def _accept(self) -> None:
        self.read()
        if self.hint.isHidden():
            self.accepted.emit()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 0, 8, 0)
        column.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.field, 1)
        row.addWidget(self.sacred)
        column.addLayout(row)
        column.addWidget(self.hint)
