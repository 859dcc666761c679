"""Every command of the Studio: its name, icon and shortcut. What each does is wired elsewhere."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from studio.scene_actions import SceneActions
from studio.theme import icon

Groups = dict[str, list[QAction]]

MNEMONICS: Final = {"Snapshot": "S&napshot"}
"""Of a menu whose first letter another one has; Alt and the letter open it."""


class Actions:
    """The commands, as QActions of one window."""

    def __init__(self, owner: QWidget) -> None:
        def make(text: str, icon_name: str = "", *keys: str) -> QAction:
            action = QAction(text, owner)
            action.setObjectName(text)
            if icon_name:
                action.setIcon(icon(icon_name))
            action.setShortcuts([QKeySequence(one) for one in keys])
            owner.addAction(action)
            return action

        self.palette = make("Command palette", "mdi6.chevron-right-box-outline", "Ctrl+K")
        self.play_demo = make("Play the demo scene", "mdi6.orbit")
        self.replay = make("Replay a recording\u2026", "mdi6.file-restore-outline", "Ctrl+O")
        self.open_lake = make("Open another lake\u2026", "mdi6.folder-open-outline", "Ctrl+Shift+O")
        self.open_database = make("Open a PostgreSQL\u2026", "mdi6.database-outline")
        self.attach = make("Attach to a running server\u2026", "mdi6.server-network")
        self.leave_server = make("Back to the lake before", "mdi6.server-network-off")
        self.leave_server.setEnabled(False)
        self.copy_address = make("Copy the lake's address", "mdi6.content-copy")
        self.quit = make("Quit", "", "Ctrl+Q")
        self.undo = make("Undo", "mdi6.undo", "Ctrl+Z")
        self.redo = make("Redo", "mdi6.redo", "Ctrl+Shift+Z", "Ctrl+Y")
        self.find = make("Search the hierarchy", "mdi6.magnify", "Ctrl+F")
        self.fit = make("Fit the scene", "mdi6.fit-to-screen-outline", "Ctrl+0")
        self.focus = make("Bring the selection into view", "mdi6.crosshairs-gps", "Ctrl+Return")
        self.sacred = make("Sacred entities only", "mdi6.circle-double", "Ctrl+Shift+F")
        self.sacred.setCheckable(True)
        self.monitor = make("Monitor", "mdi6.pulse", "Ctrl+M")
        self.monitor.setCheckable(True)
        self.light = make("Light theme", "mdi6.weather-sunny")
        self.dark = make("Dark theme", "mdi6.weather-night")
        themes = QActionGroup(owner)
        for theme in (self.light, self.dark):
            theme.setCheckable(True)
            themes.addAction(theme)
        self.full_screen = make("Full screen", "mdi6.fullscreen", "F11")
        self.full_screen.setCheckable(True)
        self.save_layout = make("Save this layout\u2026", "mdi6.content-save-outline")
        self.reset_layout = make("Reset layout", "mdi6.dock-window")
        self.live = make("Go live", "mdi6.skip-forward", "End")
        self.play = make("Play the past", "mdi6.play", "Shift+Space")
        self.previous = make("To the snapshot before", "mdi6.skip-previous", "[")
        self.next = make("To the next snapshot", "mdi6.skip-next", "]")
        self.previous_change = make("To the change before", "mdi6.step-backward", ",")
        self.next_change = make("To the next change", "mdi6.step-forward", ".")
        self.slower = make("Play slower", "mdi6.rewind", "Ctrl+[")
        self.faster = make("Play faster", "mdi6.fast-forward", "Ctrl+]")
        self.go_to_time = make("Go to a time\u2026", "mdi6.clock-outline", "Ctrl+G")
        self.bookmark = make("Bookmark this instant…", "mdi6.bookmark-plus-outline", "Ctrl+B")
        self.scene = SceneActions(make)
        self.compare = make("Compare two moments", "mdi6.compare-horizontal", "Ctrl+D")
        self.snapshot = make("Take a snapshot", "mdi6.camera-plus-outline", "Ctrl+S")
        self.delete_chosen = make("Delete the chosen snapshots", "mdi6.trash-can-outline")
        self.new_epoch = make("New epoch\u2026", "mdi6.layers-triple-outline", "Ctrl+E")
        self.export = make("Export epoch\u2026", "mdi6.export-variant", "Ctrl+Shift+E")
        self.snapshot.setEnabled(False)
        self.delete_chosen.setEnabled(False)
        self.schedules = make("Schedules\u2026", "mdi6.calendar-clock-outline", "Ctrl+Shift+S")
        self.retention = make("Retention\u2026", "mdi6.broom", "Ctrl+Shift+R")
        self.archives = make("Archives\u2026", "mdi6.archive-outline", "Ctrl+Shift+A")
        self.connect_help = make("How to connect an engine", "mdi6.lan-connect")
        self.tour = make("Show me around", "mdi6.compass-outline")
        self.shortcuts = make("Keyboard and mouse", "mdi6.keyboard-outline", "F1", "?")
        self.about = make("About Eustress Lake Studio", "mdi6.information-outline")
        self._panels: list[QAction] = []
        self.recent = QMenu("Lakes opened before", owner)
        self.recent.setIcon(icon("mdi6.history"))
        self.recent.menuAction().setVisible(False)

    @property
    def groups(self) -> Groups:
        """All of them, by the menu they are in."""
        looks = [self.find, self.fit, self.focus, self.sacred]
        lakes = [self.open_lake, self.open_database, self.attach, self.leave_server]
        travel = [self.live, self.play, self.slower, self.faster]
        steps = [self.previous, self.next, self.previous_change, self.next_change]
        return {
            "File": [self.play_demo, self.replay, *lakes, self.copy_address, self.quit],
            "Edit": [self.undo, self.redo],
            "View": [
                *looks,
                self.monitor,
                *self._panels,
                self.light,
                self.dark,
                self.full_screen,
                self.save_layout,
                self.reset_layout,
            ],
            "Scene": self.scene.all,
            "Time": [*travel, *steps, self.go_to_time, self.bookmark, self.compare],
            "Snapshot": [self.snapshot, self.delete_chosen, self.new_epoch, self.export],
            "Upkeep": [self.schedules, self.retention, self.archives],
            "Help": [self.palette, self.connect_help, self.tour, self.shortcuts, self.about],
        }

    def fill(self, bar: QMenuBar, panels: list[QAction]) -> None:
        """Put them into menus; `panels` show and hide the docks."""
        self._panels = panels
        before = {
            self.quit,
            self.open_lake,
            self.copy_address,
            self.monitor,
            self.full_screen,
            self.previous,
            self.go_to_time,
            self.compare,
            self.new_epoch,
            self.about,
        }
        before |= {panels[0], self.light, self.save_layout} | self.scene.first_of_parts
        for name, actions in self.groups.items():
            menu = bar.addMenu(MNEMONICS.get(name, f"&{name}"))
            _fill(menu, actions, before)
            if name == "File":
                behind = menu.actions().index(self.leave_server) + 1
                menu.insertMenu(menu.actions()[behind], self.recent)

    def offer_lakes(self, again: list[QAction]) -> None:
        """Put lakes that were opened before into the File menu."""
        self.recent.addActions(again)
        self.recent.menuAction().setVisible(bool(again))


def title_of(action: QAction) -> str:
    """What a command is called whatever its text says just now: `Undo` of `Undo deleting x`."""
    return (action.objectName() or action.text()).rstrip("\u2026")


def _fill(menu: QMenu, actions: list[QAction], separated: set[QAction]) -> None:
    """`separated` are those that begin a new part of their menu."""
    for action in actions:
        if action in separated:
            menu.addSeparator()
        menu.addAction(action)


GESTURES: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "Timeline": (
        ("Click or drag on the axis", "show that instant"),
        ("Double click a snapshot", "show it"),
        ("Click, Ctrl, Shift, drag", "choose snapshots"),
        ("Drag a chosen one", "onto Epochs: begin, extend one"),
        ("Right click", "compare, bookmark, tag"),
        ("0 to 5, P, Delete", "rate, pin, delete the chosen"),
        ("Left, Right", "choose the one before or after"),
        ("G, Shift+G, Enter", "to a gap, tell of it"),
        ("Ctrl+A", "choose all"),
        ("Wheel, + and −", "zoom to the pointer, middle"),
        ("Shift + drag, right drag", "pan"),
        ("Space", "play or stop"),
        ("Home", "show all, follow the present"),
    ),
    "Scene": (
        ("Left drag, arrows", "orbit"),
        ("Right or middle drag", "pan"),
        ("Wheel, + and −", "zoom to the pointer, middle"),
        ("Click, double click", "select, focus"),
        ("Ctrl + click", "add, take out"),
        ("Shift + drag, B", "select with a box"),
        ("W A S D, Q E", "fly, down and up"),
        ("F, Home", "focus, fit"),
        ("1, 3, 7, 5", "front, right, top, flat"),
        ("H, I, Shift + H", "hide, only this, all"),
    ),
    "Inspector": (
        ("Click a sparkline, a change", "go to its time"),
        ("Enter", "follow a link, open, shut"),
        ("Ctrl+C", "copy the value"),
    ),
    "Hierarchy": (
        ("Left, Right", "shut, open"),
        ("Home, End, Ctrl+A", "first, last, all"),
        ("Letters, Up from the top", "search"),
        ("Down, Escape", "to what was found, end"),
        ("Enter", "focus in the scene"),
        ("Right click, Menu", "what to do with it"),
    ),
}
"""What hands do in the panels, apart from the commands."""
