"""The engine's side of ingestion. Standard library only: a host's Python can use it as it is."""

from __future__ import annotations

from lake_core.client.courier import Refusal
from lake_core.client.hooks import ClientStatus, LakeClient

__all__ = ["ClientStatus", "LakeClient", "Refusal"]
