"""The engine's side of ingestion. Standard library only: a host's Python can use it as it is."""

from __future__ import annotations

from lake_core.client.hooks import LakeClient
from lake_core.client.tally import ClientStatus, Refusal

__all__ = ["ClientStatus", "LakeClient", "Refusal"]
