"""Drafts of epochs to go on with: a line each. Emits what the person wants of them; keeps none."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from lake_core.scene.model import EpochDraft
from studio.models.choice_words import count_words, draft_words
from studio.panels.chrome import ElidedLabel, clear_out, tool_button
from studio.theme import THEME, icon, styled

FIRST: Final = 1
MOST: Final = 6


class DraftOffer(QFrame):
    """A card with the draft touched last, and the older ones on demand; hidden without any."""

    taken = Signal(object)  # EpochDraft
    dropped = Signal(object)  # EpochDraft

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.drafts: list[EpochDraft] = []
        self._most = FIRST
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 6, 8, 6)
        self._column.setSpacing(0)
        self.hide()

    def show_drafts(self, drafts: Sequence[EpochDraft]) -> None:
        """Offer these, the last touched first."""
        self.drafts = list(drafts)
        clear_out(self._column)
        for draft in self.drafts[: self._most]:
            self._column.addWidget(self._line(draft))
        if (rest := len(self.drafts) - self._most) > 0:
            more = tool_button("", "Show older drafts too")
            more.setText(f"and {count_words(rest, 'older draft')}")
            styled(more, lambda: f"color: {THEME.text_quiet}; padding: 1px 4px;")
            more.clicked.connect(self._show_more)
            self._column.addWidget(more)
        self.setVisible(bool(self.drafts))

    def _show_more(self) -> None:
        self._most = MOST
        self.show_drafts(self.drafts)

    def _line(self, draft: EpochDraft) -> QWidget:
        line, mark = QWidget(), QLabel()
        mark.setPixmap(icon("mdi6.history").pixmap(16, 16))
        words = draft_words(draft)
        take = tool_button("", f"Go on with {words}")
        take.setText("Continue")
        take.setAccessibleName(f"Continue the draft {words}")
        styled(take, lambda: f"color: {THEME.accent}; padding: 3px 8px;")
        take.clicked.connect(partial(self.taken.emit, draft))
        drop = tool_button("mdi6.close", "Discard this draft")
        drop.clicked.connect(partial(self.dropped.emit, draft))
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(mark)
        row.addWidget(ElidedLabel(f"Draft  ·  {words}"), 1)
        row.addWidget(take)
        row.addWidget(drop)
        return line
