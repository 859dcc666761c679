"""FlatTreeModel under random changes, watched by Qt's own model tester."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication

from lake_core.scene.arrays import SceneArrays
from lake_core.scene.query import parse_query
from studio.models.flat_tree import FlatTreeModel, Role
from studio.models.gone import Gone

DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["insert", "remove", "move", "toggle", "filter", "gone"]),
        st.integers(0, 99),
        st.integers(0, 99),
    ),
    max_size=30,
)


class Mirror:
    """A list kept in step by the model's notices alone, as a view would."""

    def __init__(self, model: FlatTreeModel) -> None:
        self.model = model
        self._reset()
        model.rowsInserted.connect(self._inserted)
        model.rowsRemoved.connect(self._removed)
        model.modelReset.connect(self._reset)

    def _id(self, row: int) -> str:
        return str(self.model.data(self.model.index(row, 0), Role.ENTITY_ID))

    def _reset(self) -> None:
        self.rows = [self._id(row) for row in range(self.model.rowCount())]

    def _inserted(self, _: QModelIndex, first: int, last: int) -> None:
        self.rows[first:first] = [self._id(row) for row in range(first, last + 1)]

    def _removed(self, _: QModelIndex, first: int, last: int) -> None:
        del self.rows[first : last + 1]


def _do(model: FlatTreeModel, deed: str, one: int, other: int) -> None:
    arrays = model.rows.arrays
    alive = np.flatnonzero(arrays.alive).tolist()
    if deed == "insert":
        slot = one % 32
        if not arrays.alive[slot]:
            arrays.ids[slot] = arrays.names[slot] = f"e{slot}"
            arrays.alive[slot], arrays.orders[slot] = True, other
            arrays.parents[slot] = alive[other % len(alive)] if alive and other % 3 else -1
            model.follow(np.array([slot], np.int32))
    elif deed == "remove" and alive:
        arrays.alive[alive[one % len(alive)]] = False
        model.follow(np.array([alive[one % len(alive)]], np.int32))
    elif deed == "move" and alive:
        slot, parent = alive[one % len(alive)], alive[other % len(alive)]
        if slot != parent and slot not in model.rows.ancestors(parent):
            arrays.parents[slot] = parent
            model.refresh()
    elif deed == "toggle":
        model.set_open(one % 16, bool(other % 2))
    elif deed == "filter":
        model.set_filter(parse_query("e1" if other % 3 == 0 else ""), frozenset(range(10)))
    elif deed == "gone":
        _show_gone(model, one % 32, other % 4)


def _show_gone(model: FlatTreeModel, home: int, count: int) -> None:
    """Some entities went from under `e<home>`, the later ones from under the first."""
    arrays, ids = SceneArrays(8), [f"e{(home + 1 + rank) % 32}" for rank in range(count)]
    for rank, one in enumerate(ids):
        arrays.ids[rank] = arrays.names[rank] = one
        arrays.alive[rank], arrays.orders[rank] = True, rank
        arrays.parents[rank] = 0 if rank else -1
    slot_of = {one: rank for rank, one in enumerate(ids)}
    homes, home_of = [f"e{home}", *ids[:1]], np.full(8, 1, np.int32)
    home_of[0] = 0

    def present() -> dict[str, int]:
        alive = np.flatnonzero(model.rows.arrays.alive).tolist()
        return {model.rows.arrays.ids[slot]: slot for slot in alive}

    model.show_gone(Gone(arrays, slot_of, homes, home_of), present)


def _node(model: FlatTreeModel, row: int) -> int:
    return int(model.index(row, 0).data(Role.NODE))


@given(DEEDS)
@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_that_a_view_is_kept_in_step_through_random_changes(
    qapp: QApplication, deeds: list[tuple[str, int, int]]
) -> None:
    model = FlatTreeModel(SceneArrays(32))
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    mirror = Mirror(model)
    for deed, one, other in deeds:
        _do(model, deed, one, other)
        assert mirror.rows == model.ids_at(range(model.rowCount()))
        living = [row for row in range(len(mirror.rows)) if _node(model, row) >= 0]
        assert model.ids_at(living) == [model.rows.arrays.ids[slot] for slot in model.rows.slots]
    tester.deleteLater()


def test_that_a_row_tells_name_level_and_flux(qapp: QApplication) -> None:
    arrays = SceneArrays(4)
    arrays.ids[0], arrays.names[0], arrays.flux[0], arrays.alive[0] = "a", "Alpha", 9, True
    model = FlatTreeModel(arrays)
    index = model.index(0, 0)
    assert index.data(Qt.ItemDataRole.DisplayRole) == "Alpha"
    assert (index.data(Role.LEVEL), index.data(Role.FLUX)) == (0, 9)
