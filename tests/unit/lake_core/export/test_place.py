"""A directory that exists is complete: partial ones are hidden, locked and cleaned up."""

from __future__ import annotations

from pathlib import Path

import pytest

from lake_core.errors import ExportFailed
from lake_core.export.place import written_beside


def test_that_the_target_appears_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    target = tmp_path / "export"
    with written_beside(target) as (partial, move):
        (partial / "file").write_text("x")
        assert not target.exists()
        move()
    assert (target / "file").read_text() == "x"
    assert list(tmp_path.iterdir()) == [target]


def test_that_a_failure_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with written_beside(tmp_path / "export") as (partial, _):
            (partial / "file").write_text("x")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_that_an_existing_target_is_refused_untouched(tmp_path: Path) -> None:
    target = tmp_path / "export"
    target.mkdir()
    with pytest.raises(ExportFailed, match="exists already"), written_beside(target):
        pass
    assert list(tmp_path.iterdir()) == [target]


def test_that_a_target_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "export"

    def export() -> None:
        with written_beside(target) as (_, move):
            target.mkdir()
            move()

    with pytest.raises(ExportFailed):
        export()
    assert list(target.iterdir()) == []


def test_that_a_missing_parent_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(ExportFailed, match="not a directory"),
        written_beside(tmp_path / "no" / "export"),
    ):
        pass


def test_that_leftovers_of_a_killed_export_are_cleaned_and_live_ones_are_not(
    tmp_path: Path,
) -> None:
    (tmp_path / ".export.partial-killed").mkdir()
    (tmp_path / ".other.partial-killed").mkdir()
    with (
        written_beside(tmp_path / "export") as (first, _),
        written_beside(tmp_path / "export") as (second, _),
    ):
        names = {path.name for path in tmp_path.iterdir()}
        assert names == {first.name, second.name, ".other.partial-killed"}
