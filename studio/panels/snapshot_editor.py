"""What a person says of one snapshot: stars, pin, tags, note; a small card over the window.

Emits edits as they are made, the note when it is left. Knows one SnapshotSummary and no lake.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from lake_core.curate.remarks import LONGEST_NOTE
from lake_core.scene.model import SnapshotEdit, SnapshotSummary
from studio.models.time_words import clock_words
from studio.panels.chrome import quiet_label, tool_button
from studio.panels.stars import Stars
from studio.panels.tag_field import ENTER, TagField
from studio.panels.timeline_cards import TRIGGER_WORDS
from studio.theme import THEME, icon, styled, text_font

WIDTH: Final = 300
NOTE_HEIGHT: Final = 64


class SnapshotEditor(QFrame):
    """Goes away by itself at the next click elsewhere, or with Escape, Enter or, in the note,
    Ctrl+Enter: all that was said is kept.
    """

    edit_requested = Signal(object, object)  # SnapshotSummary as it was, SnapshotEdit
    delete_requested = Signal(object)  # SnapshotSummary

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._summary: SnapshotSummary | None = None
        self.stars, self.tags = Stars(), TagField(WIDTH)
        self.note = QPlainTextEdit(placeholderText="Note, Ctrl+Enter when done")
        self.note.setTabChangesFocus(True)
        self.note.setFixedHeight(NOTE_HEIGHT)
        self.pin = tool_button("mdi6.pin-outline", "Pin: retention never takes it")
        self.pin.setCheckable(True)
        self.drop = tool_button("mdi6.delete-outline", "Delete this snapshot")
        self._head, self._when = QLabel(), quiet_label()
        self.setObjectName("SnapshotEditor")
        styled(
            self,
            lambda: (
                f"#SnapshotEditor {{ background: {THEME.panel};"
                f" border: 1px solid {THEME.line_strong}; }}"
            ),
        )
        self._build()
        self._wire()

    @property
    def summary(self) -> SnapshotSummary | None:
        """The snapshot it shows, as it was when it was last told."""
        return self._summary

    def open_for(self, summary: SnapshotSummary, known: Iterable[str], at: QPoint) -> None:
        """Show one near a point of the screen; `known` tags are completed."""
        self._summary = None
        self._head.setText(TRIGGER_WORDS.get(summary.trigger, "Snapshot"))
        self._when.setText(clock_words(summary.timestamp))
        self.note.setPlainText(summary.note)
        self.tags.offer(known)
        self.show_summary(summary)
        self.adjustSize()
        self.move(_within(QRect(at, self.sizeHint()), at))
        self.show()
        self.stars.setFocus()

    def show_summary(self, summary: SnapshotSummary) -> None:
        """What is said of it now, as someone else may have said it; but for a note being typed."""
        self._summary = summary
        self.stars.show_rating(summary.rating)
        if self.tags.tags != summary.tags:
            self.tags.show_tags(summary.tags)
        self.pin.setChecked(summary.pinned)
        self.pin.setIcon(icon("mdi6.pin" if summary.pinned else "mdi6.pin-outline"))

    def hideEvent(self, event: QHideEvent) -> None:
        """The note is said when it is left."""
        super().hideEvent(event)
        note = self.note.toPlainText().strip()[:LONGEST_NOTE]
        if self._summary is not None and note != self._summary.note:
            self._say(SnapshotEdit(note=note))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What no field takes for itself: Enter is done."""
        if event.key() in ENTER:
            self.hide()
        else:
            super().keyPressEvent(event)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 14)
        column.setSpacing(10)
        self._head.setFont(text_font(14, medium=True))
        head = QHBoxLayout()
        head.addWidget(self._head)
        head.addWidget(self._when)
        head.addStretch(1)
        head.addWidget(self.drop)
        rating = QHBoxLayout()
        rating.addWidget(self.stars)
        rating.addStretch(1)
        rating.addWidget(self.pin)
        column.addLayout(head)
        column.addLayout(rating)
        self.tags.setFixedWidth(WIDTH)
        column.addWidget(self.tags)
        column.addWidget(self.note)

    def _wire(self) -> None:
        self.stars.rated.connect(lambda rating: self._say(SnapshotEdit(rating=rating)))
        self.tags.tags_changed.connect(self._tagged)
        self.pin.clicked.connect(lambda on: self._say(SnapshotEdit(pinned=on)))
        self.drop.clicked.connect(self._delete)

    def _tagged(self, tags: list[str]) -> None:
        self._say(SnapshotEdit(tags=tags))
        self.adjustSize()

    def _delete(self) -> None:
        if self._summary is not None:
            self.delete_requested.emit(self._summary)
        self._summary = None
        self.hide()

    def _say(self, edit: SnapshotEdit) -> None:
        if self._summary is not None:
            self.edit_requested.emit(self._summary, edit)


def _within(place: QRect, at: QPoint) -> QPoint:
    """Above the point where there is no room below it; inside the screen in any case."""
    screen = QGuiApplication.screenAt(at) or QGuiApplication.primaryScreen()
    room = screen.availableGeometry()
    if place.bottom() > room.bottom():
        place.moveBottom(at.y() - 12)
    place.moveRight(min(place.right(), room.right() - 8))
    place.moveTop(max(place.top(), room.top() + 8))
    return place.topLeft()
