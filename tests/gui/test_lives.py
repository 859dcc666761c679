"""The inspector's history in the wired Studio: numbers over time, changes to jump to."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from studio.models.detail_rows import DetailRow, Kind
from tests.gui.wired import Wired


def rows(wired: Wired, kind: Kind) -> list[DetailRow]:
    return [row for row in wired.window.inspector.model.rows if row.kind is kind]


def at_row(wired: Wired, path: tuple[str, ...]) -> int:
    return [row.path for row in wired.window.inspector.model.rows].index(path)


def heat(wired: Wired, *values: float) -> None:
    for value in values:
        wired.send("entity", space_name="lab", entity={"id": "a", "parameters": {"heat": value}})


def test_that_a_change_in_the_history_leads_to_its_time(wired: Wired, qtbot: QtBot) -> None:
    heat(wired, 1, 2, 3)
    qtbot.waitUntil(lambda: wired.tree() == ["a"])
    wired.session.select("a")
    qtbot.waitUntil(lambda: len(rows(wired, Kind.TURN)) == 3)
    turns = rows(wired, Kind.TURN)
    assert [turn.value for turn in turns] == ["heat  2 → 3", "heat  1 → 2", "created"]
    inspector = wired.window.inspector
    inspector._clicked(inspector.model.index(at_row(wired, turns[1].path), 0))
    assert wired.session.instant == turns[1].instant
    marked = [row.instant for row in rows(wired, Kind.TURN) if row.note == "shown"]
    assert marked == [turns[1].instant]
    value = at_row(wired, ("Parameters", "heat"))
    qtbot.waitUntil(lambda: inspector.model.rows[value].value == "2")


def test_that_a_number_shows_its_way(wired: Wired, qtbot: QtBot) -> None:
    heat(wired, 5, 7, 6)
    qtbot.waitUntil(lambda: wired.tree() == ["a"])
    wired.session.select("a")
    inspector = wired.window.inspector
    qtbot.waitUntil(lambda: any(row.series for row in inspector.model.rows))
    row = inspector.model.rows[at_row(wired, ("Parameters", "heat"))]
    assert [value for _, value in row.series] == [5.0, 7.0, 6.0]


def test_that_the_history_goes_on_as_the_entity_changes(wired: Wired, qtbot: QtBot) -> None:
    heat(wired, 1)
    qtbot.waitUntil(lambda: wired.tree() == ["a"])
    wired.session.select("a")
    qtbot.waitUntil(lambda: len(rows(wired, Kind.TURN)) == 1)
    heat(wired, 2)
    qtbot.waitUntil(lambda: len(rows(wired, Kind.TURN)) == 2, timeout=8000)


def test_that_another_entity_has_another_life(wired: Wired, qtbot: QtBot) -> None:
    heat(wired, 1, 2)
    wired.send("entity", space_name="lab", entity={"id": "b"})
    qtbot.waitUntil(lambda: wired.tree() == ["a", "b"])
    wired.session.select("a")
    qtbot.waitUntil(lambda: len(rows(wired, Kind.TURN)) == 2)
    wired.session.select("b")
    qtbot.waitUntil(lambda: [row.value for row in rows(wired, Kind.TURN)] == ["created"])


def test_that_the_beam_is_shown_as_trainers_take_it(wired: Wired, qtbot: QtBot) -> None:
    wired.send(
        "entity", space_name="lab", entity={"id": "a", "parameters": {"digital_root_flux": 6}}
    )
    qtbot.waitUntil(lambda: wired.tree() == ["a"])
    wired.session.select("a")
    qtbot.waitUntil(lambda: bool(rows(wired, Kind.BARS)))
    (bars,) = rows(wired, Kind.BARS)
    assert max(range(9), key=lambda at: bars.bars[at]) == 5
    assert abs(sum(bars.bars) - 1.0) < 1e-5
