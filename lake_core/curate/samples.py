"""Samples, snapshot by snapshot: one for each entity that the options keep.

Owns which entities become one, and what is said of them. What stays equal from snapshot to
snapshot is described once and handed out again. Memory grows with the number of distinct
entities, not with the number of snapshots. It must not know files or formats.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC
from typing import Any, Final

import msgspec
import numpy as np
from msgspec import Raw, Struct

from lake_core.curate.beam import beam_of
from lake_core.curate.histories import FluxHistories
from lake_core.curate.sample import Link, SampleOptions, Seen, SnapshotSamples, Subject
from lake_core.curate.told import ToldParameters
from lake_core.curate.unchanged import Unchanged
from lake_core.curate.wording import prompt_of, response_of, text_of
from lake_core.scene.arrays import Bools, Int32s
from lake_core.scene.flux import FLUX_RULES, SACRED
from lake_core.scene.model import ConnectionKey, Quaternion, SnapshotSummary, Vector3
from lake_core.scene.state import Scene

CONSENT: Final = "ai"
"""The parameter that says, where it is true, that an entity may be trained on."""

_CONSENT_GIVEN: Final = b'"%s":true' % CONSENT.encode()


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


class _Known:
    """What was made of one space so far, to be handed out again."""

    def __init__(self) -> None:
        self.subjects: dict[str, tuple[_Basis, Subject]] = {}
        self.told = ToldParameters()
        self.links: dict[ConnectionKey, tuple[bytes, Link]] = {}
        self.unchanged = Unchanged()
        self.valid: Bools = np.zeros(0, np.bool_)  # [slots] whose subject below still holds
        self.by_slot: list[Subject | None] = []
        self.all_links: list[Link] = []


class SampleReader:
    """Turns scene after scene into samples. Scenes of a space must come oldest first.

    With `links` false no connections are read, where nobody asks for them. With `most`, no more
    than about so many samples of a snapshot are read, spread over all; `kept_count` says of how
    many, in the snapshot read last.
    """

    def __init__(
        self,
        options: SampleOptions,
        histories: FluxHistories,
        *,
        links: bool = True,
        most: int | None = None,
    ) -> None:
        self.kept_count = 0
        self._most = most
        self._options = options
        self._histories = histories
        self._with_links = links
        self._known: defaultdict[str, _Known] = defaultdict(_Known)

    def read(self, summary: SnapshotSummary, scene: Scene) -> SnapshotSamples:
        """The samples and connections that the options keep of this snapshot."""
        scene.settle()  # depths are brought up to date
        kept = self._kept(scene)
        self.kept_count = len(kept)
        if self._most is not None:
            kept = kept[:: max(1, len(kept) // self._most)]
        seen = Seen(
            space_name=summary.space_name,
            snapshot_id=summary.id,
            timestamp=summary.timestamp.astimezone(UTC),
        )
        links = self._read_links(scene, kept) if self._with_links else []
        return SnapshotSamples(seen, self._read_subjects(scene, kept), links)

    def _kept(self, scene: Scene) -> Int32s:
        """Slots of the entities that pass the filters, in order of first sight."""
        options, arrays = self._options, scene.arrays
        kept = scene.live_slots()
        if options.sacred_only:
            kept = kept[np.isin(arrays.flux[kept], sorted(SACRED))]
        if options.max_depth is not None:
            kept = kept[arrays.depths[kept] <= options.max_depth]
        if options.class_types:
            kinds = arrays.class_types
            kept = _where(kept, lambda slot: kinds[slot] in options.class_types)
        if options.require_consent:
            kept = _where(kept, lambda slot: _consented(arrays.documents[slot]))
        return kept

    def _read_subjects(self, scene: Scene, kept: Int32s) -> list[Subject]:
        """Subjects of the kept slots; where repeats are dropped, only those that are new."""
        known = self._known[scene.space_name]
        self._forget_changed(known, scene)
        fresh = kept[~known.valid[kept]].tolist()
        changed = [slot for slot in fresh if self._renew(known, scene, slot)]
        known.valid[kept] = True
        chosen = changed if self._options.dedupe else kept.tolist()
        return [subject for slot in chosen if (subject := known.by_slot[slot]) is not None]

    def _forget_changed(self, known: _Known, scene: Scene) -> None:
        valid = known.unchanged.slots(scene)
        both = min(len(valid), len(known.valid))
        valid[:both] &= known.valid[:both]
        known.valid = valid
        known.by_slot += [None] * (len(valid) - len(known.by_slot))

    def _renew(self, known: _Known, scene: Scene, slot: int) -> bool:
        """Bring the subject of a slot up to date; whether it is another than before."""
        arrays = scene.arrays
        entity_id = arrays.ids[slot]
        parent_id, parent_name = self._parent(scene, int(arrays.parents[slot]))
        basis = (arrays.documents[slot], int(arrays.depths[slot]), parent_id, parent_name)
        last = known.subjects.get(entity_id)
        is_new = last is None or last[0] != basis
        if last is None or is_new:
            last = known.subjects[entity_id] = (
                basis,
                self._describe(known, scene, slot, basis),
            )
        known.by_slot[slot] = last[1]
        return is_new

    def _parent(self, scene: Scene, slot: int) -> tuple[str | None, str | None]:
        """Id and name of a parent; its name is not told where consent is asked and not given."""
        if slot < 0:
            return None, None
        arrays = scene.arrays
        named = not self._options.require_consent or _consented(arrays.documents[slot])
        return arrays.ids[slot], arrays.names[slot] if named else None

    def _describe(self, known: _Known, scene: Scene, slot: int, basis: _Basis) -> Subject:
        raw, depth, parent_id, parent_name = basis
        document = _read_document(raw)
        entity_id = scene.arrays.ids[slot]
        told = known.told.of(entity_id, bytes(document.parameters))
        flux = int(scene.arrays.flux[slot])
        rule = FLUX_RULES[scene.flux_rules[slot]]
        name, kind, tags = document.name, document.class_type, document.tags
        return Subject(
            text=text_of(flux),
            prompt=prompt_of(name, kind, document.position, depth, parent_name, tags, told.listed),
            response=response_of(flux, rule),
            flux_position=flux,
            flux_rule=rule,
            weight=self._options.weight_sacred if flux in SACRED else 1.0,
            beam_tensor=beam_of(name, flux, told.virtues),
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

    def _read_links(self, scene: Scene, kept: Int32s) -> list[Link]:
        """Connections; where entities are filtered, those with both ends kept."""
        known = self._known[scene.space_name]
        unchanged = known.unchanged.links(scene.connections)
        if unchanged and not self._options.filters:
            return [] if self._options.dedupe else known.all_links
        ends = {scene.arrays.ids[slot] for slot in kept.tolist()} if self._options.filters else None
        links = []
        for key, document in scene.connections.items():
            if ends is not None and not (key.source_id in ends and key.target_id in ends):
                continue
            last = known.links.get(key)
            if last is not None and last[0] == document:
                if not self._options.dedupe:
                    links.append(last[1])
                continue
            link = _link(key, document)
            known.links[key] = (document, link)
            links.append(link)
        known.all_links = links
        return links


def _where(slots: Int32s, wanted: Callable[[int], bool]) -> Int32s:
    return slots[np.fromiter(map(wanted, slots.tolist()), np.bool_, len(slots))]


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
