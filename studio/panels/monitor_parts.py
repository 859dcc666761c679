"""The monitor's lists: alarms in plain words, spaces with their health, tables by size."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from lake_core.store.sizes import TableSize
from studio.models.vitals import Alarm, Grade, SpaceVitals, size_words
from studio.painting import guarded
from studio.panels.calm_table import CalmTable
from studio.panels.chrome import plain_label, tool_button
from studio.render.time_axis import span_words
from studio.theme import THEME, icon, styled, text_font

MOST_ALARMS: Final = 6
MOST_SPACES: Final = 8
MOST_TABLES: Final = 7
LINE: Final = 20
LESSER: Final = (
    (800, ("Changes", "Quality")),
    (700, ("Snapshots", "Per s")),
    (560, ("Entities", "Last change")),
    (400, ("Same names",)),
)
"""Pixels of width below which columns go, those that matter least first; faults always stay."""
NARROW_ALARM: Final = 460
UNKNOWN: Final = "–"
HEADS: Final = [
    *("Space", "Entities", "Changes", "Per s", "Last change", "Snapshots"),
    *("Pauses", "Loops", "Orphans", "Same names", "Quality"),
]


GO_TO: Final = {"schedule": "Schedules…", "retention": "Retention…", "archive": "Archives…"}


class AlarmLine(QWidget):
    """A mark, the words, and what can be done about it."""

    opened = Signal(str)
    dismissed = Signal(object)  # Alarm

    def __init__(self) -> None:
        super().__init__()
        self._alarm: Alarm | None = None
        self._mark, self.text = QLabel(), plain_label()
        self.text.setWordWrap(True)
        self.go, self.dismiss = tool_button("", ""), tool_button("", "Speak no more of it")
        self.dismiss.setText("Dismiss")
        row, deeds = QHBoxLayout(self), QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self._parts = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._parts.setSpacing(4)
        self._parts.addWidget(self.text, 1)
        self._parts.addLayout(deeds)
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(self._parts, 1)
        for button in (self.go, self.dismiss):
            deeds.addWidget(button)
            styled(button, lambda: f"color: {THEME.accent}; padding: 0 6px;")
        deeds.addStretch(1)
        self.go.clicked.connect(self._go)
        self.dismiss.clicked.connect(lambda: self.dismissed.emit(self._alarm))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, what can be done is below the words."""
        super().resizeEvent(event)
        directions, is_wide = QBoxLayout.Direction, self.width() >= NARROW_ALARM
        self._parts.setDirection(directions.LeftToRight if is_wide else directions.TopToBottom)

    def show_alarm(self, alarm: Alarm | None, words: str, name: str, colour: str) -> None:
        """Show one, or a line that is none."""
        self._alarm = alarm
        self._mark.setPixmap(icon(name, colour).pixmap(16, 16))
        self.text.setText(words)
        words = GO_TO.get(alarm.about, "") if alarm is not None else ""
        self.go.setText(words)
        self.go.setAccessibleName(words)
        self.go.setVisible(bool(words))
        self.dismiss.setVisible(alarm is not None and alarm.can_dismiss)

    def _go(self) -> None:
        if self._alarm is not None:
            self.opened.emit(self._alarm.about)


class AlarmList(QWidget):
    """A line an alarm; one quiet line where all is well."""

    opened = Signal(str)  # "schedule", "retention" or "archive"
    dismissed = Signal(object)  # Alarm

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._lines: list[AlarmLine] = []
        self._shown: tuple[Alarm, ...] | None = None
        self.show_alarms(())

    @property
    def words(self) -> list[str]:
        """What is said."""
        return [line.text.text() for line in self.lines]

    @property
    def lines(self) -> list[AlarmLine]:
        """Those that are seen."""
        return [line for line in self._lines if not line.isHidden()]

    def show_alarms(self, alarms: Sequence[Alarm]) -> None:
        """Show these, the worst on top."""
        if tuple(alarms) == self._shown:
            return
        self._shown = tuple(alarms)
        told: list[tuple[Alarm | None, str, str, str]] = [
            (alarm, alarm.words, *_look(alarm.grade)) for alarm in alarms[:MOST_ALARMS]
        ]
        if not told:
            told = [(None, "All is well.", "mdi6.check-circle-outline", THEME.good)]
        if (rest := len(alarms) - MOST_ALARMS) > 0:
            told.append((None, f"and {rest} more", "mdi6.dots-horizontal", THEME.text_quiet))
        while len(self._lines) < len(told):
            self._add_line()
        for at, line in enumerate(self._lines):
            line.setVisible(at < len(told))
            if at < len(told):
                line.show_alarm(*told[at])

    def _add_line(self) -> None:
        line = AlarmLine()
        line.opened.connect(self.opened)
        line.dismissed.connect(self.dismissed)
        self._column.addWidget(line)
        self._lines.append(line)


def _look(grade: Grade) -> tuple[str, str]:
    match grade:
        case Grade.DANGER:
            return "mdi6.alert-octagon-outline", THEME.danger
        case Grade.WARNING:
            return "mdi6.alert-outline", THEME.warning
        case Grade.NOTE:
            return "mdi6.information-outline", THEME.text_quiet


class SpaceTable(CalmTable):
    """A row a space, those that changed last on top; a click shows the space."""

    space_requested = Signal(str)

    def __init__(self) -> None:
        super().__init__(HEADS, "Spaces and their health")
        self._names: list[str] = []
        self.cellClicked.connect(lambda row, _: self.space_requested.emit(self._names[row]))
        self.show_spaces(())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, what matters least goes."""
        super().resizeEvent(event)
        for width, heads in LESSER:
            for head in heads:
                self.setColumnHidden(HEADS.index(head), self.width() < width)

    def show_spaces(self, spaces: Sequence[SpaceVitals]) -> None:
        """Show these."""
        spaces = sorted(spaces, key=lambda one: (-(one.last_change or 0.0), one.space_name))
        self._names = [one.space_name for one in spaces]
        self.setRowCount(len(spaces))
        for row, space in enumerate(spaces):
            for column, (text, colour) in enumerate(_cells(space)):
                self.say(row, column, text, colour)
        self.setFixedHeight(self.height_for(min(max(len(spaces), 1), MOST_SPACES)))


def _cells(space: SpaceVitals) -> list[tuple[str, str]]:
    quiet, last = THEME.text_quiet, UNKNOWN
    if space.last_change is not None:
        ago = max(time.time() - space.last_change, 0.0)
        last = "just now" if ago < 2 else f"{span_words(float(int(ago)))} ago"
    faults = [
        (UNKNOWN if count < 0 else f"{count:,}", THEME.warning if count > 0 else quiet)
        for count in (space.loops, space.orphans)
    ]
    return [
        (space.space_name, THEME.text),
        (f"{space.entities:,}", THEME.text),
        (f"{space.changes:,}", THEME.text),
        (f"{space.rate:,.0f}", THEME.text if space.rate >= 0.5 else quiet),
        (last, THEME.text),
        (f"{space.snapshots:,}", THEME.text),
        (UNKNOWN if space.pauses < 0 else f"{space.pauses:,}", quiet),
        *faults,
        (UNKNOWN if space.same_names < 0 else f"{space.same_names:,}", quiet),
        (UNKNOWN if space.quality < 0 else f"{space.quality:.2f}", THEME.text),
    ]


class TableSizes(QWidget):
    """A bar a table, the largest on top."""

    def __init__(self) -> None:
        super().__init__()
        self._sizes: tuple[TableSize, ...] = ()
        self.setAccessibleName("Tables of the lake by size")
        self.setMinimumHeight(LINE * MOST_TABLES)

    def show_sizes(self, sizes: Sequence[TableSize]) -> None:
        """Show these."""
        self._sizes = tuple(sizes[:MOST_TABLES])
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, LINE * MOST_TABLES)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(text_font(12))
        largest = max((one.size_bytes for one in self._sizes), default=1) or 1
        name_width = self.width() * 0.46
        for row, one in enumerate(self._sizes):
            line = QRectF(0, row * LINE, self.width(), LINE)
            _cell(painter, line, one.name, THEME.text_quiet)
            room = self.width() - name_width - 72
            bar = QRectF(name_width, line.top() + 6, room * one.size_bytes / largest, LINE - 12)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(THEME.line_strong))
            painter.drawRoundedRect(bar, 2, 2)
            _cell(painter, line, size_words(one.size_bytes), THEME.text, at_right=True)
        painter.end()


def _cell(
    painter: QPainter, line: QRectF, text: str, colour: str, *, at_right: bool = False
) -> None:
    side = Qt.AlignmentFlag.AlignRight if at_right else Qt.AlignmentFlag.AlignLeft
    painter.setPen(QColor(colour))
    painter.drawText(line, side | Qt.AlignmentFlag.AlignVCenter, text)
