"""The inspector's rows in Qt: whatever replaces them, Qt is told honestly."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtTest import QAbstractItemModelTester

from studio.models.detail_model import DetailModel
from studio.models.detail_rows import DetailRow, Kind

PATHS = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8)


def rows(paths: list[str], value: str) -> list[DetailRow]:
    return [DetailRow(Kind.FIELD, (path,), path, value) for path in paths]


@settings(max_examples=150)
@given(st.lists(PATHS, min_size=2, max_size=6))
def test_that_rows_follow_and_places_stay(lists: list[list[str]]) -> None:
    model = DetailModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    resets: list[None] = []
    model.modelReset.connect(lambda: resets.append(None))
    for turn, paths in enumerate(lists):
        model.show(rows(paths, str(turn)))
        assert [row.label for row in model.rows] == paths
        assert model.rowCount() == len(paths)
        assert {row.value for row in model.rows} <= {str(turn)}
    assert resets == []
