"""The shared state: what it tells, and what it forgets with a space."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from studio.session import ALL_FLUX, SACRED_FLUX, Session


def test_that_a_change_is_told_once() -> None:
    told: list[str | None] = []
    session = Session()
    session.selection_changed.connect(told.append)
    session.select("a")
    session.select("a")
    session.select(None)
    assert told == ["a", None]


def test_that_another_space_forgets_what_belonged_to_the_old() -> None:
    session = Session()
    session.show_space("one")
    session.select("a")
    session.choose([uuid4()])
    session.show_instant(datetime.now(UTC))
    session.filter_flux(SACRED_FLUX)
    session.show_space("two")
    assert (session.selection, session.chosen_snapshots, session.is_live) == (None, (), True)
    assert session.flux_filter == SACRED_FLUX != ALL_FLUX


def test_that_focus_selects_first() -> None:
    told: list[tuple[str, str | None]] = []
    session = Session()
    session.focus_requested.connect(lambda entity_id: told.append((entity_id, session.selection)))
    session.focus("a")
    assert told == [("a", "a")]


def test_that_the_last_of_several_selected_is_the_main_one() -> None:
    session, told = Session(), list[object]()
    session.selection_changed.connect(told.append)
    session.select_all(["a", "b", "a", "c"])
    assert session.selected == ("a", "b", "c")
    session.toggle_selected("c")
    session.toggle_selected("d")
    assert session.selected == ("a", "b", "d")
    assert session.selection == "d"
    assert told == ["c", "b", "d"]
    session.select(None)
    assert len(session.selected) == 0


def test_that_what_is_asked_for_alone_is_shown_though_it_was_hidden() -> None:
    session = Session()
    session.hide(["a", "b"])
    session.isolate(["a"])
    assert session.hidden == frozenset({"b"})


def test_that_what_is_hidden_belongs_to_its_space() -> None:
    session = Session()
    session.show_space("lab")
    session.hide(["a", "b"])
    session.unhide(["a"])
    session.isolate(["c"])
    assert session.hidden == frozenset({"b"})
    assert session.isolated == frozenset({"c"})
    session.show_space("yard")
    assert not session.hidden
    assert not session.isolated
