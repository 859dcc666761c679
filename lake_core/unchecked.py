"""What is said to requests whose scene is out of reach: their shape is checked, the rest is not.

Pure but for the ids of the snapshots that it promises.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid4

from lake_core.group import MESSAGES, takes_snapshot
from lake_core.jobs import SNAPSHOT
from lake_core.parts import MESSAGE, check_part
from lake_core.scene.bodies import BatchBody
from lake_core.scene.decode import decode
from lake_core.scene.model import IngestResult
from lake_core.scene.operations import (
    MOST_WARNINGS,
    Operation,
    PartResult,
    Refusal,
    Standing,
    decode_all,
    digest_at,
    unpack,
)
from lake_core.scene.storable import check_space_name

UNCHECKED: Final = (
    "PostgreSQL is away: the request is kept in the spool and not yet held against its scene"
)


def result_unchecked(endpoint: str, body: bytes) -> IngestResult:
    """The answer to a request other than a part; raises InvalidInput or TooLarge."""
    snapshot_id: UUID | None = None
    accepted = 0
    if endpoint == SNAPSHOT:
        check_space_name(body.decode())
        snapshot_id = uuid4()
    else:
        decoded = decode(endpoint, body)
        accepted = len(decoded) if isinstance(decoded, BatchBody) else 1
        snapshot_id = uuid4() if takes_snapshot(decoded) else None
    return IngestResult(
        message=MESSAGES[endpoint],
        snapshot_id=snapshot_id,
        accepted=accepted,
        warnings=[UNCHECKED],
    )


def part_unchecked(body: bytes, before: Standing | None) -> PartResult:
    """The answer to a part; raises as `check_part` does.

    `before` is where its session stands; None where that is out of reach, too.
    """
    part, lines = unpack(body)
    if before is None:
        before = Standing(position=part.after, digest=part.before)
    check_part(part, len(lines), before)
    found = [
        (number, one)
        for number, one in enumerate(decode_all(part, lines), part.first)
        if number > before.position
    ]
    refused = [one for _, one in found if isinstance(one, Refusal)]
    is_stopped = part.strict and bool(refused)
    position = refused[0].number - 1 if is_stopped else part.first + len(lines) - 1
    position = max(position, before.position)
    accepted = sum(isinstance(one, Operation) for _, one in found)
    ends = part.ends and not is_stopped
    standing = before
    if position > before.position or (ends and not before.ended):
        standing = Standing(
            position=position,
            digest=digest_at(part, lines, position),
            ended=ends,
            accepted=before.accepted + accepted,
            unchanged=before.unchanged,
            seq=before.seq,
            warnings=[*before.warnings, UNCHECKED][:MOST_WARNINGS],
        )
    return PartResult(
        message=MESSAGE,
        session=part.session,
        standing=standing,
        refused=refused,
        accepted=accepted,
        warnings=[UNCHECKED],
    )
