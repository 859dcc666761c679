"""Pins, epochs, bookmarks, retention, archives and restores in any order: nothing kept is lost."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from lake_core.errors import Conflict, InvalidInput
from lake_core.lake import Lake
from lake_core.scene.model import SnapshotEdit
from lake_core.upkeep.retention import Retention
from tests.integration.past_of_ten import move, snapshot, ten_snapshots

DEEDS = ("pin", "unpin", "epoch", "bookmark", "live", "retain", "archive", "archive", "restore")


@pytest.mark.parametrize("seed", range(6))
def test_that_nothing_kept_is_lost_whatever_is_done(lake: Lake, tmp_path: Path, seed: int) -> None:
    run = Run(lake, tmp_path, random.Random(seed))
    for step in range(30):
        run.step(step)
        run.look()
    run.restore_all()
    run.look()
    assert lake.archived_stretches() == []


class Run:
    """A space, what is known of it, and deeds at random."""

    def __init__(self, lake: Lake, folder: Path, chance: random.Random) -> None:
        self.lake, self.folder, self.chance = lake, folder, chance
        self.states: dict[UUID, int] = {}
        self.instants: dict[datetime, int] = {}
        self.purged: set[UUID] = set()
        self.held: set[UUID] = set()
        self.pinned: set[UUID] = set()
        ten_snapshots(lake)
        self.note()

    def note(self) -> None:
        """Keep the state of every snapshot that is here."""
        for summary, scene in self.lake.scenes_at(self.here()):
            self.states.setdefault(summary.id, scene.state_hash)

    def here(self) -> list[UUID]:
        return [each.id for each in self.lake.snapshots("s")]

    def step(self, step: int) -> None:
        """One deed."""
        getattr(self, self.chance.choice(DEEDS))(step)

    def pin(self, step: int) -> None:
        chosen = self.chance.choice(self.here())
        self.lake.edit_snapshot(chosen, SnapshotEdit(pinned=True))
        self.pinned.add(chosen)

    def unpin(self, step: int) -> None:
        for chosen in self.pinned:
            self.lake.edit_snapshot(chosen, SnapshotEdit(pinned=False))
        self.pinned.clear()

    def epoch(self, step: int) -> None:
        if step % 3 == 0:  # or soon nothing could go any more
            for epoch in self.lake.epochs():
                self.lake.delete_epoch(epoch.id)
            self.held.clear()
            return
        some = self.chance.sample(self.here(), 1)
        self.lake.create_epoch(some)
        self.held.update(some)

    def bookmark(self, step: int) -> None:
        if step % 2 == 0:
            for each in self.lake.bookmarks("s"):
                self.lake.delete_bookmark(each.id)
            self.instants.clear()
            return
        at = self.lake.snapshot(self.chance.choice(self.here())).timestamp
        self.lake.add_bookmark("s", at)
        self.instants[at] = self.lake.scene_at("s", at).state_hash

    def live(self, step: int) -> None:
        for more in range(3):
            move(self.lake, 1000 * step + more, f"e{more}")
        snapshot(self.lake)
        self.note()

    def retain(self, step: int) -> None:
        policy = Retention(newest=self.chance.randint(2, 6), triggers=("manual",), grace=0.0)
        for later in (1, 2):
            now = datetime.now(UTC) + timedelta(days=2 * step + later)
            told = self.lake.apply_retention("s", policy, now, settled=0.0)
            self.purged.update(told.expired, told.purged)

    def archive(self, step: int) -> None:
        before = self.chance.choice([None, *self.here()])
        settled = self.chance.choice([0.0, 0.0, 600.0])
        waits = any(each.state == "checked" for each in self.lake.archived_stretches())
        refused = ""
        try:
            self.lake.archive("s", str(self.folder / str(step)), before, settled=settled)
        except (Conflict, InvalidInput) as error:
            refused = str(error)
        expected = ["nothing to archive"] + (["must stay here"] if before else [])
        expected += ["has yet to go from here"] if waits else []
        assert not refused or any(each in refused for each in expected), refused

    def restore(self, step: int) -> None:
        self.lake.release_archives(settled=0.0)
        away = [each for each in self.lake.archived_stretches() if each.state == "archived"]
        if away:
            self.lake.restore_archive(away[-1].place)

    def restore_all(self) -> None:
        """Each archive fits again, whatever was done meanwhile."""
        for stretch in reversed(self.lake.archived_stretches()):
            if stretch.state == "archived":
                self.lake.restore_archive(stretch.place)
            else:
                self.lake.forget_archive(stretch.id)

    def look(self) -> None:
        """What is here is right, and what is not here is where it should be."""
        here = self.here()
        found = {each.id: scene.state_hash for each, scene in self.lake.scenes_at(here)}
        assert found == {each: self.states[each] for each in here}
        assert self.held | self.pinned <= found.keys()
        for at, state in self.instants.items():
            assert self.lake.scene_at("s", at).state_hash == state
        away = [each for each in self.lake.archived_stretches() if each.state == "archived"]
        deleted = 1  # by hand, in the beginning
        kept = len(found) + sum(each.snapshots for each in away)
        assert kept >= len(self.states) - len(self.purged) - deleted
        assert self.lake.verify("s").faults == []
