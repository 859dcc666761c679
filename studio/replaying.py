"""Replays a recorded stream that was dropped on the window or chosen, through the lake's own door.

What was recorded goes the way of every engine, so nothing is special about it. One at a time; in a
worker, with the way it has come told in the status line.
"""

from __future__ import annotations

import json
from pathlib import Path
from threading import Event
from typing import Any, Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox

from lake_core.errors import Cancelled, LakeError
from lake_core.replay import Progress, read_recording, replay
from studio.desk import LakeDesk

TOLD_MS: Final = 4000


class Replaying(QObject):
    """Couples dropped and chosen recordings with one open lake."""

    _progress = Signal(object)  # Progress

    def __init__(self, desk: LakeDesk) -> None:
        super().__init__(desk.window)
        self._desk = desk
        self._cancelled = Event()
        self._name = ""
        self._space = ""  # where its first operation goes, until that is shown
        desk.window.recording_dropped.connect(self.ask_pace)
        desk.window.actions_.replay.triggered.connect(self._choose_or_stop)
        self._progress.connect(self._tell)

    @property
    def is_running(self) -> bool:
        """Whether one is being replayed."""
        return bool(self._name)

    def stop(self) -> None:
        """Replay no further; what was sent stays."""
        self._cancelled.set()

    def ask_pace(self, path: Path) -> None:
        """Ask whether to keep to the times of the recording, then replay it."""
        box = QMessageBox(QMessageBox.Icon.NoIcon, "Replay", f"Replay {path.name}?")
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setParent(self._desk.window, box.windowFlags())
        box.setInformativeText("Its changes are kept like those of an engine.")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        fast = box.addButton("As fast as it goes", QMessageBox.ButtonRole.AcceptRole)
        paced = box.addButton("At its own pace", QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        fast.clicked.connect(lambda: self.start(path, None))
        paced.clicked.connect(lambda: self.start(path, 1.0))
        box.open()

    def start(self, path: Path, speed: float | None) -> None:
        """Replay a file, `speed` times as fast as it was recorded, or without waiting."""
        window, url = self._desk.window, self._desk.window.status.url
        if self.is_running or not url:
            words = "Wait until the recording before is through, or stop it in the File menu."
            missing = "A recording is sent to the lake's address, and the lake does not listen yet."
            window.banner.tell(words if self.is_running else missing)
            return
        self._name = path.name
        self._cancelled.clear()
        window.actions_.replay.setText("Stop the replay")
        token = self._desk.lake.settings.token
        self._desk.workers.run_in_thread(
            lambda: self._replay(path, url, token, speed), self._done, self._fail
        )

    def _replay(self, path: Path, url: str, token: str | None, speed: float | None) -> Progress:
        try:
            self._space = space_of(path) or named_in(path)
            with path.open("rb") as file:
                recording = read_recording(file, space_of(path))
                return replay(recording, url, token, speed=speed, progress=self._told)
        except OSError as error:
            raise LakeError(f"cannot read {path}: {error.strerror}") from error

    def _told(self, progress: Progress) -> None:
        if self._cancelled.is_set():
            raise Cancelled("the replay was stopped")
        self._progress.emit(progress)

    def _tell(self, progress: Progress) -> None:
        if self.is_running:
            self._show_space(progress)
            words = f"Replaying {self._name}: {progress.acknowledged:,} of {progress.read:,} kept"
            self._desk.window.status.showMessage(words, TOLD_MS)

    def _show_space(self, progress: Progress) -> None:
        """Whoever replays something wants to see it: once, for they may look elsewhere then."""
        if progress.acknowledged and self._space:
            space, self._space = self._space, ""
            self._desk.session.show_space(space)

    def _done(self, progress: Progress) -> None:
        self._show_space(progress)
        refused = f", {progress.refused:,} refused" if progress.refused else ""
        self._end(f"{progress.acknowledged:,} operations replayed{refused}")

    def _fail(self, error: LakeError) -> None:
        if isinstance(error, Cancelled):
            self._end("The replay was stopped; what was sent is kept")
        else:
            name = self._name
            self._end("")
            self._desk.window.banner.tell(f"{name}: {error}")

    def _end(self, words: str) -> None:
        self._name = ""
        self._desk.window.actions_.replay.setText("Replay a recording…")
        self._desk.window.status.showMessage(words, TOLD_MS)

    def _choose_or_stop(self) -> None:
        if self.is_running:
            self._ask_stop()
            return
        dialog = QFileDialog(self._desk.window, "Replay a recording")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setNameFilter("Recordings (*.jsonl *.ndjson);;All files (*)")
        dialog.fileSelected.connect(lambda chosen: self.ask_pace(Path(chosen)))
        dialog.open()

    def _ask_stop(self) -> None:
        """The same keys choose a recording: who meant that must not lose the one under way."""
        box = QMessageBox(QMessageBox.Icon.NoIcon, "Replay", f"Stop replaying {self._name}?")
        box.setParent(self._desk.window, box.windowFlags())
        box.setInformativeText("One recording is replayed at a time. What was sent is kept.")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        stop = box.addButton("Stop the replay", QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton("Go on", QMessageBox.ButtonRole.RejectRole))
        stop.clicked.connect(self.stop)
        box.open()


def space_of(path: Path) -> str | None:
    """The space for a recording that names none: that of its file; None where it names its own."""
    operation = _first_in(path)
    return None if operation is None or "space_name" in operation else path.stem


def named_in(path: Path) -> str:
    """The space that a recording's first operation names; "" where it names none."""
    return str((_first_in(path) or {}).get("space_name", ""))


def _first_in(path: Path) -> dict[str, Any] | None:
    """The first operation; None where the line that should be it is no JSON."""
    with path.open("rb") as file:
        first = next((line for line in file if line.strip()), b"{}")
    try:
        operation = json.loads(first)
    except ValueError:
        return None  # reading says which line is none
    return operation if isinstance(operation, dict) else {}
