"""A year of a busy space in seconds: scheduled, thinned, archived, restored, and every state right.

The clock is made up. Changes and snapshots are written as the lake thread writes them, at moments
of that year; whatever looks after the lake is told what time it is.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec

from lake_core.lake import Lake
from lake_core.live import LiveSpace
from lake_core.scene.model import EntityUpdate, SnapshotEdit
from lake_core.scene.state import Scene
from lake_core.scheduler import Scheduler
from lake_core.settings import Settings
from lake_core.store.database import Database
from lake_core.store.log import WriteTransaction
from lake_core.upkeep.retention import Retention, Thinning
from lake_core.upkeep.schedule import Schedule

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
DAYS = 365
STEP = timedelta(minutes=20)
SCHEDULE = Schedule(cron="0 * * * *", zone="Europe/Berlin", jitter=300.0)
RETENTION = Retention(
    newest=5,
    younger=2 * 86_400.0,
    thin=(
        Thinning(every=6 * 3600.0, until=14 * 86_400.0),
        Thinning(every=86_400.0, until=400 * 86_400.0),
    ),
    grace=86_400.0,
)


class Year:
    """One space, and a clock that is moved by hand."""

    def __init__(self, lake: Lake, settings: Settings) -> None:
        self.lake = lake
        self.now = BEGIN
        self.taken: dict[UUID, tuple[int, datetime]] = {}
        self._chance = random.Random(2025)
        self._connection = Database(settings.database_url or "", "a year").connect()
        with WriteTransaction(self._connection) as transaction:
            space_id = transaction.create_space("s").space_id
        self._space = LiveSpace(space_id, Scene("s"), BEGIN - DAY)
        schedules = lake.schedules()  # which stay as they are all year
        self._scheduler = Scheduler(lambda: schedules)

    def close(self) -> None:
        self._connection.close()

    def live_a_day(self) -> None:
        """Three changes an hour, but for the nights, and a snapshot whenever one is due."""
        with WriteTransaction(self._connection) as transaction:
            rows = []
            for _ in range(DAY // STEP):
                self.now += STEP
                if not 1 <= self.now.hour < 5:
                    self._change(transaction)
                if self._scheduler.take_due({"s": self._space}, self.now):
                    row, summary = self._space.snapshot("schedule", 0.0, at=self.now)
                    rows.append(row)
                    self.taken[row.id] = (self._space.scene.state_hash, summary.timestamp)
            transaction.finish(rows, [self._space.head()], [])

    def _change(self, transaction: WriteTransaction) -> None:
        scene, chance = self._space.scene, self._chance
        entity_id = f"e{chance.randrange(40)}"
        if chance.random() < 0.1:
            scene.delete_entity(entity_id)
        else:
            x, y, z = (round(chance.uniform(-50, 50), 2) for _ in range(3))
            update = msgspec.convert({"id": entity_id, "position": [x, y, z]}, EntityUpdate)
            scene.update_entity(update)
        changes = scene.take_changes()
        first = scene.seq - len(changes) + 1
        transaction.append(self._space.space_id, first, self._space.moment(self.now), changes)


def test_that_after_a_year_every_snapshot_left_has_the_state_it_had(
    lake: Lake, settings: Settings, tmp_path: Path
) -> None:
    lake.set_schedule(None, SCHEDULE)
    year = Year(lake, settings)
    places: list[str] = []
    pinned: UUID | None = None
    for day in range(1, DAYS + 1):
        if year.now.day == 1:
            lake.tidy(year.now)
        year.live_a_day()
        lake.apply_retention("s", RETENTION, year.now, settled=0.0)
        if day == 200:
            pinned = lake.snapshots("s")[-1].id
            lake.edit_snapshot(pinned, SnapshotEdit(pinned=True))
        if day % 60 == 0 and pinned is None:
            places.append(str(tmp_path / f"day{day}"))
            lake.archive("s", places[-1], year.now - 30 * DAY, settled=0.0)
    year.close()
    _look(lake, year)
    lake.tidy(year.now)
    assert _months(settings)[0] == "2025_05"  # what was archived before took its months along
    assert pinned in {each.id for each in lake.snapshots("s")}
    assert len(places) == 3
    away = sum(each.snapshots for each in lake.archived_stretches("s"))
    here = len(lake.snapshots("s"))
    for place in reversed(places):
        lake.restore_archive(place)
    assert len(lake.snapshots("s")) == here + away
    lake.tidy(year.now)
    assert _months(settings) == [f"2025_{month:02}" for month in range(1, 13)]
    _look(lake, year)
    days = {each.timestamp.date() for each in lake.snapshots("s")}
    assert len(days) == DAYS  # one a day is left of each, wherever it was meanwhile


def _months(settings: Settings) -> list[str]:
    """The months of that year in which the log holds something; nothing is outside of them."""
    with Database(settings.database_url or "", "a year").connect() as connection:
        rows = connection.execute(
            "SELECT DISTINCT right(tableoid::regclass::text, 7) FROM lake_changes "
            "WHERE recorded_at < '2026-01-01Z' ORDER BY 1"
        ).fetchall()
        leaves = connection.execute(
            "SELECT right(l, 7) FROM lake_buckets() b, lake_leaves(b) l WHERE l LIKE '%2025%'"
        ).fetchall()
    assert rows == sorted(leaves)
    return [month for (month,) in rows]


def _look(lake: Lake, year: Year) -> None:
    """Each snapshot that is here has the state and the time it was taken with."""
    ids = [each.id for each in lake.snapshots("s")]
    for summary, scene in lake.scenes_at(ids):
        assert (scene.state_hash, summary.timestamp) == year.taken[summary.id]
        assert summary.metadata.state_hash == f"{scene.state_hash:032x}"
    assert lake.verify("s").faults == []
