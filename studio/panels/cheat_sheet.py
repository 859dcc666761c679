"""The cheat sheet: every key and gesture on one page. Made of the commands themselves."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio.actions import GESTURES, Groups, title_of
from studio.panels.chrome import quiet_label
from studio.theme import THEME, section_head, text_font

HEAD_LINES: Final = 2
"""Lines of height that a section's head and the air above it take."""
COLUMNS: Final = 4
Line = tuple[str, str]


class CheatSheet(QDialog):
    """Closes with Escape, as dialogs do."""

    def __init__(self, groups: Groups, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard and mouse")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        columns = QHBoxLayout(self)
        columns.setContentsMargins(24, 20, 24, 22)
        columns.setSpacing(26)
        for sections in _in_columns(sections_of(groups)):
            column = QVBoxLayout()
            column.setSpacing(18)
            for head, lines in sections:
                column.addLayout(_section(head, lines))
            column.addStretch()
            columns.addLayout(column)


def sections_of(groups: Groups) -> list[tuple[str, list[Line]]]:
    """(head, [(keys, what they do)]), commands first."""
    sections = [(name, [_line(action) for action in actions]) for name, actions in groups.items()]
    sections = [(name, [line for line in lines if line[0]]) for name, lines in sections]
    return [*sections, *((name, list(lines)) for name, lines in GESTURES.items())]


def keys_of(action: QAction) -> str:
    """Its shortcuts as this machine writes them; "" where it has none."""
    return "  or  ".join(
        keys.toString(keys.SequenceFormat.NativeText) for keys in action.shortcuts()
    )


def _line(action: QAction) -> Line:
    return keys_of(action), title_of(action)


def _in_columns(
    sections: list[tuple[str, list[Line]]],
) -> list[list[tuple[str, list[Line]]]]:
    """The sections in order, in columns of which the highest is as low as can be."""
    sections = [section for section in sections if section[1]]
    sizes = [len(lines) + HEAD_LINES for _, lines in sections]
    count = len(sections)

    def highest(cuts: tuple[int, ...]) -> int:
        return max(sum(sizes[a:b]) for a, b in pairwise((0, *cuts, count)))

    best = min(combinations(range(1, count), COLUMNS - 1), key=highest)
    return [sections[a:b] for a, b in pairwise((0, *best, count))]


def _section(head: str, lines: list[Line]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(6)
    grid.addWidget(section_head(head), 0, 0, 1, 2)
    for row, (keys, what) in enumerate(lines, 1):
        label = QLabel(keys)
        label.setFont(text_font(12, medium=True))
        label.setStyleSheet(f"color: {THEME.text};")
        grid.addWidget(label, row, 0)
        grid.addWidget(quiet_label(what), row, 1)
    grid.setColumnStretch(1, 1)
    return grid
