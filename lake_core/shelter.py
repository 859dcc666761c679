"""What happens to requests while PostgreSQL is away, and when it is back.

Away: a request is applied to the scene in memory, if its space is there, and rests fsynced in
the spool with its answer. Back: the spool is delivered, each request once, in the order of its
space and its session, before anything newer of these is written. What another process holds a
space of goes on resting, with all that must come behind it. Belongs to the lake thread.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

import msgspec

from lake_core.delivery import deliver
from lake_core.errors import DatabaseUnavailable, LakeError
from lake_core.group import BrokenScene, Group
from lake_core.jobs import Job, settle
from lake_core.lanes import Waiting, lanes_of
from lake_core.recent import Known
from lake_core.register import SpaceRegister
from lake_core.scene.operations import OPERATIONS, PartResult, Standing, space_names, unpack
from lake_core.settings import Settings
from lake_core.spools import Spools
from lake_core.store.database import translated
from lake_core.store.log import WriteTransaction
from lake_core.store.spool import Spool, SpoolEntry
from lake_core.transaction import NoTransaction
from lake_core.unchecked import part_unchecked, result_unchecked

_log = logging.getLogger(__name__)

_LEAST_SLICE: Final = 250
_LARGEST_SLICE: Final = 2000
"""As many as a group of new requests has at most: each slice costs a commit and an fsync."""
_SLICE_SECONDS: Final = 0.1
"""About as long as a slice should take: what is new waits that long to be answered."""
_SECONDS_BETWEEN_LOOKS: Final = 1.0
"""At a space that another process has, and for which something waits here."""
_SECONDS_BETWEEN_COUNTS: Final = 5.0
_part_result = msgspec.json.Decoder(PartResult)


class Shelter:
    """The spool's keeper; what rests there is delivered while the register says so."""

    def __init__(self, register: SpaceRegister, settings: Settings) -> None:
        self._register = register
        self._settings = settings
        self._spools = Spools(settings.data_dir / "spool", settings.spool_bytes)
        self._standings: dict[str, Standing] | None = None  # of sessions some of which rests here
        self._slice = _LEAST_SLICE
        self._begins = True  # to go through what rests here
        self._behind = Waiting()  # those that have to wait, of what was gone through
        self._looks_from = math.inf  # when to look at the spaces that they wait for
        self._counts_from = 0.0
        register.find_resting = self._find_resting

    @property
    def count(self) -> int:
        """How many requests rest here."""
        return self._spools.count

    @property
    def refused_count(self) -> int:
        """How many were refused on delivery, and are kept to be looked at."""
        return self._spools.refused_count

    def count_refused(self) -> None:
        """Count them anew, now and then: a person may drop them."""
        now = time.monotonic()
        if now >= self._counts_from:
            self._counts_from = now + _SECONDS_BETWEEN_COUNTS
            self._spools.count_refused()

    @property
    def held(self) -> tuple[str, ...]:
        """The spaces that another process has, and for which something waits here."""
        return tuple(sorted(self._behind.held))

    def open(self) -> int:
        """Have a spool, one that a process left where there is one; how many requests rest in it.

        Raises DatabaseUnavailable where there can be none.
        """
        return self._spools.open().count

    def standing(self, session: str) -> Standing | None:
        """Where a session of operations stands by what rests here; None where nothing does."""
        self.open()
        if self._standings is None:
            self._standings = {}
            for result in map(_part_result.decode, self._spools.answers(OPERATIONS)):
                known = self._standings.get(result.session)
                if known is None or known.position <= result.standing.position:
                    self._standings[result.session] = result.standing
        return self._standings.get(session)

    def close(self) -> None:
        """Let go; what rests here is delivered by the next start."""
        self._spools.close()

    def take(self, jobs: Sequence[Job], interrupted: Group | None) -> Group:
        """Make jobs durable here and settle them.

        `interrupted` is the group in whose commit PostgreSQL went: its jobs are applied, and
        may or may not have arrived. Returns the group of what was applied now.
        """
        spool = self._spools.open()
        nothing = NoTransaction(self._spools)
        group = Group(self._register, self._settings)
        self._recall(group, nothing, jobs)
        applied = {id(job) for job in interrupted.done} if interrupted else set()
        refused = {id(job): error for job, error in interrupted.refused} if interrupted else {}
        entries = []
        for job in jobs:
            is_doubtful = id(job) in applied
            try:
                if error := refused.get(id(job)):  # by a scene that has moved on since
                    raise error
                if not is_doubtful:
                    self._run(group, nothing, job)
            except LakeError as error:
                settle([(job, error)])
                continue
            if job.moment is not None:  # it is no repeat
                entries.append(_entry(job, is_doubtful))
        spool.append(entries)
        for job in jobs:
            self._note(job)
        settle((job, None) for job in jobs)
        return group

    def begin(self) -> None:
        """Go through all that rests here, from the oldest on."""
        self._spools.begin()
        self._begins, self._behind, self._looks_from = True, Waiting(), math.inf

    def deliver(self) -> Group | None:
        """Bring the oldest requests to PostgreSQL; None where none is left that can go.

        Raises DatabaseUnavailable with all of them still here.
        """
        began = time.monotonic()
        if (found := self._oldest()) is None:
            self._rest()
            return None
        spool, entries = found
        with self._register.admitting():
            free = self._free(entries)
            group = deliver(self._register, self._settings, spool, free)
        spool.remove(free)
        self._spools.dealt_with(spool, entries)
        pace = _SLICE_SECONDS / (time.monotonic() - began)
        wanted = round(self._slice * min(max(pace, 0.5), 2.0))
        self._slice = min(max(wanted, _LEAST_SLICE), _LARGEST_SLICE)
        return group

    def seconds_to_look(self) -> float:
        """How long until the spaces that others have may be looked at; inf where none is."""
        return self._looks_from - time.monotonic()

    def look(self) -> bool:
        """Whether one of them has been let go of, so that it is worth to begin again."""
        self._looks_from = time.monotonic() + _SECONDS_BETWEEN_LOOKS
        with self._register.admitting():
            return not all(self._register.is_held(name) for name in self.held)

    def _rest(self) -> None:
        """All that can be delivered is; what is left waits for other processes."""
        self._register.let_wait(self._behind)
        self._standings = None if self._behind else {}  # from here on PostgreSQL knows better
        if self._behind:
            self._looks_from = time.monotonic() + _SECONDS_BETWEEN_LOOKS

    def _free(self, entries: Sequence[SpoolEntry]) -> list[SpoolEntry]:
        """Those that wait neither for another process nor for one of their own that does."""
        found: dict[str, bool] = {}  # whether it is held
        free = []
        for entry in entries:
            lanes = lanes_of(entry.endpoint, entry.body)
            if not self._behind.is_before(lanes):
                for name in lanes.spaces - found.keys():
                    found[name] = self._register.is_held(name)
                if held := {name for name in lanes.spaces if found[name]}:
                    self._behind.held |= held
                else:
                    free.append(entry)
                    continue
            self._behind.add(lanes)
        return free

    def _find_resting(self, keys: Sequence[str]) -> Known:
        return self._spools.find_answers(keys)

    def _oldest(self) -> tuple[Spool, list[SpoolEntry]] | None:
        """What is next; at the beginning and at the end also of what others have left."""
        found = None if self._begins else self._spools.oldest(self._slice)
        if found is None:
            if self._spools.take_over():
                self._standings = None
            self._begins = False
            found = self._spools.oldest(self._slice)
        return found

    def _run(self, group: Group, nothing: NoTransaction, job: Job) -> None:
        if not self._register.delivering:
            try:
                group.run(nothing, job)
            except DatabaseUnavailable:
                pass  # its space is not in memory
            except BrokenScene as broken:
                self._register.forget(group.touched)
                raise LakeError("this request could not be applied") from broken
            else:
                return
        if job.endpoint == OPERATIONS:
            self._take_part(job)
        elif not group.keys.is_repeat(job):
            job.result = result_unchecked(job.endpoint, job.body)
            job.moment = datetime.now(UTC)

    def _recall(self, group: Group, nothing: NoTransaction, jobs: Sequence[Job]) -> None:
        """Find what was said before under the keys of `jobs`: in PostgreSQL, if it is there."""
        if self._register.delivering and any(job.key for job in jobs):
            with suppress(DatabaseUnavailable), translated():
                with WriteTransaction(self._register.connection()) as transaction:
                    group.keys.recall(transaction, jobs)
                return
        group.keys.recall(nothing, jobs)

    def _note(self, job: Job) -> None:
        """Know of the session of a part that rests here now."""
        if isinstance(job.result, PartResult) and job.moment is not None:
            self.standing("")  # have them at hand
            if self._standings is not None:
                self._standings[job.result.session] = job.result.standing

    def _take_part(self, job: Job) -> None:
        """Answer a part one of whose scenes, or whose session, is out of reach.

        The scenes of it that memory has are behind from here on, and so are given up.
        """
        part, _ = unpack(job.body)
        sessions = self._register.sessions
        before = self.standing(part.session)
        if before is None:
            with suppress(DatabaseUnavailable):
                before = self._register.standing(self._register.connection, part.session)
        job.result = result = part_unchecked(job.body, before)
        if result.standing == before:
            return  # a repeat: nothing of it is kept
        job.moment = datetime.now(UTC)
        if not self._register.delivering:  # then memory is what has been delivered
            sessions.put(part.session, result.standing)
            for name in space_names(job.body):
                self._register.spaces.pop(name, None)


def _entry(job: Job, is_doubtful: bool) -> SpoolEntry:
    assert job.result is not None  # it was applied, or answered unchecked
    assert job.moment is not None
    return SpoolEntry(
        endpoint=job.endpoint,
        body=job.body,
        key=job.key,
        body_hash=job.body_hash(),
        trigger=job.trigger,
        recorded_at=job.moment,
        snapshot_id=job.result.snapshot_id,
        answer=msgspec.json.encode(job.result).decode(),
        doubtful_seq=job.result.seq if is_doubtful else None,
    )
