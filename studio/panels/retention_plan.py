"""The plan of a policy: what would go of each space, why the rest stays, and what that frees.

Shows a plan it is handed; plans nothing.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QButtonGroup,
    QHBoxLayout,
    QHeaderView,
    QRadioButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from lake_core.keeping import RetentionPlan
from studio.models.choice_words import count_words
from studio.models.retention_plan import ALL, GOES, STAYS, PlanModel, WholePlan
from studio.models.upkeep_words import ALL_SPACES, going_words, reason_words
from studio.models.vitals import size_words
from studio.panels.calm_table import HEAD, LINE
from studio.panels.chrome import ElidedLabel
from studio.panels.dialog_parts import PickTable, TaskLine, say, told_label
from studio.theme import THEME, section_head, text_font

SPACE_ROWS: Final = 5
LEAST_ROWS: Final = 3
LEAST_SPACES: Final = 2
HEADS: Final = ("Space", "Go", "Stay", "Freed, about")
PLAN_WIDTH: Final = 430


class PlanView(QWidget):
    """Totals, a row a space where there are several, a row a snapshot."""

    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.plan: WholePlan | None = None
        self.totals, self.reasons = told_label(), ElidedLabel()
        self.spaces = PickTable(HEADS, "What goes of each space", (0,), (1, 2, 3))
        self.model = PlanModel(self)
        self.table = QTableView()
        self.which = QButtonGroup(self)
        self.buttons = [QRadioButton(words) for words in (GOES, STAYS, ALL)]
        self.progress = TaskLine()
        self._build()
        self.spaces.picked.connect(lambda _: self._show_rows())
        self._chosen_by_hand = False
        self.which.buttonClicked.connect(self._choose)
        self.progress.cancelled.connect(self.cancelled)

    def begin(self) -> None:
        """A plan is being made."""
        self.progress.begin("Planning…", "spaces")
        self.reasons.set_whole("")
        say(self.totals, "Planning…")

    def tell(self, done: int, total: int) -> None:
        """How many spaces are planned."""
        self.progress.tell(done, total)

    def show_plan(self, plan: WholePlan) -> None:
        """Show what it says, what would go first."""
        self.progress.end()
        self.plan = plan
        self.table.setEnabled(True)
        say(self.totals, self._words(plan))
        if not self._chosen_by_hand:  # nobody wants an empty list
            self.buttons[0 if plan.going else 1].setChecked(True)
            self.model.show_which(GOES if plan.going else STAYS)
        self._show_spaces(plan)
        self._show_rows()

    def _choose(self, button: QAbstractButton) -> None:
        self._chosen_by_hand = True
        self.model.show_which(button.text())

    def show_fault(self, words: str) -> None:
        """Why there is no plan; the one shown before is no longer meant."""
        self.progress.end()
        self.plan = None
        self.reasons.set_whole("")
        self.table.setEnabled(False)
        self.model.show_decisions(())
        self.spaces.hide()
        say(self.totals, words, fault=True)

    def _words(self, plan: WholePlan) -> str:
        words = going_words(plan.going, plan.total, plan.freed)
        if not plan.plans:
            words = "Everything is kept. Choose “Keep only” to see what rules would let go."
        elif plan.without:
            words += f" Of {count_words(len(plan.without), 'space')} everything is kept."
        if plan.purges:
            earlier = count_words(plan.purges, "snapshot")
            words += f" {earlier} that went earlier would be gone for good."
        return words

    def _show_spaces(self, plan: WholePlan) -> None:
        rows = list(plan.plans)
        self.spaces.setVisible(len(rows) > 1)
        self.spaces.setRowCount(len(rows) + 1)
        sums = (plan.going, plan.total - plan.going, plan.freed)
        self._say_row(0, ALL_SPACES, *sums)
        for at, one in enumerate(rows, 1):
            going = len(plan.going_of[one.space_name])
            self._say_row(at, one.space_name, going, len(one.decisions) - going, one.bytes)
        self.spaces.setMinimumHeight(self.spaces.height_for(LEAST_SPACES))
        self.spaces.setMaximumHeight(self.spaces.height_for(min(len(rows) + 1, SPACE_ROWS)))
        if self.spaces.picked_row < 0:
            self.spaces.pick(0)

    def _say_row(self, row: int, name: str, going: int, staying: int, freed: int) -> None:
        colour = THEME.warning if going else THEME.text_quiet
        self.spaces.say(row, 0, name)
        self.spaces.say(row, 1, f"{going:,}", colour)
        self.spaces.say(row, 2, f"{staying:,}")
        self.spaces.say(row, 3, size_words(freed) if freed else "–", THEME.text_quiet)

    def _show_rows(self) -> None:
        if self.plan is None:
            return
        at = self.spaces.picked_row - 1
        shown: tuple[RetentionPlan, ...] = self.plan.plans
        if 0 <= at < len(shown):
            shown = (shown[at],)
        decisions = [each for one in shown for each in one.decisions]
        self.model.show_decisions(decisions)
        reasons = reason_words(decisions)
        self.reasons.set_whole(f"Stays:   {reasons}" if reasons else "")
        counts = (sum(each.goes for each in decisions), 0, len(decisions))
        for button, words, count in zip(
            self.buttons,
            (GOES, STAYS, ALL),
            (counts[0], counts[2] - counts[0], counts[2]),
            strict=True,
        ):
            button.setToolTip(f"{words}: {count:,}")

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(section_head("What would go"))
        self.totals.setMinimumHeight(2 * self.totals.fontMetrics().lineSpacing())
        self.totals.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.totals)
        column.addWidget(self.progress)
        column.addWidget(self.spaces)
        column.addLayout(self._which_row())
        self._dress_table()
        column.addWidget(self.table, 1)
        self.reasons.setProperty("quiet", True)
        column.addWidget(self.reasons)
        self.spaces.hide()
        self.setMinimumWidth(PLAN_WIDTH)

    def _which_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(16)
        for button in self.buttons:
            self.which.addButton(button)
            row.addWidget(button)
        self.buttons[0].setChecked(True)
        row.addStretch(1)
        return row

    def _dress_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setFont(text_font(12))
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setAccessibleName("Snapshots, and what becomes of each")
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.verticalHeader().hide()
        table.verticalHeader().setMinimumSectionSize(LINE)
        table.verticalHeader().setDefaultSectionSize(LINE)
        table.setMinimumHeight(HEAD + LEAST_ROWS * LINE)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.resizeSection(0, 148)
        header.resizeSection(1, 96)
        header.setStretchLastSection(True)
