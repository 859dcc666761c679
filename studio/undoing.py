"""Undo and redo of what a person decides: choosing snapshots, epochs, bookmarks.

A deed is done when it is pushed; going back and forth calls what it was given. Knows the session
and a QUndoStack; knows no lake.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from uuid import UUID

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QUndoCommand, QUndoStack

from studio.models.plain_values import as_read, keyless
from studio.session import Session

Do = Callable[[], None]


class Deed(QUndoCommand):
    """What was done, in a word or two after "Undo", and the ways there and back."""

    def __init__(self, words: str, redo: Do, undo: Do) -> None:
        super().__init__(words)
        self._redo, self._undo = redo, undo
        self._is_new = True

    def redo(self) -> None:
        """Do it again; nothing on the push itself, as it is done."""
        if not self._is_new:
            self._redo()
        self._is_new = False

    def undo(self) -> None:
        """Take it back."""
        self._undo()


class ChoiceUndo(QObject):
    """Remembers every choice of snapshots."""

    def __init__(self, session: Session, stack: QUndoStack) -> None:
        super().__init__(stack)
        self._session, self._stack = session, stack
        self._before: tuple[UUID, ...] = session.chosen_snapshots
        self._turning = False
        session.chosen_changed.connect(self._remember)

    def _remember(self, chosen: tuple[UUID, ...]) -> None:
        before, self._before = self._before, chosen
        if self._turning:
            return
        space = self._session.space_name
        count = len(chosen)
        words = f"choosing {count:,} snapshot{'' if count == 1 else 's'}"
        self._stack.push(
            Deed(
                words if chosen else "choosing none",
                lambda: self._turn(space, chosen),
                lambda: self._turn(space, before),
            )
        )

    def _turn(self, space: str, chosen: tuple[UUID, ...]) -> None:
        self._turning = True
        try:
            self._session.show_space(space)
            self._session.choose(chosen)
        finally:
            self._turning = False


def wire_undo(stack: QUndoStack, undo: QAction, redo: QAction, say: Callable[[str], None]) -> None:
    """Let two commands move along a stack, and say what they would do and what they did."""
    for action, verb, done, trigger, can, text in (
        (undo, "Undo", "Undone", stack.undo, stack.canUndoChanged, stack.undoTextChanged),
        (redo, "Redo", "Done again", stack.redo, stack.canRedoChanged, stack.redoTextChanged),
    ):
        action.setEnabled(False)
        action.triggered.connect(partial(_move, action, verb, done, trigger, say))
        can.connect(action.setEnabled)
        text.connect(lambda words, a=action, v=verb: a.setText(f"{v} {keyless(words)}".rstrip()))


def _move(action: QAction, verb: str, done: str, trigger: Do, say: Callable[[str], None]) -> None:
    what = as_read(action.text()).removeprefix(verb).strip()  # before it says what would be next
    trigger()
    say(f"{done}: {what}")
