"""The lake thread: the one owner of live state and its only writer.

Requests queue as bytes; what queued while a commit was under way goes into the next one (group
commit), and each future resolves after COMMIT. When a request fails there, the scenes it had
changed are read anew from the database: memory never runs ahead of what is durable. When
PostgreSQL goes away, `outage` takes over until it is back.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from functools import partial
from typing import Final, TypeVar

from lake_core.errors import DatabaseUnavailable, LakeError
from lake_core.group import BrokenScene, Group
from lake_core.heads import Heads
from lake_core.inbox import Inbox, Question
from lake_core.jobs import SNAPSHOT, Job, Told, resolving, settle
from lake_core.keyframer import Keyframer
from lake_core.live import Notice
from lake_core.news import News
from lake_core.outage import Outage
from lake_core.register import SpaceRegister
from lake_core.scene.model import IngestResult, Trigger
from lake_core.scene.operations import Standing
from lake_core.scheduler import Scheduler, Schedules
from lake_core.settings import Settings
from lake_core.shelter import Shelter
from lake_core.store.database import Database, DatabaseError, translated
from lake_core.store.log import WriteTransaction
from lake_core.store.waits import WaitClock
from lake_core.watchdog import Watchdog

_log = logging.getLogger(__name__)

_IDLE_SECONDS: Final = 30.0
"""Clocks are set, machines sleep, schedules come from elsewhere: look now and then."""
T = TypeVar("T")


class Writer:
    """The lake thread. `submit` and `ask` may be called from any thread."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        publish: Callable[[Notice], None],
        revive: Callable[[], None],
    ) -> None:
        """`revive` does what it can to bring PostgreSQL back, or raises DatabaseUnavailable."""
        self.register = SpaceRegister(database)  # the lake thread's own
        self.news = News(self.register, publish)
        self._settings = settings
        self._heads = Heads(self.register)
        self._shelter = Shelter(self.register, settings)
        self._waits = WaitClock()
        self._watchdog = Watchdog(
            settings.database_patience, self.register.hang_up, self._waits.seconds
        )
        self._inbox = Inbox(settings.queue_bytes)
        self._outage = Outage(
            database, self.register, self._shelter, self._inbox, self.news, revive, self._waited
        )
        self._waited_before = 0.0  # this piece of work
        database.on_failure = self._outage.suspect
        self._keyframer = Keyframer(database)
        self._scheduler = Scheduler(self._read_schedules)
        self._thread = threading.Thread(target=self._run, name="lake", daemon=True)

    # -- called from any thread

    def start(self, *, away: bool = False, deliver: bool = False) -> None:
        """Begin; `away` where PostgreSQL does not answer yet.

        `deliver` takes over what an earlier process left in the spool.
        """
        self._outage.begin(away=away, deliver=deliver)
        self._thread.start()
        self._watchdog.start()

    def stop(self) -> None:
        """Take nothing more, commit what was taken, end."""
        if not self._inbox.close():
            return
        self._outage.end()
        self._thread.join()
        with self._watchdog.over(clock=time.monotonic):  # another thread waits, too
            self._keyframer.close()
            self._tell_heads()
        self._watchdog.stop()
        self.register.close()
        self._shelter.close()

    @property
    def database_ok(self) -> bool:
        """Whether what is sent goes to PostgreSQL, not to the spool."""
        return self._outage.database_ok

    @property
    def spooled(self) -> int:
        """How many requests rest in the spool."""
        return self._shelter.count

    @property
    def held(self) -> tuple[str, ...]:
        """Spaces that another process has, for which some of these wait."""
        return self._shelter.held

    @property
    def refused_late(self) -> int:
        """How many requests were refused when they were delivered from there."""
        return self._shelter.refused_count

    @property
    def queue_depth(self) -> int:
        """How many requests wait."""
        return self._inbox.depth

    def submit(
        self, endpoint: str, body: bytes, key: str | None = None, trigger: Trigger = "manual"
    ) -> Future[IngestResult]:
        """Queue a request; its future resolves after COMMIT. Raises QueueFull."""
        future: Future[IngestResult] = Future()
        self.take(endpoint, body, key, resolving(future), trigger)
        return future

    def take(
        self,
        endpoint: str,
        body: bytes,
        key: str | None,
        told: Told,
        trigger: Trigger = "manual",
    ) -> None:
        """As `submit`, for whom a future is too dear."""
        self._inbox.put(Job(endpoint, body, key, trigger, told))

    def session(
        self, session: str, *, is_new: bool = False, may_be_new: bool = False
    ) -> Future[Standing]:
        """Where a session of operations stands; at its beginning, and no look, where it `is_new`.

        Where only PostgreSQL could tell, and it is away, raises DatabaseUnavailable, or takes it
        to be new if it `may_be_new`: what was stored before is then passed over later.
        """

        def find() -> Standing:
            if not is_new:
                try:
                    resting = self._shelter.standing(session)
                    return resting or self.register.standing(self.register.connection, session)
                except DatabaseUnavailable:
                    if not may_be_new:
                        raise
            self.register.sessions.put(session, Standing())
            return Standing()

        return self.ask(find)

    def snapshot_at_rest(self, space_name: str) -> Future[None]:
        """Take a scheduled snapshot of a space that no one writes; of others take none."""
        return self.ask(partial(self._snapshot_at_rest, space_name))

    def schedules_changed(self) -> None:
        """Look at the schedules anew."""
        self.ask(self._scheduler.forget)

    def ask(self, question: Callable[[], T]) -> Future[T]:
        """Run something in the lake thread, between two commits."""
        return self._inbox.ask(question)

    # -- the lake thread: what is next

    def _run(self) -> None:
        with self._waits.of_this_thread():
            while (first := self._next()) is not None:
                self._do(first)

    def _do(self, first: Job | Question) -> None:
        self._waited_before = self._waits.seconds()
        try:
            with self._watchdog.over(lambda: self.database_ok):
                if isinstance(first, Job):
                    self._run_group(self._inbox.gather(first))
                else:
                    first()
                self._take_due_snapshots()
                self._outage.look_at_held()
                self._clean()
        except Exception:  # a bug must not end the thread that everything waits for
            _log.exception("the lake thread met a bug")

    def _waited(self) -> float:
        return self._waits.seconds() - self._waited_before

    def _next(self) -> Job | Question | None:
        try:
            first = self._inbox.next(self._seconds_to_due())
        except queue.Empty:
            return self._take_due_snapshots
        self._heads.expect()
        return first

    # -- the lake thread: commits

    def _run_group(self, jobs: Sequence[Job]) -> None:
        if not self.database_ok:
            self._outage.take(jobs)
            return
        group = Group(self.register, self._settings)
        try:
            connection = self.register.connection()
            with translated(), WriteTransaction(connection, self._inbox.look_ahead) as transaction:
                group.write(transaction, jobs)
        except DatabaseUnavailable as error:
            if len(group.done) + len(group.refused) < len(jobs):
                self.register.forget(group.touched)  # one request was in the midst of its scene
            self._outage.meet(error)
            self._outage.take(jobs, group)
        except Exception as error:
            self.register.forget(group.touched)
            self._handle_failure(jobs, error)
        else:
            group.settle()
            self.news.count(group.notices)
            self.news.tell(group.notices, group.touched.values())
            self._keyframer.consider(group.touched.values())

    def _handle_failure(self, jobs: Sequence[Job], error: Exception) -> None:
        """Nothing of this group is durable: say so, or try again what may go through."""
        if isinstance(error, BrokenScene):
            settle([(error.job, error.__cause__)])
            self._inbox.put_back([job for job in jobs if job is not error.job])
            return
        if isinstance(error, DatabaseError) and len(jobs) > 1:
            for job in jobs:  # let the one at fault fail alone
                self._run_group([job])
            return
        _log.error("a request that passed every check failed", exc_info=error)
        settle((job, error) for job in jobs)

    # -- the lake thread: after a commit

    def _tell_heads(self) -> None:
        """Leave right figures behind; what fails here is found again from the log."""
        count = len(self.register.spaces)
        if not count or not self.database_ok:
            return
        try:
            self._heads.tell_all()
        except (LakeError, DatabaseError):
            _log.warning("the figures of %d spaces wait for the next start", count)

    def _clean(self) -> None:
        if not self.database_ok:
            return
        try:
            self._heads.tell_due()
            self.register.clean()
        except DatabaseUnavailable as error:
            self._outage.meet(error)

    def _read_schedules(self) -> Schedules | None:
        if not self.database_ok:
            return None
        try:
            return self.register.schedules()
        except DatabaseUnavailable as error:
            self._outage.meet(error)
            return None

    # -- the lake thread: snapshots that had to wait

    def _seconds_to_due(self) -> float:
        """How long until an automatic snapshot that had to wait is due."""
        threshold = self._settings.snapshot_threshold
        waiting = [
            space.snapshot_due_from
            for space in self.register.spaces.values()
            if space.changes_since_snapshot >= threshold
        ]
        seconds = min(waiting) - time.monotonic() if waiting else _IDLE_SECONDS
        seconds = min(seconds, self._shelter.seconds_to_look())
        if self.database_ok:
            seconds = min(seconds, self._heads.seconds_to_look())
        if (due := self._scheduler.next_due()) is not None:
            seconds = min(seconds, _IDLE_SECONDS, (due - datetime.now(UTC)).total_seconds())
        return max(seconds, 0.001)

    def _take_due_snapshots(self) -> None:
        if self.register.delivering:
            return  # scenes are still behind what was answered
        now, threshold = time.monotonic(), self._settings.snapshot_threshold
        for name, space in list(self.register.spaces.items()):
            if space.is_snapshot_due(threshold, now):
                space.snapshot_due_from = now + self._settings.snapshot_min_interval
                self._run_group([Job(SNAPSHOT, name.encode(), trigger="threshold")])
        for name in self._scheduler.take_due(self.register.spaces, datetime.now(UTC)):
            self._run_group([Job(SNAPSHOT, name.encode(), trigger="schedule")])

    def _snapshot_at_rest(self, space_name: str) -> None:
        if not self.database_ok or self.register.delivering or space_name in self.register.spaces:
            return
        if not self.register.is_held(space_name):
            self._run_group([Job(SNAPSHOT, space_name.encode(), trigger="schedule")])
            self.register.release(space_name)
