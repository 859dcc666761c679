"""The menu of the entities selected, the same in the tree and in the scene.

Acts on the session and the clipboard; what only a panel can do, it asks for. Knows no lake.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from lake_core.scene.arrays import Int32s
from studio.models.diff_marks import DiffMarks
from studio.models.scene_model import SceneModel
from studio.session import Session
from studio.theme import icon


class EntityMenu(QObject):
    """Builds the menu anew each time it is asked for."""

    history_requested = Signal(str)  # entity id

    def __init__(self, session: Session, model: SceneModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._model, self._owner = session, model, parent
        self.marks = DiffMarks(self)  # of what a comparison found removed

    def popup(self, at: QPoint) -> None:
        """Open at a point of the screen."""
        menu = self.build()
        menu.popup(at)

    def build(self) -> QMenu:
        """The menu for what is selected now; deletes itself when it is shut."""
        menu, session = QMenu(self._owner), self._session
        menu.aboutToHide.connect(menu.deleteLater)
        chosen, main = session.selected, session.selection
        one = menu.addAction(icon("mdi6.crosshairs-gps"), "Focus in the scene")
        one.triggered.connect(session.focus_selection)
        history = menu.addAction(icon("mdi6.history"), "Show its history")
        history.triggered.connect(lambda: self.history_requested.emit(main))
        children = menu.addAction(icon("mdi6.file-tree-outline"), "Select its children")
        children.triggered.connect(self.select_children)
        menu.addSeparator()
        looks = self._look_actions(menu, chosen)
        menu.addSeparator()
        ids = menu.addAction(icon("mdi6.content-copy"), _of("Copy id", chosen))
        ids.triggered.connect(lambda: _copy("\n".join(chosen)))
        copied = menu.addAction(icon("mdi6.code-json"), "Copy as JSON")
        copied.triggered.connect(self.copy_json)
        for action in (one, history, ids, *looks):
            action.setEnabled(main is not None)
        copied.setEnabled(any(self._document_of(one) for one in chosen))
        children.setEnabled(bool(self._children_of(*chosen)))
        return menu

    def select_children(self) -> None:
        """Select what is right under the selected entities, where anything is."""
        children = self._children_of(*self._session.selected)
        if children:
            self._session.select_all(children)

    def copy_json(self) -> None:
        """The selected entities' canonical JSON: one as it is, several as an array."""
        found = map(self._document_of, self._session.selected)
        texts = [document.decode() for document in found if document]
        _copy(texts[0] if len(texts) == 1 else "[" + ",\n".join(texts) + "]")

    def _document_of(self, entity_id: str) -> bytes:
        """As it is, or as it was where a comparison found it removed."""
        return self._model.document_of(entity_id) or self.marks.gone.document_of(entity_id)

    def _children_of(self, *entity_ids: str) -> list[str]:
        """What is right under some, or was where they are gone."""
        slot_of, ids = self._model.slot_of, self._model.arrays.ids
        slots = [slot_of[one] for one in entity_ids if one in slot_of]
        living = [ids[slot] for slot in children_of(self._model, slots).tolist()] if slots else []
        others = (one for one in entity_ids if one not in slot_of)
        dead = [child for one in others for child in self.marks.gone.children_of(one)]
        return [*living, *dead]

    def _look_actions(self, menu: QMenu, chosen: tuple[str, ...]) -> list[QAction]:
        session = self._session
        hidden = [one for one in chosen if one in session.hidden]
        alone = menu.addAction(
            icon("mdi6.target"),
            "Show only this" if len(chosen) < 2 else f"Show only these {len(chosen):,}",
        )
        alone.triggered.connect(lambda: session.isolate(chosen))
        if hidden:
            other = menu.addAction(icon("mdi6.eye-outline"), _of("Show again", hidden))
            other.triggered.connect(lambda: session.unhide(hidden))
        else:
            other = menu.addAction(icon("mdi6.eye-off-outline"), _of("Hide", chosen))
            other.triggered.connect(lambda: session.hide(chosen))
        everything = menu.addAction(icon("mdi6.eye-outline"), "Show everything")
        everything.setEnabled(bool(session.hidden or session.isolated))
        everything.triggered.connect(session.show_everything)
        return [alone, other]


def children_of(model: SceneModel, slots: list[int]) -> Int32s:
    """Slots right under some others, in sibling order."""
    arrays = model.arrays
    under = np.isin(arrays.parents, slots) & arrays.alive
    found = np.flatnonzero(under).astype(np.int32)
    ordered: Int32s = found[np.argsort(arrays.orders[found], kind="stable")]
    return ordered


def _of(deed: str, chosen: list[str] | tuple[str, ...]) -> str:
    return deed if len(chosen) < 2 else f"{deed} ({len(chosen):,})"


def _copy(text: str) -> None:
    QApplication.clipboard().setText(text)
