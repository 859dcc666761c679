"""What the commands do that need no lake: look, search, travel in time, help.

Wires actions to panels and session; builds the palette and the cheat sheet when asked for.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QInputDialog, QMessageBox

from studio.actions import Actions
from studio.models.moments import bookmark_moment
from studio.models.plain_values import keyless
from studio.models.scene_model import SceneModel
from studio.models.time_words import clock_span
from studio.panels.cheat_sheet import CheatSheet
from studio.panels.palette import Palette
from studio.panels.tour import Step, Tour
from studio.scene_commands import wire_scene
from studio.session import ALL_FLUX, SACRED_FLUX, Session
from studio.theme import SWITCH, icon, use
from studio.undoing import ChoiceUndo, wire_undo
from studio.window import TITLE, StudioWindow

TOUR_MS: Final = 900
TOLD_MS: Final = 4000
ABOUT: Final = (
    f"<h3>{TITLE}</h3><p>Keeps every change of a Eustress scene, shows it live,<br>"
    "and turns its history into training data.</p>"
)


def wire_commands(window: StudioWindow, session: Session) -> None:
    """Give the commands their deeds."""
    actions = window.actions_
    actions.quit.triggered.connect(window.close_requested)
    actions.find.triggered.connect(window.search)
    actions.fit.triggered.connect(window.scene.fit)
    actions.focus.triggered.connect(session.focus_selection)
    actions.sacred.toggled.connect(lambda on: session.filter_flux(SACRED_FLUX if on else ALL_FLUX))
    session.flux_filter_changed.connect(lambda now: actions.sacred.setChecked(now == SACRED_FLUX))
    actions.monitor.triggered.connect(window.show_monitor)
    session.focus_requested.connect(lambda _: window.show_monitor(False))
    window.monitor_shown.connect(actions.monitor.setChecked)
    window.monitor.closed.connect(lambda: window.show_monitor(False))
    window.status.monitor_requested.connect(actions.monitor.trigger)
    _wire_theme(actions)
    actions.full_screen.setChecked(window.isFullScreen())
    actions.full_screen.triggered.connect(window.show_full_screen)
    window.full_screen_changed.connect(actions.full_screen.setChecked)
    actions.save_layout.triggered.connect(lambda: _ask_layout(window))
    actions.reset_layout.triggered.connect(window.reset_layout)
    window.timeline.epoch_activated.connect(window.epochs.select)
    actions.palette.triggered.connect(lambda: _open_palette(window, session))
    actions.shortcuts.triggered.connect(lambda: CheatSheet(actions.groups, window).open())
    actions.tour.triggered.connect(lambda: start_tour(window))
    actions.about.triggered.connect(lambda: _tell_about(window))
    wire_undo(
        window.undo_stack,
        actions.undo,
        actions.redo,
        lambda words: window.status.showMessage(words, TOLD_MS),
    )
    ChoiceUndo(session, window.undo_stack)
    wire_scene(window, actions.scene, session)
    _wire_time(window, session)


def _wire_theme(actions: Actions) -> None:
    for name, action in {"light": actions.light, "dark": actions.dark}.items():
        action.setChecked(SWITCH.name == name)
        action.triggered.connect(lambda _, name=name: use(name))


def _open_palette(window: StudioWindow, session: Session) -> None:
    """All commands, and the spaces there are to go to."""
    spaces = []
    for name in window.spaces.names():
        action = QAction(icon("mdi6.earth"), f"Show space {keyless(name)}")
        action.triggered.connect(lambda _, name=name: session.show_space(name))
        spaces.append(action)
    layouts = []
    for name, layout in window.memory.layouts().items():
        action = QAction(icon("mdi6.dock-window"), f"Layout {keyless(name)}")
        action.triggered.connect(lambda _, layout=layout: window.lay_out(layout))
        layouts.append(action)
    groups = window.actions_.groups | {
        "Bookmark": _bookmark_actions(window, session),
        "Archive": _archive_actions(window),
        "Layout": layouts,
        "Space": spaces,
        "Lake": window.recent_lakes,
    }
    Palette(groups, window).open_over(window)


def start_tour(window: StudioWindow) -> Tour:
    """Four steps around the window; that it was seen is remembered. One that is on begins anew."""
    under_way = [tour for tour in window.findChildren(Tour) if tour.isVisible()]
    if under_way:
        under_way[0].start()
        return under_way[0]
    for name in ("Hierarchy", "Inspector", "Timeline"):
        window.show_panel(name)
    steps = (
        Step(
            window.hierarchy,
            "What there is",
            "Every entity of the scene, as the engine sends it. Type to find by name, id, class "
            "or flux:9; what changed just now glows.",
        ),
        Step(
            window.timeline,
            "When it was",
            "Drag along the axis to see any instant of the past, Space plays it, End returns to "
            "now. A right click compares, Ctrl+B leaves a bookmark.",
        ),
        Step(
            window.inspector,
            "How it came to be",
            "All fields of the selected entity, its numbers over time and every change. Each "
            "leads to its time.",
        ),
        Step(
            window.timeline.epoch_button,
            "What to train on",
            "Choose snapshots by click, Shift or drag, freeze them into an epoch and export it. "
            "Ctrl+K finds every command, ? tells every key.",
        ),
    )
    tour = Tour(steps, window)
    tour.ended.connect(lambda: window.memory.keep(tour="seen"))
    tour.start()
    return tour


def show_around_once(window: StudioWindow, scene: SceneModel) -> None:
    """Start the tour when there is something to see, unless it was seen on another day."""
    if window.is_as_new or window.memory.text("tour", "") == "seen":
        return

    def begin() -> None:
        if scene.entity_count:
            scene.updated.disconnect(begin)
            QTimer.singleShot(TOUR_MS, window, lambda: start_tour(window))

    scene.updated.connect(begin)


def _ask_layout(window: StudioWindow) -> None:
    dialog = QInputDialog(window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle("Save this layout")
    dialog.setLabelText("Name, by which Ctrl+K finds it")
    dialog.textValueSelected.connect(window.save_layout)
    dialog.open()


def _bookmark_actions(window: StudioWindow, session: Session) -> list[QAction]:
    """To each bookmark of the space, and to take each away."""
    timeline, actions = window.timeline, []
    for bookmark in timeline.view.bookmarks:
        label = keyless(bookmark_moment(bookmark).label)
        go = QAction(icon("mdi6.bookmark-outline"), f"Show bookmark {label}")
        go.triggered.connect(lambda _, one=bookmark: session.show_instant(one.at))
        drop = QAction(icon("mdi6.bookmark-remove-outline"), f"Delete bookmark {label}")
        drop.triggered.connect(lambda _, one=bookmark: timeline.bookmark_delete_requested.emit(one))
        actions += [go, drop]
    return actions


def _archive_actions(window: StudioWindow) -> list[QAction]:
    """To fetch each archived stretch of the space back."""
    timeline, actions = window.timeline, []
    for stretch in timeline.view.frame.archives:
        label = clock_span(stretch.from_at.timestamp(), stretch.to_at.timestamp())
        words = f"Fetch back the archive of {label}, {keyless(stretch.place)}"
        fetch = QAction(icon("mdi6.archive-arrow-up-outline"), words)
        fetch.triggered.connect(
            lambda _, one=stretch: timeline.tell_archive(
                one, timeline.mapToGlobal(timeline.rect().center())
            )
        )
        actions.append(fetch)
    return actions


def _wire_time(window: StudioWindow, session: Session) -> None:
    actions, timeline = window.actions_, window.timeline
    actions.live.triggered.connect(lambda: session.show_instant(None))
    actions.play.triggered.connect(timeline.playback.toggle)
    actions.previous.triggered.connect(lambda: timeline.view.step(-1))
    actions.next.triggered.connect(lambda: timeline.view.step(1))
    actions.faster.triggered.connect(lambda: timeline.playback.shift_rate(1))
    actions.slower.triggered.connect(lambda: timeline.playback.shift_rate(-1))
    actions.go_to_time.triggered.connect(lambda: _ask_time(window))

    def refresh() -> None:
        # End is the tree's own key while there is nowhere to go back from.
        actions.live.setEnabled(not session.is_live)
        actions.next.setEnabled(not session.is_live)
        actions.next_change.setEnabled(not session.is_live)
        actions.play.setText("Stop playing" if timeline.playback.is_playing else "Play the past")

    actions.delete_chosen.triggered.connect(timeline.delete_chosen)
    session.chosen_changed.connect(lambda chosen: actions.delete_chosen.setEnabled(bool(chosen)))
    session.instant_changed.connect(refresh)
    timeline.playback.changed.connect(refresh)
    refresh()


def _ask_time(window: StudioWindow) -> None:
    window.show_panel("Timeline")
    field = window.timeline.transport.field
    field.setFocus(Qt.FocusReason.ShortcutFocusReason)
    field.selectAll()


def _tell_about(window: StudioWindow) -> None:
    box = QMessageBox(QMessageBox.Icon.NoIcon, "About", ABOUT, parent=window)
    box.setTextFormat(Qt.TextFormat.RichText)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
