from __future__ import annotations

import pytest

from lake_core.curate.remarks import LONGEST_NOTE, LONGEST_TAG, MOST_TAGS, checked_edit
from lake_core.errors import InvalidInput, TooLarge, Unstorable
from lake_core.scene.model import SnapshotEdit


def test_that_a_tag_given_twice_is_kept_once_in_its_first_place() -> None:
    assert checked_edit(SnapshotEdit(tags=["b", "a", "b"])).tags == ["b", "a"]


def test_that_what_is_at_its_limit_passes() -> None:
    tags = [f"{number:0{LONGEST_TAG}}" for number in range(MOST_TAGS)]
    edit = SnapshotEdit(tags=tags, note="x" * LONGEST_NOTE, pinned=True)
    assert checked_edit(edit) == edit


@pytest.mark.parametrize(
    ("edit", "limit"),
    [
        (SnapshotEdit(note="x" * (LONGEST_NOTE + 1)), LONGEST_NOTE),
        (SnapshotEdit(tags=["x" * (LONGEST_TAG + 1)]), LONGEST_TAG),
        (SnapshotEdit(tags=[str(n) for n in range(MOST_TAGS + 1)]), MOST_TAGS),
    ],
)
def test_that_over_a_limit_the_limit_is_stated(edit: SnapshotEdit, limit: int) -> None:
    with pytest.raises(TooLarge, match=str(limit)):
        checked_edit(edit)


@pytest.mark.parametrize("edit", [SnapshotEdit(note="a\0"), SnapshotEdit(tags=["\0"])])
def test_that_a_text_postgresql_cannot_hold_is_refused(edit: SnapshotEdit) -> None:
    with pytest.raises(Unstorable):
        checked_edit(edit)


def test_that_a_blank_tag_is_refused_by_its_place() -> None:
    with pytest.raises(InvalidInput) as caught:
        checked_edit(SnapshotEdit(tags=["a", " "]))
    assert [field.pointer for field in caught.value.errors] == ["/tags/1"]
