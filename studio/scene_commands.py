"""What the commands of the scene do to the session and the scene panel.

Keys without Ctrl are the scene's own and work while it has the focus; these work everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.scene_actions import SIDES, SceneActions
from studio.session import Session

if TYPE_CHECKING:
    from studio.window import StudioWindow


def wire_scene(window: StudioWindow, actions: SceneActions, session: Session) -> None:
    """Give the commands their deeds."""
    view = window.scene.view
    options, colouring = view.options, view.colouring
    actions.hide.triggered.connect(lambda: session.hide(session.selected))
    actions.isolate.triggered.connect(lambda: session.isolate(session.selected))
    actions.everything.triggered.connect(session.show_everything)
    actions.box.triggered.connect(view.hands.start_box)
    for option, action in actions.options.items():
        action.setChecked(options.is_on(option))
        action.toggled.connect(lambda on, option=option: options.turn(option, on))
    options.changed.connect(lambda option, on: actions.options[option].setChecked(on))
    for what, action in actions.colours.items():
        action.triggered.connect(lambda _, what=what: colouring.colour_by(what))
    colouring.changed.connect(lambda: _mark(actions, colouring.by))
    _mark(actions, colouring.by)
    for text, action in actions.sides.items():
        _, yaw, pitch = SIDES[text]
        action.triggered.connect(lambda _, yaw=yaw, pitch=pitch: view.look_from(yaw, pitch))
    options.refused.connect(lambda why: window.status.showMessage(why, 8000))
    for menu in (window.hierarchy.menu, view.menu):
        menu.history_requested.connect(lambda _: window.show_panel("Inspector"))


def _mark(actions: SceneActions, by: str) -> None:
    for what, action in actions.colours.items():
        action.setChecked(what == by)
