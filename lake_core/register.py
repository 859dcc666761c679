"""The spaces this process writes: read from the database when first needed, locked, let go.

Owns the writer's connection, since a space's lock lives and dies with it. Belongs to the lake
thread, like the scenes it holds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Final

import msgspec

from lake_core.counters import Counters
from lake_core.errors import DatabaseUnavailable, Gone, NotFound, WriterElsewhere
from lake_core.lanes import Waiting
from lake_core.live import LiveSpace, Watcher
from lake_core.recent import Known, RecentAnswers, RecentSessions
from lake_core.scene.operations import Standing
from lake_core.scene.state import Scene
from lake_core.store.database import Connection, Database, hang_up, translated
from lake_core.store.history import (
    find_space,
    first_sights,
    keyframe_before,
    load_scene,
    log_weight,
)
from lake_core.store.log import forget_answers, lock_space, take_back, unlock_space
from lake_core.store.sessions import find_session, forget_sessions
from lake_core.store.snapshots import last_snapshot
from lake_core.store.upkeep import list_policies
from lake_core.upkeep.schedule import Schedule

_schedule: Final = msgspec.json.Decoder(Schedule | None).decode
_BEFORE_ALL = datetime(2000, 1, 1, tzinfo=UTC)
_SECONDS_BETWEEN_CLEANINGS: Final = 3600.0


class SpaceRegister:
    """Live spaces by name, and those who watch them."""

    def __init__(self, database: Database) -> None:
        self.spaces: dict[str, LiveSpace] = {}
        self.sessions = RecentSessions()
        self.answers = RecentAnswers()
        self.find_resting: Callable[[Sequence[str]], Known] = lambda keys: {}  # in the spool
        self.counters = Counters()
        self.away = False  # PostgreSQL is not to be asked, and what memory has stays
        self.delivering = False  # what the spool holds comes in, and all that is new goes there
        self._behind = Waiting()  # what may take nothing new before what rests in the spool
        self._set_aside: dict[str, LiveSpace] = {}  # loaded, and among these
        self._admits = False  # what rests there comes in: none of it is to be refused
        self._watchers: list[Watcher] = []
        self._database = database
        self._connection: Connection | None = None
        self._process: int | None = None  # the server's end of it
        self._cleaning_due_from = 0.0

    def connection(self) -> Connection:
        """The writer's connection, made anew where it was lost; raises DatabaseUnavailable."""
        if self.away:
            raise DatabaseUnavailable("PostgreSQL is away")
        if self._connection is None or self._connection.closed or self._connection.broken:
            self.forget_all()  # their locks end with the connection
            self._end_process()
            connection = self._database.connect()
            self._connection, self._process = connection, connection.info.backend_pid
        return self._connection

    def hang_up(self) -> None:
        """Cut the line of a server that does not answer. From any thread."""
        if (connection := self._connection) is not None:
            hang_up(connection)
        self._database.hang_up()

    def _end_process(self) -> None:
        """Have the server's end of the lost connection gone before there is another.

        Until then it holds our spaces' locks, and what it was told to commit may yet come.
        """
        if self._process is not None:
            self._database.end([self._process])
            self._process = None

    def close(self) -> None:
        """Let go of the connection, and with it of every lock."""
        if self._connection is not None:
            self._connection.close()

    def live(self, space_name: str) -> LiveSpace:
        """A space outside any transaction; raises NotFound."""
        space = self.spaces.get(space_name)
        return space or self.existing(self.connection(), space_name)

    def existing(self, connection: Connection, space_name: str) -> LiveSpace:
        """A space that must be there; raises NotFound."""
        space = self.find(connection, space_name)
        if space is None:
            raise NotFound(f"no space {space_name!r}")
        return space

    def find(self, connection: Connection, space_name: str) -> LiveSpace | None:
        """A space, locked for this writer; None where there is none of that name.

        Raises WriterElsewhere where another process holds it, or where something of it rests in
        the spool that must come first.
        """
        if (space := self.spaces.get(space_name)) is not None:
            return space
        if not self._admits:
            self._refuse_overtaking(space_name in self._behind.spaces, f"space {space_name!r}")
        try:
            return self._load(connection, space_name)
        except WriterElsewhere as error:
            if self._admits:  # until the other lets go
                raise DatabaseUnavailable(str(error)) from error
            raise

    def is_held(self, space_name: str) -> bool:
        """Whether another process writes a space that is there; raises DatabaseUnavailable.

        One that cannot be read is held by no one: what is sent to it is refused, and no other
        space has to wait.
        """
        if space_name in self.spaces:
            return False
        try:
            with suppress(Gone):
                self._load(self.connection(), space_name)
        except WriterElsewhere:
            return True
        return False

    def release(self, space_name: str) -> None:
        """Let another process write a space from now on, unless someone here looks at it."""
        space = self.spaces.get(space_name)
        if space is not None and not space.watchers:
            del self.spaces[space_name]
            with translated():
                unlock_space(self.connection(), space.space_id)

    def let_wait(self, behind: Waiting) -> None:
        """Take nothing in these lanes but what comes from the spool; in others as ever."""
        self.spaces.update(self._set_aside)
        self._set_aside.clear()
        self._behind = behind
        self._put_aside()

    @contextmanager
    def admitting(self) -> Iterator[None]:
        """What rests in the spool comes in: its spaces are at hand, whatever waits."""
        self._admits = True
        self.spaces.update(self._set_aside)
        self._set_aside.clear()
        try:
            yield
        finally:
            self._admits = False
            self._put_aside()

    def _put_aside(self) -> None:
        for name in self._behind.spaces & self.spaces.keys():
            self._set_aside[name] = self.spaces.pop(name)

    def _refuse_overtaking(self, would_overtake: bool, what: str) -> None:
        if not would_overtake:
            return
        reason = f"requests to {what} that were answered before wait for another writer to let go"
        raise (DatabaseUnavailable if self.away else WriterElsewhere)(reason)

    def answered(self, keys: Sequence[str]) -> Known:
        """What was said under these keys, as far as memory and the spool tell."""
        return self.answers.find(keys) | self.find_resting(keys)

    def adopt_new(self, space_id: int, is_spread: bool, space_name: str) -> LiveSpace:
        """A space that was just made."""
        # Its clock begins where nothing can be earlier: the spool may deliver from the past.
        space = LiveSpace(space_id, Scene(space_name), _BEFORE_ALL, is_spread=is_spread)
        return self._adopt(space)

    def start_anew(self) -> None:
        """Forget every space and lock: all is to be read anew from another connection."""
        self.away = False
        self.close()
        self._connection = None
        self._behind = Waiting()
        self.forget_all()

    def forget_all(self) -> None:
        """Let everything be read anew."""
        self.spaces.clear()
        self._set_aside.clear()
        self.sessions.clear()

    def forget(self, space_names: Iterable[str]) -> None:
        """Let these be read anew: what memory has of them did not become durable."""
        for name in space_names:
            self.spaces.pop(name, None)
            self._set_aside.pop(name, None)
        self.sessions.clear()

    def standing(self, connection: Callable[[], Connection], session: str) -> Standing:
        """What a session of operations has come to; raises DatabaseUnavailable.

        Raises WriterElsewhere where something of it rests in the spool that must come first.
        """
        if not self._admits:
            self._refuse_overtaking(session in self._behind.sessions, f"session {session!r}")
        standing = self.sessions.get(session)
        if standing is None:
            with translated():
                standing = find_session(connection(), session) or Standing()
            self.sessions.put(session, standing)
        return standing

    def clean(self) -> None:
        """Drop sessions and answers that no one has asked for in two days; once an hour."""
        now = time.monotonic()
        if now >= self._cleaning_due_from and not self.away:
            self._cleaning_due_from = now + _SECONDS_BETWEEN_CLEANINGS
            with translated():
                forget_sessions(self.connection())
                forget_answers(self.connection())

    def schedules(self) -> dict[str | None, Schedule | None]:
        """The schedules in force, by space; raises DatabaseUnavailable."""
        with translated():
            stored = list_policies(self.connection(), "schedule")
        return {name: _schedule(text) for name, text in stored.items()}

    def watch(self, watcher: Watcher) -> LiveSpace:
        """Let a viewer follow a space; raises NotFound while there is none."""
        if watcher not in self._watchers:
            self._watchers.append(watcher)
        space = self.live(watcher.space_name)
        if watcher not in space.watchers:
            space.watchers.append(watcher)
        return space

    def unwatch(self, watcher: Watcher) -> None:
        """Let a viewer go."""
        for watchers in (self._watchers, *(space.watchers for space in self.spaces.values())):
            if watcher in watchers:
                watchers.remove(watcher)

    def _load(self, connection: Connection, space_name: str) -> LiveSpace | None:
        with translated():
            found = find_space(connection, space_name)
            if found is None:
                return None
            lock_space(connection, found.space_id, space_name)
            found = find_space(connection, space_name) or found  # its last writer may have moved it
            if found.is_spread:
                take_back(connection, found.space_id)
            scene = load_scene(connection, found.space_id, space_name, found.head_seq)
            scene.touched.clear()
            frame = keyframe_before(connection, found.space_id, found.head_seq)
            snapshot_seq, snapshot_at = last_snapshot(connection, found.space_id)
            clock = max(found.head_at or _BEFORE_ALL, snapshot_at or _BEFORE_ALL)
            space = LiveSpace(found.space_id, scene, clock, is_spread=found.is_spread)
            space.changed_at, space.told_seq = found.head_at, found.told_seq
            space.newly_seen = first_sights(connection, found.space_id, found.told_seq)
            space.snapshot_seq = snapshot_seq
            space.log_bytes = log_weight(connection, found.space_id, frame)
        return self._adopt(space)

    def _adopt(self, space: LiveSpace) -> LiveSpace:
        name = space.scene.space_name
        self.spaces[name] = space
        space.watchers = [watcher for watcher in self._watchers if watcher.space_name == name]
        for watcher in space.watchers:
            watcher.wants_all = True
        return space
