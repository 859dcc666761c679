"""What the timeline says of an archive that is asked about, and how far its fetching is.

Told what lies there; emits wishes. Knows no lake and fetches nothing itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from lake_core.upkeep.report import ArchivedStretch
from studio.panels.cards import Card
from studio.panels.chrome import ElidedLabel, push_button, quiet_label, tool_button
from studio.theme import THEME, styled, text_font

NOTE_WIDTH: Final = 360


class FetchLine(QWidget):
    """One line: what is fetched, how far it is, and a way to stop it; hidden otherwise."""

    cancel_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words, self.bar = ElidedLabel(), QProgressBar(textVisible=False)
        self.cancel = push_button("Cancel")
        self.cancel.setAutoDefault(False)
        self.cancel.clicked.connect(self._stop)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 3, 10, 4)
        row.setSpacing(10)
        row.addWidget(self.words, 2)
        row.addWidget(self.bar, 1)
        row.addWidget(self.cancel)
        self._what = ""
        self.hide()

    def begin(self, wanted: Sequence[ArchivedStretch]) -> None:
        """These are being fetched."""
        changes = sum(one.changes for one in wanted)
        many = f" and {len(wanted) - 1} more" if len(wanted) > 1 else ""
        self._what = f"{changes:,} changes from {wanted[-1].place}{many}"
        self.cancel.setEnabled(True)
        self.show_progress(0, 0)
        self.show()

    def show_progress(self, done: int, total: int) -> None:
        """How many changes of how many have come; 0 of 0 while the archive is being opened."""
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        share = f" {done / total:.0%} of" if total else ""
        self.words.set_whole(f"Fetching back{share} {self._what}")

    def end(self) -> None:
        """Nothing is fetched any more."""
        self.hide()

    def _stop(self) -> None:
        self.cancel.setEnabled(False)
        self.words.set_whole("Stopping…")
        self.cancel_requested.emit()


class ArchiveNote(QFrame):
    """What lies in an archive, and the offer to fetch it back; Escape or a click beside closes."""

    fetch_requested = Signal()

    def __init__(self, card: Card, place: str, more: int, parent: QWidget) -> None:
        """`more` stretches were archived after it, and have to come back with it."""
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("ArchiveNote")
        self.setAccessibleName(card.heading)
        self.setFixedWidth(NOTE_WIDTH)
        styled(
            self,
            lambda: (
                f"#ArchiveNote {{ background: {THEME.raised};"
                f" border: 1px solid {THEME.line_strong}; }}"
            ),
        )
        self._place = place
        self.fetch = push_button("Fetch back", icon_name="mdi6.archive-arrow-up-outline", main=True)
        self.fetch.setDefault(True)
        self.fetch.clicked.connect(self._ask)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(10)
        column.addWidget(_heading(card.heading))
        column.addLayout(_rows(card))
        column.addWidget(_why(more))
        column.addLayout(self._buttons())

    def open_at(self, at: QPoint) -> None:
        """Show it above a point of the screen, wholly on it."""
        self.adjustSize()
        room = self.screen().availableGeometry()
        rightmost = room.right() - self.width() - 6
        left = min(max(at.x() - self.width() // 2, room.left() + 6), rightmost)
        top = at.y() - self.height() - 12
        self.move(left, top if top >= room.top() else at.y() + 12)
        self.show()
        self.fetch.setFocus(Qt.FocusReason.PopupFocusReason)

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        copy = tool_button("mdi6.content-copy", "Copy where it is")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._place))
        row.addWidget(copy)
        row.addStretch(1)
        row.addWidget(self.fetch)
        return row

    def _ask(self) -> None:
        self.fetch_requested.emit()
        self.close()


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setFont(text_font(14, medium=True))
    return label


def _rows(card: Card) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(14)
    grid.setVerticalSpacing(4)
    grid.setColumnStretch(1, 1)
    for at, row in enumerate(card.rows):
        grid.addWidget(quiet_label(row.label), at, 0)
        value = ElidedLabel()
        value.set_whole(row.value)
        grid.addWidget(value, at, 1)
    return grid


def _why(more: int) -> QLabel:
    words = (
        "It comes back as it was, every snapshot and change. The archive stays; a retention policy "
        "in force holds for what is back."
    )
    if more:
        were = "stretch that was" if more == 1 else f"{more} stretches that were"
        words = f"With it comes the {were} archived after it. {words}"
    label = quiet_label(words)
    label.setWordWrap(True)
    return label
