"""The transport: step, play, rate, the exact time as a field, and the way back to the present.

Moves the session's instant and the playback; steps are asked for, as it knows no snapshots.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QActionGroup, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QToolButton, QWidget

from studio.models.playback import RATES, Playback
from studio.models.time_words import clock_words, parse_instant
from studio.panels.chrome import tool_button
from studio.session import Session
from studio.theme import ICON_SIZE, SWITCH, THEME, icon, text_font

FIELD_WIDTH: Final = 116
FIELD_TIP: Final = "Go to a time: 03:35:41.250, 2026-11-23 03:35, or 90 s ago  (Ctrl+G)"


class TimeField(QLineEdit):
    """The instant shown, to the millisecond; a time typed in goes there."""

    instant_entered = Signal(object)  # datetime

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._instant: datetime | None = None
        self.setFixedWidth(FIELD_WIDTH)
        self.setFont(text_font(12))
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.setPlaceholderText("Go to a time")
        self.setToolTip(FIELD_TIP)
        self.setAccessibleName("Time shown")
        self.returnPressed.connect(self._enter)
        self.textEdited.connect(lambda _: self._tint(THEME.text))
        SWITCH.changed.connect(self._restore)

    def show_instant(self, instant: datetime | None) -> None:
        """Show it, unless a person is typing."""
        self._instant = instant
        if not self.isModified():
            self._restore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape takes back what was typed."""
        if event.key() == Qt.Key.Key_Escape:
            self._restore()
            self.clearFocus()
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """What was typed and not entered is forgotten."""
        super().focusOutEvent(event)
        self._restore()

    def _enter(self) -> None:
        now = datetime.now(UTC)
        found = parse_instant(self.text(), self._instant or now, now)
        if found is None:
            self._tint(THEME.danger)
            self.selectAll()
            return
        self._restore()
        self.clearFocus()
        self.instant_entered.emit(found)

    def _restore(self) -> None:
        self.setText("" if self._instant is None else clock_words(self._instant))
        self._tint(THEME.text if self._instant is None else THEME.past)

    def _tint(self, colour: str) -> None:
        border = "" if colour == THEME.text else f" border-color: {colour};"
        self.setStyleSheet(f"QLineEdit {{ color: {colour}; padding: 3px 6px;{border} }}")


class Transport(QWidget):
    """A row of small controls."""

    step_requested = Signal(int)  # -1 to the snapshot before, 1 to the next
    change_step_requested = Signal(int)  # the same by change

    def __init__(self, session: Session, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._playback = session, playback
        self._is_stalled = False
        self._shows_live: bool | None = None
        self.back = tool_button("mdi6.skip-previous", "To the snapshot before  ([)")
        self.play = tool_button("mdi6.play", "")
        self.forward = tool_button("mdi6.skip-next", "To the next snapshot  (])")
        self.change_back = tool_button("mdi6.step-backward", "To the change before  (,)")
        self.change_forward = tool_button("mdi6.step-forward", "To the next change  (.)")
        self.rate = self._rate_button()
        self.field = TimeField()
        self.live = QToolButton()
        self._lay_out()
        self._wire()
        self._refresh()
        self._refresh_playback()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        steps = self.back, self.change_back, self.play, self.change_forward, self.forward
        for widget in (*steps, self.rate):
            row.addWidget(widget)
        row.addSpacing(6)
        row.addWidget(self.field)
        row.addSpacing(4)
        row.addWidget(self.live)
        self.live.setFont(text_font(12, medium=True))
        self.live.setFixedWidth(92)
        self.live.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)

    def _rate_button(self) -> QToolButton:
        button = QToolButton()
        button.setFont(text_font(12))
        button.setFixedWidth(48)
        button.setToolTip("How fast the past is played")
        button.setAccessibleName("Rate of playing")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu, group = QMenu(button), QActionGroup(button)
        for rate in RATES:
            action = menu.addAction(rate_words(rate))
            action.setCheckable(True)
            action.setData(rate)
            group.addAction(action)
        group.triggered.connect(lambda chosen: self._playback.set_rate(float(chosen.data())))
        button.setMenu(menu)
        return button

    def _wire(self) -> None:
        self.back.clicked.connect(lambda: self.step_requested.emit(-1))
        self.forward.clicked.connect(lambda: self.step_requested.emit(1))
        self.change_back.clicked.connect(lambda: self.change_step_requested.emit(-1))
        self.change_forward.clicked.connect(lambda: self.change_step_requested.emit(1))
        self.play.clicked.connect(self._playback.toggle)
        self.field.instant_entered.connect(self._session.show_instant)
        self.live.clicked.connect(lambda: self._session.show_instant(None))
        self._session.instant_changed.connect(self._refresh)
        SWITCH.changed.connect(self._dress)
        self._playback.changed.connect(self._refresh_playback)

    def _refresh(self) -> None:
        is_live = self._session.is_live
        self.field.show_instant(self._session.instant)
        self.forward.setEnabled(not is_live)
        self.change_forward.setEnabled(not is_live)
        if is_live != self._shows_live:
            self._refresh_live(is_live)

    def show_stalled(self, is_stalled: bool) -> None:
        """Whether what is shown, where it is to be the present, cannot be read anew."""
        self._is_stalled = is_stalled
        self._refresh_live(self._session.is_live)

    def _refresh_live(self, is_live: bool) -> None:
        self._shows_live = is_live
        waits = is_live and self._is_stalled
        colour = THEME.warning if waits else THEME.good if is_live else THEME.past
        self.live.setText("Waiting" if waits else "Live" if is_live else "Go live")
        self.live.setIcon(icon("mdi6.circle" if is_live else "mdi6.skip-forward", colour))
        self.live.setIconSize(QSize(8, 8) if is_live else ICON_SIZE)
        tip = "The window shows the present" if is_live else "Back to the present  (End)"
        if waits:
            tip = "The present waits for PostgreSQL, which does not answer"
        self.live.setToolTip(tip)
        self.live.setStyleSheet(f"color: {colour};")

    def _dress(self) -> None:
        self._refresh_live(self._session.is_live)

    def _refresh_playback(self) -> None:
        playback, playing = self._playback, self._playback.is_playing
        self.play.setIcon(icon("mdi6.pause" if playing else "mdi6.play", THEME.text))
        plays = "Play the past, passing over times without changes  (Shift+Space)"
        self.play.setToolTip("Stop  (Shift+Space)" if playing else plays)
        self.play.setAccessibleName("Stop" if playing else "Play the past")
        self.rate.setText(rate_words(playback.rate))
        for action in self.rate.menu().actions():
            action.setChecked(action.data() == playback.rate)


def rate_words(rate: float) -> str:
    """`0.25×`, `1×`."""
    return f"{rate:g}\u00d7"
