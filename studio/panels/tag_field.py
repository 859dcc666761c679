"""Tags as chips, and a field that adds one and completes those known. Keeps no snapshot."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCompleter, QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from lake_core.curate.remarks import LONGEST_TAG, MOST_TAGS
from studio.models.plain_values import keyless, plain_tip
from studio.panels.chrome import clear_out
from studio.theme import THEME, icon, styled, text_font

GAP: Final = 4
ENTER: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class TagField(QWidget):
    """Chips in lines as wide as the field, below it."""

    tags_changed = Signal(object)  # list[str]

    def __init__(self, width: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._width = width
        self.tags: list[str] = []
        self.field = QLineEdit(placeholderText="Add a tag")
        self.field.setMaxLength(LONGEST_TAG)
        self.field.setAccessibleName("Add a tag")
        self.field.installEventFilter(self)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(GAP)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.field)
        column.addLayout(self._lines)

    def offer(self, known: Iterable[str]) -> None:
        """Complete from these."""
        completer = QCompleter(sorted(set(known)), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.activated.connect(self._add_completed, Qt.ConnectionType.QueuedConnection)
        self.field.setCompleter(completer)

    def show_tags(self, tags: Iterable[str]) -> None:
        """Show these and no others."""
        self.tags = list(tags)
        clear_out(self._lines)
        line, room = self._new_line(), self._width
        for tag in self.tags:
            chip = self._chip(tag)
            needed = chip.sizeHint().width() + GAP
            if needed > room and room < self._width:
                line, room = self._new_line(), self._width
            line.insertWidget(line.count() - 1, chip)
            room -= needed
        self.updateGeometry()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter or a comma ends a tag; Backspace in the empty field takes the last one away.

        Enter in the empty field is not the field's: it goes to whoever holds it.
        """
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            ends = event.key() in ENTER and bool(self.field.text().strip())
            if ends or event.key() == Qt.Key.Key_Comma:
                self._add_typed()
                return True
            if event.key() == Qt.Key.Key_Backspace and not self.field.text() and self.tags:
                self._change(self.tags[:-1])
                return True
        return super().eventFilter(watched, event)

    def _new_line(self) -> QHBoxLayout:
        holder = QWidget()
        line = QHBoxLayout(holder)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GAP)
        line.addStretch(1)
        self._lines.addWidget(holder)
        return line

    def _chip(self, tag: str) -> QToolButton:
        chip = QToolButton()
        chip.setFont(text_font(12))
        shown = chip.fontMetrics().elidedText(tag, Qt.TextElideMode.ElideRight, 180)
        chip.setText(keyless(shown))
        chip.setIcon(icon("mdi6.close"))
        chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        chip.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        chip.setToolTip(plain_tip(f"Take the tag {tag} away"))
        chip.setAccessibleName(f"Tag {tag}")
        styled(chip, lambda: f"background: {THEME.hover}; border-radius: 9px; padding: 2px 8px;")
        chip.clicked.connect(partial(self._take_away, tag))
        return chip

    def _take_away(self, tag: str) -> None:
        self._change([one for one in self.tags if one != tag])

    def _add_completed(self, tag: str) -> None:
        self.field.setText(tag)
        self._add_typed()

    def _add_typed(self) -> None:
        tag = self.field.text().strip()
        self.field.clear()
        if tag and tag not in self.tags and len(self.tags) < MOST_TAGS:
            self._change([*self.tags, tag])

    def _change(self, tags: list[str]) -> None:
        self.show_tags(tags)
        self.tags_changed.emit(tags)
