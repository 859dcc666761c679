"""TreeRows against a plain recursive walk."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lake_core.scene.arrays import SceneArrays
from lake_core.scene.query import Query, parse_query
from studio.models.tree_rows import ALL_FLUX, TreeRows


def scene(parents: list[int], flux: list[int] | None = None) -> SceneArrays:
    """Entity `e<slot>` in each slot, under the given parent; -1 is a root."""
    arrays = SceneArrays(max(len(parents), 1))
    for slot, parent in enumerate(parents):
        arrays.ids[slot], arrays.names[slot] = f"e{slot}", f"Name {slot}"
        arrays.class_types[slot] = "Part" if slot % 2 else "Model"
        arrays.parents[slot], arrays.orders[slot], arrays.alive[slot] = parent, slot, True
        arrays.flux[slot] = flux[slot] if flux else slot % 10
    return arrays


def walk(
    arrays: SceneArrays, is_open: dict[int, bool], included: set[int]
) -> list[tuple[int, int]]:
    """The same rows, by recursion."""
    children: dict[int, list[int]] = {}
    for slot in sorted(included, key=lambda one: arrays.orders[one]):
        parent = int(arrays.parents[slot])
        children.setdefault(parent if parent in included else -1, []).append(slot)

    def visit(parent: int, level: int) -> list[tuple[int, int]]:
        found = []
        for slot in children.get(parent, []):
            found.append((slot, level))
            if is_open.get(slot, level < 1):
                found += visit(slot, level + 1)
        return found

    return visit(-1, 0)


def shown(rows: TreeRows) -> list[tuple[int, int]]:
    return list(zip(rows.slots.tolist(), rows.levels.tolist(), strict=True))


FORESTS = st.lists(st.integers(0, 10**6), max_size=40).map(
    lambda draws: [(draw % (slot + 1)) - 1 for slot, draw in enumerate(draws)]
)


@given(FORESTS, st.lists(st.tuples(st.integers(0, 39), st.booleans())), st.sets(st.integers(0, 39)))
@settings(deadline=None)
def test_that_rows_equal_a_recursive_walk(
    parents: list[int], deeds: list[tuple[int, bool]], dead: set[int]
) -> None:
    arrays = scene(parents)
    for slot in dead:
        if slot < len(parents):
            arrays.alive[slot] = False
    rows = TreeRows(arrays)
    is_open: dict[int, bool] = {}
    for slot, wanted in deeds:
        if slot < len(parents):
            rows.set_open([slot], wanted)
            is_open[slot] = wanted
    alive = set(np.flatnonzero(arrays.alive).tolist())
    assert shown(rows) == walk(arrays, is_open, alive)


@given(FORESTS, st.sampled_from(["name:1", "e2", "model", "zzz", ""]), st.sets(st.integers(0, 9)))
@settings(deadline=None)
def test_that_a_filter_keeps_matches_and_their_ancestors_only(
    parents: list[int], text: str, flux: set[int]
) -> None:
    arrays = scene(parents)
    rows = TreeRows(arrays)
    rows.set_filter(parse_query(text), frozenset(flux))
    assume(rows.is_filtered)
    kept: set[int] = set()
    for slot in range(len(parents)):
        whole = f"{arrays.names[slot]}\n{arrays.ids[slot]}\n{arrays.class_types[slot]}".lower()
        if (
            text.removeprefix("name:") in (arrays.names[slot] if ":" in text else whole)
            and arrays.flux[slot] in flux
        ):
            kept |= {slot, *rows.ancestors(slot)}
    expected = walk(arrays, dict.fromkeys(kept, True), kept)
    assert shown(rows) == expected


def test_that_siblings_follow_their_order_and_not_their_slot() -> None:
    arrays = scene([-1, 0, 0])
    arrays.orders[:3] = [5, 9, 2]
    assert TreeRows(arrays).slots.tolist() == [0, 2, 1]


def test_that_revealing_a_node_opens_its_ancestors() -> None:
    rows = TreeRows(scene([-1, 0, 1, 2]))
    assert rows.row_of(3) == -1
    assert rows.reveal(3) == 3


def test_that_what_was_open_stays_open_when_ids_change_slots() -> None:
    rows = TreeRows(scene([-1, 0, 1]))
    rows.set_open([1], True)
    moved = scene([1, 2, -1])
    moved.ids[:3] = ["e2", "e1", "e0"]
    rows.use(moved)
    assert [moved.ids[slot] for slot in rows.slots] == ["e0", "e1", "e2"]


def test_that_clearing_the_filter_gives_back_what_was_open_before() -> None:
    rows = TreeRows(scene([-1, 0, 1]))
    before = shown(rows)
    rows.set_filter(parse_query('"name 2"'), ALL_FLUX)
    assert len(shown(rows)) == 3
    rows.set_filter(Query(), ALL_FLUX)
    assert shown(rows) == before


def test_that_a_chain_a_thousand_deep_is_laid_out_in_order() -> None:
    rows = TreeRows(scene(list(range(-1, 999))))
    rows.set_all_open(True)
    assert rows.levels.tolist() == list(range(1000))


DEEDS = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from(["come", "go", "move", "rename"]),
            st.integers(0, 23),
            st.integers(0, 99),
        ),
        min_size=1,
        max_size=6,
    ),
    max_size=8,
)


def change(arrays: SceneArrays, deed: str, slot: int, draw: int) -> None:
    """One change of a slot, without loops of parents; the arrays grow for one they have not."""
    parent, above = draw % 24 - 1, draw % 24 - 1
    arrays.grow(max(slot, parent) + 1)
    arrays.ids[slot] = f"e{slot}"
    if deed == "rename":
        arrays.names[slot] = f"Name {draw}"
        return
    arrays.alive[slot] = deed != "go"
    if deed == "go":
        return
    for _ in range(24):
        if above == slot:
            parent = -1
        above = int(arrays.parents[above]) if above >= 0 else -1
    arrays.parents[slot], arrays.orders[slot] = parent, draw * 100 + slot


@given(FORESTS, DEEDS, st.sets(st.integers(0, 23)), st.sampled_from(["", "", "1", "class:part"]))
@settings(deadline=None, max_examples=300)
def test_that_following_changes_ends_where_laying_out_anew_does(
    parents: list[int],
    ticks: list[list[tuple[str, int, int]]],
    opened: set[int],
    text: str,
) -> None:
    arrays = scene(parents[:24])
    rows, query = TreeRows(arrays), parse_query(text)
    rows.set_filter(query, ALL_FLUX)
    rows.set_open((slot for slot in opened if slot < arrays.capacity), True)
    for tick in ticks:
        for deed, slot, draw in tick:
            change(arrays, deed, slot, draw)
        rows.follow(np.array([slot for _, slot, _ in tick], np.int32))
        followed = shown(rows)
        assert [rows.row_of(slot) for slot, _ in followed] == list(range(len(followed)))
        rows.refresh()
        assert followed == shown(rows)
