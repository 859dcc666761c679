"""A user's day: the Studio as it is started, one window, one lake, one engine over HTTP.

The window is worked by keys and mouse alone, and read where a person reads it. The lake is asked
nothing: what the day brings is the exported file.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QRadioButton
from pytestqt.qtbot import QtBot

from lake_core.client import LakeClient
from lake_core.settings import Settings
from studio.app import Options, run_studio
from studio.lakes import Visit
from studio.models.comparison import Kind
from studio.panels.epoch_dialog import EpochDialog
from studio.panels.export_dialog import ExportDialog
from studio.panels.snapshot_editor import SnapshotEditor
from studio.panels.tour import Tour
from studio.window import StudioWindow
from tests.gui.person import Person
from tests.qt_loop import qt_loop

Day = Callable[[Person], None]


@pytest.fixture
def live_through(
    qapp: QApplication, qtbot: QtBot, database_url: str, tmp_path: Path
) -> Iterator[Callable[[Day], None]]:
    """Runs the Studio as `lake-studio` does, with a person at its window, until the day is over."""
    settings = Settings(data_dir=tmp_path / "lake", database_url=database_url, port=0)

    def run(day: Day) -> None:
        stopping = asyncio.Event()
        trouble: list[BaseException] = []

        def sit_down() -> None:
            """Out of any task: a person waits in loops of their own."""
            try:
                day(Person(the_window(), qtbot))
            except BaseException as error:
                trouble.append(error)
            finally:
                stopping.set()

        QTimer.singleShot(0, sit_down)
        loop.run_until_complete(run_studio(Visit(settings), Options(), stopping))
        if trouble:
            raise trouble[0]

    def the_window() -> StudioWindow:
        def shown() -> list[StudioWindow]:
            windows = QApplication.topLevelWidgets()
            return [one for one in windows if isinstance(one, StudioWindow) and one.isVisible()]

        qtbot.waitUntil(lambda: bool(shown()))
        return shown()[0]

    with qt_loop(qapp) as loop:
        yield run


def connect_an_engine(person: Person) -> LakeClient:
    """At the address the window says."""
    person.waits_until(lambda: person.window.welcome.demo_button.isVisible())
    return LakeClient(person.window.status.url, "harbour", spool=False, tick=0.01)


def watch_the_tree_grow(person: Person, engine: LakeClient) -> None:
    engine.spawn({"id": "pier", "name": "Pier"})
    person.waits_until(lambda: person.tree() == ["pier"])
    for name, flux in (("crane", 4), ("lamp", 9), ("boat", 9)):
        parameters = {"digital_root_flux": flux}
        engine.spawn({"id": name, "name": name.title(), "parameters": parameters})
        engine.connect("pier", name)
    person.waits_until(lambda: person.tree() == ["pier", "crane", "lamp", "boat"])


def wave_the_tour_away(person: Person) -> None:
    person.waits_for(Tour)
    person.press("Esc")
    assert not person.sees(Tour)


def find_by_name_and_by_flux(person: Person) -> None:
    person.press("Ctrl+F")
    person.types("lam")
    person.waits_until(lambda: person.found() == ["lamp"])
    person.press("Ctrl+F")  # what was typed is marked: typing replaces it
    person.types("flux:9")
    person.waits_until(lambda: person.found() == ["lamp", "boat"])


def select_the_boat(person: Person) -> None:
    """Down into what was found, and one further; there, nothing is sought any more."""
    person.press("Down")
    person.waits_until(lambda: person.inspects() == "Lamp")
    person.press("Down")
    person.waits_until(lambda: person.inspects() == "Boat")
    person.press("Esc")
    person.waits_until(lambda: len(person.tree()) == 4)


def scrub_to_the_past_and_back(person: Person, engine: LakeClient) -> float:
    """The boat sails and the crane goes; a moment before that."""
    person.idles(0.3)
    before = time.time()
    person.idles(0.3)
    engine.update("boat", position=[7, 0, 0])
    engine.delete("crane")
    person.waits_until(lambda: person.tree() == ["pier", "lamp", "boat"])
    person.waits_until(lambda: person.inspected()["position"] == "7, 0, 0")
    person.drags_the_axis_to(before)
    person.waits_until(lambda: person.tree() == ["pier", "crane", "lamp", "boat"])
    person.waits_until(lambda: person.inspected()["position"] == "0, 0, 0")
    person.press("End")
    person.waits_until(lambda: person.tree() == ["pier", "lamp", "boat"])
    person.waits_until(lambda: person.inspected()["position"] == "7, 0, 0")
    return before


def compare_the_past_with_now(person: Person, before: float) -> None:
    person.drags_the_axis_to(before)
    person.press("Ctrl+D")
    differing = {"boat": Kind.MOVED, "crane": Kind.REMOVED}
    person.waits_until(lambda: person.differing() == differing)
    person.press("End")


def take_two_snapshots(person: Person, engine: LakeClient) -> None:
    person.press("Ctrl+S")
    person.waits_until(lambda: len(person.snapshots()) == 1)
    engine.update("boat", position=[9, 0, 0])
    person.waits_until(lambda: person.inspected()["position"] == "9, 0, 0")
    person.press("Ctrl+S")
    person.waits_until(lambda: len(person.snapshots()) == 2)


def rate_and_tag_the_first(person: Person) -> None:
    person.clicks_snapshot(0)
    person.press("4")
    person.waits_until(lambda: person.snapshots()[0].rating == 4)
    person.clicks_snapshot(0, Qt.MouseButton.RightButton)
    person.picks(person.waits_for(QMenu), "Rate, tag, note…")
    tags = person.waits_for(SnapshotEditor).tags
    person.fills(tags.field, "calm,")  # the comma ends a tag
    QTest.keyClick(tags.field, Qt.Key.Key_Return)
    assert not person.sees(SnapshotEditor)
    person.waits_until(lambda: person.snapshots()[0].tags == ["calm"])


def build_an_epoch_of_both(person: Person) -> None:
    person.clicks_snapshot(1, keys=Qt.KeyboardModifier.ShiftModifier)
    assert person.chosen_words() == "Make an epoch of the 2 chosen"
    person.press("Ctrl+E")
    dialog = person.waits_for(EpochDialog)
    person.waits_until(lambda: dialog.name.hasFocus())
    person.types("Morning")
    person.clicks(dialog.create_button)
    person.waits_until(lambda: person.epochs() == ["Morning"])


def export_it(person: Person, folder: Path) -> list[dict[str, Any]]:
    """As JSON lines; what the file holds."""
    person.press("Ctrl+Shift+E")
    dialog = person.waits_for(ExportDialog)
    formats = {one.text(): one for one in dialog.findChildren(QRadioButton)}
    person.clicks(formats["JSON Lines"])
    person.fills(dialog.folder, str(folder))
    person.waits_until(dialog.export_button.isEnabled)
    person.clicks(dialog.export_button)
    person.waits_until(lambda: "Exported" in person.window.banner.text)
    files = sorted((folder / "data").glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def undo_all_that_was_curated(person: Person) -> None:
    person.undoes("creating Morning")
    person.waits_until(lambda: person.epochs() == [])
    assert person.chosen_words() == "Make an epoch of the 2 chosen"
    person.undoes("choosing 2 snapshots")
    person.waits_until(lambda: person.chosen_words() == "Make an epoch of the 1 chosen")
    person.undoes("tagging a snapshot")
    person.waits_until(lambda: person.snapshots()[0].tags == [])
    assert person.snapshots()[0].rating == 4
    person.undoes("rating a snapshot")
    person.waits_until(lambda: person.snapshots()[0].rating is None)
    person.undoes("choosing 1 snapshot")
    person.waits_until(lambda: person.chosen_words() == "Choose snapshots by rule")
    assert not person.window.actions_.undo.isEnabled()
    assert len(person.snapshots()) == 2


@pytest.mark.timeout(120)
def test_that_a_day_at_the_studio_goes_from_connecting_to_undoing(
    live_through: Callable[[Day], None], tmp_path: Path
) -> None:
    def day(person: Person) -> None:
        engine = connect_an_engine(person)
        try:
            watch_the_tree_grow(person, engine)
            wave_the_tour_away(person)
            find_by_name_and_by_flux(person)
            select_the_boat(person)
            before = scrub_to_the_past_and_back(person, engine)
            compare_the_past_with_now(person, before)
            take_two_snapshots(person, engine)
        finally:
            engine.close(0)
        rate_and_tag_the_first(person)
        build_an_epoch_of_both(person)
        samples = export_it(person, tmp_path / "exports" / "morning")
        assert len(samples) == 6
        boats = [one for one in samples if one["entity_id"] == "boat"]
        assert [one["position"] for one in boats] == [[7, 0, 0], [9, 0, 0]]
        assert [one["flux_position"] for one in boats] == [9, 9]
        undo_all_that_was_curated(person)

    live_through(day)
