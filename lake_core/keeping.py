"""The lake's policies, and letting go of history by them: plan, apply, purge, compact.

A part of the Lake. It blocks, on connections of its own. Which snapshots go is decided by
`upkeep.retention`; the lake thread knows of it only that the log may begin later than it did.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct

from lake_core.chronicle import Chronicle
from lake_core.errors import InvalidInput, LakeError
from lake_core.live import UpkeepChanged
from lake_core.store import pulse, upkeep
from lake_core.store.database import Connection
from lake_core.store.history import seq_at_time
from lake_core.store.instants import find_space_of
from lake_core.store.snapshots import list_spaces
from lake_core.store.upkeep import ALL_SPACES, PolicyKind
from lake_core.upkeep.report import Deed, DeedKind, LetGo, UpkeepMark
from lake_core.upkeep.retention import Decision, Retention, check_retention, decide
from lake_core.upkeep.schedule import Schedule, check_schedule

_log = logging.getLogger(__name__)
_Policy = TypeVar("_Policy", Schedule, Retention)
_Result = TypeVar("_Result")

SETTLED_SECONDS: Final = 600.0
"""So long a keyframe has been there before the log below it goes: readers have moved on."""


class RetentionPlan(Struct, frozen=True, kw_only=True):
    """What retention would do to a space: each snapshot's lot, and what goes of the log.

    `purges` counts those let go or deleted before, whose grace is over: they are gone for good.
    `changes` and `bytes` are what the log would lose once all that goes is purged; bytes about.
    """

    space_name: str
    retention: Retention
    decisions: list[Decision]
    purges: int
    changes: int
    bytes: int


class Cleared(Struct, frozen=True, kw_only=True):
    """What was let go of a space: snapshots expired now, purged for good, changes dropped."""

    space_name: str
    expired: list[UUID]
    purged: list[UUID]
    changes: int


class Keeping(Chronicle):
    """Policies, and what follows from them."""

    # -- policies

    def schedules(self) -> dict[str | None, Schedule | None]:
        """Schedules by space; None for all spaces without one of their own. None: no snapshots."""
        return self._policies("schedule", Schedule)

    def set_schedule(self, space_name: str | None, schedule: Schedule | None) -> None:
        """Give a space, or all without one of their own, a schedule; None for none at all.

        Raises NotFound, InvalidInput.
        """
        if schedule is not None:
            check_schedule(schedule)
        self._set_policy(space_name, "schedule", schedule)

    def clear_schedule(self, space_name: str | None) -> bool:
        """Let the common schedule hold for a space again; whether it had its own."""
        return self._clear_policy(space_name, "schedule")

    def retentions(self) -> dict[str | None, Retention | None]:
        """Retention policies by space; None for all without their own. None: all is kept."""
        return self._policies("retention", Retention)

    def set_retention(self, space_name: str | None, retention: Retention | None) -> None:
        """Give a space, or all without one of their own, a policy; None keeps everything.

        Raises NotFound, InvalidInput. Nothing is let go yet.
        """
        if retention is not None:
            check_retention(retention)
        self._set_policy(space_name, "retention", retention)

    def clear_retention(self, space_name: str | None) -> bool:
        """Let the common policy hold for a space again; whether it had its own."""
        return self._clear_policy(space_name, "retention")

    def space_names(self) -> list[str]:
        """Every space, by name."""
        with self._database.reader() as connection:
            return [space.space_name for space in list_spaces(connection)]

    def governed(self) -> dict[str, Retention]:
        """The spaces for which a policy is in force, and which."""
        policies = self.retentions()
        if not any(policies.values()):
            return {}
        chosen = {name: policies.get(name, policies.get(None)) for name in self.space_names()}
        return {name: policy for name, policy in chosen.items() if policy is not None}

    def retention_of(self, space_name: str) -> Retention | None:
        """The policy that holds for a space."""
        policies = self.retentions()
        return policies.get(space_name, policies.get(None))

    # -- retention

    def plan_retention(
        self, space_name: str, retention: Retention | None = None, now: datetime | None = None
    ) -> RetentionPlan:
        """What a policy, or else the one in force, would do now; nothing is done.

        Raises NotFound, and InvalidInput where no policy is in force.
        """
        policy, moment = self._policy_for(space_name, retention), now or datetime.now(UTC)
        with self._database.reader() as connection:
            space = find_space_of(connection, space_name)
            with connection.transaction():
                decisions = _decisions(connection, space.space_id, policy, moment)
            over = moment - timedelta(seconds=policy.grace)
            purges = pulse.count_purgeable(connection, space.space_id, over)
            kept = [each.snapshot.seq for each in decisions if not each.goes]
            floor = upkeep.floor_wanted(connection, space.space_id, kept)
            changes = max(floor - space.floor_seq, 0)
            size = upkeep.bytes_below(connection, space.space_id, floor) if changes else 0
        return RetentionPlan(
            space_name=space_name,
            retention=policy,
            decisions=decisions,
            purges=purges,
            changes=changes,
            bytes=size,
        )

    def apply_retention(
        self,
        space_name: str,
        retention: Retention | None = None,
        now: datetime | None = None,
        *,
        among: Collection[UUID] | None = None,
        settled: float = SETTLED_SECONDS,
    ) -> Cleared:
        """Let go what the policy lets go; purge what its grace is over for; cut the log.

        `among` are those that a plan told would go: then no other goes, however much time has
        passed since. What went can be brought back until it is purged. Each reference is looked
        at again in the transaction that deletes. Raises NotFound, InvalidInput.
        """
        policy = self._policy_for(space_name, retention)
        moment = now or datetime.now(UTC)
        with self._database.reader() as connection:
            space_id = find_space_of(connection, space_name).space_id
            with connection.transaction():
                decisions = _decisions(connection, space_id, policy, moment)
                seen = {each.snapshot.id for each in decisions} if among is None else set(among)
                going = (each.snapshot.id for each in decisions if each.goes)
                expired = [each for each in going if each in seen]
                upkeep.expire(connection, expired, moment)
            purged = upkeep.purge(connection, space_id, moment - timedelta(seconds=policy.grace))
            spared = moment - timedelta(seconds=max(policy.younger, policy.grace))
            changes = _compact(connection, space_id, space_name, spared, settled)
            done = (len(expired), len(purged), changes)
            upkeep.note_done(connection, space_id, "retention", *done)
        cleared = Cleared(space_name=space_name, expired=expired, purged=purged, changes=changes)
        if expired or purged or changes:
            _log.info(
                "space %r: %d snapshots expired, %d purged, %d changes dropped",
                *(space_name, *done),
            )
            self._publish(UpkeepChanged(space_name))
        return cleared

    def undo_retention(self, space_name: str, among: Collection[UUID] | None = None) -> list[UUID]:
        """Bring back every snapshot that retention let go and has not purged, or those of `among`.

        A policy that still holds lets them go again. Raises NotFound.
        """
        with self._database.reader() as connection:
            space_id = find_space_of(connection, space_name).space_id
            if among is None:
                found = upkeep.restore(connection, space_id)
            else:
                found = pulse.restore_among(connection, space_id, among)
        if found:
            self._publish(UpkeepChanged(space_name))
        return found

    def let_go(self) -> list[LetGo]:
        """What of each space can still be brought back; spaces without any are left out."""
        with self._database.reader() as connection:
            return pulse.let_go(connection)

    # -- how it goes

    def upkeep(self) -> list[Deed]:
        """What upkeep last did for each space, and what it last failed at."""
        with self._database.reader() as connection:
            return upkeep.list_deeds(connection)

    def upkeep_mark(self, space_name: str = "") -> UpkeepMark:
        """What differs as soon as anyone has changed policies, archives or, of one space, what
        is kept: cheap, for who shows it and asks again and again.
        """
        with self._database.reader() as connection:
            return pulse.upkeep_mark(connection, space_name)

    def dismiss_failure(self, space_name: str, kind: DeedKind) -> bool:
        """Speak no more of what a deed last failed at; whether there was anything. NotFound."""
        with self._database.reader() as connection:
            space_id = find_space_of(connection, space_name).space_id
            dismissed = pulse.dismiss_failure(connection, space_id, kind)
        if dismissed:
            self._publish(UpkeepChanged(space_name))
        return dismissed

    def upkeep_failed(self, space_name: str, kind: DeedKind, error: LakeError) -> None:
        """Keep in mind that a deed failed, for whoever asks how upkeep goes."""
        with suppress(LakeError), self._database.reader() as connection:
            space_id = find_space_of(connection, space_name).space_id
            upkeep.note_failed(connection, space_id, kind, str(error))
        self._publish(UpkeepChanged(space_name))

    # -- the inside

    def _policy_for(self, space_name: str, retention: Retention | None) -> Retention:
        if retention is not None:
            check_retention(retention)
        with self._database.reader() as connection:
            find_space_of(connection, space_name)
        policy = retention or self.retention_of(space_name)
        if policy is None:
            raise InvalidInput(
                f"no retention policy holds for space {space_name!r}: everything is kept; "
                "set one first"
            )
        return policy

    def _policies(self, kind: PolicyKind, form: type[_Policy]) -> dict[str | None, _Policy | None]:
        decode = msgspec.json.Decoder(form | None).decode
        with self._database.reader() as connection:
            stored = upkeep.list_policies(connection, kind)
        return {name: decode(text) for name, text in stored.items()}

    def _set_policy(
        self, space_name: str | None, kind: PolicyKind, policy: Schedule | Retention | None
    ) -> None:
        text = msgspec.json.encode(policy).decode()
        self._with_space(space_name, lambda c, s: upkeep.set_policy(c, s, kind, text))

    def _clear_policy(self, space_name: str | None, kind: PolicyKind) -> bool:
        return self._with_space(space_name, lambda c, s: upkeep.clear_policy(c, s, kind))

    def _with_space(
        self, space_name: str | None, deed: Callable[[Connection, int], _Result]
    ) -> _Result:
        with self._database.reader() as connection:
            space = None if space_name is None else find_space_of(connection, space_name)
            result = deed(connection, ALL_SPACES if space is None else space.space_id)
        self._publish(UpkeepChanged(space_name))
        return result


def _decisions(
    connection: Connection, space_id: int, policy: Retention, now: datetime
) -> list[Decision]:
    return decide(upkeep.candidates(connection, space_id), policy, now)


def _compact(
    connection: Connection, space_id: int, space_name: str, spared: datetime, settled: float
) -> int:
    """Cut the log below the oldest place that is needed; how many changes went.

    What was recorded since `spared` stays, whoever needs it. A place that is found gets its
    keyframe first, and the cut comes with a later call, when that keyframe is `settled`. By then a
    space in use has a newer such place; it must wait its turn, or the log would never be cut.
    """
    floor = min(
        upkeep.floor_wanted(connection, space_id), seq_at_time(connection, space_id, spared)
    )
    if floor <= find_space_of(connection, space_name).floor_seq:
        return 0
    if not upkeep.is_floor_awaited(connection, space_id, floor, settled):
        upkeep.prepare_floor(connection, space_id, space_name, floor)
    return upkeep.cut_log(connection, space_id, floor, settled)
