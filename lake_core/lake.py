"""The Lake: what everyone calls. One object over the writer, the readers and the database.

The past it takes from `Recalling`, what people do with snapshots and epochs from `Curating`,
bookmarks and sizes from `Chronicle`, policies and retention from `Keeping`, cold storage from
`Archiving`.

Ingestion and live state go through the lake thread and come back as futures; history is read on
connections of its own by whichever thread asks, so it must not be asked on an event loop or a
GUI thread. Knows no HTTP and no Qt.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, cast
from urllib.parse import urlsplit
from uuid import UUID

from lake_core.archiving import Archiving
from lake_core.caretaker import Caretaker, RunKeeper
from lake_core.catch_up import CatchUp
from lake_core.counters import Counters
from lake_core.errors import DatabaseUnavailable
from lake_core.follower import Followers
from lake_core.jobs import Told
from lake_core.live import Watcher
from lake_core.scene.describe import EntityDetail, describe_entity
from lake_core.scene.model import (
    IngestResult,
    LakeStatistics,
    SpaceSummary,
    Trigger,
)
from lake_core.scene.operations import OPERATIONS, Part, PartResult, Standing, pack
from lake_core.scene.soundness import Bones, Soundness, check_bones
from lake_core.settings import Settings
from lake_core.store import snapshots
from lake_core.store.database import Database
from lake_core.store.embedded import EmbeddedPostgres
from lake_core.store.migrate import migrate
from lake_core.subscription import Subscription
from lake_core.upkeep.schedule import Schedule
from lake_core.writer import Writer

_log = logging.getLogger(__name__)
_SIGN_OF_LIFE_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class LakeHealth:
    """How the lake is doing; cheap to ask at any time."""

    database: str  # "embedded" or "external"
    database_ok: bool
    queue_depth: int
    events_per_second: float
    accepted_total: int
    spooled: int  # requests that wait on disk for PostgreSQL
    held: tuple[str, ...] = ()  # spaces that another process has, for which some of them wait
    refused: int = 0  # requests that were refused when they were delivered, and are kept on disk


class Lake(Archiving):
    """An open Confidence Lake. Make one with `Lake.open`, end it with `close`."""

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        self.settings = settings
        self._say = say
        self._embedded: EmbeddedPostgres | None = None
        self._is_prepared = False
        holder = f"eustress-lake {socket.gethostname()}:{os.getpid()}"
        super().__init__(Database(settings.database_url or "", holder))
        self._writer = Writer(self._database, settings, self._publish, self._prepare)
        self._caretaker = Caretaker(self)
        self._catch_up = CatchUp(self, self._writer.snapshot_at_rest)
        self._run_keeper: RunKeeper | None = None
        self._followers = Followers(self._database, self._publish)

    @classmethod
    def open(
        cls,
        settings: Settings,
        on_progress: Callable[[str], None] | None = None,
        *,
        ingesting: bool = True,
    ) -> Lake:
        """Start or reach PostgreSQL, bring its schema up to date, begin; takes a second.

        With `ingesting`, a PostgreSQL elsewhere that does not answer is waited for: changes go
        to the spool meanwhile, and what an earlier process left there is delivered. Raises
        DatabaseUnavailable or SettingsError, with nothing left running.
        """
        lake = cls(settings, on_progress or _quietly)
        away = False
        try:
            lake._prepare()
        except DatabaseUnavailable as error:
            if settings.database_url is None or not ingesting:
                lake._release()
                raise
            _log.error("PostgreSQL is away, changes go to the spool: %s", error)
            away = True
        except BaseException:
            lake._release()
            raise
        lake._say = _quietly  # whoever opened it need not be there any more
        try:
            lake._writer.start(away=away, deliver=ingesting)
        except BaseException:
            lake._release()
            raise
        if ingesting:
            lake._caretaker.start()
            lake._catch_up.start()
            where = "elsewhere" if settings.database_url else f"in {settings.data_dir}"
            _log.info("the lake is open, its PostgreSQL is %s", where)
        return lake

    def close(self) -> None:
        """Commit what is accepted, then stop everything that `open` started."""
        self._catch_up.stop()
        self._caretaker.stop()
        self._followers.close()
        self._writer.stop()
        if self._run_keeper is not None:
            self._run_keeper.stop()
        self._release()

    def begin_run(self, program: str, version: str, url: str) -> None:
        """From now on engines reach the lake at a URL; `runs` tells so. Does not block."""
        if self._run_keeper is None:
            address = urlsplit(url).netloc
            self._run_keeper = RunKeeper(self._database, program, version, address)
            self._run_keeper.start()

    @property
    def run_id(self) -> UUID | None:
        """Of the run that was begun here, as `runs` tells it; None where none was."""
        return self._run_keeper.run.id if self._run_keeper is not None else None

    def _prepare(self) -> None:
        """Make sure of a PostgreSQL with our schema; raises DatabaseUnavailable."""
        if self.settings.database_url is None:
            self._say("Starting the embedded PostgreSQL…")
            before, self._embedded = (
                self._embedded,
                EmbeddedPostgres.start(self.settings.data_dir),
            )
            if before is not None:
                before.stop()  # lets go of a server that is no more
            self._database.move(self._embedded.url)
        if not self._is_prepared:
            self._say("Bringing the schema up to date…")
            with self._database.connect() as connection:
                for name in migrate(connection):
                    _log.info("migrated to %s", name)
            self._is_prepared = True

    def _release(self) -> None:
        self._database.close()
        if self._embedded is not None:
            self._embedded.stop()

    # -- ingest

    def ingest(
        self, endpoint: str, body: bytes, *, idempotency_key: str | None = None
    ) -> Future[IngestResult]:
        """Queue the raw JSON body of an ingest endpoint; the future resolves after COMMIT.

        `endpoint` is the end of the endpoint's path, such as "entity" or "entity/delete".
        Raises QueueFull at once; the future raises LakeError where the request is refused.
        """
        return self._writer.submit(endpoint, body, idempotency_key)

    def take(
        self, endpoint: str, body: bytes, told: Told, *, idempotency_key: str | None = None
    ) -> None:
        """As `ingest`, for a server: `told(result, error)` is called in place of a future.

        It is called after COMMIT in the lake thread, which waits meanwhile, and must not raise.
        """
        self._writer.take(endpoint, body, idempotency_key, told)

    def session(
        self, session: str, *, is_new: bool = False, may_be_new: bool = False
    ) -> Future[Standing]:
        """Where a session of operations stands, to go on from there; see `scene.operations`.

        Where only PostgreSQL could tell, and it is away, the future raises DatabaseUnavailable,
        or the session is taken to be new if it `may_be_new`.
        """
        return self._writer.session(session, is_new=is_new, may_be_new=may_be_new)

    def ingest_part(self, part: Part, lines: Sequence[bytes]) -> Future[PartResult]:
        """Queue operations of a session; the future resolves after COMMIT.

        Single operations that are refused are in the result. Raises QueueFull at once; the future
        raises Conflict or KeyReused where the part does not go on where its session stands.
        """
        return cast("Future[PartResult]", self._writer.submit(OPERATIONS, pack(part, lines)))

    def create_snapshot(
        self,
        space_name: str,
        trigger: Trigger = "manual",
        *,
        idempotency_key: str | None = None,
    ) -> Future[IngestResult]:
        """Take a snapshot of a space as it is after all that was sent before."""
        return self._writer.submit("snapshot", space_name.encode(), idempotency_key, trigger)

    def set_schedule(self, space_name: str | None, schedule: Schedule | None) -> None:
        """As `Keeping.set_schedule`; it holds at once here, within a minute elsewhere."""
        super().set_schedule(space_name, schedule)
        self._writer.schedules_changed()

    def clear_schedule(self, space_name: str | None) -> bool:
        """As `Keeping.clear_schedule`; it holds at once here, within a minute elsewhere."""
        cleared = super().clear_schedule(space_name)
        self._writer.schedules_changed()
        return cleared

    # -- live

    def subscribe(self, space_name: str, *, only_follows: bool = False) -> Subscription:
        """Follow a space; its polls raise NotFound while there is no such space.

        One that no one writes is this process's to write from now on, and no other's; not so
        where it `only_follows`, by what is committed.
        """
        watcher = Watcher(space_name)
        return Subscription(self._writer, watcher, self._followers, only_follows=only_follows)

    def entity_detail(self, space_name: str, entity_id: str) -> Future[EntityDetail]:
        """One entity as it is now; the future raises NotFound."""
        if self._followers.follows(space_name):
            return self._followers.detail(space_name, entity_id)
        return self._writer.ask(
            lambda: describe_entity(self._writer.register.live(space_name).scene, entity_id)
        )

    def is_live(self, space_name: str) -> bool:
        """Whether this process has the space in memory, and is its writer."""
        return space_name in self._writer.register.spaces

    def health(self) -> LakeHealth:
        """How the lake is doing."""
        return LakeHealth(
            database="external" if self.settings.database_url else "embedded",
            database_ok=self._writer.database_ok,
            queue_depth=self._writer.queue_depth,
            events_per_second=self._writer.news.rate.per_second(),
            accepted_total=self._writer.news.accepted_total,
            spooled=self._writer.spooled,
            held=self._writer.held,
            refused=self._writer.refused_late,
        )

    @property
    def counters(self) -> Counters:
        """What was done since the lake was opened, in numbers."""
        return self._writer.register.counters

    def sql_address(self) -> str | None:
        """Where any PostgreSQL client reaches the embedded database; None for one elsewhere.

        That one is the user's own, and its address may hold a password.
        """
        return self._embedded.url if self._embedded is not None else None

    def database_answers(self) -> bool:
        """Whether PostgreSQL gives a sign of life; blocks for two seconds at most."""
        return not self._database.is_away and self._database.answers(_SIGN_OF_LIFE_S)

    # -- history

    def spaces(self) -> list[SpaceSummary]:
        """Every space, by name."""
        with self._database.reader() as connection:
            spaces = snapshots.list_spaces(connection)
        live = dict(self._writer.register.spaces)
        for space in spaces:
            if (here := live.get(space.space_name)) is not None:
                space.entities = here.scene.entity_count
                space.connections = here.scene.connection_count
                space.rate_per_s = here.rate.per_second()
        return spaces

    def soundness(self, space_name: str) -> Soundness:
        """What may be wrong with the structure of a space's present state; raises NotFound.

        A space that this process writes is copied in the lake thread; others are read.
        """
        live = self._writer.register.spaces.get(space_name)
        if live is not None:
            return check_bones(self._writer.ask(lambda: Bones.of(live.scene)).result())
        return check_bones(Bones.of(self.scene_at(space_name, datetime.now(UTC))))

    def statistics(self) -> LakeStatistics:
        """The lake's totals and its spaces."""
        spaces = self.spaces()
        with self._database.reader() as connection:
            totals = snapshots.totals(connection, spaces)
        totals.total_entities_seen += sum(
            s.newly_seen for s in list(self._writer.register.spaces.values())
        )
        return totals


def _quietly(progress: str) -> None:
    """Tell no one."""
