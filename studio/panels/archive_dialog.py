"""Cold storage: what was put away and where it is, putting more away, and bringing it back.

Shows what it is handed and emits what is wanted; it stays usable while one thing is under way.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QInputDialog,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from lake_core.upkeep.report import ArchivedStretch
from studio.models.upkeep_state import UpkeepState
from studio.models.upkeep_words import place_fault, state_words
from studio.models.vitals import size_words
from studio.panels.archive_form import ArchiveForm
from studio.panels.chrome import RoomyArea, push_button
from studio.panels.dialog_parts import PickTable, TaskLine, fit, head_label, say, told_label
from studio.theme import THEME

HEADS: Final = ("Space", "From", "To", "Changes", "Size", "State", "Where")
MOST_ROWS: Final = 7
ABOUT: Final = (
    "History is written as Parquet, read back and checked; ten minutes later, when nobody reads it "
    "any more, it goes from here. Restoring brings it back as it was, and leaves the archive."
)
NONE_YET: Final = "Nothing was put away yet."


class ArchiveDialog(QDialog):
    """A table over a form; a line for what is under way."""

    restore_requested = Signal(object)  # archive id
    restore_from_requested = Signal(str)  # place
    forget_requested = Signal(object)  # ArchivedStretch

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Archives")
        self.table = PickTable(HEADS, "Archives", (0, 6), (3, 4))
        self.form, self.progress, self.outcome = ArchiveForm(), TaskLine(), told_label()
        self.restore_button, self.forget_button = push_button("Restore"), push_button("Forget…")
        self.from_button = push_button("Restore from…")
        self.none_yet = told_label()
        self._archives: tuple[ArchivedStretch, ...] = ()
        self._busy = False
        self._build()
        self._wire()

    @property
    def chosen(self) -> ArchivedStretch | None:
        """The archive of the chosen row."""
        row = self.table.picked_row
        return self._archives[row] if 0 <= row < len(self._archives) else None

    def show_state(self, state: UpkeepState, wanted: str) -> None:
        """Show how it is now; `wanted` is the space to put away of at first."""
        self.form.show_spaces(state.spaces, wanted)
        self.form.show_waiting(state.archives)
        before, self._archives = self.chosen, tuple(reversed(state.archives))
        self.table.setRowCount(len(self._archives))
        for row, one in enumerate(self._archives):
            for column, (text, colour) in enumerate(_cells(one)):
                self.table.say(row, column, text, colour)
        self.table.setVisible(bool(self._archives))
        self.none_yet.setVisible(not self._archives)
        self.table.setFixedHeight(self.table.height_for(min(len(self._archives), MOST_ROWS)))
        ids = [one.id for one in self._archives]
        if self._archives and (before is None or before.id in ids):
            self.table.pick(ids.index(before.id) if before is not None else 0)
        self._allow()

    def pick(self, archive_id: UUID) -> None:
        """Choose an archive."""
        for row, one in enumerate(self._archives):
            if one.id == archive_id:
                self.table.pick(row)

    def begin(self, doing: str) -> None:
        """Something is under way."""
        self._busy = True
        say(self.outcome, "")
        self.progress.begin(doing, "changes")
        self.form.show_busy(True)
        self._allow()

    def end(self, words: str, *, fault: bool = False) -> None:
        """It is over, and this came of it."""
        self._busy = False
        self.progress.end()
        self.form.show_busy(False)
        say(self.outcome, words, fault=fault)
        self._allow()
        if not fault:
            self.form.ask()  # what is left to put away is otherwise now

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 18, 22, 16)
        column.setSpacing(10)
        column.addWidget(head_label("Archives"))
        about = told_label()
        about.setText(ABOUT)
        column.addWidget(about)
        whole = QWidget()
        inner = QVBoxLayout(whole)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(12)
        self.none_yet.setText(NONE_YET)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        inner.addWidget(self.none_yet)
        self.table.setFixedHeight(self.table.height_for(1))  # until it is known how many
        inner.addWidget(self.table)
        inner.addWidget(self.form)
        inner.addStretch(1)
        area = RoomyArea(whole)
        area.wish_changed.connect(lambda: fit(self))
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it follows what is in it
        column.addWidget(area, 1)
        column.addWidget(self.progress)
        column.addWidget(self.outcome)
        column.addLayout(self._button_row())
        self.setMinimumWidth(760)

    def _button_row(self) -> QHBoxLayout:
        close = push_button("Close")
        close.clicked.connect(self.reject)
        self.from_button.setToolTip("An archive of another lake, or one that was moved")
        row = QHBoxLayout()
        for button in (self.restore_button, self.forget_button, self.from_button):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(close)
        for button in (self.restore_button, self.forget_button, self.from_button, close):
            button.setAutoDefault(False)
        return row

    def _wire(self) -> None:
        self.table.picked.connect(lambda _: self._allow())
        self.table.activated_row.connect(lambda _: self.restore_button.click())
        self.table.delete_requested.connect(lambda _: self.forget_button.click())
        self.restore_button.clicked.connect(self._restore)
        self.forget_button.clicked.connect(self._ask_forget)
        self.from_button.clicked.connect(self._ask_place)

    def _allow(self) -> None:
        chosen, free = self.chosen, not self._busy
        away = chosen is not None and chosen.state == "archived"
        self.restore_button.setEnabled(free and away)
        self.restore_button.setToolTip(
            "" if away or chosen is None else "It is here still: there is nothing to bring back"
        )
        self.forget_button.setEnabled(free and chosen is not None)
        self.forget_button.setText("Forget…" if away or chosen is None else "Keep here…")
        self.from_button.setEnabled(free)

    def _restore(self) -> None:
        if self.chosen is not None:
            self.restore_requested.emit(self.chosen.id)

    def _ask_forget(self) -> None:
        stretch = self.chosen
        if stretch is None:
            return
        away = stretch.state == "archived"
        title = "Forget archive" if away else "Keep history here"
        text = f"Forget the archive at {stretch.place}?" if away else "Keep this history here?"
        told = (
            "What it holds counts as gone for good. Its files stay, and “Restore from…” can bring "
            "it back only as long as nothing more was put away or cut."
            if away
            else "Nothing goes from here. The files of the archive stay; remove them yourself."
        )
        box = QMessageBox(QMessageBox.Icon.NoIcon, title, text, parent=self)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setInformativeText(told)
        role = QMessageBox.ButtonRole
        deed = box.addButton("Forget" if away else "Keep here", role.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        deed.clicked.connect(lambda: self.forget_requested.emit(stretch))
        box.open()

    def _ask_place(self) -> None:
        dialog = QInputDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle("Restore an archive")
        dialog.setLabelText("The folder or URL an archive lies at")
        dialog.textValueSelected.connect(self._place_typed)
        dialog.resize(460, dialog.height())
        dialog.open()

    def _place_typed(self, text: str) -> None:
        if fault := place_fault(text):
            say(self.outcome, fault, fault=True)
        else:
            self.restore_from_requested.emit(text.strip())


def _cells(one: ArchivedStretch) -> Sequence[tuple[str, str]]:
    now, quiet = datetime.now(UTC), THEME.text_quiet
    away = one.state == "archived"
    return (
        (one.space_name, THEME.text),
        (f"{one.from_at.astimezone():%d %b %Y %H:%M}", quiet),
        (f"{one.to_at.astimezone():%d %b %Y %H:%M}", quiet),
        (f"{one.changes:,}", THEME.text),
        (size_words(one.bytes) if one.bytes else "–", quiet),
        (state_words(one, now), THEME.text if away else THEME.warning),
        (one.place, quiet),
    )
