"""Where the keys are: a thin frame about a large widget that has the focus by key.

Who clicks knows where they clicked; who comes by Tab or a command is shown. Knows no panel.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QFocusEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from studio.painting import guarded
from studio.theme import THEME

Reason = Qt.FocusReason
BY_KEY: Final = (Reason.TabFocusReason, Reason.BacktabFocusReason, Reason.ShortcutFocusReason)
BACK: Final = (Reason.ActiveWindowFocusReason, Reason.PopupFocusReason)
"""The focus was elsewhere for a while and is back: it is as it was before."""


class KeyFocusFrame(QWidget):
    """Lies over its owner and lets everything through."""

    def __init__(self, owner: QWidget) -> None:
        super().__init__(owner)
        self._owner, self._by_key = owner, False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        owner.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Come and go with the focus, and be as large as the owner."""
        if event.type() == QEvent.Type.FocusIn and isinstance(event, QFocusEvent):
            if event.reason() not in BACK:
                self._by_key = event.reason() in BY_KEY
            self.setGeometry(self._owner.rect())
            self.setVisible(self._by_key)
            self.raise_()
        elif event.type() == QEvent.Type.FocusOut:
            self.hide()
        elif event.type() == QEvent.Type.Resize:
            self.setGeometry(self._owner.rect())
        return False

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QPen(QColor(THEME.accent), 1.0))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()
