"""The command palette: type a few letters of what you want, Enter does it.

Shows the commands it is given with their shortcuts; knows nothing of what they do.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QAction, QColor, QKeyEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from studio.actions import Groups
from studio.command_words import words_of
from studio.models.plain_values import as_read
from studio.painting import guarded
from studio.panels.cheat_sheet import keys_of
from studio.panels.chrome import quiet_label
from studio.theme import SMALL_PX, THEME, icon, paint_icon, text_font

WIDTH: Final = 520
ROW: Final = 32
MOST_ROWS: Final = 11
NOTHING: Final = "No command fits these words."
BY_MENU, BY_ANOTHER_WORD, BY_LETTERS = 1_000, 100_000, 10_000_000
"""How badly a word fits that is not in the title but names the menu, stands for the command, or has
its letters alone there. More than all words that fit better come to, taken together.
"""
ACTION: Final = Qt.ItemDataRole.UserRole + 1
GROUP: Final = Qt.ItemDataRole.UserRole + 2

Index = QModelIndex | QPersistentModelIndex


def score(title: str, wanted: str, also: Iterable[str] = (), menu: str = "") -> int:
    """How well `wanted` fits a command; -1 where it does not, else the less the better.

    Each word may be the beginning of one of its title, a part of one, or a few letters in their
    order; or the beginning of a word of its menu's name, or of those that stand for it `also`.
    """
    title, menu, others = f" {title.casefold()}", f" {menu.casefold()}", tuple(also)
    fits = [_fit(title, menu, others, word) for word in wanted.casefold().split()]
    return -1 if -1 in fits else sum(fits)


def _fit(title: str, menu: str, others: tuple[str, ...], word: str) -> int:
    if f" {word}" in title:
        return 0
    if word in title:
        return 1
    if f" {word}" in menu:
        return BY_MENU
    if any(other.startswith(word) for other in others):
        return BY_ANOTHER_WORD
    letters = iter(title[max(title.find(f" {word[0]}"), 0) :])
    return BY_LETTERS if all(letter in letters for letter in word) else -1


def begins(action: QAction, wanted: str) -> bool:
    """Whether a command begins with what is wanted: it goes before others that fit alike."""
    return as_read(action.text()).casefold().startswith(wanted.strip().casefold())


def _order(fit: int, action: QAction, wanted: str) -> tuple[bool, bool, int, bool]:
    """Titles come first, also of what cannot be done now: Enter then does nothing in its place."""
    is_by_another = fit >= BY_ANOTHER_WORD
    return is_by_another, not action.isEnabled(), fit, not begins(action, wanted)


class Palette(QFrame):
    """A popup with a field over a list; gone when it loses the focus."""

    def __init__(self, groups: Groups, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("Palette")
        self.setStyleSheet(
            f"#Palette {{ background: {THEME.panel}; border: 1px solid {THEME.line_strong}; }}"
        )
        self._groups = groups
        self.field = QLineEdit(placeholderText="What do you want to do?")
        self.field.addAction(icon("mdi6.magnify"), QLineEdit.ActionPosition.LeadingPosition)
        self.list, self.nothing = QListView(), quiet_label(NOTHING)
        self._model = QStandardItemModel(self)
        self._build()
        self._fill("")

    def open_over(self, window: QWidget) -> None:
        """Show it under the middle of the window's top edge."""
        corner = window.mapToGlobal(window.rect().topLeft())
        self.move(corner.x() + (window.width() - self.width()) // 2, corner.y() + 52)
        self.show()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def shown(self) -> list[str]:
        """The texts of the commands in the list."""
        return [self._model.item(row).text() for row in range(self._model.rowCount())]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows move in the list while the caret stays in the field."""
        moves = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            moved = event.key() in moves
            if moved:
                self.list.keyPressEvent(event)
            return moved
        return super().eventFilter(watched, event)

    def _build(self) -> None:
        self.setFixedWidth(WIDTH)
        self.list.setModel(self._model)
        self.list.setItemDelegate(_CommandDelegate(self.list))
        self.list.setMouseTracking(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName("Commands")
        self.list.entered.connect(self.list.setCurrentIndex)
        self.list.clicked.connect(self._run)
        self.field.setAccessibleName("Command")
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._fill)
        self.field.returnPressed.connect(lambda: self._run(self.list.currentIndex()))
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addWidget(self.field)
        column.addWidget(self.list)
        self.nothing.setContentsMargins(8, 4, 8, 8)
        column.addWidget(self.nothing)

    def _fill(self, wanted: str) -> None:
        found = [
            (fit, name, action)
            for name, actions in self._groups.items()
            for action in actions
            if action.isVisible()
            and (fit := score(as_read(action.text()), wanted, words_of(action), name)) >= 0
        ]
        if any(fit < BY_LETTERS for fit, _, _ in found):
            found = [one for one in found if one[0] < BY_LETTERS]  # the rest is chance
        found.sort(key=lambda one: _order(one[0], one[2], wanted))
        self._model.clear()
        for _, name, action in found:
            item = QStandardItem(as_read(action.text()))
            item.setData(action, ACTION)
            item.setData(name, GROUP)
            item.setEnabled(action.isEnabled())
            self._model.appendRow(item)
        self.list.setCurrentIndex(self._model.index(0, 0))
        self.list.setVisible(bool(found))
        self.nothing.setVisible(not found)
        self.list.setFixedHeight(ROW * min(max(len(found), 1), MOST_ROWS))
        self.adjustSize()

    def _run(self, index: QModelIndex) -> None:
        """Close first: what the command opens must not be closed with it."""
        action = index.data(ACTION)
        if isinstance(action, QAction) and action.isEnabled():
            self.close()
            action.trigger()


class _CommandDelegate(QStyledItemDelegate):
    """Paints icon, text, menu and keys of a command."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All rows have one height."""
        return QSize(WIDTH - 20, ROW)

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint the row."""
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        action: QAction = index.data(ACTION)
        chosen, able = bool(state & QStyle.StateFlag.State_Selected), action.isEnabled()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen and able:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(THEME.selection))
            painter.drawRoundedRect(rect, 5, 5)
        paint_icon(painter, action.icon(), rect.left() + 10, rect.center().y() + 1)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(text_font())
        painter.setPen(QColor(THEME.text if able else THEME.disabled))
        painter.drawText(rect.adjusted(36, 0, -160, 0), middle, index.data())
        painter.setFont(text_font(SMALL_PX))
        painter.setPen(QColor(THEME.text_quiet))
        keys = keys_of(action).split("  or  ")[0]
        right = middle | Qt.AlignmentFlag.AlignRight
        painter.drawText(rect.adjusted(0, 0, -12, 0), right, keys or index.data(GROUP))
