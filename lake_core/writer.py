"""The lake thread: the one owner of live state and its only writer.

Requests queue as bytes; what queued while a commit was under way goes into the next one (group
commit), and each future resolves after COMMIT. When a request fails there, the scenes it had
changed are read anew from the database: memory never runs ahead of what is durable. When
PostgreSQL goes away, requests go to the shelter until it is back.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Final, TypeVar

from lake_core.errors import DatabaseUnavailable, LakeError
from lake_core.group import BrokenScene, Group
from lake_core.inbox import Inbox, Question
from lake_core.jobs import SNAPSHOT, Job, Told, resolving
from lake_core.keyframer import Keyframer
from lake_core.live import Changed, LiveSpace, Notice, Rate
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
_FIRST_RETRY_S: Final = 0.1
_LONGEST_RETRY_S: Final = 2.0
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
        self.accepted_total = 0
        self.rate = Rate()
        self.database_ok = True
        self._database = database
        self._settings = settings
        self._publish = publish
        self._revive = revive
        self._shelter = Shelter(self.register, settings)
        self._waits = WaitClock()
        self._watchdog = Watchdog(
            settings.database_patience, self.register.hang_up, self._waits.seconds
        )
        self._ended = threading.Event()
        self._inbox = Inbox(settings.queue_bytes)
        self._looks = False
        database.on_failure = self._reader_failed
        self._keyframer = Keyframer(database)
        self._scheduler = Scheduler(self._read_schedules)
        self._thread = threading.Thread(target=self._run, name="lake", daemon=True)

    # -- called from any thread

    def start(self, *, away: bool = False, deliver: bool = False) -> None:
        """Begin; `away` where PostgreSQL does not answer yet.

        `deliver` takes over what an earlier process left in the spool.
        """
        self._database.is_away = away
        if away or (deliver and self._shelter.open()):
            self._go_away()
        self._thread.start()
        self._watchdog.start()

    def stop(self) -> None:
        """Take nothing more, commit what was taken, end."""
        if not self._inbox.close():
            return
        self._ended.set()
        self._thread.join()
        with self._watchdog.over(clock=time.monotonic):  # another thread waits, too
            self._keyframer.close()
            self._tell_heads()
        self._watchdog.stop()
        self.register.close()
        self._shelter.close()

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
        try:
            with self._watchdog.over(lambda: self.database_ok):
                if isinstance(first, Job):
                    self._run_group(self._inbox.gather(first))
                else:
                    first()
                self._take_due_snapshots()
                self._look_at_held()
                self._clean()
        except Exception:  # a bug must not end the thread that everything waits for
            _log.exception("the lake thread met a bug")

    def _next(self) -> Job | Question | None:
        try:
            return self._inbox.next(self._seconds_to_due())
        except queue.Empty:
            return self._take_due_snapshots

    def _reader_failed(self) -> None:
        """Someone found PostgreSQL away: look too, where nothing is written it would not show."""
        if self.database_ok and not self._looks:
            self._looks = True
            with suppress(DatabaseUnavailable):  # the lake is closing
                self.ask(self._look_at_database)

    def _look_at_database(self) -> None:
        self._looks = False
        if not self.database_ok:
            return
        try:
            with translated():
                self.register.connection().execute("SELECT 1")
        except DatabaseUnavailable as error:
            self._lose_database(error)

    # -- the lake thread: commits

    def _run_group(self, jobs: Sequence[Job]) -> None:
        if not self.database_ok:
            self._take_shelter(jobs)
            return
        group = Group(self.register, self._settings)
        try:
            connection = self.register.connection()
            with translated(), WriteTransaction(connection, self._inbox.look_ahead) as transaction:
                group.write(transaction, jobs)
        except DatabaseUnavailable as error:
            if len(group.done) + len(group.refused) < len(jobs):
                self.register.forget(group.touched)  # one request was in the midst of its scene
            self._lose_database(error)
            self._take_shelter(jobs, group)
        except Exception as error:
            self.register.forget(group.touched)
            self._handle_failure(jobs, error)
        else:
            group.settle()
            self._count(group.notices)
            self._tell(group.notices, group.touched.values())
            self._keyframer.consider(group.touched.values())

    def _handle_failure(self, jobs: Sequence[Job], error: Exception) -> None:
        """Nothing of this group is durable: say so, or try again what may go through."""
        if isinstance(error, BrokenScene):
            error.job.settle(error.__cause__)
            self._inbox.put_back([job for job in jobs if job is not error.job])
            return
        if isinstance(error, DatabaseError) and len(jobs) > 1:
            for job in jobs:  # let the one at fault fail alone
                self._run_group([job])
            return
        _log.error("a request that passed every check failed", exc_info=error)
        for job in jobs:
            job.settle(error)

    # -- the lake thread: while PostgreSQL is away, and when it is back

    def _lose_database(self, error: DatabaseUnavailable) -> None:
        _log.error("PostgreSQL is away, changes go to the spool: %s", error)
        self._database.is_away = True
        self._go_away()

    def _go_away(self, retry_after: float = _FIRST_RETRY_S) -> None:
        self.database_ok = False
        self.register.away = True
        self.register.delivering = False
        looking = partial(self._await_return, retry_after)
        threading.Thread(target=looking, name="lake-return", daemon=True).start()

    def _await_return(self, delay: float) -> None:
        """In a thread of its own: try until PostgreSQL answers, then let the lake thread know."""
        while not self._ended.wait(delay):
            delay = min(2 * delay, _LONGEST_RETRY_S)
            try:
                self._revive()
                self._database.reach()
                self.ask(self._begin_delivery)
            except LakeError as error:
                _log.debug("PostgreSQL is still away: %s", error)
            except Exception:
                _log.exception("looking for PostgreSQL met a bug")
            else:
                return

    def _take_shelter(self, jobs: Sequence[Job], interrupted: Group | None = None) -> None:
        try:
            group = self._shelter.take(jobs, interrupted)
        except Exception as error:  # full, or a bug: what memory took is not durable
            if not isinstance(error, LakeError):
                _log.exception("taking shelter met a bug")
            self.register.forget_all()
            for job in jobs:
                job.settle(error)
            return
        for told in (group, *([interrupted] if interrupted else [])):
            changes = [notice for notice in told.notices if isinstance(notice, Changed)]
            self._count(changes)
            self._tell(changes, told.touched.values())

    def _begin_delivery(self) -> None:
        _log.info("PostgreSQL is back, %d requests are delivered", self._shelter.count)
        self._database.is_away = False
        self.register.delivering = True
        self.register.start_anew()
        self._shelter.begin()
        self._deliver()

    def _deliver(self) -> None:
        """Deliver a slice of the spool, then let what queued meanwhile go behind the rest."""
        if self.register.away:
            return  # it was lost again; all begins anew when it is back
        try:
            group = self._shelter.deliver()
        except Exception as error:  # a bug, too, must not keep it from being tried again
            is_bug = not isinstance(error, LakeError)
            words = "%d requests still wait in the spool: %s"
            _log.error(words, self._shelter.count, error, exc_info=is_bug)
            self.register.forget_all()  # memory is behind what waits there
            self._go_away(_LONGEST_RETRY_S)
            return
        if group is None:
            self.database_ok = True
            self.register.delivering = False
            if held := self._shelter.held:
                words = "%d requests wait in the spool until another process lets go of %s"
                _log.warning(words, self._shelter.count, ", ".join(held))
            else:
                _log.info("the spool is empty")
            return
        self._tell(group.notices, group.touched.values())
        self._inbox.put_behind(self._deliver)

    def _look_at_held(self) -> None:
        """Go on with what waits in the spool once another process has let go of a space."""
        self._shelter.count_refused()
        if not self.database_ok or self._shelter.seconds_to_look() > 0.0:
            return
        try:
            if self._shelter.look():
                self._shelter.begin()
                self._inbox.put_behind(self._deliver)
        except DatabaseUnavailable as error:
            self._lose_database(error)

    # -- the lake thread: after a commit

    def _tell(self, notices: Sequence[Notice], spaces: Iterable[LiveSpace]) -> None:
        """Let viewers and figures know of what has become durable."""
        for space in spaces:
            space.hand_out()
        for notice in notices:
            self._publish(notice)

    def _count(self, notices: Sequence[Notice]) -> None:
        """Count what is new; what is delivered from the spool was, when it was taken."""
        for notice in notices:
            if isinstance(notice, Changed):
                self.accepted_total += notice.count
                self.rate.add(notice.count)
                if (live := self.register.spaces.get(notice.space_name)) is not None:
                    live.rate.add(notice.count)

    def _tell_heads(self) -> None:
        """Leave right figures behind; what fails here is found again from the log."""
        heads = [space.head() for space in self.register.spaces.values()]
        if not heads or not self.database_ok:
            return
        try:
            with translated(), WriteTransaction(self.register.connection()) as transaction:
                transaction.finish([], heads, [])
        except (LakeError, DatabaseError):
            _log.warning("the figures of %d spaces wait for the next start", len(heads))

    def _clean(self) -> None:
        if not self.database_ok:
            return
        try:
            self.register.clean()
        except DatabaseUnavailable as error:
            self._lose_database(error)

    def _read_schedules(self) -> Schedules | None:
        if not self.database_ok:
            return None
        try:
            return self.register.schedules()
        except DatabaseUnavailable as error:
            self._lose_database(error)
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
