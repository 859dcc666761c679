"""What is done beside ingestion, each in a thread of its own.

The Caretaker lets history go by the policies, and what was archived; the RunKeeper keeps the record
of when this process serves the lake. Neither is ever waited for by who sends changes.
"""

from __future__ import annotations

import logging
import socket
import threading
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from msgspec.structs import replace

from lake_core.archiving import Archiving
from lake_core.errors import DatabaseUnavailable, LakeError
from lake_core.recurring import Recurring
from lake_core.store.database import Database
from lake_core.store.runs import forget_runs, keep_run
from lake_core.upkeep.retention import Retention
from lake_core.upkeep.runs import Outage, ServerRun

_log = logging.getLogger(__name__)

FIRST_S: Final = 30.0
EVERY_S: Final = 600.0
LOOK_S: Final = 1.0
BEAT: Final = timedelta(seconds=15)
ASLEEP: Final = timedelta(seconds=60)
"""So long between two looks and the machine slept: a server that sleeps is not there."""
CLEAN: Final = timedelta(days=1)
PARTING_S: Final = 5.0


class Caretaker(Recurring):
    """Each ten minutes: makes partitions, applies retention, drops what is archived."""

    def __init__(self, lake: Archiving, first: float = FIRST_S, every: float = EVERY_S) -> None:
        super().__init__("lake-caretaker", first, every)
        self._lake = lake

    def _take_turn(self) -> None:
        self._lake.tidy()
        self._apply_policies()
        self._lake.release_archives(cancelled=lambda: self.has_ended)

    def _apply_policies(self) -> None:
        for name, policy in self._lake.governed().items():
            if self.has_ended:
                return
            self._apply(name, policy)

    def _apply(self, name: str, policy: Retention) -> None:
        try:
            self._lake.apply_retention(name, policy)
        except DatabaseUnavailable:
            raise
        except LakeError as error:
            _log.warning("retention of space %r waits: %s", name, error)
            self._lake.upkeep_failed(name, "retention", error)


class RunKeeper:
    """Writes down that a server is there, four times a minute, and what outages it meets."""

    def __init__(
        self,
        database: Database,
        program: str,
        version: str,
        address: str,
        look: float = LOOK_S,
        beat: timedelta = BEAT,
    ) -> None:
        now = datetime.now(UTC)
        self.run = ServerRun(
            id=uuid4(),
            program=program,
            version=version,
            host=socket.gethostname(),
            address=address,
            started_at=now,
            seen_at=now,
        )
        self._database, self._look, self._beat = database, look, beat
        self._due = self._clean_due = self._looked = now
        self._away_since: datetime | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._attend, name="lake-runs", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """The server ends, in good order; a PostgreSQL that hangs is not waited for long."""
        self._ended.set()
        self._thread.join(PARTING_S)

    def _attend(self) -> None:
        pause = 0.0
        while not self._ended.wait(pause):
            pause = self._look
            try:
                self._look_around(datetime.now(UTC))
            except Exception:
                _log.exception("keeping the record of this run met a bug")
        now = datetime.now(UTC)
        self._watch(now)
        self.run = replace(self.run, seen_at=now, ended_at=now)
        self._keep()

    def _look_around(self, now: datetime) -> None:
        """One look; what it finds is written when it is due."""
        if now - self._looked > ASLEEP:
            self.run = replace(self.run, id=uuid4(), started_at=now, seen_at=now, outages=[])
            self._due = now
        self._looked = now
        self._watch(now)
        if now < self._due or self._database.is_away:
            return
        self.run = replace(self.run, seen_at=now)
        if self._keep():
            self._due = now + self._beat
            self._clean(now)

    def _watch(self, now: datetime) -> None:
        """Begin an outage, or end it; a beat tells of it at once."""
        if self._database.is_away:
            hung = timedelta(seconds=self._database.hung)  # engines waited with it
            self._away_since = self._away_since or now - hung
        elif self._away_since is not None:
            outage = Outage(from_at=self._away_since, to_at=now)
            self.run = replace(self.run, outages=[*self.run.outages, outage])
            self._away_since, self._due = None, now

    def _keep(self) -> bool:
        try:
            with self._database.reader() as connection:
                keep_run(connection, self.run)
        except LakeError as error:
            _log.debug("this run is written down later: %s", error)
            return False
        self.run = replace(self.run, outages=[])  # they are written
        return True

    def _clean(self, now: datetime) -> None:
        if now >= self._clean_due:
            self._clean_due = now + CLEAN
            try:
                with self._database.reader() as connection:
                    forget_runs(connection)
            except LakeError as error:
                _log.debug("old runs are dropped later: %s", error)
