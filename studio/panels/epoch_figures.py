"""One epoch looked at closely, or two side by side: figures, lineage, how samples are spread.

Shows what it is handed; knows no lake.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from lake_core.curate.balance import Balance
from lake_core.curate.derive import EpochComparison
from lake_core.scene.model import TrainingEpoch
from studio.models.choice_words import count_words, repeat_words, stretch_words
from studio.models.tables import title_of
from studio.panels.balance_view import BalanceView
from studio.panels.chrome import plain_label, quiet_label
from studio.panels.figures import Figures, figures_of
from studio.theme import mono_font, text_font

SIDE_WIDTH: Final = 440


class EpochSide(QWidget):
    """All that is known of one epoch, in a column."""

    def __init__(self, epoch: TrainingEpoch, lineage: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        words = "\n".join(part for part in (lineage, epoch.note) if part)
        self._remarks = quiet_label(words)
        self._remarks.setWordWrap(True)
        self._remarks.setVisible(bool(words))
        self.epoch, self.balance, self.state = epoch, BalanceView(), quiet_label("Counting…")
        self.setMinimumWidth(SIDE_WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        head = plain_label(title_of(epoch))
        head.setFont(text_font(15, medium=True))
        head.setWordWrap(True)
        column.addWidget(head)
        column.addWidget(self._card())
        column.addWidget(self.balance)
        column.addWidget(self.state)
        column.addWidget(self._hash())
        column.addWidget(self._remarks)  # last, so that two sides stand level
        column.addStretch(1)

    def show_balance(self, balance: Balance) -> None:
        """How its samples are spread."""
        self.balance.show_balance(balance)
        states = count_words(balance.distinct_states, "distinct state")
        self.state.setText(f"{states}, {repeat_words(len(balance.repeated), len(balance.near))}")

    def show_failed(self, message: str) -> None:
        """Why that cannot be told."""
        self.state.setText(message)

    def _card(self) -> QFrame:
        card, figures = QFrame(), Figures()
        card.setProperty("card", True)
        figures.show_figures(figures_of(self.epoch))
        inner = QVBoxLayout(card)
        inner.setContentsMargins(14, 10, 14, 10)
        inner.setSpacing(8)
        inner.addWidget(figures)
        inner.addWidget(quiet_label(stretch_words(self.epoch.start_time, self.epoch.end_time)))
        spaces = self.epoch.space_names or [self.epoch.space_name]
        inner.addWidget(quiet_label(", ".join(spaces)))
        return card

    def _hash(self) -> QLabel:
        label = quiet_label(f"{self.epoch.content_hash[:32]}…")
        label.setFont(mono_font(11))
        label.setToolTip(f"Content hash, over the states it holds:\n{self.epoch.content_hash}")
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label


class EpochFigures(QDialog):
    """One or two sides; for two, in what they differ above."""

    def __init__(
        self,
        sides: Sequence[EpochSide],
        comparison: EpochComparison | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.sides = list(sides)
        self.setWindowTitle("Compare epochs" if comparison else "Epoch")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 18, 22, 18)
        column.setSpacing(14)
        self.verdict = QLabel(comparison_words(comparison) if comparison else "")
        self.verdict.setVisible(comparison is not None)
        self.verdict.setWordWrap(True)
        column.addWidget(self.verdict)
        row = QHBoxLayout()
        row.setSpacing(34)
        for side in sides:
            row.addWidget(side, 1)
        column.addLayout(row)


def comparison_words(comparison: EpochComparison) -> str:
    """What two epochs share, in a sentence."""
    both = count_words(len(comparison.in_both), "snapshot")
    first, second = len(comparison.only_in_first), len(comparison.only_in_second)
    said = f"{both} in both, {first:,} only in the first, {second:,} only in the second."
    if comparison.same_content:
        return f"The same content, state by state. {said}"
    return said
