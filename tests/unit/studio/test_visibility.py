"""What is under what is marked, against a walk up from each entity."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lake_core.scene.arrays import SceneArrays
from studio.models.scene_model import SceneModel
from studio.models.visibility import Visibility, with_descendants
from studio.session import Session

FORESTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=40).map(
    lambda draws: [(draw % (slot + 1)) - 1 for slot, draw in enumerate(draws)]
)


@given(FORESTS, st.sets(st.integers(0, 39), max_size=4))
def test_that_all_under_the_marked_ones_are_marked(parents: list[int], marked: set[int]) -> None:
    arrays = SceneArrays(len(parents))
    arrays.parents[:] = parents
    marked = {slot for slot in marked if slot < len(parents)}

    def is_under(slot: int) -> bool:
        while slot >= 0:
            if slot in marked:
                return True
            slot = parents[slot]
        return False

    found = with_descendants(arrays, np.array(sorted(marked), np.int32))
    assert found.tolist() == [is_under(slot) for slot in range(len(parents))]


def test_that_a_chain_of_thousands_is_followed_to_its_end() -> None:
    arrays = SceneArrays(5_000)
    arrays.parents[:] = np.arange(-1, 4_999)
    assert with_descendants(arrays, np.array([0], np.int32)).all()
    assert with_descendants(arrays, np.array([4_990], np.int32)).sum() == 10


def test_that_a_branch_asked_for_alone_is_shown_though_what_it_hangs_on_is_hidden() -> None:
    session, model = Session(), SceneModel()
    model.arrays = SceneArrays(4)  # root > branch > leaf, other
    model.arrays.parents[:] = [-1, 0, 1, 0]
    model.arrays.ids[:] = ["root", "branch", "leaf", "other"]
    model.slot_of = {entity_id: slot for slot, entity_id in enumerate(model.arrays.ids)}
    visibility = Visibility(session, model)
    session.hide(["root"])
    session.isolate(["branch"])
    assert [visibility.shows(slot) for slot in range(4)] == [False, True, True, False]
    session.hide(["leaf"])
    assert [visibility.shows(slot) for slot in range(4)] == [False, True, False, False]
