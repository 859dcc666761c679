"""What is to be put away: of which space, up to when, and where. Tells what that would hold.

Emits what is wanted; finds nothing out itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
)

from lake_core.archive.planning import ArchivePlan
from lake_core.upkeep.report import ArchivedStretch
from studio.models.time_words import parse_instant
from studio.models.upkeep_words import SETTLING, moment_words, place_fault, stretch_line
from studio.models.vitals import size_words
from studio.panels.chrome import push_button, tool_button
from studio.panels.dialog_parts import ChoiceBox, say, told_label
from studio.theme import section_head

SETTLE_MS: Final = 250
ALL, BEFORE = 0, 1
WHEN_TIP: Final = "Such as 2026-11-20 12:00, 3:35 or 30 d ago; in your own time zone"
PLACE_TIP: Final = "An empty or new folder, or a URL: s3://bucket/folder, gs://bucket/folder"
FOLDER: Final = "lake-archives"


class ArchiveForm(QFrame):
    """A card of three rows, and a line that says what they come to."""

    plan_requested = Signal(str, object)  # space, datetime or None for as much as may go
    archive_requested = Signal(str, str, object)  # space, place, datetime or None

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("card", True)
        self.spaces, self.when, self.place = ChoiceBox(), QLineEdit(), QLineEdit()
        self.modes = QButtonGroup(self)
        self.buttons = [QRadioButton("As much as may go"), QRadioButton("All before")]
        self.told = told_label()
        self.archive_button = push_button("Put away", main=True)
        self.plan: ArchivePlan | None = None
        self._since: datetime | None = None
        self._place_is_ours = True  # nobody has typed another
        self._waiting: dict[str, ArchivedStretch] = {}
        self._busy = False
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._build()
        self._wire()

    def show_spaces(self, names: Sequence[str], wanted: str = "") -> None:
        """Spaces to choose from; `wanted` is chosen where none was before."""
        if list(names) == [self.spaces.itemText(at) for at in range(self.spaces.count())]:
            return
        chosen = self.spaces.currentText() or wanted
        self.spaces.blockSignals(True)
        self.spaces.clear()
        self.spaces.addItems(list(names))
        self.spaces.setCurrentIndex(max(self.spaces.findText(chosen), 0))
        self.spaces.blockSignals(False)
        self.ask()

    def show_waiting(self, archives: Iterable[ArchivedStretch]) -> None:
        """What is put away and has yet to go from here: nothing more is put away before."""
        waiting = {one.space_name: one for one in archives if one.state == "checked"}
        if waiting != self._waiting:
            self._waiting = waiting
            self.ask()

    def propose(self, space: str, since: datetime | None, until: datetime | None) -> None:
        """Begin with a stretch someone has chosen; what is before it goes along."""
        if self.spaces.findText(space) < 0:
            self.spaces.addItem(space)
        self.spaces.setCurrentText(space)
        self._since = since
        self.buttons[ALL if until is None else BEFORE].setChecked(True)
        if until is not None:
            self.when.setText(f"{until.astimezone():%Y-%m-%d %H:%M:%S.%f}")
        self.ask()

    def show_plan(self, plan: ArchivePlan) -> None:
        """What would be put away."""
        if self._waits:
            return
        self.plan = plan
        if self._place_is_ours:
            self.place.setText(str(Path.home() / FOLDER / _folder_name(plan)))
        words = stretch_line(plan.changes, plan.snapshots, plan.from_at, plan.to_at)
        size = f";  frees about {size_words(plan.bytes)} here" if plan.bytes else ""
        before = (
            "  Archives follow one on another, so all before the stretch goes along."
            if self._since is not None and plan.from_at < self._since
            else ""
        )
        say(self.told, f"{words}{size}.{before}")
        self._check()

    def show_no_plan(self, words: str, *, fault: bool) -> None:
        """Why nothing can be put away so; a `fault` where it is a person's to mend."""
        if self._waits:
            return
        self.plan = None
        say(self.told, words, fault=fault)
        self._allow()

    def show_busy(self, is_busy: bool) -> None:
        """One thing is put away, or comes back, at a time."""
        self._busy = is_busy
        self._allow()

    def ask(self) -> None:
        """Ask what this would put away."""
        self.plan = None
        self._allow()
        space, before = self.spaces.currentText(), self._before()
        self.archive_button.setText("Finish" if space in self._waiting else "Put away")
        if not space:
            say(self.told, "There is no space yet.")
        elif space in self._waiting:
            self._tell_waiting(self._waiting[space])
        elif self.modes.checkedId() == BEFORE and before is None:
            said = bool(self.when.text().strip())
            self.show_no_plan(f"Say before when. {WHEN_TIP}.", fault=said)
        else:
            self.plan_requested.emit(space, before)

    def _tell_waiting(self, stretch: ArchivedStretch) -> None:
        leaves, now = stretch.at + SETTLING, datetime.now(UTC)
        when = f"from {moment_words(leaves, now)} on" if leaves > now else "any moment"
        words = f"The archive at {stretch.place} is whole and checked; what it holds goes from here"
        say(self.told, f"{words} {when}. More can be put away after that.")
        self._allow()

    def _before(self) -> datetime | None:
        if self.modes.checkedId() == ALL:
            return None
        now = datetime.now(UTC)
        return parse_instant(self.when.text(), now, now)

    def _check(self) -> None:
        fault = place_fault(self.place.text())
        if fault and self.plan is not None:
            say(self.told, fault, fault=True)
        self._allow()

    @property
    def _waits(self) -> bool:
        """Whether one has to be finished first; what was planned before that was known is past."""
        return self.spaces.currentText() in self._waiting

    def _allow(self) -> None:
        waiting = self._waiting.get(self.spaces.currentText())
        if waiting is not None:
            sound = datetime.now(UTC) > waiting.at + SETTLING
        else:
            sound = self.plan is not None and not place_fault(self.place.text())
        self.archive_button.setEnabled(sound and not self._busy)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 12)
        column.setSpacing(8)
        column.addWidget(section_head("Put history away"))
        grid = QGridLayout()
        grid.setVerticalSpacing(7)
        grid.setHorizontalSpacing(12)
        grid.setColumnStretch(1, 1)
        self.spaces.setMaximumWidth(360)
        self.when.setPlaceholderText("2026-11-20 12:00, or 30 d ago")
        self.when.setToolTip(WHEN_TIP)
        self.when.setMinimumWidth(200)
        self.place.setToolTip(PLACE_TIP)
        self.place.setPlaceholderText("A folder, or s3://bucket/folder")
        for at, (words, field) in enumerate(
            (("Space", self.spaces), ("What", self.when), ("Where", self.place))
        ):
            label = QLabel(words)
            label.setBuddy(field)
            field.setAccessibleName(words)
            grid.addWidget(label, at, 0)
        grid.addWidget(self.spaces, 0, 1)
        grid.addLayout(self._when_row(), 1, 1)
        grid.addLayout(self._place_row(), 2, 1)
        column.addLayout(grid)
        row = QHBoxLayout()
        self.told.setMinimumHeight(2 * self.told.fontMetrics().lineSpacing())
        row.addWidget(self.told, 1)
        row.addWidget(self.archive_button)
        self.archive_button.setAutoDefault(False)
        column.addLayout(row)

    def _when_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(14)
        for mode, button in enumerate(self.buttons):
            self.modes.addButton(button, mode)
            row.addWidget(button)
        self.buttons[ALL].setToolTip(
            "Up to the oldest instant that is pinned, bookmarked or in an epoch, "
            "or else the newest snapshot"
        )
        self.buttons[ALL].setChecked(True)
        self.when.setEnabled(False)
        row.addWidget(self.when)
        row.addStretch(1)
        return row

    def _place_row(self) -> QHBoxLayout:
        browse = tool_button("mdi6.folder-outline", "Choose a folder to make the archive in")
        browse.clicked.connect(self._browse)
        row = QHBoxLayout()
        row.addWidget(self.place, 1)
        row.addWidget(browse)
        return row

    def _wire(self) -> None:
        self.spaces.currentIndexChanged.connect(self.ask)
        self.modes.idToggled.connect(lambda _, on: self._turned() if on else None)
        self.when.textEdited.connect(self._settle.start)
        self.place.textEdited.connect(self._typed_place)
        self._settle.timeout.connect(self.ask)
        self.archive_button.clicked.connect(self._archive)

    def _turned(self) -> None:
        self.when.setEnabled(self.modes.checkedId() == BEFORE)
        self._settle.start()

    def _typed_place(self) -> None:
        self._place_is_ours = False
        if self.plan is not None:
            self.show_plan(self.plan)

    def _browse(self) -> None:
        name = _folder_name(self.plan) if self.plan is not None else "archive"
        dialog = QFileDialog(self, "Make the archive in", str(Path.home()))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda into: self.place.setText(str(Path(into) / name)))
        dialog.fileSelected.connect(self._typed_place)
        dialog.open()

    def _archive(self) -> None:
        waiting = self._waiting.get(self.spaces.currentText())
        if waiting is not None:
            self.archive_requested.emit(waiting.space_name, waiting.place, None)
        elif self.plan is not None:
            place = self.place.text().strip()
            if "://" not in place:
                place = str(Path(place).expanduser())
            self.archive_requested.emit(self.plan.space_name, place, self._before())


def _folder_name(plan: ArchivePlan) -> str:
    """A folder's name out of a space's and how far the archive goes."""
    safe = "".join(each if each.isalnum() or each in "._-" else "-" for each in plan.space_name)
    return f"{safe.strip('-.') or 'space'}-to-{plan.to_at.astimezone():%Y-%m-%d-%H%M%S}"
