"""What may be wrong with a scene, counted: loops, orphans, names that do not tell siblings apart.

Two steps: `Bones.of` takes references out of a scene, fast enough for the thread that owns it;
`check_bones` counts, in whichever thread. Pure.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from msgspec import Struct

from lake_core.scene.arrays import Int32s
from lake_core.scene.hierarchy import HIERARCHY
from lake_core.scene.state import Scene

Parenthood = tuple[str, str]
"""Child, parent."""


class Soundness(Struct, frozen=True, kw_only=True):
    """What a scene's structure is like at a place in its log.

    `loops`: hierarchy edges that are ignored because they close a loop. `orphans`: entities whose
    parent is not there. `same_names`: entities that share parent and name with another.
    `quality` is the snapshots' quality_score, 0 to 1.
    """

    seq: int
    loops: int
    orphans: int
    same_names: int
    quality: float


@dataclass(frozen=True, slots=True)
class Bones:
    """Who is there under which name and parent, by reference; slots [n] and parents [n]."""

    seq: int
    slot_of: dict[str, int]
    names: list[str]
    parents: Int32s
    edges: list[Parenthood]
    quality: float

    @classmethod
    def of(cls, scene: Scene) -> Bones:
        """Of a scene as it is now; it may move on afterwards."""
        return cls(
            seq=scene.seq,
            slot_of=dict(scene.slot_of),
            names=list(scene.arrays.names),
            parents=scene.arrays.parents.copy(),
            edges=[
                (key.target_id, key.source_id)
                for key in scene.connections
                if key.connection_type == HIERARCHY
            ],
            quality=scene.metadata().quality_score,
        )


def check_bones(bones: Bones) -> Soundness:
    """Count what may be wrong."""
    slot_of, parents = bones.slot_of, bones.parents.tolist()
    loops = orphans = 0
    for child, parent in bones.edges:
        slot, above = slot_of.get(child), slot_of.get(parent)
        if slot is None:
            continue
        orphans += above is None
        loops += above is not None and parents[slot] != above
    shared = Counter((parents[slot], bones.names[slot]) for slot in slot_of.values())
    return Soundness(
        seq=bones.seq,
        loops=loops,
        orphans=orphans,
        same_names=sum(count for count in shared.values() if count > 1),
        quality=bones.quality,
    )
