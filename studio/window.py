"""The main window: where panels stand, and what is remembered of it.

Lays out and remembers; wires nothing to a lake. Closing is a wish: the window stays until the
program has put its data away.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from PySide6.QtCore import QByteArray, QEvent, QMimeData, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QUndoStack
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMainWindow,
    QMenuBar,
    QScrollArea,
    QStackedWidget,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.actions import Actions
from studio.docks import Area, Docks
from studio.memory import Memory
from studio.models.diff_marks import DiffMarks
from studio.models.scene_model import SceneModel
from studio.panels.banner import Banner
from studio.panels.chrome import Branded, PanelHead, thin_line, tool_button
from studio.panels.diff import DiffPanel
from studio.panels.epochs import EpochsPanel
from studio.panels.hierarchy import HierarchyPanel
from studio.panels.inspector import InspectorPanel
from studio.panels.monitor import MonitorPanel
from studio.panels.past_mark import PastFrame
from studio.panels.scene import ScenePanel
from studio.panels.spaces import SpaceChooser
from studio.panels.status import StatusLine
from studio.panels.timeline import TimelinePanel
from studio.panels.welcome import WelcomePanel
from studio.session import Session
from studio.theme import SWITCH, THEME, icon, styled, use

TITLE: Final = "Eustress Lake Studio"
SIZE: Final = QSize(1440, 900)
LAYOUT_VERSION: Final = 2
FRAME_HEIGHT: Final = 48
RECORDINGS: Final = (".jsonl", ".ndjson")
REMEMBER_MS: Final = 5000
"""How much of a person's arranging is lost at worst."""
LEAST_CENTRE: Final = QSize(320, 200)
WELCOME, SCENE, MONITOR = 0, 1, 2


class StudioWindow(QMainWindow):
    """Builds every panel; they are public, for the application to wire."""

    close_requested = Signal()
    monitor_shown = Signal(bool)
    full_screen_changed = Signal(bool)
    lake_requested = Signal(object)  # Wanted: a data directory or an address
    recording_dropped = Signal(object)  # Path of a recorded stream

    def __init__(
        self, session: Session, scene: SceneModel, data_dir: Path, *, as_new: bool = False
    ) -> None:
        """Lay out as the person left it; `as_new` neither recalls nor remembers."""
        super().__init__()
        self._as_new = as_new
        self.setAcceptDrops(True)
        self.setWindowTitle(TITLE)
        self.setWindowIcon(icon("mdi6.triforce", THEME.accent))
        self.resize(SIZE if as_new else _fitting_size(self))
        self.memory = Memory(data_dir)
        self.undo_stack = QUndoStack(self)  # first: it goes first, and tells commands so
        self.actions_ = Actions(self)
        self.recent_lakes: list[QAction] = []
        self.spaces = SpaceChooser(session)
        self.hierarchy = HierarchyPanel(session, scene)
        self.scene = ScenePanel(session, scene)
        self.welcome = WelcomePanel()
        self.inspector = InspectorPanel(session, scene)
        self.epochs = EpochsPanel(Path.home() / "lake-exports")
        self.timeline = TimelinePanel(session)
        self.diff, self.diff_marks = DiffPanel(session), DiffMarks(self)
        self.hierarchy.show_diff(self.diff_marks)
        self.scene.view.show_diff(self.diff_marks)
        self.monitor, self.status = MonitorPanel(), StatusLine()
        self.banner = Banner()
        self._centre, self._has_scene = QStackedWidget(), False
        self._docks = Docks(self)
        self._add_docks()
        self._build_centre()
        self.setMenuWidget(self._top_bar())
        self.setStatusBar(self.status)
        self._past_frame = PastFrame(session, self)
        session.instant_changed.connect(self._mark_past)
        self._first_state = self.saveState(LAYOUT_VERSION)
        self._recall()
        self._saving = QTimer(self, interval=REMEMBER_MS)
        self._saving.timeout.connect(self.remember)
        self._saving.start()

    @property
    def is_as_new(self) -> bool:
        """Whether it neither recalls nor remembers."""
        return self._as_new

    def show_scene(self, there_are_entities: bool) -> None:
        """The scene, or the welcome while there is nothing to see."""
        self._has_scene = there_are_entities
        self.show_monitor(self.shows_monitor)

    @property
    def shows_scene(self) -> bool:
        """Whether there is a scene to see, though the monitor may stand before it."""
        return self._has_scene

    def show_monitor(self, shows: bool) -> None:
        """The monitor in the centre, or the scene again."""
        before = self._centre.currentIndex()
        self._centre.setCurrentIndex(MONITOR if shows else SCENE if self._has_scene else WELCOME)
        if shows != (before == MONITOR):
            self.monitor_shown.emit(shows)

    @property
    def shows_monitor(self) -> bool:
        """Whether the monitor is in the centre."""
        return self._centre.currentIndex() == MONITOR

    def show_full_screen(self, wanted: bool) -> None:
        """The whole screen, or the window as it was before."""
        whole = Qt.WindowState.WindowFullScreen
        self.setWindowState(self.windowState() | whole if wanted else self.windowState() & ~whole)

    def show_panel(self, name: str) -> None:
        """Make sure that a panel is seen."""
        self._docks.show(name)

    def search(self) -> None:
        """Put the caret into the hierarchy's search."""
        self.show_panel("Hierarchy")
        self.hierarchy.focus_search()

    def reset_layout(self) -> None:
        """As on the first day."""
        self.restoreState(self._first_state, LAYOUT_VERSION)
        self._docks.share_out()

    def remember(self) -> None:
        """Keep size, layout and theme for the next start."""
        if not self._as_new:
            self.memory.keep(
                theme=SWITCH.name,
                geometry=self.saveGeometry(),
                layout=self.saveState(LAYOUT_VERSION),
            )

    @property
    def last_space(self) -> str:
        """The space that was looked at last in this lake; "" where none was."""
        return "" if self._as_new else self.memory.text("space", "")

    def remember_space(self, space_name: str) -> None:
        """This one is looked at: it is shown first on another day."""
        if space_name and not self._as_new:
            self.memory.keep(space=space_name)

    def save_layout(self, name: str) -> None:
        """Keep the present layout under a name."""
        self.memory.keep_layout(name, self.saveState(LAYOUT_VERSION))

    def lay_out(self, layout: QByteArray) -> None:
        """Take a layout that was saved."""
        self.restoreState(layout, LAYOUT_VERSION)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Recorded streams may be dropped anywhere."""
        if recordings_in(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """The first of them, as one at a time is replayed."""
        for path in recordings_in(event.mimeData())[:1]:
            event.acceptProposedAction()
            self.recording_dropped.emit(path)

    def changeEvent(self, event: QEvent) -> None:
        """Tell of the whole screen, which the desktop gives and takes as well."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self.full_screen_changed.emit(self.isFullScreen())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask to be closed; the program ends when it has put its data away."""
        event.ignore()
        self.close_requested.emit()

    def _mark_past(self, instant: datetime | None) -> None:
        for head in (self.hierarchy.head, self.inspector.head):
            head.mark_past(instant is not None)

    def _recall(self) -> None:
        self._docks.share_out()
        if self._as_new:
            return
        self.memory.take_over()
        use(self.memory.text("theme", SWITCH.name))
        geometry, layout = self.memory.picture("geometry"), self.memory.picture("layout")
        if geometry is not None:
            self.restoreGeometry(geometry)
        if layout is not None:
            self.restoreState(layout, LAYOUT_VERSION)
            self._docks["Compare"].hide()  # what was compared is not remembered

    def _add_docks(self) -> None:
        docks = self._docks
        docks.add("Hierarchy", self.hierarchy, self.hierarchy.head, Area.LeftDockWidgetArea)
        docks.add("Inspector", self.inspector, self.inspector.head, Area.RightDockWidgetArea)
        docks.add("Epochs", self.epochs, self.epochs.head, Area.RightDockWidgetArea)
        docks.add("Timeline", self.timeline, PanelHead("Timeline"), Area.BottomDockWidgetArea)
        docks.add("Compare", self.diff, self.diff.head, Area.LeftDockWidgetArea, behind="Hierarchy")
        self.setTabPosition(Area.AllDockWidgetAreas, QTabWidget.TabPosition.North)

    def _build_centre(self) -> None:
        welcome = QScrollArea()
        welcome.setWidgetResizable(True)
        welcome.setWidget(self.welcome)
        self._centre.setMinimumSize(LEAST_CENTRE)
        self._centre.addWidget(welcome)
        self._centre.addWidget(self.scene)
        self._centre.addWidget(self.monitor)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self._centre, 1)
        self.setCentralWidget(whole)

    def _top_bar(self) -> QWidget:
        """Product and menus at the left, the space in the middle, panels at the right."""
        bar = QWidget()
        column = QVBoxLayout(bar)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        row = QHBoxLayout()
        row.setContentsMargins(12, 6, 10, 6)
        row.addWidget(self._menus(), 5)  # as wide as the menus and the name want at 1440
        row.addWidget(self.spaces, 4)
        row.addWidget(self._toggles(), 3, Qt.AlignmentFlag.AlignRight)
        column.addLayout(row)
        column.addWidget(thin_line())
        return bar

    def _menus(self) -> QWidget:
        bar = QMenuBar()
        bar.setNativeMenuBar(False)
        self.actions_.fill(bar, self._docks.show_actions())
        return Branded("Eustress Lake", bar)

    def _toggles(self) -> QWidget:
        right = QWidget()
        row = QHBoxLayout(right)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self._palette_button())
        row.addSpacing(8)
        row.addWidget(self._docks.toggle("mdi6.dock-left", "Hierarchy", "Hierarchy"))
        row.addWidget(self._docks.toggle("mdi6.dock-bottom", "Timeline", "Timeline"))
        row.addWidget(
            self._docks.toggle("mdi6.dock-right", "Inspector and epochs", "Inspector", "Epochs")
        )
        return right

    def _palette_button(self) -> QToolButton:
        button = tool_button("mdi6.chevron-right-box-outline", "Do anything by its name  (Ctrl+K)")
        keys = self.actions_.palette.shortcut()
        button.setText(keys.toString(keys.SequenceFormat.NativeText))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        styled(button, lambda: f"color: {THEME.text_quiet};")
        button.clicked.connect(self.actions_.palette.trigger)
        return button


def recordings_in(dropped: QMimeData) -> list[Path]:
    """The files among what is dropped that recorded streams are kept in."""
    paths = [Path(url.toLocalFile()) for url in dropped.urls() if url.isLocalFile()]
    return [path for path in paths if path.suffix.lower() in RECORDINGS]


def _fitting_size(window: QMainWindow) -> QSize:
    """The size of the first day, or what the screen has room for beside a title bar."""
    available = window.screen().availableGeometry().size()
    return SIZE.boundedTo(available - QSize(0, FRAME_HEIGHT))
