"""The diff panel: two moments, what differs between them, by kind, class and entity.

Emits which moments to compare and is given the comparison; selects through the Session. Never
sees a lake.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListView,
    QMenu,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.models.comparison import Comparison, Difference, Kind
from studio.models.diff_list import ALL_KINDS, DIFFERENCE, DiffList
from studio.models.moments import NOW, Moment
from studio.models.plain_values import keyless, short_count
from studio.models.time_words import clock_words
from studio.panels.chrome import PanelHead, quiet_label, thin_line, tool_button
from studio.panels.diff_detail import ClassTotals, FieldTable
from studio.panels.diff_row import KIND_ICONS, KIND_WORDS, DiffDelegate, kind_colour
from studio.session import Session
from studio.theme import SMALL_PX, icon, text_font

Choices = list[tuple[str, list[Moment]]]
"""Moments to choose from, under headings."""
SETTLE_MS: Final = 120
HINT: Final = "Choose two moments above,\nor two snapshots on the timeline and Ctrl+D."
SAME: Final = "The two moments are the same."
NONE_FOUND: Final = "Nothing that differs fits the filter."
HINT_PAGE, LIST_PAGE, CLASS_PAGE = 0, 1, 2


class MomentButton(QPushButton):
    """One of the two moments: shows it, and offers others by a menu."""

    chosen = Signal(object)  # Moment
    choices_requested = Signal()  # the menu is about to be shown

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.moment = NOW
        self._name = name
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self.choices_requested)
        self.setMenu(self._menu)
        self.setProperty("field", True)
        self.setFont(text_font(12))
        self.setAccessibleName(name)
        self.show_moment(NOW)

    def show_moment(self, moment: Moment) -> None:
        """Take this one."""
        self.moment = moment
        self.mark_gone(False)

    def mark_gone(self, is_gone: bool) -> None:
        """Say whether the snapshot or the bookmark is there no more, by which it was chosen."""
        gone = "  ·  gone" if is_gone else ""
        self.setText(f"  {self._name}   {keyless(self.moment.label)}{gone}")

    def show_choices(self, choices: Choices) -> None:
        """Offer these."""
        self._menu.clear()
        for heading, moments in choices:
            if heading and moments:
                self._menu.addSection(heading)
            for moment in moments:
                action = self._menu.addAction(keyless(moment.label))
                action.triggered.connect(lambda _, one=moment: self.chosen.emit(one))


class DiffPanel(QWidget):
    """Moments, totals by kind, the list or the classes, and the fields of the current one."""

    choices_requested = Signal()
    compare_requested = Signal(object, object)  # Moment, Moment
    closed = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.model = DiffList(self)
        self.head = PanelHead("Compare")
        self.before, self.after = MomentButton("From"), MomentButton("To")
        self.field = QLineEdit(placeholderText="Name, id, class or field")
        self.chips = {kind: self._chip(kind) for kind in Kind}
        self.list, self.classes, self.fields = QListView(), ClassTotals(), FieldTable()
        self._hint, self._stack = quiet_label(HINT), QStackedWidget()
        self._by_class = tool_button("mdi6.shape-outline", "Totals by class")
        self._restores = False  # rows come anew and the current one is found again
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._build()
        self._wire()

    def show_choices(self, choices: Choices) -> None:
        """What can be compared."""
        self.before.show_choices(choices)
        self.after.show_choices(choices)

    def show_reading(self, before: Moment, after: Moment) -> None:
        """These two are being read."""
        self.before.show_moment(before)
        self.after.show_moment(after)
        self.head.note.setText("reading…")

    def mark_gone(self, is_gone: Callable[[Moment], bool]) -> None:
        """Say which of the two is there no more."""
        for button in (self.before, self.after):
            button.mark_gone(is_gone(button.moment))

    def show_comparison(self, comparison: Comparison, as_of: datetime | None = None) -> None:
        """Show what differs; `as_of` is when now was. Whom a person was at stays the current."""
        self._show_rows(comparison)
        self.classes.show_totals(comparison)
        for kind, chip in self.chips.items():
            count = comparison.by_kind[kind]
            chip.setText(short_count(count))
            chip.setToolTip(f"Show what is {KIND_WORDS[kind]}: {count:,}")
            chip.setVisible(bool(count))
        count = len(comparison.differences)
        words = [f"{count:,} differ{'s' if count == 1 else ''}"] if count else []
        if as_of is not None:
            words.append(f"as of {clock_words(as_of)[:-4]}")
        self.head.note.setText("  ·  ".join(words))
        self._refresh(SAME)

    def _show_rows(self, comparison: Comparison) -> None:
        """Show them with the same one current and the same part in view, where it is still there.

        Nothing is selected by it: that a person did.
        """
        current, scrolled = self.list.currentIndex(), self.list.verticalScrollBar().value()
        known = _told(current).entity_id if current.isValid() else None
        self.model.show(comparison)
        row = self.model.row_of(known) if known is not None else -1
        if row >= 0:
            self._restores = True
            self.list.setCurrentIndex(self.model.index(row))
            self._restores = False
        if scrolled:
            self.list.doItemsLayout()  # else it knows nothing of its new length yet
            self.list.verticalScrollBar().setValue(scrolled)

    def show_failed(self, words: str) -> None:
        """Why there is nothing to show."""
        self.show_comparison(Comparison())
        self._hint.setText(words)

    def clear(self) -> None:
        """Compare nothing."""
        self.show_comparison(Comparison())
        self._hint.setText(HINT)

    def forget_moments(self) -> None:
        """Compare nothing, and point at no moment but now: those shown are of another space."""
        self.before.show_moment(NOW)
        self.after.show_moment(NOW)
        self.field.clear()
        self.clear()

    @property
    def moments(self) -> tuple[Moment, Moment]:
        """The two that are shown."""
        return self.before.moment, self.after.moment

    def hideEvent(self, event: QHideEvent) -> None:
        """What is not compared any more is not marked any more."""
        if not event.spontaneous() and self.model.comparison.differences:
            self.closed.emit()

    def _chip(self, kind: Kind) -> QToolButton:
        chip = tool_button(KIND_ICONS[kind], f"Show what is {KIND_WORDS[kind]}")
        chip.setIcon(icon(KIND_ICONS[kind], kind_colour(kind)))
        chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        chip.setFont(text_font(SMALL_PX))
        chip.setCheckable(True)
        chip.setChecked(True)
        chip.hide()
        chip.toggled.connect(lambda _: self._filter())
        return chip

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._top())
        column.addWidget(thin_line())
        self.list.setModel(self.model)
        self.list.setItemDelegate(DiffDelegate(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setAccessibleName("Differences")
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint.setWordWrap(True)
        self._hint.setContentsMargins(20, 0, 20, 0)
        for page in (self._hint, self.list, self.classes):
            self._stack.addWidget(page)
        column.addWidget(self._stack, 1)
        column.addWidget(self.fields)

    def _top(self) -> QVBoxLayout:
        top = QVBoxLayout()
        top.setContentsMargins(12, 2, 10, 8)
        top.setSpacing(6)
        swap = tool_button("mdi6.swap-vertical", "Swap the two moments")
        swap.clicked.connect(lambda: self._ask(self.after.moment, self.before.moment))
        sides = QVBoxLayout()
        sides.setSpacing(4)
        sides.addWidget(self.before)
        sides.addWidget(self.after)
        moments = QHBoxLayout()
        moments.addLayout(sides, 1)
        moments.addWidget(swap)
        top.addLayout(moments)
        sought = QHBoxLayout()
        sought.addWidget(self.field)
        sought.addWidget(self._by_class)
        top.addLayout(sought)
        chips = QHBoxLayout()
        chips.setSpacing(2)
        for chip in self.chips.values():
            chips.addWidget(chip)
        chips.addStretch(1)
        top.addLayout(chips)
        return top

    def _wire(self) -> None:
        for button in (self.before, self.after):
            button.choices_requested.connect(self.choices_requested)
        self.before.chosen.connect(lambda moment: self._ask(moment, self.after.moment))
        self.after.chosen.connect(lambda moment: self._ask(self.before.moment, moment))
        self._by_class.setCheckable(True)
        self._by_class.toggled.connect(lambda _: self._refresh(SAME))
        self.classes.class_requested.connect(self._show_class)
        self.field.textChanged.connect(lambda _: self._settle.start())
        self._settle.timeout.connect(self._filter)
        self.list.selectionModel().currentChanged.connect(self._current_changed)
        self.list.doubleClicked.connect(lambda index: self._session.focus(_told(index).entity_id))
        self._refresh(HINT)

    def _ask(self, before: Moment, after: Moment) -> None:
        self.compare_requested.emit(before, after)

    def _filter(self) -> None:
        kinds = frozenset(kind for kind, chip in self.chips.items() if chip.isChecked())
        self.model.filter(kinds or ALL_KINDS, self.field.text())
        self._refresh(NONE_FOUND)

    def _show_class(self, class_type: str) -> None:
        self._by_class.setChecked(False)
        self.field.setText(class_type)
        self._filter()

    def _refresh(self, empty: str) -> None:
        there_is_any = bool(self.model.comparison.differences)
        for widget in (self.field, self._by_class):
            widget.setVisible(there_is_any)
        self.fields.setVisible(self._tells_fields() and not self._by_class.isChecked())
        if there_is_any and self._by_class.isChecked():
            self._stack.setCurrentIndex(CLASS_PAGE)
        elif self.model.rowCount():
            self._stack.setCurrentIndex(LIST_PAGE)
        else:
            self._hint.setText(empty)
            self._stack.setCurrentIndex(HINT_PAGE)

    def _tells_fields(self) -> bool:
        """Whether the current one has fields that changed."""
        index = self.list.currentIndex()
        return index.isValid() and Kind.ADDED not in _told(index).kinds

    def _current_changed(self, index: QModelIndex) -> None:
        if index.isValid():
            told = _told(index)
            if not self._restores:
                self._session.select(told.entity_id)
            self.fields.show_fields(told)
        self.fields.setVisible(self._tells_fields())
        if self._restores:
            return
        QTimer.singleShot(0, self.list, lambda: self.list.scrollTo(self.list.currentIndex()))


def _told(index: QModelIndex) -> Difference:
    told: Difference = index.data(DIFFERENCE)
    return told
