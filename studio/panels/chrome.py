"""What frames the panels: the head of a dock, small buttons. They know no data."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from studio.models.plain_values import one_line, plain_tip
from studio.painting import guarded
from studio.theme import ICON_SIZE, SWITCH, THEME, icon, paint_icon, section_head, styled, text_font

HEAD_HEIGHT: Final = 34
BOX: Final = 16
LEAST_AREA: Final = 160
SHOWS_KEYS: Final = Qt.TextFlag.TextSingleLine | Qt.TextFlag.TextShowMnemonic


def tool_button(icon_name: str, tip: str, parent: QWidget | None = None) -> QToolButton:
    """A flat button with an icon and a tip that says what it does."""
    button = QToolButton(parent)
    if icon_name:
        button.setIcon(icon(icon_name))
    button.setIconSize(ICON_SIZE)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    return button


def push_button(text: str, *, icon_name: str = "", main: bool = False) -> QPushButton:
    """A button with a text; the main one of a panel is the accent's."""
    button = QPushButton(text)
    button.setProperty("main", main)
    if icon_name:
        button.setIcon(icon(icon_name, THEME.on_accent if main else THEME.text))
        button.setIconSize(ICON_SIZE)
    return button


def plain_label(text: str = "") -> QLabel:
    """Text that is no HTML, whatever it holds: what a label shows is mostly not ours."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def quiet_label(text: str = "") -> QLabel:
    """Plain text that stands back."""
    label = plain_label(text)
    label.setProperty("quiet", True)
    return label


def thin_line() -> QFrame:
    """A line, one pixel high."""
    line = QFrame()
    line.setFixedHeight(1)
    styled(line, lambda: f"background: {THEME.line}; border: 0;")
    return line


def clear_out(layout: QLayout) -> None:
    """Take every widget out of a layout, and down."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()


class PanelHead(QWidget):
    """A dock's title: a heading in small capitals, a quiet note, and room for buttons."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(HEAD_HEIGHT)
        self.note, self._is_past = quiet_label(), False
        SWITCH.changed.connect(self._tint)
        self._title = section_head(title)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(14, 4, 8, 0)
        self._row.setSpacing(8)
        self._row.addWidget(self._title)
        self._row.addWidget(self.note)
        self._row.addStretch(1)

    def show_title(self, shows: bool) -> None:
        """Say the heading, or leave that to a tab above."""
        self._title.setVisible(shows)

    def mark_past(self, is_past: bool) -> None:
        """Say in the past's colour that the panel does not show the present."""
        self._is_past = is_past
        self._tint()

    def _tint(self) -> None:
        rule = f"color: {THEME.past};" if self._is_past else ""
        for label in (self._title, self.note):
            if label.styleSheet() != rule:
                label.setStyleSheet(rule)

    def add_button(self, button: QToolButton) -> None:
        """Put a button at the right."""
        self._row.addWidget(button)


class RoomyArea(QScrollArea):
    """Wants all the room its content wants, and scrolls where the screen has less."""

    wish_changed = Signal()

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self._content = content
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def sizeHint(self) -> QSize:
        """All of the content, and the bar beside it."""
        return self._content.sizeHint() + QSize(self._bar_width(), 0)

    def minimumSizeHint(self) -> QSize:
        """Its width, and a little of its height."""
        return QSize(self._content.minimumSizeHint().width() + self._bar_width(), LEAST_AREA)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Where the content wants other room, so does this."""
        if event.type() == QEvent.Type.LayoutRequest and watched is self._content:
            self.updateGeometry()
            self.wish_changed.emit()
        return super().eventFilter(watched, event)

    def _bar_width(self) -> int:
        return self.verticalScrollBar().sizeHint().width()


class ElidedLabel(QLabel):
    """A line of text that gives way when there is no room for it; its tip is whole."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._whole = ""
        self.set_whole(text)

    def set_whole(self, text: str) -> None:
        """Show this text, as much of it as fits."""
        self._whole = text
        self.setToolTip(plain_tip(text))
        self._elide()

    def sizeHint(self) -> QSize:
        """As wide as the whole text wants."""
        width = self.fontMetrics().horizontalAdvance(self._whole)
        return QSize(width + 2, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut anew."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        mode = Qt.TextElideMode.ElideRight
        room = max(self.width(), 20)
        self.setText(self.fontMetrics().elidedText(one_line(self._whole), mode, room))


class WholeLabel(QLabel):
    """Says all of its text, or nothing where that has no room; gives way first."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setMinimumWidth(1)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """Half a word is none."""
        if self.width() >= self.sizeHint().width():
            super().paintEvent(event)


class Branded(QWidget):
    """The product's mark and name before something; without the name where there is no room."""

    def __init__(self, name: str, content: QWidget) -> None:
        super().__init__()
        mark = QLabel()
        mark.setPixmap(icon("mdi6.triforce", THEME.accent).pixmap(18, 18))
        self._name = QLabel(name)
        self._name.setFont(text_font(14, medium=True))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(mark)
        row.addWidget(self._name)
        row.addSpacing(6)
        row.addWidget(content)
        row.addStretch(1)
        self._whole_width = row.sizeHint().width()
        self._name.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Half a name is none."""
        super().resizeEvent(event)
        self._name.setVisible(event.size().width() >= self._whole_width)


class CheckBox(QCheckBox):
    """A check box whose box is seen on a dark ground; Fusion's own is not."""

    def sizeHint(self) -> QSize:
        """Box, gap, text."""
        width = self.fontMetrics().size(SHOWS_KEYS, self.text()).width()
        return QSize(BOX + 10 + width, max(BOX + 6, self.fontMetrics().height() + 4))

    def hitButton(self, at: QPoint) -> bool:
        """The text counts as well."""
        return self.rect().contains(at)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """Box, tick, text."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on, strong = self.isChecked(), self.hasFocus() or self.underMouse()
        can = self.isEnabled()
        box = QRectF(0.5, (self.height() - BOX) / 2, BOX, BOX)
        painter.setPen(QColor(THEME.accent if can and (on or strong) else THEME.line_strong))
        painter.setBrush(QColor(THEME.accent_fill if can and on else THEME.raised))
        painter.drawRoundedRect(box, 4, 4)
        if on:
            tick = icon("mdi6.check", THEME.on_accent if can else THEME.text_quiet)
            paint_icon(painter, tick, 1.5, self.height() / 2 + 0.5, 14)
        painter.setPen(QColor(THEME.text if self.isEnabled() else THEME.text_quiet))
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextShowMnemonic
        painter.drawText(self.rect().adjusted(BOX + 9, 0, 0, 0), middle, self.text())
