"""The lake thread: the one owner of live state and its only writer.

Requests queue as bytes; what queued while a commit was under way goes into the next one (group
commit), and each future resolves after COMMIT. When a commit fails, the scenes it had changed
are dropped and read anew from the database: memory never runs ahead of what is durable.
"""

from __future__ import annotations

import hashlib
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TypeVar
from uuid import UUID

import msgspec

from lake_core.errors import (
    DatabaseUnavailable,
    KeyReused,
    LakeError,
    NotFound,
    QueueFull,
)
from lake_core.live import (
    Changed,
    LiveSpace,
    Notice,
    Rate,
    SnapshotCreated,
    SpaceCreated,
    Watcher,
)
from lake_core.scene.apply import apply_body, check_body
from lake_core.scene.decode import BatchBody, Body, decode
from lake_core.scene.model import IngestResult, Trigger
from lake_core.scene.state import Scene
from lake_core.settings import Settings
from lake_core.store import keyframes
from lake_core.store.database import Connection, Database, DatabaseError, translated
from lake_core.store.history import (
    find_space,
    first_sights,
    keyframe_before,
    load_scene,
    log_weight,
)
from lake_core.store.log import Answer, Head, SnapshotRow, WriteTransaction, lock_space
from lake_core.store.snapshots import last_snapshot_seq

_log = logging.getLogger(__name__)

BATCH_SNAPSHOT_ITEMS: Final = 100
_GROUP_BYTES: Final = 16 << 20
_GROUP_JOBS: Final = 2000
_MESSAGES: Final = {
    "entity": "Entity ingested",
    "connection": "Connection ingested",
    "parameter": "Parameter updated",
    "entity/delete": "Entity deleted",
    "connection/delete": "Connection deleted",
    "batch": "Batch ingested",
    "snapshot": "Snapshot created",
}
_result = msgspec.json.Decoder(IngestResult)
T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Job:
    """One request: what to do, and whom to tell. `body` of a snapshot is the space's name."""

    endpoint: str
    body: bytes
    key: str | None
    future: Future[IngestResult]
    trigger: Trigger = "manual"
    result: IngestResult | None = None

    def body_hash(self) -> bytes:
        """What tells this request from another under the same idempotency key."""
        text = self.endpoint.encode() + b"\0" + self.body
        return hashlib.blake2b(text, digest_size=16).digest()


@dataclass(slots=True)
class _Group:
    """What one transaction gathers beside the rows of the log."""

    touched: dict[str, LiveSpace] = field(default_factory=dict)
    snapshots: list[SnapshotRow] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    done: list[Job] = field(default_factory=list)

    def heads(self) -> list[Head]:
        """Figures of the spaces that have not told theirs for a while."""
        now = time.monotonic()
        with_snapshot = {row.space_id for row in self.snapshots}
        return [
            space.head()
            for space in self.touched.values()
            if now >= space.head_due_from or space.space_id in with_snapshot
        ]


class _Broken(Exception):
    """A request failed half-way through a scene, which must be read anew."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job


class Writer:
    """The lake thread. `submit` and `ask` may be called from any thread."""

    def __init__(
        self, database: Database, settings: Settings, publish: Callable[[Notice], None]
    ) -> None:
        self.spaces: dict[str, LiveSpace] = {}  # the lake thread's own
        self.watchers: list[Watcher] = []  # the lake thread's own
        self.accepted_total = 0
        self.rate = Rate()
        self.database_ok = True
        self._database = database
        self._settings = settings
        self._publish = publish
        self._connection: Connection | None = None
        self._jobs: queue.SimpleQueue[Job | Callable[[], None] | None] = queue.SimpleQueue()
        self._ahead: deque[Job | Callable[[], None] | None] = deque()
        self._queued_bytes = 0
        self._queued_jobs = 0
        self._counts = threading.Lock()
        self._stopping = False
        self._keyframer = ThreadPoolExecutor(1, "lake-keyframes")
        self._thread = threading.Thread(target=self._run, name="lake", daemon=True)

    # -- called from any thread

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Take nothing more, commit what was taken, end."""
        with self._counts:
            if self._stopping:
                return
            self._stopping = True
            self._jobs.put(None)
        self._thread.join()
        self._keyframer.shutdown()
        self._tell_heads()
        if self._connection is not None:
            self._connection.close()

    @property
    def queue_depth(self) -> int:
        """How many requests wait."""
        return self._queued_jobs

    def submit(
        self, endpoint: str, body: bytes, key: str | None = None, trigger: Trigger = "manual"
    ) -> Future[IngestResult]:
        """Queue a request; its future resolves after COMMIT. Raises QueueFull."""
        job = Job(endpoint, body, key, Future(), trigger)
        with self._counts:
            if self._stopping:
                raise DatabaseUnavailable("the lake is closing")
            if self._queued_jobs and self._queued_bytes + len(body) > self._settings.queue_bytes:
                raise QueueFull(
                    f"{self._queued_bytes} bytes wait to be written, the limit is "
                    f"{self._settings.queue_bytes}; try again shortly"
                )
            self._queued_bytes += len(body)
            self._queued_jobs += 1
            self._jobs.put(job)
        return job.future

    def ask(self, question: Callable[[], T]) -> Future[T]:
        """Run something in the lake thread, between two commits."""
        future: Future[T] = Future()

        def answer() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(question())
            except Exception as error:
                future.set_exception(error)

        with self._counts:
            if self._stopping:
                raise DatabaseUnavailable("the lake is closing")
            self._jobs.put(answer)
        return future

    # -- the lake thread

    def live_space(self, space_name: str) -> LiveSpace:
        """A space, read from the database if it is not live yet; raises NotFound."""
        space = self.spaces.get(space_name) or self._load(self._connected(), space_name)
        if space is None:
            raise NotFound(f"no space {space_name!r}")
        return space

    def _run(self) -> None:
        while (first := self._next()) is not None:
            try:
                if isinstance(first, Job):
                    self._run_group(self._gather(first))
                else:
                    first()
                self._take_due_snapshots()
            except Exception:  # a bug must not end the thread that everything waits for
                _log.exception("the lake thread met a bug")

    def _next(self) -> Job | Callable[[], None] | None:
        while True:
            try:
                return self._take(self._seconds_to_due())
            except queue.Empty:
                self._take_due_snapshots()

    def _take(self, timeout: float | None) -> Job | Callable[[], None] | None:
        """What is next in line; raises queue.Empty after `timeout` seconds without any."""
        if self._ahead:
            return self._ahead.popleft()
        waiting = self._jobs.get(timeout=timeout) if timeout else self._jobs.get_nowait()
        if isinstance(waiting, Job):
            with self._counts:
                self._queued_bytes -= len(waiting.body)
                self._queued_jobs -= 1
        return waiting

    def _gather(self, first: Job) -> list[Job]:
        """What has queued meanwhile, up to a size at which answers would wait too long."""
        jobs, size = [first], len(first.body)
        while size < _GROUP_BYTES and len(jobs) < _GROUP_JOBS:
            try:
                waiting = self._take(None)
            except queue.Empty:
                break
            if not isinstance(waiting, Job):
                self._ahead.appendleft(waiting)
                break
            jobs.append(waiting)
            size += len(waiting.body)
        return jobs

    def _run_group(self, jobs: Sequence[Job]) -> None:
        group = _Group()
        try:
            self._write(jobs, group)
        except DatabaseUnavailable as error:
            self.database_ok = False
            _log.error("a commit failed, %d requests refused: %s", len(jobs), error)
            self._forget(group)
            self._settle(jobs, error)
        except DatabaseError as error:
            self._forget(group)
            if len(jobs) == 1:
                _log.exception("PostgreSQL refused a request that passed every check")
                self._settle(jobs, error)
            else:  # let it fail alone
                for job in jobs:
                    self._run_group([job])
        except _Broken as broken:
            self._forget(group)
            self._settle([broken.job], broken.__cause__)
            self._ahead.extendleft(reversed([job for job in jobs if not job.future.done()]))
        except Exception as error:
            self._forget(group)
            self._settle(jobs, error)
            raise
        else:
            self.database_ok = True
            self._settle(group.done, None)
            self._after_commit(group)

    def _write(self, jobs: Sequence[Job], group: _Group) -> None:
        """One transaction over all of `jobs`; a request that is refused leaves nothing in it."""
        with translated(), WriteTransaction(self._connected()) as transaction:
            known = self._known_answers(transaction, jobs)
            for job in jobs:
                try:
                    self._run_job(transaction, group, job, known)
                except LakeError as error:
                    if isinstance(error, DatabaseUnavailable):
                        raise
                    self._settle([job], error)
            transaction.finish(
                group.snapshots,
                group.heads(),
                group.answers.values(),
            )

    def _run_job(
        self,
        transaction: WriteTransaction,
        group: _Group,
        job: Job,
        known: dict[str, tuple[bytes, str]],
    ) -> None:
        if job.key is not None and (answered := known.get(job.key)):
            if answered[0] != job.body_hash():
                raise KeyReused(f"Idempotency-Key {job.key!r} was used with another body")
            job.result = _result.decode(answered[1])
        elif job.endpoint == "snapshot":
            space = self._existing(transaction, job.body.decode())
            group.touched[space.scene.space_name] = space
            snapshot_id = self._snapshot(space, group, job.trigger)
            job.result = IngestResult(
                message=_MESSAGES["snapshot"], snapshot_id=snapshot_id, seq=space.scene.seq
            )
        else:
            job.result = self._ingest(transaction, group, job)
        group.done.append(job)
        if job.key is not None and job.key not in known:
            text = msgspec.json.encode(job.result).decode()
            known[job.key] = (job.body_hash(), text)
            group.answers[job.key] = Answer(job.key, job.body_hash(), text)

    def _ingest(self, transaction: WriteTransaction, group: _Group, job: Job) -> IngestResult:
        body = decode(job.endpoint, job.body)
        space = self._find(transaction, body.space_name)
        check_body(space.scene if space else None, body)
        if space is None:
            space = self._create(transaction, group, body.space_name)
        scene = space.scene
        group.touched[scene.space_name] = space
        before = scene.seq
        try:
            tally = apply_body(scene, body)
        except NotFound:  # refused before the first change
            raise
        except Exception as error:
            raise _Broken(job) from error
        changes = scene.take_changes()
        if changes:
            space.log_bytes += transaction.append(
                space.space_id, before + 1, space.moment(), changes
            )
            space.newly_seen += sum(change.kind == 1 for change in changes)
            group.notices.append(Changed(scene.space_name, scene.seq, tally.accepted))
        warnings, scene.warnings = scene.warnings, []
        return IngestResult(
            message=_MESSAGES[job.endpoint],
            snapshot_id=self._automatic_snapshot(space, group, body),
            accepted=tally.accepted,
            unchanged=tally.unchanged,
            seq=scene.seq,
            warnings=warnings,
        )

    def _automatic_snapshot(self, space: LiveSpace, group: _Group, body: Body) -> UUID | None:
        """A snapshot with any large batch, and after enough changes since the last."""
        if isinstance(body, BatchBody) and len(body) >= BATCH_SNAPSHOT_ITEMS:
            return self._snapshot(space, group, "batch")
        if self._wants_snapshot(space) and time.monotonic() >= space.snapshot_due_from:
            return self._snapshot(space, group, "threshold")
        return None

    def _wants_snapshot(self, space: LiveSpace) -> bool:
        return space.scene.seq - space.snapshot_seq >= self._settings.snapshot_threshold

    def _snapshot(self, space: LiveSpace, group: _Group, trigger: Trigger) -> UUID:
        row, summary = space.snapshot(trigger)
        space.snapshot_due_from = time.monotonic() + self._settings.snapshot_min_interval
        group.snapshots.append(row)
        group.notices.append(SnapshotCreated(summary))
        return row.id

    def _seconds_to_due(self) -> float:
        """How long until an automatic snapshot that had to wait is due."""
        waiting = [s.snapshot_due_from for s in self.spaces.values() if self._wants_snapshot(s)]
        return max(min(waiting) - time.monotonic(), 0.001) if waiting else 3600.0

    def _take_due_snapshots(self) -> None:
        now = time.monotonic()
        for name, space in list(self.spaces.items()):
            if self._wants_snapshot(space) and now >= space.snapshot_due_from:
                space.snapshot_due_from = now + self._settings.snapshot_min_interval
                job = Job("snapshot", name.encode(), None, Future(), "threshold")
                self._run_group([job])

    def _after_commit(self, group: _Group) -> None:
        for notice in group.notices:
            if isinstance(notice, Changed):
                self.accepted_total += notice.count
                self.rate.add(notice.count)
                group.touched[notice.space_name].rate.add(notice.count)
        for space in group.touched.values():
            space.hand_out()
            if not space.keyframe_in_progress and keyframes.is_due(space.scene, space.log_bytes):
                self._take_keyframe(space)
        for notice in group.notices:
            self._publish(notice)

    def _take_keyframe(self, space: LiveSpace) -> None:
        keyframe = keyframes.take(space.scene, space.space_id)
        weight, space.log_bytes = space.log_bytes, 0
        space.keyframe_in_progress = True

        def write() -> None:
            try:
                with self._database.reader() as connection:
                    keyframes.write(connection, keyframe)
            except (LakeError, DatabaseError):
                _log.warning("a keyframe of %s waits", space.scene.space_name, exc_info=True)
                space.log_bytes += weight
            finally:
                space.keyframe_in_progress = False

        self._keyframer.submit(write)

    # -- spaces and the connection

    def _tell_heads(self) -> None:
        """Leave right figures behind; what fails here is found again from the log."""
        heads = [space.head() for space in self.spaces.values()]
        if self._connection is None or self._connection.closed or not heads:
            return
        try:
            with WriteTransaction(self._connection) as transaction:
                transaction.finish([], heads, [])
        except DatabaseError:
            _log.warning("the figures of %d spaces wait for the next start", len(heads))

    def _find(self, transaction: WriteTransaction, space_name: str) -> LiveSpace | None:
        space = self.spaces.get(space_name)
        return space or self._load(transaction.for_queries(), space_name)

    def _existing(self, transaction: WriteTransaction, space_name: str) -> LiveSpace:
        space = self._find(transaction, space_name)
        if space is None:
            raise NotFound(f"no space {space_name!r}")
        return space

    def _create(self, transaction: WriteTransaction, group: _Group, space_name: str) -> LiveSpace:
        space_id = transaction.create_space(space_name)
        group.notices.append(SpaceCreated(space_name))
        return self._adopt(LiveSpace(space_id, Scene(space_name), datetime.now(UTC)))

    def _load(self, connection: Connection, space_name: str) -> LiveSpace | None:
        """A space as the database has it, locked for this writer."""
        with translated():
            found = find_space(connection, space_name)
            if found is None:
                return None
            lock_space(connection, found.space_id, space_name)
            found = find_space(connection, space_name) or found  # its last writer may have moved it
            seen = first_sights(connection, found.space_id, found.told_seq)
            scene = load_scene(connection, found.space_id, space_name, found.head_seq)
            scene.touched.clear()
            frame = keyframe_before(connection, found.space_id, found.head_seq)
            space = LiveSpace(found.space_id, scene, found.head_at or datetime.now(UTC))
            space.newly_seen = seen
            space.snapshot_seq = last_snapshot_seq(connection, found.space_id)
            space.log_bytes = log_weight(connection, found.space_id, frame)
        return self._adopt(space)

    def _adopt(self, space: LiveSpace) -> LiveSpace:
        name = space.scene.space_name
        self.spaces[name] = space
        space.watchers = [watcher for watcher in self.watchers if watcher.space_name == name]
        for watcher in space.watchers:
            watcher.wants_all = True
        return space

    def _connected(self) -> Connection:
        if self._connection is None or self._connection.closed or self._connection.broken:
            self.spaces.clear()  # their locks ended with the connection
            self._connection = self._database.connect()
        return self._connection

    def _known_answers(
        self, transaction: WriteTransaction, jobs: Sequence[Job]
    ) -> dict[str, tuple[bytes, str]]:
        keys = [job.key for job in jobs if job.key is not None]
        return transaction.find_answers(keys) if keys else {}

    def _forget(self, group: _Group) -> None:
        """Drop the scenes a failed transaction had changed."""
        for name in group.touched:
            self.spaces.pop(name, None)

    def _settle(self, jobs: Sequence[Job], error: BaseException | None) -> None:
        for job in jobs:
            if job.future.done():
                continue
            if error is not None:
                job.future.set_exception(error)
            elif job.result is not None:
                job.future.set_result(job.result)
