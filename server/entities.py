"""Which entities of a scene are asked for, and how each is told.

Works on the arrays of a SceneDelta, so that present and past are listed alike. What asks the
lake blocks, and is meant for a worker thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
import numpy as np
from aiohttp import web

from lake_core.errors import NotFound
from lake_core.lake import Lake
from lake_core.scene.arrays import Int32s, SceneDelta
from lake_core.scene.model import Entity
from server import parameters
from server.parameters import optional


class ListedEntity(Entity, kw_only=True):
    """An entity as it is listed: whole, with where it stands."""

    space_name: str
    flux_position: int
    depth: int
    parent_id: str | None


DERIVED: Final = ("space_name", "flux_position", "depth", "parent_id")
"""Fields added to each listed entity; here they hide a field of the same name."""

_DERIVED_NAMES: Final = tuple(f'"{name}":'.encode() for name in DERIVED)


@dataclass(frozen=True, slots=True)
class EntityFilter:
    """What must hold of a listed entity; None asks nothing. `text` is sought case-blind."""

    flux: frozenset[int] | None = None
    depth: int | None = None
    parent_id: str | None = None
    class_type: str | None = None
    tag: str | None = None
    text: str | None = None


def filter_of(request: web.Request) -> EntityFilter:
    """The filters of a query: flux, depth, parent, class_type, tag, q."""
    return EntityFilter(
        flux=optional(request, "flux", parameters.flux_positions),
        depth=optional(request, "depth", parameters.whole),
        parent_id=optional(request, "parent", str),
        class_type=optional(request, "class_type", str),
        tag=optional(request, "tag", str),
        text=optional(request, "q", str.casefold),
    )


def scene_at(lake: Lake, space_name: str, at: UUID | int | datetime) -> SceneDelta:
    """A space as it was at a snapshot, a sequence number or a time. Blocks; NotFound."""
    scene = lake.scene_at(space_name, at)
    return scene.arrays.delta(space_name, scene.seq, scene.live_slots(), whole=True)


def present_scene(lake: Lake, space_name: str) -> SceneDelta:
    """A space as it is now, with all that was acknowledged. Blocks; NotFound.

    Where another process writes it, as the database has it.
    """
    subscription = lake.subscribe(space_name)
    try:
        whole = subscription.poll().result()
    finally:
        subscription.close()
    if whole is None:  # it is followed there, not held here
        return scene_at(lake, space_name, lake.newest(space_name))
    return whole


class Match(NamedTuple):
    """An entity that passes: its scene, its row there, its parent's id."""

    scene: SceneDelta
    row: int
    parent_id: str | None

    def id(self) -> str:
        """The entity's id."""
        return self.scene.ids[self.row]

    def space(self) -> str:
        """The name of its space."""
        return self.scene.space_name


def matches(scene: SceneDelta, chosen: EntityFilter, after: str | None = None) -> Iterator[Match]:
    """The entities of a scene that pass, in order of first sight, after one already had.

    Raises NotFound where that one is not there.
    """
    row_of_slot = {slot: row for row, slot in enumerate(scene.slots.tolist())}
    for row in _rows(scene, chosen, after):
        parent = row_of_slot.get(int(scene.parents[row]))
        parent_id = None if parent is None else scene.ids[parent]
        if chosen.parent_id is not None and parent_id != chosen.parent_id:
            continue
        document = scene.documents[row]
        if chosen.tag is not None and chosen.tag not in msgspec.json.decode(document)["tags"]:
            continue
        yield Match(scene, row, parent_id)


def matches_everywhere(
    lake: Lake, chosen: EntityFilter, after: tuple[str, str] | None = None
) -> Iterator[Match]:
    """The same across all spaces, one after another; `after` is a space and an id. Blocks."""
    names = [space.space_name for space in lake.spaces()]
    if after is not None:
        if after[0] not in names:
            raise NotFound(f"no space {after[0]!r}")
        names = names[names.index(after[0]) :]
    for number, name in enumerate(names):
        begin = after[1] if after is not None and number == 0 else None
        # To look at all spaces is no reason to have all of them in memory, or to be their writer.
        is_live = lake.is_live(name)
        scene = present_scene(lake, name) if is_live else scene_at(lake, name, lake.newest(name))
        yield from matches(scene, chosen, begin)


def told(found: Iterable[Match]) -> Iterator[bytes]:
    """Each entity as JSON: its document with the derived fields added."""
    for scene, row, parent_id in found:
        flux, depth = int(scene.flux[row]), int(scene.depths[row])
        yield _told(scene.documents[row], (scene.space_name, flux, depth, parent_id))


def _rows(scene: SceneDelta, chosen: EntityFilter, after: str | None) -> list[int]:
    """Rows that pass what can be seen without opening documents, in order of first sight."""
    rows: Int32s = np.flatnonzero(scene.alive).astype(np.int32)
    rows = rows[np.argsort(scene.orders[rows], kind="stable")]
    if after is not None:
        ids = [scene.ids[row] for row in rows.tolist()]
        if after not in ids:
            raise NotFound(f"no entity {after!r} in space {scene.space_name!r} to go on after")
        rows = rows[ids.index(after) + 1 :]
    if chosen.flux is not None:
        rows = rows[np.isin(scene.flux[rows], list(chosen.flux))]
    if chosen.depth is not None:
        rows = rows[scene.depths[rows] == chosen.depth]
    return [row for row in rows.tolist() if _text_passes(scene, row, chosen)]


def _text_passes(scene: SceneDelta, row: int, chosen: EntityFilter) -> bool:
    if chosen.class_type is not None and scene.class_types[row] != chosen.class_type:
        return False
    if chosen.text is None:
        return True
    texts = (scene.names[row], scene.ids[row], scene.class_types[row])
    return any(chosen.text in text.casefold() for text in texts)


def _told(document: bytes, values: tuple[Any, ...]) -> bytes:
    derived = dict(zip(DERIVED, values, strict=True))
    if any(name in document for name in _DERIVED_NAMES):
        return msgspec.json.encode(msgspec.json.decode(document) | derived)
    # Both are objects that are not empty: joined as text, without opening the document.
    return document[:-1] + b"," + msgspec.json.encode(derived)[1:]
