"""The panels around the scene: where each docks, how they share the room, and their toggles.

Knows docks by name; knows nothing of what is in them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QMainWindow, QToolButton, QWidget
from shiboken6 import isValid

from studio.panels.chrome import PanelHead, tool_button

Area = Qt.DockWidgetArea
LEFT_WIDTH, RIGHT_WIDTH, TIMELINE_HEIGHT = 272, 324, 206
INSPECTOR_SHARE, EPOCHS_SHARE = 560, 230
COMPARE_WIDTH: Final = 330
LEAST: Final = 288
"""Pixels a panel at a side may be narrowed to where it wants more; below that, one shuts it."""


class Docks(QObject):
    """The docks of one window, by name."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._docks: dict[str, QDockWidget] = {}
        window.setDockNestingEnabled(True)
        window.setCorner(Qt.Corner.BottomLeftCorner, Area.BottomDockWidgetArea)
        window.setCorner(Qt.Corner.BottomRightCorner, Area.RightDockWidgetArea)

    def __getitem__(self, name: str) -> QDockWidget:
        return self._docks[name]

    def add(
        self, name: str, panel: QWidget, head: PanelHead, area: Area, *, behind: str = ""
    ) -> None:
        """Dock a panel; one `behind` another shares its place and is not seen on the first day."""
        dock = QDockWidget(name, self._window)
        dock.setObjectName(name)
        dock.setWidget(panel)
        dock.setTitleBarWidget(head)
        panel.setMinimumWidth(min(LEAST, panel.minimumSizeHint().width()))
        shut = tool_button("mdi6.close", f"Hide {name.lower()}")
        shut.clicked.connect(dock.hide)
        head.add_button(shut)
        self._window.addDockWidget(area, dock)
        self._docks[name] = dock
        if behind:
            self._window.tabifyDockWidget(self._docks[behind], dock)
            dock.hide()
        dock.visibilityChanged.connect(self._name_heads)
        dock.dockLocationChanged.connect(self._name_heads)

    def show(self, name: str) -> None:
        """Make sure that a panel is seen, and has the room to be of use."""
        dock = self._docks[name]
        was_hidden = dock.isHidden()
        dock.show()
        dock.raise_()
        if was_hidden and name == "Compare":
            self._make_room_to_compare()

    def share_out(self) -> None:
        """The sizes of the first day."""
        across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        resize = self._window.resizeDocks
        resize([self["Hierarchy"], self["Inspector"]], [LEFT_WIDTH, RIGHT_WIDTH], across)
        resize([self["Timeline"]], [TIMELINE_HEIGHT], down)
        resize([self["Inspector"], self["Epochs"]], [INSPECTOR_SHARE, EPOCHS_SHARE], down)

    def show_actions(self) -> list[QAction]:
        """One a panel, to show or hide it."""
        actions = []
        for name, dock in self._docks.items():
            action = dock.toggleViewAction()
            action.setText(f"Show {name.lower()}")
            action.triggered.connect(_bringing_forward(dock))
            actions.append(action)
        return actions

    def toggle(self, icon_name: str, tip: str, *names: str) -> QToolButton:
        """A button that shows and hides some of them together."""
        button = tool_button(icon_name, f"Show or hide: {tip}")
        button.setCheckable(True)
        docks = [self._docks[name] for name in names]
        for dock in docks:
            # A function of ours: of `clicked`, Qt's own slots are not told what it says.
            button.clicked.connect(lambda is_shown, one=dock: one.setVisible(is_shown))
            dock.toggleViewAction().toggled.connect(
                lambda _: button.setChecked(any(not dock.isHidden() for dock in docks))
            )
        button.setChecked(True)
        return button

    def _name_heads(self) -> None:
        """A panel behind whose tab others wait is named by the tab."""
        if not isValid(self._window):  # docks are hidden once more as they are taken down
            return
        for dock in self._docks.values():
            others = self._window.tabifiedDockWidgets(dock)
            head = dock.titleBarWidget()
            if isinstance(head, PanelHead):
                head.show_title(all(other.isHidden() for other in others))

    def _make_room_to_compare(self) -> None:
        wide = max(self["Compare"].width(), COMPARE_WIDTH)
        self._window.resizeDocks([self["Compare"]], [wide], Qt.Orientation.Horizontal)


def _bringing_forward(dock: QDockWidget) -> Callable[[bool], None]:
    """One that is asked for is seen, though others share its place."""

    def bring_forward(is_shown: bool) -> None:
        if is_shown:
            dock.raise_()

    return bring_forward
