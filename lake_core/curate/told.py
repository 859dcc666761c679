"""What is made of an entity's parameters, kept until they change: they do so more seldom than
its place, and reading them is most of what a sample costs.

Pure. Memory grows with the number of distinct entities. It must not know snapshots.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from lake_core.curate.beam import Virtues, virtues_of
from lake_core.curate.wording import list_parameters


class Told(NamedTuple):
    """Of parameters as they were, in JSON: their words in a prompt, their part of a beam."""

    parameters: bytes
    listed: str
    virtues: Virtues


class ToldParameters:
    """The last of each entity of a space."""

    def __init__(self) -> None:
        self._told: dict[str, Told] = {}

    def of(self, entity_id: str, parameters: bytes) -> Told:
        """What is made of these parameters, a JSON object."""
        told = self._told.get(entity_id)
        if told is None or told.parameters != parameters:
            read: dict[str, Any] = msgspec.json.decode(parameters)
            told = Told(parameters, list_parameters(read), virtues_of(read))
            self._told[entity_id] = told
        return told
