"""An epoch's samples, snapshot by snapshot: one sample for each entity that the options keep.

Owns the shape of a sample (contract, section 8) and which entities become one. What stays equal
from snapshot to snapshot is described once and handed out again. Memory grows with the number of
distinct entities, not with the number of snapshots. It must not know files or formats.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Raw, Struct

from lake_core.curate.beam import (
    HISTORY_LIMIT,
    BeamTensor,
    CoherenceMetrics,
    beam_tensor,
    coherence_metrics,
)
from lake_core.export.options import ExportOptions
from lake_core.export.wording import prompt_of, response_of, text_of
from lake_core.scene.flux import FLUX_RULES, SACRED
from lake_core.scene.model import ConnectionKey, Quaternion, SnapshotSummary, Vector3
from lake_core.scene.state import Scene

CONSENT: Final = "ai"
"""The parameter that says, where it is true, that an entity may be trained on."""

_CONSENT_GIVEN: Final = b'"%s":true' % CONSENT.encode()


class Subject(Struct, frozen=True, kw_only=True):
    """A sample but for the snapshot it was seen in; equal subjects are one object.

    `parameters` and `entity` are JSON; `entity` is the entity whole, fields unknown to the
    contract included.
    """

    text: str
    prompt: str
    response: str
    flux_position: int
    flux_rule: str
    weight: float
    beam_tensor: BeamTensor
    coherence: CoherenceMetrics
    position: Vector3
    entity_id: str
    depth: int
    parent_id: str | None
    name: str
    class_type: str
    rotation: Quaternion
    scale: Vector3
    tags: list[str]
    parameters: Raw
    entity: Raw


class Seen(Struct, frozen=True, kw_only=True):
    """The snapshot a sample was seen in: what is added to a Subject to make a sample."""

    space_name: str
    snapshot_id: UUID
    timestamp: datetime


class Link(Struct, frozen=True, kw_only=True):
    """A connection of a snapshot; `connection` is it whole, as JSON."""

    source_id: str
    target_id: str
    connection_type: str
    strength: float
    label: str
    connection: Raw


@dataclass(frozen=True, slots=True)
class SnapshotSamples:
    """What an export holds of one snapshot."""

    seen: Seen
    subjects: list[Subject]
    links: list[Link]


class FluxHistories:
    """The flux positions each entity of an epoch went through, oldest first."""

    def __init__(self) -> None:
        self._histories: defaultdict[str, dict[str, bytearray]] = defaultdict(dict)

    def add(self, scene: Scene) -> None:
        """The next snapshot of a space."""
        histories = self._histories[scene.space_name]
        flux = scene.arrays.flux[scene.live_slots()].tolist()
        for entity_id, position in zip(scene.slot_of, flux, strict=True):
            history = histories.get(entity_id)
            if history is None:
                histories[entity_id] = bytearray((position,))
            else:
                history.append(position)
                if len(history) > 2 * HISTORY_LIMIT:
                    del history[:-HISTORY_LIMIT]

    def coherence(self, space_name: str, entity_id: str) -> CoherenceMetrics:
        """The coherence of one entity over the epoch."""
        return coherence_metrics(self._histories[space_name][entity_id])


class _Document(Struct):
    """An entity's canonical JSON, read as far as a sample shows it in fields of its own."""

    name: str
    class_type: str
    position: Vector3
    rotation: Quaternion
    scale: Vector3
    tags: list[str]
    parameters: Raw


class _LinkDocument(Struct):
    strength: float = 1.0
    label: str = ""


_read_document: Final = msgspec.json.Decoder(_Document).decode
_read_link: Final = msgspec.json.Decoder(_LinkDocument).decode
_decode: Final = msgspec.json.decode
_Basis = tuple[bytes, int, str | None, str | None]  # all that a Subject depends on


class SampleReader:
    """Turns scene after scene into samples. Scenes of a space must come oldest first."""

    def __init__(self, options: ExportOptions, histories: FluxHistories) -> None:
        self._options = options
        self._histories = histories
        self._subjects: defaultdict[str, dict[str, tuple[_Basis, Subject]]] = defaultdict(dict)
        self._links: defaultdict[str, dict[ConnectionKey, tuple[bytes, Link]]] = defaultdict(dict)

    def read(self, summary: SnapshotSummary, scene: Scene) -> SnapshotSamples:
        """The samples and connections that the options keep of this snapshot."""
        scene.settle()  # depths are brought up to date
        kept = self._kept(scene)
        seen = Seen(
            space_name=summary.space_name,
            snapshot_id=summary.id,
            timestamp=summary.timestamp.astimezone(UTC),
        )
        links = self._read_links(scene, kept)
        return SnapshotSamples(seen, self._read_subjects(scene, kept), links)

    def _kept(self, scene: Scene) -> list[int]:
        """Slots of the entities that pass the filters, in order of first sight."""
        options, arrays = self._options, scene.arrays
        kept: list[int] = scene.live_slots().tolist()
        if options.sacred_only:
            kept = [slot for slot in kept if arrays.flux[slot] in SACRED]
        if options.max_depth is not None:
            kept = [slot for slot in kept if arrays.depths[slot] <= options.max_depth]
        if options.class_types:
            kept = [slot for slot in kept if arrays.class_types[slot] in options.class_types]
        if options.require_consent:
            kept = [slot for slot in kept if _consented(arrays.documents[slot])]
        return kept

    def _read_subjects(self, scene: Scene, kept: list[int]) -> list[Subject]:
        arrays, before = scene.arrays, self._subjects[scene.space_name]
        subjects = []
        depths, parents = arrays.depths.tolist(), arrays.parents.tolist()
        for slot in kept:
            entity_id = arrays.ids[slot]
            parent_id, parent_name = self._parent(scene, parents[slot])
            basis = (arrays.documents[slot], depths[slot], parent_id, parent_name)
            last = before.get(entity_id)
            if last is not None and last[0] == basis:
                if not self._options.dedupe:
                    subjects.append(last[1])
                continue
            subject = self._describe(scene, slot, basis)
            before[entity_id] = (basis, subject)
            subjects.append(subject)
        return subjects

    def _parent(self, scene: Scene, slot: int) -> tuple[str | None, str | None]:
        """Id and name of a parent; its name is not told where consent is asked and not given."""
        if slot < 0:
            return None, None
        arrays = scene.arrays
        named = not self._options.require_consent or _consented(arrays.documents[slot])
        return arrays.ids[slot], arrays.names[slot] if named else None

    def _describe(self, scene: Scene, slot: int, basis: _Basis) -> Subject:
        raw, depth, parent_id, parent_name = basis
        document = _read_document(raw)
        parameters = _parameters(document)
        entity_id = scene.arrays.ids[slot]
        flux = int(scene.arrays.flux[slot])
        rule = FLUX_RULES[scene.flux_rules[slot]]
        name, kind, tags = document.name, document.class_type, document.tags
        return Subject(
            text=text_of(flux),
            prompt=prompt_of(name, kind, document.position, depth, parent_name, tags, parameters),
            response=response_of(flux, rule),
            flux_position=flux,
            flux_rule=rule,
            weight=self._options.weight_sacred if flux in SACRED else 1.0,
            beam_tensor=beam_tensor(name, flux, parameters),
            coherence=self._histories.coherence(scene.space_name, entity_id),
            position=document.position,
            entity_id=entity_id,
            depth=depth,
            parent_id=parent_id,
            name=name,
            class_type=kind,
            rotation=document.rotation,
            scale=document.scale,
            tags=tags,
            parameters=document.parameters,
            entity=Raw(raw),
        )

    def _read_links(self, scene: Scene, kept: list[int]) -> list[Link]:
        """Connections; where entities are filtered, those with both ends kept."""
        before, links = self._links[scene.space_name], []
        ends = {scene.arrays.ids[slot] for slot in kept} if self._options.filters else None
        for key, document in scene.connections.items():
            if ends is not None and not (key.source_id in ends and key.target_id in ends):
                continue
            last = before.get(key)
            if last is not None and last[0] == document:
                if not self._options.dedupe:
                    links.append(last[1])
                continue
            link = _link(key, document)
            before[key] = (document, link)
            links.append(link)
        return links


def _parameters(document: _Document) -> dict[str, Any]:
    parameters: dict[str, Any] = _decode(document.parameters)
    return parameters


def _consented(document: bytes) -> bool:
    # The bytes tell most documents apart without decoding: canonical JSON has no spaces.
    if _CONSENT_GIVEN not in document:
        return False
    return _parameters(_read_document(document)).get(CONSENT) is True


def _link(key: ConnectionKey, document: bytes) -> Link:
    told = _read_link(document)
    return Link(
        source_id=key.source_id,
        target_id=key.target_id,
        connection_type=key.connection_type,
        strength=told.strength,
        label=told.label,
        connection=Raw(document),
    )
