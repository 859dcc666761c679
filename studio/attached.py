"""What has to be asked of the server that writes a space, where that is another process."""

from __future__ import annotations

import uuid
from contextlib import closing
from typing import Final
from urllib.parse import quote

from lake_core.client.wire import Refused, Unavailable, Wire
from lake_core.errors import LakeError

_PATIENCE_S: Final = 30.0


def take_snapshot(url: str, token: str | None, space_name: str) -> None:
    """Have the server at `url` take a snapshot. Blocks; raises LakeError."""
    with closing(Wire(url, token, _PATIENCE_S)) as wire:
        path = f"/eustress/ingest/snapshot/{quote(space_name, safe='')}"
        try:
            wire.post(path, b"", str(uuid.uuid4()))
        except (Unavailable, Refused) as error:
            raise LakeError(f"the server at {url} took no snapshot: {error}") from error
