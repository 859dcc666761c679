"""What is known of a lake beside its scenes: bookmarks, when changes came, sizes, server runs.

A part of the Lake. It blocks, on connections of its own. Knows nothing of the lake thread.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

from lake_core.curate.remarks import LONGEST_NOTE, check_remark
from lake_core.curating import Curating
from lake_core.scene.model import Bookmark
from lake_core.settings import Settings
from lake_core.store import bookmarks, runs, sizes
from lake_core.store.bookmarks import Extent, Moment
from lake_core.store.database import Database, SchemaError, translated
from lake_core.store.embedded import EmbeddedPostgres
from lake_core.store.instants import find_space_of
from lake_core.store.sizes import Silence, TableSize
from lake_core.upkeep.runs import ServerRun, judged


class Chronicle(Curating):
    """Bookmarks, moments, sizes and server runs."""

    def bookmarks(self, space_name: str) -> list[Bookmark]:
        """The bookmarks of a space, oldest first; none for an unknown space."""
        with self._database.reader() as connection:
            return bookmarks.list_bookmarks(connection, space_name)

    def add_bookmark(
        self, space_name: str, at: datetime, note: str = "", *, bookmark_id: UUID | None = None
    ) -> Bookmark:
        """Mark an instant; `bookmark_id` brings one back that was deleted.

        Raises NotFound for an unknown space, TooLarge and InvalidInput for the note.
        """
        check_remark("/note", note, LONGEST_NOTE)
        bookmark = Bookmark(id=bookmark_id or uuid4(), space_name=space_name, at=at, note=note)
        with self._database.reader() as connection:
            bookmarks.add_bookmark(connection, bookmark)
        return bookmark

    def delete_bookmark(self, bookmark_id: UUID) -> None:
        """Take a bookmark away; raises NotFound."""
        with self._database.reader() as connection:
            bookmarks.delete_bookmark(connection, bookmark_id)

    def change_moments(self, space_name: str, after: int, upto: int) -> list[Moment]:
        """When the changes with sequence numbers above `after` and up to `upto` were recorded.

        Raises NotFound.
        """
        with self._database.reader() as connection:
            space_id = find_space_of(connection, space_name).space_id
            return bookmarks.change_moments(connection, space_id, after, upto)

    def change_near(self, space_name: str, at: datetime, *, forward: bool) -> datetime | None:
        """When the next change after an instant was recorded, or the last before it.

        None where there is none; raises NotFound.
        """
        find = bookmarks.next_change if forward else bookmarks.previous_change
        with self._database.reader() as connection:
            return find(connection, find_space_of(connection, space_name).space_id, at)

    def extent(self, space_name: str) -> Extent:
        """From where to where a space's history goes that is here; raises NotFound."""
        with self._database.reader() as connection:
            return bookmarks.extent(connection, find_space_of(connection, space_name).space_id)

    def runs(self, since: datetime | None = None) -> list[ServerRun]:
        """When servers held the lake, oldest first: those that went on after a time, or all.

        See `upkeep.runs.uncovered` for the times when none did.
        """
        with self._database.reader() as connection:
            found = runs.list_runs(connection, since)
        return judged(found, datetime.now(UTC))

    def table_sizes(self) -> list[TableSize]:
        """What the lake takes on disk by table, the largest first."""
        with self._database.reader() as connection:
            return sizes.table_sizes(connection)

    def silences(self, seconds: float = 60.0) -> list[Silence]:
        """Every space, by name: its pauses of more than `seconds` between two snapshots."""
        with self._database.reader() as connection:
            return sizes.silences(connection, seconds)


def runs_told_in(settings: Settings, since: datetime | None = None) -> list[ServerRun]:
    """As `Chronicle.runs`, of what these settings lead to; none where that is no lake.

    It is only read: no schema is made, so that whose database it is need not be known before.
    Blocks; raises DatabaseUnavailable, or SettingsError where PostgreSQL will not have us.
    """
    embedded = None if settings.database_url else EmbeddedPostgres.start(settings.data_dir)
    database = Database(settings.database_url or (embedded.url if embedded else ""))
    try:
        with translated(), database.connect() as connection:
            return judged(runs.list_runs(connection, since), datetime.now(UTC))
    except SchemaError:
        return []
    finally:
        database.close()
        if embedded is not None:
            embedded.stop()
