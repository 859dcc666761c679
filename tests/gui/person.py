"""A person at the Studio: hands that press keys and move the mouse, eyes that read panels."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QMenu, QWidget
from pytestqt.qtbot import QtBot

from lake_core.scene.model import SnapshotSummary
from studio.models.comparison import Kind
from studio.models.flat_tree import Role
from studio.panels.timeline_paint import AXIS, GUTTER
from studio.window import StudioWindow

LEFT, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
PATIENCE_MS = 10_000
Wanted = TypeVar("Wanted", bound=QWidget)


class Person:
    """Hands and eyes at one window."""

    def __init__(self, window: StudioWindow, qtbot: QtBot) -> None:
        self.window, self._qtbot = window, qtbot

    # -- hands

    def press(self, keys: str) -> None:
        """Such as `Ctrl+S`, at the window, wherever in it the focus is."""
        self.window.activateWindow()
        self.waits_until(self.window.isActiveWindow)
        QTest.keySequence(self.window.windowHandle(), QKeySequence(keys))

    def types(self, text: str) -> None:
        focus = QApplication.focusWidget()
        assert focus is not None
        QTest.keyClicks(focus, text)

    def fills(self, field: QLineEdit, text: str) -> None:
        """In place of what stands in it."""
        QTest.mouseClick(field, LEFT)
        QTest.keySequence(field, QKeySequence("Ctrl+A"))
        QTest.keyClicks(field, text)

    def clicks(self, button: QAbstractButton) -> None:
        assert button.isVisible()
        assert button.isEnabled()
        QTest.mouseClick(button, LEFT)

    def picks(self, menu: QMenu, words: str) -> None:
        """An entry of an open menu, by the mouse."""
        entry = next(one for one in menu.actions() if one.text() == words)
        QTest.mouseClick(menu, LEFT, PLAIN, menu.actionGeometry(entry).center())

    def drags_the_axis_to(self, moment: float) -> None:
        """From the present along the time axis to a moment, in seconds since 1970."""
        view = self.window.timeline.view
        start, stop = self._on_axis(time.time() - 0.2), self._on_axis(moment)
        QTest.mousePress(view, LEFT, PLAIN, start)
        for share in (0.3, 0.6, 1.0):
            QTest.mouseMove(view, start + (stop - start) * share)
        QTest.mouseRelease(view, LEFT, PLAIN, stop)

    def clicks_snapshot(
        self, at: int, button: Qt.MouseButton = LEFT, keys: Qt.KeyboardModifier = PLAIN
    ) -> None:
        view, times = self.window.timeline.view, self.window.timeline.timeline.times
        x = GUTTER + view.window_shown.x_of(float(times[at]))
        point = QPointF(x, view.lanes.snapshots.center().y()).toPoint()
        QTest.mouseClick(view, button, keys, point)

    def _on_axis(self, moment: float) -> QPoint:
        x = GUTTER + self.window.timeline.view.window_shown.x_of(moment)
        return QPointF(x, AXIS / 2).toPoint()

    def idles(self, seconds: float) -> None:
        self._qtbot.wait(round(seconds * 1000))

    # -- eyes

    def waits_until(self, seen: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(seen, timeout=PATIENCE_MS)

    def sees(self, wanted: type[Wanted]) -> list[Wanted]:
        """The dialogs, menus or cards of this kind that are open."""
        return [one for one in self.window.findChildren(wanted) if one.isVisible()]

    def waits_for(self, wanted: type[Wanted]) -> Wanted:
        """The first of this kind to be open."""
        self.waits_until(lambda: bool(self.sees(wanted)))
        return self.sees(wanted)[0]

    def tree(self) -> list[str]:
        model = self.window.hierarchy.model
        return [model.index(row, 0).data(Role.ENTITY_ID) for row in range(model.rowCount())]

    def found(self) -> list[str]:
        """What the search marks in the tree."""
        model = self.window.hierarchy.model
        rows = [model.index(row, 0) for row in range(model.rowCount())]
        return [row.data(Role.ENTITY_ID) for row in rows if row.data(Role.IS_MATCH)]

    def inspects(self) -> str:
        """The name that the inspector is headed by."""
        return self.window.inspector._name.toolTip()

    def inspected(self) -> dict[str, str]:
        return {row.label: row.value for row in self.window.inspector.model.rows}

    def differing(self) -> dict[str, Kind]:
        return {row.entity_id: row.kinds[0] for row in self.window.diff.model.rows}

    def snapshots(self) -> list[SnapshotSummary]:
        return self.window.timeline.timeline.summaries

    def epochs(self) -> list[str]:
        return [one.name for one in self.window.epochs.model.epochs]

    def chosen_words(self) -> str:
        return self.window.timeline.epoch_button.toolTip()

    def undoes(self, words: str) -> None:
        """Press Ctrl+Z for what the menu says it would take back."""
        undo = self.window.actions_.undo
        self.waits_until(lambda: undo.text() == f"Undo {words}")
        self.press("Ctrl+Z")
