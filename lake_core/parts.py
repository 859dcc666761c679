"""Applying a part: operations of a session, each to its scene in turn, and the rows they leave.

Runs of entities go into a scene together. What a session has come to is counted here; whether
it becomes durable is the group's business, of which this knows only how it finds a space.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import msgspec

from lake_core.counters import Event, Outcome
from lake_core.errors import Conflict, DatabaseUnavailable, KeyReused, LakeError
from lake_core.live import LiveSpace
from lake_core.scene.apply import Tally, apply_body
from lake_core.scene.bodies import Body, EntityBody
from lake_core.scene.bulk import update_entities
from lake_core.scene.change import ChangeKind
from lake_core.scene.model import EntityUpdate, IngestResult
from lake_core.scene.operations import (
    MOST_WARNINGS,
    OPERATIONS,
    Operation,
    Part,
    PartResult,
    Refusal,
    Standing,
    digest_at,
    endpoint_of,
)
from lake_core.transaction import Transaction

MESSAGE: Final = "Operations ingested"
_decode_result: Final = msgspec.json.Decoder(PartResult).decode


def check_part(part: Part, count: int, standing: Standing) -> None:
    """Refuse a part of `count` operations that does not go on where its session stands.

    One that is a repeat as a whole passes. Raises Conflict or KeyReused.
    """
    if count and standing.position >= part.first + count - 1:
        return
    if standing.ended:
        raise KeyReused("this stream has ended already, and was shorter than what is sent now")
    overlaps = part.strict and standing.position > part.after
    if standing.position < part.after or overlaps:
        raise Conflict(
            f"operation {standing.position + 1} is next in this session, not {part.first}: "
            "another connection sends under the same name, or something was left out"
        )
    if standing.position == part.after and part.before != standing.digest and part.strict:
        raise KeyReused("what was stored before under this key is not what is sent now")


@dataclass(slots=True)
class PartRun:
    """One part on its way into its scenes; `at` is the moment its rows bear."""

    log: Transaction
    space_of: Callable[[Body], LiveSpace]
    at: datetime
    position: int = 0
    tally: Tally = field(default_factory=Tally)
    events: Counter[Event] = field(default_factory=Counter)
    refused: list[Refusal] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    last: LiveSpace | None = None  # the space of the last operation that was not refused
    _open: LiveSpace | None = None
    _time: float | None = None
    _before: int = 0
    _entities: list[EntityUpdate] = field(default_factory=list)
    _moments: dict[int, datetime] = field(default_factory=dict)

    def run(self, part: Part, operations: Sequence[Operation | Refusal | None]) -> None:
        """Apply what comes after `position`, which rises to the last operation dealt with.

        Raises DatabaseUnavailable; any other LakeError is a refusal of its operation.
        """
        for number, operation in enumerate(operations, part.first):
            if number <= self.position:
                continue
            if (refusal := self._take(number, operation)) is not None:
                self.refused.append(refusal)
                if part.strict:
                    break
            self.position = number
        self._flush()

    def changed(self) -> Counter[str]:
        """How many operations changed something, by space."""
        changed: Counter[str] = Counter()
        for event, count in self.events.items():
            if event.outcome == "accepted":
                changed[event.space_name] += count
        return changed

    def result(self, session: str, standing: Standing) -> PartResult:
        """The answer to the part."""
        return PartResult(
            message=MESSAGE,
            session=session,
            standing=standing,
            refused=self.refused,
            accepted=self.tally.accepted,
            unchanged=self.tally.unchanged,
            seq=standing.seq,
            warnings=self.warnings,
        )

    def standing(self, part: Part, lines: Sequence[bytes], before: Standing) -> Standing:
        """What the session has come to with this part."""
        is_stopped = part.strict and bool(self.refused)
        return Standing(
            position=self.position,
            digest=digest_at(part, lines, self.position),
            ended=part.ends and not is_stopped,
            accepted=before.accepted + self.tally.accepted,
            unchanged=before.unchanged + self.tally.unchanged,
            seq=self.last.scene.seq if self.last else before.seq,
            warnings=(before.warnings + self.warnings)[:MOST_WARNINGS],
        )

    def _take(self, number: int, operation: Operation | Refusal | None) -> Refusal | None:
        if operation is None or isinstance(operation, Refusal):
            self._count("", OPERATIONS, "refused", 0 if operation is None else 1)
            return operation
        try:
            self._apply(operation.body, operation.time)
        except DatabaseUnavailable:
            raise
        except LakeError as error:
            self._count(operation.body.space_name, endpoint_of(operation.body), "refused", 1)
            return Refusal.of(number, error)
        return None

    def _apply(self, body: Body, time: float | None) -> None:
        space = self._open
        if space is None or space.scene.space_name != body.space_name or time != self._time:
            self._flush()
            space = self._open = self.space_of(body)
            self._time, self._before = time, space.scene.seq
        if isinstance(body, EntityBody):
            self._entities.append(body.entity)
        else:
            self._apply_entities(space)
            self._tally(space, endpoint_of(body), apply_body(space.scene, body))
        self.last = space

    def _apply_entities(self, space: LiveSpace) -> None:
        if self._entities:
            updates, self._entities = self._entities, []
            changed = update_entities(space.scene, updates)
            self._tally(space, "entity", Tally(changed, len(updates) - changed))

    def _tally(self, space: LiveSpace, kind: str, tally: Tally) -> None:
        self.tally.accepted += tally.accepted
        self.tally.unchanged += tally.unchanged
        self._count(space.scene.space_name, kind, "accepted", tally.accepted)
        self._count(space.scene.space_name, kind, "unchanged", tally.unchanged)

    def _count(self, space_name: str, kind: str, outcome: Outcome, count: int) -> None:
        if count:
            self.events[Event(space_name, kind, outcome)] += count

    def _flush(self) -> None:
        """Let the rows of the space that is open go to the log."""
        space, self._open = self._open, None
        if space is None:
            return
        self._apply_entities(space)
        scene = space.scene
        if changes := scene.take_changes():
            moment = self._moment(space)
            first = self._before + 1
            weight = self.log.append(space.space_id, first, moment, changes, self._time)
            space.log_bytes += weight
            space.changed_at = moment
            space.newly_seen += sum(change.kind == ChangeKind.ENTITY for change in changes)
        if scene.warnings:
            self.warnings = (self.warnings + scene.warnings)[:MOST_WARNINGS]
            scene.warnings = []

    def _moment(self, space: LiveSpace) -> datetime:
        moment = self._moments.get(space.space_id)
        if moment is None:
            moment = self._moments[space.space_id] = space.moment(self.at)
        return moment


def newly_refused(result: IngestResult | None, said: str) -> list[Refusal]:
    """Operations of a part that were accepted by what was `said`, and are refused after all."""
    if not isinstance(result, PartResult):
        return []
    told = {refusal.number for refusal in _decode_result(said).refused}
    return [refusal for refusal in result.refused if refusal.number not in told]
