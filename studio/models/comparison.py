"""What differs between two moments, entity by entity, as a person reads it. Pure.

Made from two Stills in whichever thread; values stay as they are and become words when shown.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

import msgspec
from msgspec import UNSET

from lake_core.scene.diff import EntityChange, SceneDiff, Still, Values, diff_scenes
from lake_core.scene.hierarchy import HIERARCHY
from studio.models.gone import Gone, gone_between

SPATIAL: Final = frozenset({"position", "rotation", "scale"})


class Kind(IntEnum):
    """What happened to an entity, the weightiest first."""

    ADDED = 0
    REMOVED = 1
    REPARENTED = 2
    MOVED = 3
    CHANGED = 4
    CONNECTED = 5


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field before and after; UNSET where there was or is none."""

    name: str
    before: Any = UNSET
    after: Any = UNSET


@dataclass(frozen=True, slots=True)
class Difference:
    """One entity that is not as it was, or a connection that begins at it."""

    entity_id: str
    name: str
    class_type: str
    kinds: tuple[Kind, ...]
    fields: tuple[FieldChange, ...] = ()
    text: str = ""
    """What is searched: name, id, class and names of fields, casefolded, a line each."""

    @classmethod
    def of(
        cls,
        entity_id: str,
        name: str,
        class_type: str,
        kinds: tuple[Kind, ...],
        fields: tuple[FieldChange, ...],
    ) -> Difference:
        """One that can be searched."""
        told = (name, entity_id, class_type, *(one.name for one in fields))
        return cls(entity_id, name, class_type, kinds, fields, "\n".join(told).casefold())


class _Facts(msgspec.Struct):
    """What is told of an entity beside its changes."""

    name: str = ""
    class_type: str = ""
    position: tuple[float, float, float] = (0.0, 0.0, 0.0)


class _Edge(msgspec.Struct):
    source_id: str
    target_id: str
    connection_type: str


_facts = msgspec.json.Decoder(_Facts)
_entity = msgspec.json.Decoder(dict[str, Any])
_edge = msgspec.json.Decoder(_Edge)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every difference, with where things stood that are gone or elsewhere now.

    `moves` give entities that are in both by id with their place before and after, in scene units.
    """

    differences: tuple[Difference, ...] = ()
    by_kind: Counter[Kind] = field(default_factory=Counter)
    by_class: dict[str, Counter[Kind]] = field(default_factory=dict)
    kinds: dict[str, Kind] = field(default_factory=dict)
    """The weightiest kind of each entity that differs, by id."""
    moves: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = field(default_factory=dict)
    gone: Gone = field(default_factory=Gone)
    """The removed entities as they were."""


def compare(before: Still, after: Still) -> Comparison:
    """What turns `before` into `after`."""
    diff = diff_scenes(before, after)
    told = [*_gone_or_new(diff), *_changed(diff, before, after), *_connections(diff, before, after)]
    told.sort(key=lambda one: (one.kinds[0], one.name.casefold(), one.entity_id))
    by_kind: Counter[Kind] = Counter()
    by_class: dict[str, Counter[Kind]] = {}
    for one in told:
        by_kind.update(one.kinds)
        by_class.setdefault(one.class_type, Counter()).update(one.kinds)
    gone = gone_between(before, diff)
    kinds: dict[str, Kind] = {
        one.entity_id: one.kinds[0] for one in reversed(told) if one.kinds[0] is not Kind.CONNECTED
    }
    return Comparison(tuple(told), by_kind, by_class, kinds, _moves(diff), gone)


def distance(before: Sequence[float], after: Sequence[float]) -> float:
    """How far apart two places are, in scene units."""
    return math.dist(before, after)


def _gone_or_new(diff: SceneDiff) -> Iterator[Difference]:
    for kind, documents in ((Kind.ADDED, diff.added), (Kind.REMOVED, diff.removed)):
        for document in map(_entity.decode, documents):
            yield Difference.of(
                str(document["id"]),
                str(document.get("name", "")) or str(document["id"]),
                str(document.get("class_type", "")),
                (kind,),
                tuple(_whole(document, kind)),
            )


def _whole(document: dict[str, Any], kind: Kind) -> Iterator[FieldChange]:
    for name, value in document.items():
        if name not in ("id", "name", "class_type") and value not in ({}, []):
            if kind is Kind.ADDED:
                yield FieldChange(name, after=value)
            else:
                yield FieldChange(name, before=value)


def _changed(diff: SceneDiff, before: Still, after: Still) -> Iterator[Difference]:
    for entity_id in dict.fromkeys((*diff.changed, *diff.reparented, *diff.flux_changed)):
        facts = _facts.decode(after.entities[entity_id])
        fields = list(field_changes(diff.changed.get(entity_id, {})))
        kinds = {Kind.MOVED if one.name in SPATIAL else Kind.CHANGED for one in fields}
        if (parents := diff.reparented.get(entity_id)) is not None:
            kinds.add(Kind.REPARENTED)
            fields.insert(
                0,
                FieldChange(
                    "parent", _parent(before, parents.before), _parent(after, parents.after)
                ),
            )
        if (flux := diff.flux_changed.get(entity_id)) is not None:
            kinds.add(Kind.CHANGED)
            fields.append(FieldChange("flux", flux.before, flux.after))
        name = facts.name or entity_id
        yield Difference.of(entity_id, name, facts.class_type, tuple(sorted(kinds)), tuple(fields))


def field_changes(change: EntityChange) -> Iterator[FieldChange]:
    """Field by field; where it stands first: that is what is looked for most."""
    for name in sorted(change, key=lambda one: (one not in SPATIAL, one)):
        values = change[name]
        if isinstance(values, Values):
            yield FieldChange(name, values.before, values.after)
        else:
            yield from (FieldChange(part, of.before, of.after) for part, of in values.items())


def _connections(diff: SceneDiff, before: Still, after: Still) -> Iterator[Difference]:
    """Those that say something the tree does not: hierarchy edges are told by the child."""
    gone = (
        (edge, before, FieldChange("removed", before=edge)) for edge in diff.connections_removed
    )
    new = ((edge, after, FieldChange("added", after=edge)) for edge in diff.connections_added)
    other = (
        (change.after, after, FieldChange("changed", change.before, change.after))
        for change in diff.connections_changed
    )
    for document, still, told in (*new, *gone, *other):
        edge = _edge.decode(document)
        if edge.connection_type == HIERARCHY:
            continue
        source, target = _name(still, edge.source_id), _name(still, edge.target_id)
        value = FieldChange(
            f"{edge.connection_type} {told.name}",
            _decoded(told.before),
            _decoded(told.after),
        )
        name, kinds = f"{source} → {target}", (Kind.CONNECTED,)
        yield Difference.of(edge.source_id, name, edge.connection_type, kinds, (value,))


def _decoded(document: Any) -> Any:
    """Strength and label of a connection's document, which is all that can differ in it."""
    if document is UNSET:
        return UNSET
    whole = _entity.decode(document)
    rest = {name: value for name, value in whole.items() if name not in _Edge.__struct_fields__}
    return rest.get("strength", rest) if len(rest) == 1 else rest


def _parent(still: Still, entity_id: str | None) -> str | None:
    return None if entity_id is None else _name(still, entity_id)


def _name(still: Still, entity_id: str) -> str:
    document = still.entities.get(entity_id)
    return (_facts.decode(document).name if document else "") or entity_id


def _moves(diff: SceneDiff) -> dict[str, tuple[tuple[float, ...], tuple[float, ...]]]:
    moves = {}
    for entity_id, change in diff.changed.items():
        values = change.get("position")
        if isinstance(values, Values) and values.before is not UNSET and values.after is not UNSET:
            moves[entity_id] = (tuple(values.before), tuple(values.after))
    return moves


def chosen(
    differences: Iterable[Difference], kinds: frozenset[Kind], wanted: str
) -> list[Difference]:
    """Those of any of `kinds` that hold every word of `wanted`."""
    words = wanted.casefold().split()
    if not words and len(kinds) == len(Kind):
        return list(differences)
    return [
        one
        for one in differences
        if not kinds.isdisjoint(one.kinds) and all(word in one.text for word in words)
    ]
