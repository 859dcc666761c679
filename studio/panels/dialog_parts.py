"""What the dialogs on upkeep share: a heading, fields for lengths of time, a table to choose from,
the line that tells how far a long deed is. They know no lake.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from lake_core.errors import InvalidInput
from lake_core.upkeep.lengths import parse_length
from lake_core.upkeep.retention import span
from studio.models.pace import Pace
from studio.painting import guarded
from studio.panels.calm_table import CalmTable
from studio.panels.chrome import ElidedLabel, plain_label, push_button, quiet_label
from studio.theme import THEME, icon, paint_icon, text_font

LENGTH_WIDTH: Final = 104
FRAME_HEIGHT: Final = 64
"""Pixels of a screen's height left to a title bar and the air around."""
PATIENCE_MS: Final = 400
"""What ends sooner is not worth a progress bar."""


def head_label(text: str) -> QLabel:
    """A dialog's heading."""
    label = plain_label(text)
    label.setFont(text_font(17, medium=True))
    return label


def told_label() -> QLabel:
    """Quiet words over several lines, in the colour of danger where `say` is told of a fault."""
    label = quiet_label()
    label.setWordWrap(True)
    return label


def say(label: QLabel, words: str, *, fault: bool = False) -> None:
    """Put words into a label, and say by their colour whether something is wrong."""
    label.setText(words)
    if bool(label.property("danger")) != fault:
        label.setProperty("danger", fault)
        label.setProperty("quiet", not fault)
        label.style().polish(label)


def fit(dialog: QDialog) -> None:
    """Let a dialog be as high as it wants to be, or as the screen has room for."""
    room = dialog.screen().availableGeometry().height() - FRAME_HEIGHT
    shown = dialog.size() if dialog.isVisible() else QSize(0, 0)
    width = max(dialog.sizeHint().width(), shown.width())
    wish = -1
    if (layout := dialog.layout()) is not None:  # its hints know nothing of words over two lines
        wish = layout.totalHeightForWidth(width)
        dialog.setMinimumHeight(min(layout.totalMinimumHeightForWidth(width), room))
    dialog.resize(width, min(max(shown.height(), dialog.sizeHint().height(), wish), room))


class ChoiceBox(QComboBox):
    """A combo box with a mark that tells it from a field."""

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """As ever, and the mark."""
        super().paintEvent(event)
        painter = QPainter(self)
        colour = THEME.text_quiet if self.isEnabled() else THEME.disabled
        mark = icon("mdi6.chevron-down", colour)
        paint_icon(painter, mark, self.width() - 22, self.height() / 2)
        painter.end()


class LengthField(QLineEdit):
    """A length of time as people write it: `5 minutes`, `1h`, `7 d`."""

    def __init__(self, name: str, seconds: float = 0.0, *, nothing: str = "") -> None:
        """`nothing` is said for no length at all, where that may be."""
        super().__init__()
        self._nothing = nothing
        self.setAccessibleName(name)
        self.setToolTip("Such as 30 s, 5 min, 1 h, 7 days")
        self.setFixedWidth(LENGTH_WIDTH)
        self.show_seconds(seconds)

    def show_seconds(self, seconds: float) -> None:
        """Say this length."""
        self.setText(span(seconds) if seconds > 0 else self._nothing)

    def seconds(self) -> float:
        """The length as it is typed; raises InvalidInput where it is none."""
        text = self.text().strip()
        if self._nothing and text.lower() in ("", self._nothing, "0"):
            return 0.0
        if text.replace(".", "", 1).isdigit():
            raise InvalidInput(f"“{text}” needs a unit: {text} s, {text} min, {text} h or {text} d")
        try:
            return parse_length(text)
        except InvalidInput:
            raise InvalidInput(
                f"“{text}” is no length of time: write such as 30 s, 5 min, 1 h, 7 days"
            ) from None


class PickTable(CalmTable):
    """A calm table in which one row is chosen, by mouse or keys; columns are as wide as set."""

    picked = Signal(int)  # row
    activated_row = Signal(int)  # by Enter or a double click
    delete_requested = Signal(int)  # row

    def __init__(
        self, heads: Sequence[str], name: str, wide: Sequence[int], figures: Sequence[int] = ()
    ) -> None:
        """The columns `wide` share the room, the others take what they need.

        `figures` are set right.
        """
        self._figures = frozenset(figures)
        super().__init__(list(heads), name, left=len(heads))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setTabKeyNavigation(False)
        modes = QHeaderView.ResizeMode
        for column in range(len(heads)):
            mode = modes.Stretch if column in wide else modes.ResizeToContents
            self.horizontalHeader().setSectionResizeMode(column, mode)
        self.itemSelectionChanged.connect(self._tell)

    def pick(self, row: int) -> None:
        """Choose a row."""
        self.selectRow(row)

    @property
    def picked_row(self) -> int:
        """The row that is chosen, -1 where none is."""
        rows = self.selectionModel().selectedRows()
        return rows[0].row() if rows else -1

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Delete are for the chosen row."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.picked_row >= 0:
            self.activated_row.emit(self.picked_row)
        elif event.key() == Qt.Key.Key_Delete and self.picked_row >= 0:
            self.delete_requested.emit(self.picked_row)
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """As Enter."""
        super().mouseDoubleClickEvent(event)
        if self.picked_row >= 0:
            self.activated_row.emit(self.picked_row)

    def _side(self, column: int) -> Qt.AlignmentFlag:
        is_figure = column in self._figures
        return Qt.AlignmentFlag.AlignRight if is_figure else Qt.AlignmentFlag.AlignLeft

    def _tell(self) -> None:
        self.picked.emit(self.picked_row)


class TaskLine(QWidget):
    """How far a deed is, how fast it goes, how long it will take, and a way to end it.

    Hidden while there is none, and for the first moments of one.
    """

    cancelled = Signal()

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock, self._pace = clock, Pace("", 0.0)
        self.bar = QProgressBar(textVisible=False)
        self.doing, self.words = ElidedLabel(), quiet_label()
        self.cancel = push_button("Cancel")
        self.cancel.setAutoDefault(False)
        self.cancel.clicked.connect(self.cancelled)
        self._soon = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._soon.timeout.connect(self.show)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        row = QHBoxLayout()
        row.addWidget(self.doing, 1)
        row.addWidget(self.words)
        row.addWidget(self.cancel)
        column.addLayout(row)
        column.addWidget(self.bar)
        self.hide()

    def begin(self, doing: str, noun: str) -> None:
        """A deed begins that counts so."""
        self.doing.set_whole(doing)
        self._pace = Pace(noun, self._clock())
        self.cancel.setEnabled(True)
        self.tell(0, 0)
        if self.isHidden():
            self._soon.start()

    def tell(self, done: int, total: int) -> None:
        """How far it is; 0 of 0 while that is not known."""
        scale = max(total // 10_000, 1)  # Qt counts in 32 bits
        self.bar.setRange(0, total // scale)
        self.bar.setValue(done // scale)
        self.words.setText(self._pace.words(done, total, self._clock()))

    def end(self) -> None:
        """It is over."""
        self._soon.stop()
        self.hide()
