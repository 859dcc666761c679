"""The monitor's lines on schedules, retention and archives, with the way to each dialog."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from studio.models.upkeep_figures import archive_lines, retention_lines, schedule_lines
from studio.models.upkeep_state import UpkeepState
from studio.panels.chrome import tool_button
from studio.panels.dialog_parts import told_label
from studio.theme import THEME, section_head, styled

SCHEDULES, RETENTION, ARCHIVES = "schedule", "retention", "archive"
NARROW: Final = 520
HEADS: Final = (
    (SCHEDULES, "Schedules", "Snapshots at times"),
    (RETENTION, "Retention", "What is kept, and what goes"),
    (ARCHIVES, "Archives", "History in cold storage"),
)


class UpkeepLines(QWidget):
    """Three columns of a few lines."""

    opened = Signal(str)  # SCHEDULES, RETENTION or ARCHIVES

    def __init__(self) -> None:
        super().__init__()
        self.lines = {about: told_label() for about, _, _ in HEADS}
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(28)
        for about, head, tip in HEADS:
            self._row.addLayout(self._column(about, head, tip), 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, one under the other."""
        super().resizeEvent(event)
        directions = QBoxLayout.Direction
        is_wide = self.width() >= NARROW
        self._row.setDirection(directions.LeftToRight if is_wide else directions.TopToBottom)
        self._row.setSpacing(28 if is_wide else 12)

    def show_state(self, state: UpkeepState, now: datetime, doing: str = "") -> None:
        """Show how it is; `doing` is what is put away or brought back now."""
        self._say(SCHEDULES, schedule_lines(state, now))
        self._say(RETENTION, retention_lines(state, now))
        self._say(ARCHIVES, archive_lines(state, now, doing))

    def _say(self, about: str, lines: Sequence[str]) -> None:
        text = "\n".join(lines)
        if self.lines[about].text() != text:
            self.lines[about].setText(text)

    def _column(self, about: str, head: str, tip: str) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(4)
        row = QHBoxLayout()
        button = tool_button("", f"{tip}: show and change")
        button.setText("Change…")
        styled(button, lambda: f"color: {THEME.accent}; padding: 1px 6px;")
        button.clicked.connect(lambda: self.opened.emit(about))
        row.addWidget(section_head(head))
        row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        label = self.lines[about]
        label.setAccessibleName(head)
        label.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addWidget(label, 1)
        return column
