"""Choosing an epoch: its survey, its drafts, and how large its export will be."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from lake_core.errors import Cancelled, NotFound, TooLarge
from lake_core.export import FORMATS, ExportOptions, estimate_sizes, export_epoch
from lake_core.lake import Lake
from lake_core.scene.model import EpochDraft
from lake_core.settings import Settings
from resources import demo


def send(lake: Lake, body: dict[str, Any]) -> None:
    lake.ingest("batch", msgspec.json.encode(body)).result(30)


def snapshot(lake: Lake, space_name: str) -> UUID:
    taken = lake.create_snapshot(space_name).result(30).snapshot_id
    assert taken is not None
    return taken


@pytest.fixture
def moments(lake: Lake) -> list[UUID]:
    """Five snapshots of the demo in motion, the last two of one state."""
    send(lake, demo.batch(demo.build(), replace=True))
    taken = []
    for number in range(4):
        for n in range(40 * number, 40 * (number + 1)):
            send(lake, demo.batch(demo.tick(n)))
        taken.append(snapshot(lake, demo.SPACE))
    return [*taken, snapshot(lake, demo.SPACE)]


def test_that_a_survey_counts_what_an_export_would_hold(
    lake: Lake, moments: list[UUID], tmp_path: Path
) -> None:
    survey = lake.survey_epoch(moments)
    assert survey.epoch.stats == lake.preview_epoch(moments).stats
    balance = survey.balance
    assert (balance.distinct_states, balance.repeats) == (4, 1)
    epoch = lake.create_epoch(moments)
    export_epoch(lake, epoch.id, tmp_path / "all", "jsonl")
    (file,) = (tmp_path / "all" / "data").iterdir()
    samples = [msgspec.json.decode(line) for line in file.read_bytes().splitlines()]
    flux = Counter(sample["flux_position"] for sample in samples)
    assert balance.by_flux == [flux[position] for position in range(10)]
    assert balance.by_class == Counter(sample["class_type"] for sample in samples)
    depths = Counter(sample["depth"] for sample in samples)
    assert balance.by_depth == [depths[depth] for depth in range(max(depths) + 1)]


def test_that_a_survey_stops_when_it_is_not_wanted_any_more(
    lake: Lake, moments: list[UUID]
) -> None:
    asked: list[bool] = []

    def at_the_second() -> bool:
        asked.append(True)
        return len(asked) == 2

    with pytest.raises(Cancelled):
        lake.survey_epoch(moments, at_the_second)
    assert len(asked) == 2


def test_that_an_exports_size_is_told_about_right_beforehand(
    lake: Lake, moments: list[UUID], tmp_path: Path
) -> None:
    told = estimate_sizes(lake, moments)
    assert list(told) == list(FORMATS)
    epoch = lake.create_epoch(moments)
    for name in FORMATS:
        export_epoch(lake, epoch.id, tmp_path / name, name)
        size = sum(path.stat().st_size for path in (tmp_path / name / "data").iterdir())
        assert size / 2 < told[name] < size * 2, name


def test_that_options_count_in_the_size(lake: Lake, moments: list[UUID]) -> None:
    whole = estimate_sizes(lake, moments)["jsonl"]
    sacred = estimate_sizes(lake, moments, ExportOptions(sacred_only=True))["jsonl"]
    none = estimate_sizes(lake, moments, ExportOptions(class_types=("Nothing",)))
    assert 0 < sacred < whole
    assert none == dict.fromkeys(FORMATS, 0)


def test_that_drafts_outlive_a_restart_and_the_last_touched_comes_first(
    settings: Settings,
) -> None:
    with_one = Lake.open(settings)
    send(with_one, demo.batch(demo.build(), replace=True))
    ids = [snapshot(with_one, demo.SPACE) for _ in range(3)]
    first, second = (EpochDraft(id=uuid4(), snapshot_ids=ids[:n], name=f"{n}") for n in (1, 3))
    for draft in (first, second):
        with_one.keep_draft(draft)
    first.snapshot_ids, first.note = ids[1:], "later"
    kept = with_one.keep_draft(first)
    assert kept.updated_at is not None
    with_one.close()
    again = Lake.open(settings)
    assert [(d.id, d.name, d.note, d.snapshot_ids) for d in again.drafts()] == [
        (first.id, "1", "later", ids[1:]),
        (second.id, "3", "", ids),
    ]
    again.delete_snapshot(ids[1])
    assert again.drafts()[0].snapshot_ids == ids[2:]
    again.drop_draft(first.id)
    assert [draft.id for draft in again.drafts()] == [second.id]
    with pytest.raises(NotFound):
        again.drop_draft(first.id)
    again.close()


def test_that_a_draft_over_a_limit_is_refused(lake: Lake) -> None:
    with pytest.raises(TooLarge):
        lake.keep_draft(EpochDraft(id=uuid4(), snapshot_ids=[], name="x" * 10_000))
