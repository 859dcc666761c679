"""The status line: where the lake listens, what arrives, whether it is kept. Quiet unless not."""

from __future__ import annotations

from typing import Final, Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QStatusBar, QToolButton, QWidget

from studio.models.plain_values import keyless
from studio.models.served import ServedBy
from studio.panels.chrome import quiet_label
from studio.theme import ICON_SIZE, SWITCH, THEME, icon, section_head

SCOPE_TIP: Final = (
    "These are of the whole lake: every space that this server writes, also those not shown."
)
TOTAL_TIP: Final = "Changes committed since the server started, of all spaces"

NARROW: Final = 1040


class Health(Protocol):
    """How the lake is; see LakeHealth."""

    @property
    def database(self) -> str:
        """`embedded` or `external`."""

    @property
    def database_ok(self) -> bool:
        """Whether PostgreSQL answers."""

    @property
    def queue_depth(self) -> int:
        """Requests waiting to be committed."""

    @property
    def events_per_second(self) -> float:
        """Changes committed over the last seconds."""

    @property
    def spooled(self) -> int:
        """Requests kept on disk until PostgreSQL is back."""

    @property
    def accepted_total(self) -> int:
        """Changes committed since the start."""


class StatusLine(QStatusBar):
    """One line of facts; the address is copied by a click."""

    monitor_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._address = QToolButton()
        self._address.setText("Starting the lake…")
        self._address.clicked.connect(self._copy)
        self._rate, self._queue, self._database = _Fact(), _Fact(), _Fact()
        for fact in (self._rate, self._queue, self._database):
            fact.clicked.connect(self.monitor_requested)
            fact.setToolTip("Open the monitor  (Ctrl+M)")
            fact.setCursor(Qt.CursorShape.PointingHandCursor)
        self._total, self._mode = quiet_label(), QLabel()
        self.scope = section_head("All spaces")
        self._figures = (self.scope, self._rate, self._total, self._queue)
        self.scope.setContentsMargins(14, 0, 0, 0)
        self.scope.setToolTip(SCOPE_TIP)
        self._total.setToolTip(TOTAL_TIP)
        self.addWidget(self._together())
        self._has_figures = False
        self._allot()
        self.addPermanentWidget(self._database)
        self.addPermanentWidget(self._mode)
        self._url, self._is_ours, self._stalled = "", True, ""
        self.setContentsMargins(8, 0, 12, 0)
        self.setFixedHeight(30)
        self.show_live(True)
        SWITCH.changed.connect(self._dress)

    def _together(self) -> QWidget:
        """Address and figures as one: a message takes the place of all, whichever come and go."""
        facts = QWidget()
        row = QHBoxLayout(facts)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for widget in (self._address, *self._figures):
            row.addWidget(widget)
        return facts

    def show_starting(self, text: str) -> None:
        """What is being waited for."""
        self._address.setText(text)

    def show_address(self, url: str, *, is_ours: bool = True) -> None:
        """Where engines send their scenes; "" where the server does not listen.

        Not `is_ours` where another process listens there and this one only shows.
        """
        self._url, self._is_ours = url, is_ours
        shown = keyless(url)
        self._address.setText((shown if is_ours else f"attached to {shown}") or "Not listening")
        self._address.setIcon(icon("mdi6.lan-connect", THEME.good if url else THEME.warning))
        self._address.setIconSize(ICON_SIZE)
        self._address.setToolButtonStyle(self._address.toolButtonStyle().ToolButtonTextBesideIcon)
        who = "" if is_ours else "A lake-server of this lake listens, and this window shows. "
        told = f"{who}Engines send their scenes here. Click to copy."
        self._address.setToolTip(told if url else "")

    @property
    def url(self) -> str:
        """Where engines send their scenes; "" where the server does not listen."""
        return self._url

    @property
    def own_url(self) -> str:
        """Where this window itself listens; "" where it does not."""
        return self._url if self._is_ours else ""

    def show_health(self, health: Health) -> None:
        """Take over new figures."""
        self._mode.show()
        self._has_figures = True
        self._allot()
        busy = health.events_per_second >= 0.5
        self._rate.say(
            "mdi6.waves",
            f"{health.events_per_second:,.0f} events/s",
            THEME.accent if busy else THEME.text_quiet,
        )
        self._total.setText(f"{health.accepted_total:,} stored")
        self._queue.say("mdi6.tray-full", f"queue {health.queue_depth:,}", THEME.text_quiet)
        kind = "embedded PostgreSQL" if health.database == "embedded" else "PostgreSQL"
        if health.database_ok:
            self._database.say("mdi6.database-outline", kind, THEME.good)
        else:
            waiting = f"PostgreSQL is away · {health.spooled:,} in the spool"
            self._database.say("mdi6.database-outline", waiting, THEME.warning)

    def show_server(self, server: ServedBy) -> None:
        """Take over figures of the server that the window is attached to."""
        silent = "" if server.answers else "  ·  does not answer"
        self._address.setText(f"attached to {keyless(server.url)}{silent}")
        colour = THEME.good if server.answers else THEME.warning
        self._address.setIcon(icon("mdi6.lan-connect", colour))
        self._has_figures = server.answers  # what it last said holds no longer
        self._allot()
        if server.answers:
            self.show_health(server)

    def forget_server(self) -> None:
        """Attached no more: figures are this process's own again."""
        self._has_figures = True
        self._allot()

    def show_no_lake(self) -> None:
        """The lake could not be opened."""
        self._database.say("mdi6.database-outline", "no database", THEME.danger)
        self._mode.hide()  # nothing is live

    def show_live(self, is_live: bool) -> None:
        """Now, or the past: never to be mistaken."""
        self._is_live = is_live
        self._tell_mode()

    def show_stalled(self, words: str) -> None:
        """Of when what is shown is, where it is the present no more; "" where it is."""
        self._stalled = words
        self._tell_mode()

    def _tell_mode(self) -> None:
        colour, text = (THEME.good, "Live") if self._is_live else (THEME.past, "Past")
        if self._is_live and self._stalled:
            colour, text = THEME.warning, self._stalled
        self._mode.setText(f"<span style='color:{colour}'>●</span>&nbsp; {text}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._allot()

    def _allot(self) -> None:
        """What there is of figures is shown; of them, in a narrow window, not the least needed."""
        for fact in self._figures:
            has_room = fact is not self._total or self.width() >= NARROW
            fact.setVisible(self._has_figures and has_room)

    def _dress(self) -> None:
        self._tell_mode()
        for fact in (self._rate, self._queue, self._database):
            fact.dress()

    def _copy(self) -> None:
        if self._url:
            QApplication.clipboard().setText(self._url)
            self.showMessage(f"Copied {self._url}", 1500)


class _Fact(QWidget):
    """An icon and a few words."""

    clicked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._mark, self._text = QLabel(), quiet_label()
        self._shown: tuple[str, str] | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 4, 0)
        row.setSpacing(6)
        row.addWidget(self._mark)
        row.addWidget(self._text)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def say(self, icon_name: str, text: str, colour: str) -> None:
        """Show them."""
        if self._shown != (icon_name, colour):
            pixmap: QPixmap = icon(icon_name, colour).pixmap(15, 15)
            self._mark.setPixmap(pixmap)
            self._shown = (icon_name, colour)
        self._text.setText(text)

    def dress(self) -> None:
        """Show the mark anew where the colours are others."""
        self._shown = None
