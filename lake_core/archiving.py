"""Archives of a lake: stretches of history put away in cold storage, and brought back from it.

A part of the Lake. It blocks, on connections of its own. How an archive is written is known to
`archive`, what must stay to `store.archive`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID

from lake_core.archive.bring_back import RestoredStretch, bring_back
from lake_core.archive.planning import ArchivePlan, plan_archive
from lake_core.archive.put_away import Progress, put_away, release_checked
from lake_core.errors import Cancelled, LakeError, NotFound
from lake_core.keeping import SETTLED_SECONDS, Keeping
from lake_core.live import UpkeepChanged
from lake_core.store import archive, pulse, upkeep
from lake_core.store.instants import Instant, find_space_of
from lake_core.store.partitions import make_partitions, make_partitions_elsewhere
from lake_core.store.upkeep import note_done, retained_since
from lake_core.upkeep.report import (
    ArchivedStretch,
    LastSnapshots,
    UpkeepReport,
    Whereabouts,
    report,
)

_log = logging.getLogger(__name__)


def _untold(done: int, total: int) -> None:
    """Tell no one."""


def _wanted() -> bool:
    """Never stop."""
    return False


class Archiving(Keeping):
    """What was put away, putting away, bringing back."""

    def archived_stretches(self, space_name: str | None = None) -> list[ArchivedStretch]:
        """The archived stretches of a space, or of all, oldest first; raises NotFound."""
        with self._database.reader() as connection:
            if space_name is not None:
                find_space_of(connection, space_name)
            return [row.stretch for row in archive.list_archives(connection, space_name)]

    def plan_archive(self, space_name: str, before: Instant | None = None) -> ArchivePlan:
        """What `archive` would put away now; nothing is done. Refuses what that would refuse."""
        return plan_archive(self._database, space_name, before)

    def archive(
        self,
        space_name: str,
        place: str,
        before: Instant | None = None,
        *,
        progress: Progress = _untold,
        cancelled: Callable[[], bool] = _wanted,
        settled: float = SETTLED_SECONDS,
    ) -> ArchivedStretch:
        """Put a space's history before an instant away at a folder or a URL.

        Without `before`, all before the oldest instant that must stay: what is pinned, bookmarked
        or in an epoch, or else the newest snapshot. It is written, read back and checked; then it
        goes from here, where readers have had `settled` seconds to move on, else with a later call
        of `release_archives`. A call with the same place goes on with one that was killed.

        Raises NotFound, Gone, InvalidInput, Conflict for what must stay, Cancelled, LakeError.
        """
        with self._noting(space_name) as noting:
            told = put_away(
                *(self._database, space_name, place, before, progress, cancelled, settled),
                noting.begin,
            )
        _log.info("space %r: changes up to %d are at %s", space_name, told.to_seq, told.place)
        return told

    def release_archives(
        self, settled: float = SETTLED_SECONDS, cancelled: Callable[[], bool] = _wanted
    ) -> list[ArchivedStretch]:
        """Let go here of what checked archives hold, where that is due; those that still wait.

        Each is read back once more before. What fails is logged, and stays here.
        """
        for stretch in self._checked():
            try:
                with self._noting(stretch.space_name) as noting:
                    release_checked(self._database, stretch, settled, cancelled, noting.begin)
            except LakeError as error:
                if isinstance(error, Cancelled):
                    break
                _log.warning("space %r stays as it is: %s", stretch.space_name, error)
        return self._checked()

    def tidy(self, today: datetime | None = None) -> None:
        """Have partitions for the months to come, and sweep up what was let go by halves."""
        with self._database.reader() as connection:
            make_partitions(connection, today)
            for space_id in upkeep.littered(connection):
                upkeep.sweep(connection, space_id)
            make_partitions_elsewhere(connection)

    def restore_archive(
        self,
        place: str,
        *,
        progress: Progress = _untold,
        cancelled: Callable[[], bool] = _wanted,
    ) -> RestoredStretch:
        """Bring back what is archived at a place, as it was; the files stay there.

        It must fit exactly below the history that is here, or the lake lack the space. Raises
        InvalidInput, Conflict, Cancelled, LakeError; nothing is changed then.
        """
        told = bring_back(self._database, place, progress, cancelled)
        self._publish(UpkeepChanged(told.space_name))
        _log.info("space %r: changes after %d are back", told.space_name, told.from_seq)
        return told

    def forget_archive(self, archive_id: UUID) -> ArchivedStretch:
        """Count what an archive holds as let go: it was lost, or is no longer wanted.

        Its files stay as they are. As long as it is known, the log above it stays whole, so that
        it can come back. Raises NotFound.
        """
        with self._database.reader() as connection:
            found = archive.list_archives(connection, archive_id=archive_id)
            if not found:
                raise NotFound(f"no archive {archive_id}")
            archive.give_up(connection, archive_id)
        stretch = found[0].stretch
        self._publish(UpkeepChanged(stretch.space_name))
        _log.info("space %r: the archive at %s is forgotten", stretch.space_name, stretch.place)
        return stretch

    def whereabouts(self, snapshot_ids: Collection[UUID]) -> Whereabouts:
        """Where snapshots that once were here are now: why an undo did not bring them back."""
        with self._database.reader() as connection:
            return pulse.whereabouts(connection, snapshot_ids)

    def upkeep_report(self, now: datetime | None = None) -> UpkeepReport:
        """How schedules, retention and archives go, and what needs a hand."""
        with self._database.reader() as connection:
            since, scheduled = retained_since(connection), pulse.scheduled_since(connection)
            last = pulse.last_snapshots(connection)
        return report(
            self.space_names(),
            self.schedules(),
            since,
            self.upkeep(),
            self.archived_stretches(),
            now or datetime.now(UTC),
            scheduled_since=scheduled,
            last=last,
        )

    def last_snapshots(self) -> list[LastSnapshots]:
        """When each space had its last snapshots, by name."""
        with self._database.reader() as connection:
            return pulse.last_snapshots(connection)

    def _checked(self) -> list[ArchivedStretch]:
        return [each for each in self.archived_stretches() if each.state == "checked"]

    @contextmanager
    def _noting(self, space_name: str) -> Iterator[_Noting]:
        """Keep in mind how it goes, once it has begun; what was refused before is no failure."""
        noting = _Noting()
        try:
            yield noting
        except LakeError as error:
            if noting.has_begun and not isinstance(error, Cancelled):
                self.upkeep_failed(space_name, "archive", error)
            raise
        if not noting.has_begun:
            return
        with self._database.reader() as connection:
            space_id = find_space_of(connection, space_name).space_id
            note_done(connection, space_id, "archive")
        self._publish(UpkeepChanged(space_name))


class _Noting:
    """Whether it has begun."""

    def __init__(self) -> None:
        self.has_begun = False

    def begin(self) -> None:
        """From now on what goes wrong is a failure."""
        self.has_begun = True
