"""Makes an epoch of the chosen snapshots: name, note, and its figures while one still chooses.

It does not block the window: choosing more on the timeline goes on beside it.
"""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from lake_core.scene.model import TrainingEpoch
from studio.panels.chrome import push_button, quiet_label
from studio.panels.figures import Figures, figures_of
from studio.panels.snapshot_drag import unpacked
from studio.session import Session
from studio.theme import section_head, text_font

SETTLE_MS = 150
"""Figures are asked for when the choice has stood still this long."""


class EpochDialog(QDialog):
    """Name, note, figures, Create."""

    preview_requested = Signal(object)  # tuple[UUID, ...]
    create_requested = Signal(object, str, str)  # tuple[UUID, ...], name, note

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setAcceptDrops(True)
        self.setWindowTitle("New epoch")
        self.setMinimumWidth(440)
        self.name = QLineEdit(placeholderText="Name, such as “First walk”")
        self.note = QPlainTextEdit(placeholderText="Note (optional)")
        self.note.setTabChangesFocus(True)
        self.note.setFixedHeight(64)
        self.figures, self._state = Figures(), quiet_label()
        self.create_button = push_button("Create epoch", main=True)
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._build()
        self._settle.timeout.connect(self._ask)
        session.chosen_changed.connect(self._chosen_changed)
        self._chosen_changed(session.chosen_snapshots)

    def show_preview(self, asked: object, epoch: TrainingEpoch) -> None:
        """Figures of the choice they were asked for; late ones of another choice are dropped."""
        if asked == self._session.chosen_snapshots:
            self.figures.show_figures(figures_of(epoch))
            self._state.setText(_span(epoch))

    def preview_failed(self, message: str) -> None:
        """Why there are no figures."""
        self._state.setText(message)

    def creating_failed(self, message: str) -> None:
        """Why there is no epoch; the person may try again."""
        self._state.setText(message)
        self.create_button.setEnabled(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """More snapshots may be dropped on it."""
        if unpacked(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Choose them too."""
        event.acceptProposedAction()
        chosen = (*self._session.chosen_snapshots, *unpacked(event.mimeData()))
        self._session.choose(dict.fromkeys(chosen))

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(10)
        head = quiet_label("New epoch")
        head.setProperty("quiet", False)
        head.setFont(text_font(17, medium=True))
        column.addWidget(head)
        column.addWidget(self.name)
        column.addWidget(self.note)
        column.addSpacing(4)
        column.addWidget(section_head("What it will hold"))
        column.addWidget(self._card())
        self._state.setWordWrap(True)
        column.addWidget(self._state)
        column.addLayout(self._button_row())

    def _card(self) -> QFrame:
        card = QFrame()
        card.setProperty("card", True)
        inner = QVBoxLayout(card)
        inner.setContentsMargins(14, 12, 14, 12)
        inner.addWidget(self.figures)
        return card

    def _button_row(self) -> QHBoxLayout:
        cancel = push_button("Cancel")
        cancel.clicked.connect(self.reject)
        self.create_button.setDefault(True)
        self.create_button.clicked.connect(self._create)
        row = QHBoxLayout()
        row.addWidget(quiet_label("You can still choose on the timeline."))
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(self.create_button)
        return row

    def _chosen_changed(self, chosen: object) -> None:
        self.create_button.setEnabled(bool(chosen))
        self.figures.show_figures(figures_of(None))
        if chosen:
            self._state.setText("Counting…")
            self._settle.start()
        else:
            self._settle.stop()
            self._state.setText("Choose snapshots on the timeline.")

    def _ask(self) -> None:
        self.preview_requested.emit(self._session.chosen_snapshots)

    def _create(self) -> None:
        self.create_button.setEnabled(False)
        self._state.setText("Creating…")
        name, note = self.name.text().strip(), self.note.toPlainText().strip()
        self.create_requested.emit(self._session.chosen_snapshots, name, note)


def _span(epoch: TrainingEpoch) -> str:
    """From when to when, in the person's own time."""
    start, end = epoch.start_time.astimezone(), epoch.end_time.astimezone()
    if start.date() == end.date():
        return f"{start:%d %b %Y, %H:%M:%S} to {end:%H:%M:%S}"
    return f"{start:%d %b %Y, %H:%M} to {end:%d %b %Y, %H:%M}"
