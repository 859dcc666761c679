"""Every command of the Studio: its name, icon and shortcut. What each does is wired elsewhere."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from studio.theme import icon


class Actions:
    """The commands, as QActions of one window."""

    def __init__(self, owner: QWidget) -> None:
        def make(text: str, icon_name: str = "", keys: str = "") -> QAction:
            action = QAction(text, owner)
            if icon_name:
                action.setIcon(icon(icon_name))
            if keys:
                action.setShortcut(QKeySequence(keys))
            owner.addAction(action)
            return action

        self.play_demo = make("Play the demo scene", "mdi6.play")
        self.copy_address = make("Copy the lake's address", "mdi6.content-copy")
        self.quit = make("Quit", keys="Ctrl+Q")
        self.find = make("Search the hierarchy", "mdi6.magnify", "Ctrl+F")
        self.fit = make("Fit the scene", "mdi6.fit-to-screen-outline", "Ctrl+0")
        self.focus = make("Bring the selection into view", "mdi6.crosshairs-gps", "Ctrl+Return")
        self.sacred = make("Sacred entities only", "mdi6.circle-double", "Ctrl+Shift+F")
        self.sacred.setCheckable(True)
        self.reset_layout = make("Reset layout", "mdi6.dock-window")
        self.snapshot = make("Take a snapshot", "mdi6.camera-plus-outline", "Ctrl+S")
        self.new_epoch = make("New epoch…", "mdi6.layers-triple-outline", "Ctrl+E")
        self.export = make("Export epoch…", "mdi6.export-variant", "Ctrl+Shift+E")
        self.snapshot.setEnabled(False)
        self.connect_help = make("How to connect an engine", "mdi6.lan-connect")
        self.shortcuts = make("Keyboard and mouse", "mdi6.keyboard-outline", "F1")
        self.about = make("About Eustress Lake Studio", "mdi6.information-outline")

    def fill(self, bar: QMenuBar, panels: list[QAction]) -> None:
        """Put them into menus; `panels` show and hide the docks."""
        _fill(bar.addMenu("File"), [self.play_demo, self.copy_address, None, self.quit])
        view: list[QAction | None] = [self.find, self.fit, self.focus, self.sacred, None]
        _fill(bar.addMenu("View"), [*view, *panels, None, self.reset_layout])
        _fill(bar.addMenu("Snapshot"), [self.snapshot, None, self.new_epoch, self.export])
        _fill(bar.addMenu("Help"), [self.connect_help, self.shortcuts, None, self.about])


def _fill(menu: QMenu, actions: list[QAction | None]) -> None:
    for action in actions:
        if action is None:
            menu.addSeparator()
        else:
            menu.addAction(action)


SHORTCUTS: Final = (
    ("Scene", ""),
    ("Left drag", "orbit"),
    ("Right drag or Shift + drag", "pan"),
    ("Wheel", "zoom to the pointer"),
    ("Click, double click", "select, focus"),
    ("Timeline", ""),
    ("Click, Ctrl, Shift, drag", "choose snapshots"),
    ("Wheel, drag on the axis", "zoom, pan"),
    ("Ctrl+S", "take a snapshot"),
    ("Ctrl+E", "new epoch of the chosen"),
    ("Hierarchy", ""),
    ("Ctrl+F", "search"),
    ("Left, Right", "shut, open"),
    ("Enter", "focus in the scene"),
)
