"""Where an epoch is built: rules that choose, what the choice holds, name and note, drafts.

It does not block the window: choosing more on the timeline goes on beside it. Emits what is
wanted and is handed figures, results and drafts; keeps and counts nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from lake_core.curate.balance import Balance
from lake_core.curating import EpochSurvey
from lake_core.scene.model import EpochDraft
from studio.models.choice_words import repeat_words, size_line, stretch_words
from studio.models.plain_values import capitalised
from studio.panels.balance_view import BalanceView
from studio.panels.chrome import RoomyArea, push_button, quiet_label
from studio.panels.draft_offer import DraftOffer
from studio.panels.figures import Figures, figures_of
from studio.panels.rule_fields import RuleFields
from studio.panels.snapshot_drag import unpacked
from studio.session import Session
from studio.theme import THEME, section_head, styled, text_font

SETTLE_MS: Final = 150
"""Figures and drafts are asked for when choice or rules have stood still this long."""
RECKONING: Final = "Export about   …"
"""Said of the size while it is reckoned: no number of another choice is ever seen."""
FRAME_HEIGHT: Final = 64
"""Pixels of a screen's height left to a title bar and the air around."""
LEFT_WIDTH: Final = 296
RIGHT_WIDTH: Final = 480

Chosen = tuple[UUID, ...]


class EpochDialog(QDialog):
    """Rules and name at the left, what it will hold at the right."""

    survey_requested = Signal(object)  # tuple[UUID, ...]
    rules_changed = Signal()
    create_requested = Signal(object, str, str)  # tuple[UUID, ...], name, note
    draft_changed = Signal(object, str, str)  # tuple[UUID, ...], name, note
    draft_taken = Signal(object)  # EpochDraft
    draft_dropped = Signal(object)  # EpochDraft
    discard_requested = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._balance: Balance | None = None
        self._is_new_choice = False  # nothing was asked of it yet
        self.setAcceptDrops(True)
        self.setWindowTitle("New epoch")
        self.name = QLineEdit(placeholderText="Name, such as “First walk”")
        self.note = QPlainTextEdit(placeholderText="Note (optional)")
        self.note.setTabChangesFocus(True)
        self.note.setFixedHeight(52)
        self.rules, self.offer = RuleFields(), DraftOffer()
        self.figures, self.balance, self._state = Figures(), BalanceView(), quiet_label()
        self.sizes, self.repeats, self.trouble = quiet_label(), quiet_label(), QLabel()
        self.drop_repeats = push_button("Drop repeats")
        self.drop_near = push_button("Drop near ones")
        self.discard_button = push_button("Discard")
        self.create_button = push_button("Create epoch", main=True)
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._rules_settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._build()
        self._wire()
        self._chosen_changed(session.chosen_snapshots)

    def show_spaces(self, names: Iterable[str]) -> None:
        """Spaces whose snapshots may be chosen by rule."""
        self.rules.show_spaces(names, self._session.space_name)

    def show_survey(self, survey: EpochSurvey) -> None:
        """Figures of the present choice."""
        self._balance = survey.balance
        self.figures.show_figures(figures_of(survey.epoch))
        self.balance.show_balance(survey.balance)
        self._state.setText(stretch_words(survey.epoch.start_time, survey.epoch.end_time))
        self._show_repeats()

    def show_sizes(self, sizes: Mapping[str, int]) -> None:
        """How large an export of the present choice would be, about; none where it is not known."""
        self.sizes.setText(f"Export about   {size_line(sizes)}" if sizes else "")

    def survey_failed(self, message: str) -> None:
        """Why there are no figures."""
        self._state.setText(message)
        self.sizes.setText("")

    def creating_failed(self, message: str) -> None:
        """Why there is no epoch; the person may try again."""
        self._state.clear()
        self.create_button.setEnabled(True)
        self.trouble.setText(message)
        self.trouble.show()
        self.fit()

    def ask_anew(self) -> None:
        """What failed may go well now: have the choice counted again, and speak of it no more."""
        if self.create_button.isEnabled():  # else nothing is chosen, or it is being created
            self._chosen_changed(self._session.chosen_snapshots)

    def show_drafts(self, drafts: Sequence[EpochDraft]) -> None:
        """Offer these to go on with."""
        self.offer.show_drafts(drafts)
        self.fit()

    def fit(self) -> None:
        """Grow as high as it wants to be, or as the screen has room for."""
        room = self.screen().availableGeometry().height() - FRAME_HEIGHT
        wish = self.sizeHint()
        height = max(self.height() if self.isVisible() else 0, min(wish.height(), room))
        self.resize(max(wish.width(), self.width()), height)

    def take(self, draft: EpochDraft) -> None:
        """Go on with a draft's name and note; its snapshots are chosen by who calls."""
        self.name.setText(draft.name)
        self.note.setPlainText(draft.note)
        self.show_drafts(())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """More snapshots may be dropped on it."""
        if unpacked(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Choose them too."""
        event.acceptProposedAction()
        chosen = (*self._session.chosen_snapshots, *unpacked(event.mimeData()))
        self._session.choose(dict.fromkeys(chosen))

    def reject(self) -> None:
        """Close; what was typed last is in the draft, too."""
        if self._settle.isActive():
            self._settle.stop()
            self.draft_changed.emit(self._session.chosen_snapshots, *self._texts())
        super().reject()

    # -- how it is built

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 18, 22, 16)
        column.setSpacing(12)
        head = quiet_label("New epoch")
        head.setProperty("quiet", False)
        head.setFont(text_font(17, medium=True))
        column.addWidget(head)
        column.addWidget(self.offer)
        whole = QWidget()
        halves = QHBoxLayout(whole)
        halves.setContentsMargins(0, 0, 0, 0)
        halves.setSpacing(26)
        halves.addLayout(self._left())
        halves.addLayout(self._right(), 1)
        area = RoomyArea(whole)
        area.wish_changed.connect(self.fit)
        column.addWidget(area, 1)
        self.trouble.setWordWrap(True)
        self.trouble.setTextFormat(Qt.TextFormat.PlainText)
        styled(self.trouble, lambda: f"color: {THEME.warning};")
        self.trouble.hide()
        column.addWidget(self.trouble)
        column.addLayout(self._button_row())

    def _left(self) -> QVBoxLayout:
        left = QVBoxLayout()
        left.setSpacing(8)
        for part in (self.name, self.note, self.rules):
            part.setFixedWidth(LEFT_WIDTH)
            left.addWidget(part)
        left.insertSpacing(2, 6)
        left.addStretch(1)
        return left

    def _right(self) -> QVBoxLayout:
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(section_head("What it will hold"))
        right.addWidget(self._card())
        right.addWidget(self.balance)
        right.addStretch(1)
        right.addLayout(self._repeat_row())
        right.addWidget(self.sizes)
        return right

    def _card(self) -> QFrame:
        card = QFrame()
        card.setProperty("card", True)
        card.setMinimumWidth(RIGHT_WIDTH)
        inner = QVBoxLayout(card)
        inner.setContentsMargins(14, 10, 14, 10)
        inner.setSpacing(8)
        inner.addWidget(self.figures)
        self._state.setWordWrap(True)
        inner.addWidget(self._state)
        return card

    def _repeat_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(self.repeats, 1)
        for button, tip in (
            (self.drop_repeats, "Keep the first snapshot of each state"),
            (self.drop_near, "Keep only what differs by 1 % or more from the one kept before"),
        ):
            button.setAutoDefault(False)
            button.setToolTip(tip)
            row.addWidget(button)
        return row

    def _button_row(self) -> QHBoxLayout:
        later = push_button("Later")
        later.setToolTip("Close; the choice is kept as a draft")
        later.clicked.connect(self.reject)
        self.discard_button.setToolTip("Close and forget the draft")
        self.discard_button.clicked.connect(self.discard_requested)
        self.create_button.setDefault(True)
        self.create_button.clicked.connect(self._create)
        for button in (later, self.discard_button):
            button.setAutoDefault(False)
        row = QHBoxLayout()
        row.addWidget(quiet_label("You can go on choosing on the timeline."))
        row.addStretch(1)
        for button in (self.discard_button, later, self.create_button):
            row.addWidget(button)
        return row

    def _wire(self) -> None:
        self._settle.timeout.connect(self._settled)
        self._rules_settle.timeout.connect(self.rules_changed)
        self._session.chosen_changed.connect(self._chosen_changed)
        self.rules.changed.connect(self._rules_settle.start)
        self.name.textChanged.connect(self._settle.start)
        self.note.textChanged.connect(self._settle.start)
        self.offer.taken.connect(self.draft_taken)
        self.offer.dropped.connect(self.draft_dropped)
        self.drop_repeats.clicked.connect(lambda: self._drop(also_near=False))
        self.drop_near.clicked.connect(lambda: self._drop(also_near=True))

    # -- what is chosen

    def _chosen_changed(self, chosen: Chosen) -> None:
        self.create_button.setEnabled(bool(chosen))
        self.trouble.hide()
        self._balance, self._is_new_choice = None, True
        self._show_repeats()
        self._settle.start()
        if chosen:
            self._state.setText("Counting…")
            self.sizes.setText(RECKONING)
            return
        self.figures.show_figures(figures_of(None))
        self.balance.show_balance(None)
        self.sizes.setText("")
        self._state.setText("Choose snapshots on the timeline, or by rule.")

    def _settled(self) -> None:
        chosen = self._session.chosen_snapshots
        self.draft_changed.emit(chosen, *self._texts())
        if chosen and self._is_new_choice:
            self._is_new_choice = False
            self.survey_requested.emit(chosen)

    def _show_repeats(self) -> None:
        balance = self._balance
        repeated, near = (len(balance.repeated), len(balance.near)) if balance else (0, 0)
        words = repeat_words(repeated, near) if balance else ""
        self.repeats.setText(capitalised(words))
        self.drop_repeats.setVisible(repeated > 0)
        self.drop_near.setVisible(near > 0)

    def _drop(self, *, also_near: bool) -> None:
        if self._balance is not None:
            gone = {*self._balance.repeated, *(self._balance.near if also_near else ())}
            self.name.setFocus()  # the button will hide, and focus must not fall on Discard
            self._session.choose(one for one in self._session.chosen_snapshots if one not in gone)

    def _texts(self) -> tuple[str, str]:
        return self.name.text().strip(), self.note.toPlainText().strip()

    def _create(self) -> None:
        self.create_button.setEnabled(False)
        self._state.setText("Creating…")
        self.trouble.hide()
        self.create_requested.emit(self._session.chosen_snapshots, *self._texts())
