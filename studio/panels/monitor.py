"""The monitor: what the lake takes in, how fast it commits, what it weighs, how its spaces are.

Is given samples and figures by the application, about once a second, and asks for nothing.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from lake_core.scene.model import TrainingEpoch
from lake_core.store.sizes import TableSize
from studio.models.series import Point
from studio.models.upkeep_state import UpkeepState
from studio.models.vitals import SHOWN_SECONDS, Alarm, SpaceVitals, Vitals, size_words
from studio.panels.chrome import ElidedLabel, PanelHead, WholeLabel, thin_line, tool_button
from studio.panels.graph import Graph
from studio.panels.monitor_parts import AlarmList, SpaceTable, TableSizes
from studio.panels.monitor_upkeep import UpkeepLines
from studio.theme import section_head, text_font

MARGIN: Final = 20


class Gauge(QWidget):
    """A figure, what it means, and its last minutes."""

    def __init__(self, head: str, unit: str, words: str) -> None:
        super().__init__()
        self._unit = unit
        self.figure = QLabel("–")
        self.figure.setFont(text_font(22, medium=True))
        self.plot = Graph(lambda value: f"{value:,.4g} {unit}".strip(), name=head)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(section_head(head))
        row = QHBoxLayout()
        row.setSpacing(6)
        meaning = ElidedLabel(words)
        meaning.setProperty("quiet", True)
        row.addWidget(self.figure)
        row.addWidget(meaning, 1)
        column.addLayout(row)
        column.addWidget(self.plot, 1)

    def show_series(self, points: Sequence[Point], figure: str) -> None:
        """Show the newest value and the way there."""
        now = time.time()
        self.figure.setText(figure)
        self.plot.show_points(points, (now - SHOWN_SECONDS, now))


class MonitorPanel(QWidget):
    """In the window's centre, in the scene's place."""

    closed = Signal()
    space_requested = Signal(str)
    upkeep_requested = Signal(str)  # "schedule", "retention" or "archive"
    dismiss_requested = Signal(object)  # Alarm

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.head = PanelHead("Monitor")
        self.events = Gauge("Events", "events/s", "events a second")
        self.commits = Gauge("Commits", "ms", "ms a commit")
        self.queue = Gauge("Waiting", "", "requests in queue and spool")
        self.epochs = Graph(lambda value: f"{value:,.0f}", steps=True, name="Epochs")
        self.alarms, self.spaces, self.sizes = AlarmList(), SpaceTable(), TableSizes()
        self.upkeep = UpkeepLines()
        self._total, self._epochs_note = (WholeLabel("") for _ in range(2))
        self._build()
        self.spaces.space_requested.connect(self.space_requested)
        for part in (self.alarms, self.upkeep):
            part.opened.connect(self.upkeep_requested)
        self.alarms.dismissed.connect(self.dismiss_requested)

    def show_vitals(self, vitals: Vitals, alarms: Sequence[Alarm]) -> None:
        """Show the last minutes, and what is wrong."""
        self.events.show_series(list(vitals.events.points), f"{vitals.events.latest:,.0f}")
        self.commits.show_series(list(vitals.commits.points), f"{vitals.commits.latest:.3g}")
        self.queue.show_series(list(vitals.queue.points), f"{vitals.queue.latest:,.0f}")
        self.alarms.show_alarms(alarms)

    def show_spaces(self, spaces: Sequence[SpaceVitals]) -> None:
        """Show how each space is."""
        self.spaces.show_spaces(spaces)

    def show_upkeep(self, state: UpkeepState, now: datetime, doing: str) -> None:
        """Show what is due, kept and put away."""
        self.upkeep.show_state(state, now, doing)

    def show_sizes(self, sizes: Sequence[TableSize]) -> None:
        """Show what the lake weighs."""
        self.sizes.show_sizes(sizes)
        self._total.setText(size_words(sum(one.size_bytes for one in sizes)))

    def show_epochs(self, epochs: Sequence[TrainingEpoch]) -> None:
        """Show how many epochs there were when."""
        made = sorted((one.created_at or one.end_time).timestamp() for one in epochs)
        points = [(at, float(count)) for count, at in enumerate(made, 1)]
        now = time.time()
        first = min(made[0] if made else now, now - 60.0)
        self.epochs.show_points([(first, 0.0), *points], (first, now))
        samples = sum(one.sample_count for one in epochs)
        self._epochs_note.setText(f"{len(made):,} · {samples:,} samples" if made else "none yet")

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        shut = tool_button("mdi6.close", "Back to the scene  (Ctrl+M)")
        shut.clicked.connect(self.closed)
        self.head.add_button(shut)
        column.addWidget(self.head)
        page = QWidget()
        inner = QVBoxLayout(page)
        inner.setContentsMargins(MARGIN, 6, MARGIN, MARGIN)
        inner.setSpacing(14)
        inner.addWidget(self.alarms)
        inner.addLayout(self._gauges())
        inner.addWidget(thin_line())
        inner.addWidget(section_head("Spaces"))
        inner.addWidget(self.spaces)
        inner.addWidget(thin_line())
        inner.addWidget(self.upkeep)
        inner.addWidget(thin_line())
        inner.addLayout(self._below())
        inner.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(page)
        column.addWidget(scroll, 1)

    def _gauges(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(28)
        for gauge in (self.events, self.commits, self.queue):
            gauge.setFixedHeight(128)
            row.addWidget(gauge, 1)
        return row

    def _below(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(28)
        grid.setVerticalSpacing(8)
        for at, (head, note) in enumerate(
            (("Database", self._total), ("Epochs over time", self._epochs_note))
        ):
            row = QHBoxLayout()
            row.setSpacing(10)
            note.setProperty("quiet", True)
            row.addWidget(section_head(head))
            row.addWidget(note, 1)
            grid.addLayout(row, 0, at)
            grid.setColumnStretch(at, 1)
        grid.addWidget(self.sizes, 1, 0)
        grid.addWidget(self.epochs, 1, 1)
        return grid
